"""One event at a time against the loop over bars: the same functions, so the same bytes."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.market import Side
from shared_modules.matching import Costs, FillRule, Sizing
from shared_modules.matching.orders import TIMES_IN_FORCE
from shared_modules.matching.stepper import StepBar, Stepper, wish
from shared_modules.matching.tickets import Ticket

from .random_scripts import every_option, knowing, ordering
from .scripts import COLUMNS, MINUTE, Script, play

NAN = math.nan
LETTERS = {"L": "enter_long", "l": "exit_long", "S": "enter_short", "s": "exit_short", "c": "cancel"}


def stepper_of(symbols, chosen):
    o = dict(chosen)
    costs = Costs(o.pop("fee", 0.0), o.pop("slippage_bps", 0.0), o.pop("maker", None), o.pop("slippage", None))
    kind, _, share = o.pop("fill_rule", "touch").partition("=")
    tiers, instrument = o.pop("tiers", ()), o.pop("instrument", None)
    market = Stepper(
        [f"S{k}" for k in range(len(symbols))], 1000.0, costs, Sizing.parse(o.pop("size", "qty=1")),
        fill_rule=FillRule(kind, float(share)) if share else FillRule(kind),
        time_in_force=TIMES_IN_FORCE[o.pop("time_in_force", "GTC")],
        stop_loss=o.pop("stop_loss", None), take_profit=o.pop("take_profit", None), bars=1000, **o,
    )  # fmt: skip
    for k in range(len(symbols)):
        if tiers:
            market.set_tiers(f"S{k}", tiers)
    if instrument:
        market.set_instrument("S0", *instrument)
    return market


def wish_of(script, row):
    asked = {name: letter in script.wishes.get(row, "") for letter, name in LETTERS.items()}
    asked |= {name: getattr(script, name).get(row, NAN) for name in COLUMNS}
    for name in ("ladder", "grid", "grid_targets"):
        if any(getattr(script, name).values()):
            asked[name] = getattr(script, name).get(row, ())
    return wish(**asked)


def bar_of(script, row):
    mark = script.mark[row] if script.mark else (None, None)
    return StepBar(
        *script.rows[row], script.volumes()[row], script.impact[row] if script.impact else 0.0, *mark,
        wish_of(script, row), row + 1 == len(script.rows),
    )  # fmt: skip


def stepped(symbols, chosen):
    market, equity = stepper_of(symbols, chosen), []
    rows = [{t: i for i, t in enumerate(s.times)} for s in symbols]
    due = sorted(
        (t, k, n, rate, mark, script.borrow[n] if script.borrow else 0.0)
        for k, script in enumerate(symbols) for n, (t, rate, mark) in enumerate(script.funding)
    )  # fmt: skip
    for time in sorted({t for r in rows for t in r}):
        here = {f"S{k}": bar_of(script, rows[k][time]) for k, script in enumerate(symbols) if time in rows[k]}
        # the loop pays what is due at a symbol's next open, the last at its end
        paid = [d for d in due if d[0] <= time and f"S{d[1]}" in here]
        due = [d for d in due if d not in paid]
        for _, k, _, rate, mark, borrow in paid:
            market.on_funding(f"S{k}", market.time, rate, mark, borrow)
        market.on_bars(time, here)
        equity.append(market.equity)
    return market, equity


@settings(max_examples=60, deadline=None)
@given(ordering(), every_option())
def test_bars_through_the_stepper_give_the_ledger_of_the_loop_byte_for_byte(script, chosen):
    script.funding = []
    out = play(script, **chosen)
    market, equity = stepped([script], chosen)
    mine = market.rows()
    for name, count in (("trades", "trades"), ("fills", "fills"), ("cash", "rows")):
        assert getattr(mine, name).tobytes() == getattr(out.ledger, name)[: int(out.account[count])].tobytes()
    assert equity == out.equity.tolist()
    codes = out.ledger.outcomes
    assert [text for _, text in market.outcomes("S0")] == out.outcomes
    assert [row for row, _ in market.outcomes("S0")] == np.flatnonzero(codes).tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(knowing(), min_size=2, max_size=3), every_option())
def test_bars_of_several_symbols_give_it_too(symbols, chosen):
    for script in symbols:
        script.funding, script.borrow, script.detail = [], [], {}
        script.mark = script.mark or ([row[1:3] for row in script.rows] if any(s.mark for s in symbols) else None)
    out = play(*symbols, **chosen)
    market, equity = stepped(symbols, chosen)
    mine = market.rows()
    assert mine.trades.tobytes() == out.ledger.trades[: int(out.account["trades"])].tobytes()
    assert mine.cash.tobytes() == out.ledger.cash[: int(out.account["rows"])].tobytes()
    assert equity == out.equity.tolist()


def test_funding_through_the_stepper_is_that_of_the_loop():
    rows = [(100.0, 101.0, 99.0, 100.0)] * 6
    script = Script(rows, {0: "L", 3: "l"}, times=[k * MINUTE for k in range(6)],
                    funding=[(2 * MINUTE, 0.01, 100.0), (4 * MINUTE, 0.02, 101.0)])  # fmt: skip
    out, (market, equity) = play(script), stepped([script], {})
    assert equity == out.equity.tolist()
    assert market.rows().trades["funding"].tolist() == [-3.02]


paths = st.integers(0, 100_000)


@settings(max_examples=80, deadline=None)
@given(paths)
def test_a_bar_and_the_trades_of_its_path_agree_where_the_bar_is_not_ambiguous(seed):
    rng = np.random.default_rng(seed)
    side = Side.BUY if rng.random() < 0.5 else Side.SELL
    sign = 1 if side is Side.BUY else -1
    stop, target = 100.0 - sign * (1.0 + 4.0 * rng.random()), 100.0 + sign * (1.0 + 4.0 * rng.random())
    prices = 100.0 + np.cumsum(rng.normal(0, 1.0, 40))
    by_bar, by_trade = (Stepper(["A"], 1000.0, Costs(0.001), Sizing("qty", 1.0)) for _ in range(2))
    for market in (by_bar, by_trade):
        market.on_bar("A", 0, StepBar(100.0, 100.0, 100.0, 100.0))
        market.place(Ticket("A", side, 1.0, stop=stop, target=target), 0)
        market.on_trade("A", 1, 100.0)
    path = [100.0, *prices.tolist()]
    for k in range(0, 40, 4):
        points = path[k : k + 5]
        by_bar.on_bar("A", 10 + k, StepBar(points[0], max(points), min(points), points[-1]))
        time = 10 + k
        for a, b in pairwise(points):
            # a path meets every price between two points: the levels on it are trades as well
            between = [x for x in (stop, target) if min(a, b) < x < max(a, b)]
            for price in [a, *sorted(between, reverse=b < a), b]:
                by_trade.on_trade("A", time, price)
        by_trade.on_close("A", points[-1])
    if by_bar.state.account["ambiguous"][0] == 0:
        assert by_bar.equity == pytest.approx(by_trade.equity, abs=1e-9)
        assert by_bar.rows().fills["price"].tolist() == pytest.approx(by_trade.rows().fills["price"].tolist())
    else:
        # the bar took the worse
        assert by_bar.equity <= by_trade.equity + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([0, 7]), st.sampled_from(["touch", "through", "volume=0.3"]))
def test_any_sequence_of_events_keeps_the_books_and_leaves_nobody_below_zero(seed, latency, rule):
    rng = np.random.default_rng(seed)
    kind, _, share = rule.partition("=")
    market = Stepper(["A", "B"], 1000.0, Costs(0.001), Sizing("equity", 0.5), latency_ms=latency,
                     fill_rule=FillRule(kind, float(share or 0.1)))  # fmt: skip
    price, numbers = {"A": 100.0, "B": 50.0}, []
    for time in range(1, 150):
        symbol = "A" if rng.random() < 0.5 else "B"
        price[symbol] *= math.exp(rng.normal(0, 0.02))
        at, what = price[symbol], rng.integers(0, 7)
        if what <= 2:
            market.on_trade(symbol, time, at, float(rng.random() * 5))
        elif what == 3:
            gap = at * 0.001
            levels = [(at + sign * gap * (n + 1), float(rng.random())) for sign in (-1, 1) for n in range(3)]
            market.on_book(symbol, time, levels[:3], levels[3:])
        elif what == 4:
            market.on_funding(symbol, time, float(rng.normal(0, 0.001)), at)
        elif what == 5 and numbers and rng.random() < 0.5:
            number = int(rng.choice(numbers))
            if rng.random() < 0.5:
                market.cancel(number, time)
            else:
                market.amend(number, time, limit=at * (1 + rng.normal(0, 0.01)), qty=float(0.1 + rng.random()))
        else:
            far = at * (1 + rng.normal(0, 0.02))
            asked = Ticket(
                symbol, Side.BUY if rng.random() < 0.5 else Side.SELL, float(0.1 + 2 * rng.random()),
                limit=far if rng.random() < 0.6 else None, trigger=far if rng.random() < 0.2 else None,
                reduce_only=bool(rng.random() < 0.2), group=int(rng.integers(0, 3)),
            )  # fmt: skip
            numbers.append(market.place(asked, time))
    rows = market.rows()
    open_profit = market.equity - market.cash
    assert market.cash == pytest.approx(1000.0 + math.fsum(rows.cash["amount"]), abs=1e-9)
    market.finish(200, price)
    assert market.equity == market.cash == pytest.approx(1000.0 + math.fsum(market.rows().trades["pnl"]), abs=1e-9)
    assert market.equity >= -1e-9
    assert math.isfinite(open_profit)
    assert market.state.account["margin"][0] == 0.0
    held = {n: market.order(n) for n in numbers}
    for number, report in held.items():
        filled = math.fsum(abs(f["qty"]) for f in market.rows().fills if f["order"] == number)
        assert report.filled == pytest.approx(filled)
