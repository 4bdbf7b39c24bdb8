import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.market import OrderBook, PublicTrade, Side
from tradebot_gui.view_models.book import GROUPS, decimals_of, ladder
from tradebot_gui.view_models.tape import Tape


def book(bids: list[tuple[float, float]], asks: list[tuple[float, float]]) -> OrderBook:
    return OrderBook("BTCUSDT", 0, 1, tuple(bids), tuple(asks))


def test_totals_run_from_the_best_price_outward() -> None:
    shown = ladder(book([(99.9, 1.0), (99.8, 2.0)], [(100.1, 3.0), (100.2, 1.0)]), 0.1, 10)
    assert [level.total for level in shown.bids] == [1.0, 3.0]
    assert [level.total for level in shown.asks] == [3.0, 4.0]
    assert shown.depth == 4.0


def test_grouping_never_makes_a_price_look_better_than_it_is() -> None:
    shown = ladder(book([(99.9, 1.0), (99.4, 2.0)], [(100.1, 3.0), (100.6, 1.0)]), 1.0, 10)
    assert [(level.price, level.size) for level in shown.bids] == [(99.0, 3.0)]
    assert [(level.price, level.size) for level in shown.asks] == [(101.0, 4.0)]


def test_a_price_on_the_grid_stays_there_whatever_binary_fractions_make_of_it() -> None:
    shown = ladder(book([(0.3, 1.0)], [(0.7, 1.0)]), 0.1, 10)
    assert shown.bids[0].price == pytest.approx(0.3)
    assert shown.asks[0].price == pytest.approx(0.7)


def test_imbalance_tells_which_side_waits_with_more() -> None:
    assert ladder(book([(1.0, 3.0)], [(2.0, 1.0)]), 1.0, 5).imbalance == 0.5
    assert ladder(book([], []), 1.0, 5).imbalance == 0.0


sides = st.lists(st.tuples(st.integers(1, 5_000), st.floats(0.001, 50.0)), min_size=1, max_size=60)


@given(sides, sides, st.sampled_from((1, 5, 25, 100)))
def test_grouping_keeps_the_whole_size_of_what_it_shows(
    bids: list[tuple[int, float]], asks: list[tuple[int, float]], ticks: int
) -> None:
    tick = 0.01
    down = [(n * tick, size) for n, size in sorted(dict(bids).items(), reverse=True)]
    up = [(n * tick, size) for n, size in sorted(dict(asks).items())]
    shown = ladder(book(down, up), tick * ticks, 10_000)
    assert shown.bids[-1].total == pytest.approx(sum(size for _, size in down))
    assert shown.asks[-1].total == pytest.approx(sum(size for _, size in up))
    assert [level.price for level in shown.bids] == sorted({level.price for level in shown.bids}, reverse=True)
    assert [level.price for level in shown.asks] == sorted({level.price for level in shown.asks})


@given(sides, sides, st.sampled_from((0.05, 0.25, 2.5, 0.00025, 0.0000005)), st.sampled_from(GROUPS))
def test_groups_of_odd_ticks_lie_on_their_grid_and_leave_the_spread_as_it_is(
    bids, asks, tick: float, ticks: int
) -> None:
    down = [(n * tick, size) for n, size in sorted(dict(bids).items(), reverse=True)]
    up = [((5_001 + n) * tick, size) for n, size in sorted(dict(asks).items())]
    shown = ladder(book(down, up), tick * ticks, 12)
    assert shown.spread == pytest.approx(up[0][0] - down[0][0])
    for level in (*shown.bids, *shown.asks):
        steps = level.price / (tick * ticks)
        assert steps == pytest.approx(round(steps), abs=1e-6)
    assert shown.bids[0].price <= down[0][0] + tick * 1e-6
    assert shown.asks[0].price >= up[0][0] - tick * 1e-6
    groups = {math.floor(n / ticks) for n in dict(bids)}
    assert len(shown.bids) == min(12, len(groups))
    if shown.cut:
        assert min(len(shown.bids), len(shown.asks)) < 12


def test_a_group_shows_only_the_digits_it_needs() -> None:
    assert [decimals_of(step, 2) for step in (0.01, 0.05, 0.5, 1.0, 10.0)] == [2, 2, 1, 0, 0]


def trade(n: int, size: float = 1.0, side: Side = Side.BUY) -> PublicTrade:
    return PublicTrade(n, 100.0, size, side, f"id{n}")


def test_the_tape_lists_the_newest_first_and_each_trade_once() -> None:
    tape = Tape(kept=3)
    assert tape.add([trade(1), trade(2), trade(2)]) == 2
    tape.add([trade(3), trade(4)])
    assert [p.time for p in tape.newest(10)] == [4, 3, 2]
    assert tape.add([trade(3)]) == 0


def test_the_tape_leaves_out_small_trades_and_weighs_buyers_by_value() -> None:
    tape = Tape()
    tape.add([trade(1, 1.0), trade(2, 30.0, Side.SELL), trade(3, 9.0)])
    assert [p.size for p in tape.newest(10, least_value=500.0)] == [9.0, 30.0]
    assert tape.bought_share() == 0.25


def test_a_large_trade_is_found_after_thousands_of_small_ones() -> None:
    tape = Tape(kept=100)
    tape.add([trade(0, size=200.0)])
    tape.add(trade(n) for n in range(1, 400))
    assert [p.size for p in tape.newest(10, 10_000)] == [200.0]
    assert [p.size for p in tape.newest(10, 5_000)] == []
    tape.clear()
    assert tape.newest(10, 10_000) == []
