import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.matching import Costs, Margin, Sizing, kernel
from shared_modules.matching.state import grown, new_ledger, new_rules, new_state

from .random_scripts import options, order_options, ordering, scripts, several
from .scripts import Script, feed_of, play, trades_in


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


def test_a_full_ledger_stops_the_loop_and_a_larger_one_goes_on():
    script = Script([(100.0, 101.0, 99.0, 100.0)] * 60, {i: "L" if i % 2 else "l" for i in range(60)})
    whole = play(script)
    costs = Costs(0.0, 0.0)
    state, ledger, feed = new_state(1, 1000.0, costs), new_ledger(4), feed_of(script)
    rules = new_rules(costs, Sizing("qty", 1.0))
    (times,) = feed.kept["time"]
    walk, equity, at, rounds = kernel.new_walk(feed, times), np.empty(60), 0, 0
    while at < 60:
        at = kernel.run(state, ledger, rules, feed, walk, times, equity, at, 60)
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
