import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared_modules.matching import Costs, Margin, RiskTier, Sizing, kernel
from shared_modules.matching.state import grown, new_ledger, new_rules, new_state

from .reference import replay
from .scripts import MINUTE, Script, feed_of, play, trades_in

SIZES = ("equity=1.0", "equity=0.4", "notional=300", "qty=1.5", "risk=0.02")
NAN = float("nan")


@st.composite
def scripts(draw, least=3, most=40):
    n = draw(st.integers(least, most))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.03, (n, 2))
    open_ = 100 * np.exp(np.cumsum(steps.sum(1)))
    close = open_ * np.exp(steps[:, 0])
    high = np.maximum(open_, close) * (1 + rng.random(n) * 0.03)
    low = np.minimum(open_, close) * (1 - rng.random(n) * 0.03)
    wishes = {i: "".join(letter for letter in "LlSs" if rng.random() < 0.2) for i in range(n)}
    far = rng.random((n, 2)) * 0.1
    sign = [1 if "L" in wishes[i] else -1 for i in range(n)]
    stop = {i: close[i] * (1 - sign[i] * far[i, 0]) for i in range(n) if rng.random() < 0.7}
    target = {i: close[i] * (1 + sign[i] * far[i, 1]) for i in range(n) if rng.random() < 0.7}
    strength = {i: float(rng.integers(0, 3)) for i in range(n) if rng.random() < 0.7}
    kept = rng.random(n) < 0.9
    kept[0] = True
    rows = [tuple(map(float, r)) for r in zip(open_, high, low, close, strict=True)]
    return Script(
        [r for r, k in zip(rows, kept, strict=True) if k],
        *(_moved(x, kept) for x in (wishes, stop, target, strength)),
        times=[i * MINUTE for i in range(n) if kept[i]],
    )


def _moved(values, kept):
    place = np.cumsum(kept) - 1
    return {int(place[i]): v for i, v in values.items() if kept[i]}


options = st.fixed_dictionaries(
    {
        "fee": st.sampled_from([0.0, 0.001, 0.01]),
        "slippage_bps": st.sampled_from([0.0, 7.0, 100.0]),
        "size": st.sampled_from(SIZES),
        "stop_loss": st.sampled_from([None, 0.02]),
        "take_profit": st.sampled_from([None, 0.03]),
    }
)
several = st.lists(scripts(), min_size=1, max_size=3)


@st.composite
def ordering(draw):
    """A script whose wishes use every kind of order."""
    script = draw(scripts())
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    for i, (_, _, _, close) in enumerate(script.rows):
        sign = 1 if "L" in script.wishes.get(i, "") else -1
        near = close * rng.random(12) * 0.04
        if rng.random() < 0.1:
            script.wishes[i] = script.wishes.get(i, "") + "c"
        for name, value in (
            ("limit", close + sign * (near[0] - 0.03 * close)),
            ("trigger", close + sign * (near[1] - 0.01 * close)),
            ("trail", near[2] + 0.001 * close),
            ("break_even", close + sign * near[3]),
            ("max_bars", float(rng.integers(1, 8))),
            ("exit_limit", close - sign * near[4]),
            ("exit_share", 0.1 + 0.8 * rng.random()),
            ("confidence", rng.random()),
        ):
            if rng.random() < 0.3:
                getattr(script, name)[i] = float(value)
        if rng.random() < 0.4:
            script.ladder[i] = tuple(float(close + sign * x) for x in np.sort(near[5:8]))
    script.volume = (rng.random(len(script.rows)) * 40).tolist()
    script.funding = [(t + 1, float(rng.normal(0, 0.01)), 100.0) for t in script.times if rng.random() < 0.2]
    return script


TIERS = (RiskTier(300.0, 0.01, 50.0), RiskTier(np.inf, 0.05, 50.0))
order_options = st.fixed_dictionaries(
    {
        "fee": st.sampled_from([0.0, 0.001, 0.01]),
        "maker": st.sampled_from([None, 0.0, 0.0005]),
        "slippage_bps": st.sampled_from([0.0, 7.0, 100.0]),
        "size": st.sampled_from(SIZES),
        "stop_loss": st.sampled_from([None, 0.02]),
        "take_profit": st.sampled_from([None, 0.03]),
        "trailing": st.sampled_from([None, 0.015]),
        "break_even": st.sampled_from([None, 0.01]),
        "max_bars": st.sampled_from([None, 5]),
        "max_entries": st.sampled_from([1, 1, 3]),
        "fill_rule": st.sampled_from(["touch", "through", "volume=0.1"]),
        "time_in_force": st.sampled_from(["GTC", "GTC", "IOC", "FOK", "PostOnly"]),
        "valid_bars": st.sampled_from([0, 0, 2]),
        "latency": st.sampled_from([0, 0, 2]),
        "shares": st.sampled_from([(0.5, 0.3, 0.2), (0.2, 0.2, 0.2)]),
        "margin": st.sampled_from([None, None, Margin(3.0), Margin(20.0)]),
        "tiers": st.just(TIERS),
        "favourable": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(several, options)
def test_the_kernel_agrees_with_the_plain_reference(symbols, chosen):
    _assert_agreed(symbols, chosen)


@settings(max_examples=200, deadline=None)
@given(st.lists(ordering(), min_size=1, max_size=3), order_options)
def test_the_kernel_agrees_with_the_plain_reference_on_every_kind_of_order(symbols, chosen):
    _assert_agreed(symbols, chosen)


def _assert_agreed(symbols, chosen):
    out = play(*symbols, **chosen)
    expected = replay(symbols, cash=1000.0, **chosen)
    # cash that is nothing but rounding may buy a trade of rounding here and none there
    dust = [t for t in out.trades + expected.trades if abs(t["qty"]) < 1e-9]
    assume(not dust)
    assert [(t["symbol"], t["entry_time"], t["exit_time"], t["reason"], t["exits"]) for t in out.trades] == [
        (t["symbol"], t["entry_time"], t["exit_time"], t["reason"], t["exits"]) for t in expected.trades
    ]
    for name in ("qty", "entry_price", "exit_price", "fees", "pnl", "funding"):
        assert [t[name] for t in out.trades] == pytest.approx([t[name] for t in expected.trades], rel=1e-9, abs=1e-9)
    assert out.equity == pytest.approx(expected.equity, rel=1e-9, abs=1e-9)
    assert (out.account["ambiguous"], out.account["refused"]) == (expected.ambiguous, expected.refused)
    assert out.outcomes == [text for _, text in sorted(expected.outcomes.items())]


@settings(max_examples=60, deadline=None)
@given(st.lists(ordering(), min_size=1, max_size=3), order_options, st.sampled_from(["isolated", "cross"]))
def test_every_order_leaves_the_cash_rows_summing_to_the_equity_and_nobody_below_zero(symbols, chosen, mode):
    if chosen["margin"] is not None:
        chosen["margin"] = Margin(chosen["margin"].leverage, mode)
    out = play(*symbols, **chosen)
    assert out.equity[-1] == pytest.approx(1000.0 + math.fsum(a for _, a in out.cash), rel=1e-12, abs=1e-9)
    assert out.equity[-1] == pytest.approx(1000.0 + math.fsum(t["pnl"] for t in out.trades), rel=1e-9, abs=1e-9)
    assert out.equity[-1] >= -1e-9
    assert out.account["margin"] == 0.0
    if mode == "isolated":
        assert out.equity.min() >= -1e-9


@settings(max_examples=60, deadline=None)
@given(several, options)
def test_the_ledger_sums_to_the_equity_and_free_cash_is_never_negative(symbols, chosen):
    out = play(*symbols, **chosen)
    assert out.equity[-1] == pytest.approx(1000.0 + sum(t["pnl"] for t in out.trades), rel=1e-9, abs=1e-9)
    assert out.account["cash"] >= -1e-9
    assert out.account["fees"] == pytest.approx(sum(t["fees"] for t in out.trades), rel=1e-9, abs=1e-12)
    assert out.account["margin"] == 0.0


@settings(max_examples=60, deadline=None)
@given(scripts(least=6), options, st.data())
def test_more_data_does_not_change_earlier_trades(script, chosen, data):
    cut = data.draw(st.integers(2, len(script.rows)))
    early = Script(script.rows[:cut], script.wishes, script.stop, script.target, script.strength, script.times[:cut])
    short, whole = play(early, **chosen), play(script, **chosen)
    finished = [t for t in short.trades if t["reason"] != "end"]
    assert finished == whole.trades[: len(finished)]
    assert short.equity[:-1].tolist() == whole.equity[: len(short.equity) - 1].tolist()


@settings(max_examples=60, deadline=None)
@given(ordering(), order_options, st.data())
def test_more_data_does_not_change_earlier_trades_of_any_order(script, chosen, data):
    cut = data.draw(st.integers(1, len(script.rows)))
    times, volume = script.times[:cut], script.volume[:cut]
    funding = [f for f in script.funding if f[0] <= times[-1]]
    early = replace(script, rows=script.rows[:cut], times=times, volume=volume, funding=funding)
    short, whole = play(early, **chosen), play(script, **chosen)
    finished = [t for t in short.trades if t["reason"] != "end"]
    assert finished == whole.trades[: len(finished)]
    assert short.equity[:-1].tolist() == whole.equity[: len(short.equity) - 1].tolist()


@settings(max_examples=30, deadline=None)
@given(several, options)
def test_one_event_at_a_time_gives_what_the_loop_gives(symbols, chosen):
    out = play(*symbols, **chosen)
    costs = Costs(chosen["fee"], chosen["slippage_bps"])
    state, ledger = new_state(len(symbols), 1000.0, costs), new_ledger(300)
    rules = new_rules(
        costs,
        Sizing.parse(chosen["size"]),
        chosen["stop_loss"],
        chosen["take_profit"],
    )
    feed = feed_of(*symbols)
    cursor = feed.begin.copy()
    order = np.zeros(len(symbols), np.int64)
    equity = []
    for time in np.unique(feed.time):
        present = np.array([cursor[s] < feed.end[s] and feed.time[cursor[s]] == time for s in range(len(symbols))])
        here = np.flatnonzero(present)
        for s in here:
            kernel.exits_at_open(state, ledger, rules, s, time, cursor[s], feed.open[cursor[s]], np.inf, 0.0)
        for k in range(kernel.ranked(state, present, order)):
            s = order[k]
            kernel.entry_at_open(state, ledger, rules, s, time, cursor[s], feed.open[cursor[s]], np.inf, 0.0)
        for s in here:
            r = cursor[s]
            prices = (feed.open[r], feed.high[r], feed.low[r], feed.close[r])
            kernel.on_bar_range(state, ledger, rules, s, time, r, *prices, feed.high[r], feed.low[r], np.inf, 0.0)
            kernel.on_close(state, ledger, rules, s, r, feed.close[r], kernel.wish_at(feed, r))
            if r + 1 == feed.end[s]:
                kernel.close_out(state, ledger, rules, s, time, r, feed.close[r], 0.0)
            cursor[s] = r + 1
        equity.append(kernel.equity_of(state))
    assert trades_in(ledger, state) == out.trades
    assert equity == out.equity.tolist()


def test_a_full_ledger_stops_the_loop_and_a_larger_one_goes_on():
    script = Script([(100.0, 101.0, 99.0, 100.0)] * 60, {i: "L" if i % 2 else "l" for i in range(60)})
    whole = play(script)
    costs = Costs(0.0, 0.0)
    state, ledger, feed = new_state(1, 1000.0, costs), new_ledger(4), feed_of(script)
    rules = new_rules(costs, Sizing("qty", 1.0))
    walk, equity, at, rounds = kernel.new_walk(feed, feed.time), np.empty(60), 0, 0
    while at < 60:
        at = kernel.run(state, ledger, rules, feed, walk, feed.time, equity, at, 60)
        ledger, rounds = grown(ledger, len(ledger.trades) + 4), rounds + 1
    assert rounds > 3
    assert trades_in(ledger, state) == whole.trades
    assert equity.tolist() == whole.equity.tolist()


def test_excursions_are_fractions_of_the_entry_price_while_held():
    rows = [(100.0, 101.0, 99.0, 100.0), (100.0, 110.0, 95.0, 100.0), (100.0, 200.0, 50.0, 100.0)]
    trade = play(Script(rows, {0: "L", 1: "l"})).trades[0]
    assert (trade["mae"], trade["mfe"]) == pytest.approx((-0.05, 0.10))
    trade = play(Script(rows, {0: "S", 1: "s"})).trades[0]
    assert (trade["mae"], trade["mfe"]) == pytest.approx((-0.10, 0.05))
