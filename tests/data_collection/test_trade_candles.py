"""Candles from trades: the same whatever the order, and no trade invented."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.market import Candle, PublicTrade, Side
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.data_collection.trade_candles import BuiltCandle, CandleBuilder
from tests.fakes import NOW

FRAMES = [pytest.param(frame, id=name) for name, frame in TIMEFRAMES.items()]
MINUTE = 60_000
ONE = TIMEFRAMES["1m"]


def trade(time: int, price: float = 100.0, size: float = 1.0) -> PublicTrade:
    return PublicTrade(time, price, size, Side.BUY, f"{time}-{price}")


def tape(frame: Timeframe, seed: int, count: int) -> list[PublicTrade]:
    """Trades over some four candles, no two in one millisecond."""
    dice = random.Random(seed)
    start = frame.floor(NOW)
    times = sorted(dice.sample(range(start, start + 4 * frame.ms), count))
    return [trade(t, round(dice.uniform(90, 110), 2), round(dice.uniform(0.001, 9), 3)) for t in times]


def oracle(frame: Timeframe, trades: list[PublicTrade]) -> dict[int, tuple[float, ...]]:
    groups: dict[int, list[PublicTrade]] = {}
    for one in sorted(trades, key=lambda t: t.time):
        groups.setdefault(frame.floor(one.time), []).append(one)
    return {
        time: (g[0].price, max(t.price for t in g), min(t.price for t in g), g[-1].price,
               math.fsum(t.size for t in g), math.fsum(t.price * t.size for t in g))
        for time, g in groups.items()
    }  # fmt: skip


def values(built: BuiltCandle) -> tuple[float, ...]:
    c = built.candle
    return (c.open, c.high, c.low, c.close, c.volume, c.turnover)


def run(builder: CandleBuilder, arrivals: list[PublicTrade], end: int) -> tuple[list[BuiltCandle], list[BuiltCandle]]:
    closed, revised = [], []
    for one in arrivals:
        built = builder.add([one])
        closed += built.closed
        revised += built.revised
    closed += builder.advance(end).closed
    return closed, revised


@pytest.mark.parametrize("frame", FRAMES)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), late=st.integers(0, 1_999))
def test_late_repeated_and_reordered_trades_give_the_candles_of_the_tape(frame, seed, count, late):
    trades = tape(frame, seed, count)
    dice = random.Random(seed)
    # each comes up to `late` ms after its time, some come twice
    arrivals = sorted(trades + dice.sample(trades, count // 3), key=lambda t: t.time + dice.uniform(0, late))
    closed, revised = run(CandleBuilder(frame, since=0), arrivals, frame.next(frame.next(trades[-1].time)) + 2_000)
    traded = {c.candle.time: values(c) for c in closed if c.trades}
    assert traded == oracle(frame, trades)
    assert revised == []
    times = [c.candle.time for c in closed]
    assert all(frame.next(a) == b for a, b in pairwise(times))
    assert sum(c.trades for c in closed) == count


@pytest.mark.parametrize("frame", FRAMES)
def test_an_interval_without_trades_is_closed_by_time_and_flagged(frame):
    builder = CandleBuilder(frame, since=0)
    start = frame.floor(NOW)
    builder.add([trade(start, 50.0, 2.0)])
    end = frame.next(frame.next(start))
    closed = builder.advance(end + 2_000).closed
    assert [(c.candle.time, c.trades) for c in closed] == [(start, 1), (frame.next(start), 0)]
    assert values(closed[1]) == (50.0, 50.0, 50.0, 50.0, 0.0, 0.0)
    assert not any(c.candle.confirmed for c in closed)


def test_nothing_closes_before_its_end_and_the_grace_are_over():
    builder = CandleBuilder(ONE, since=0)
    builder.add([trade(NOW)])
    assert builder.advance(NOW + MINUTE + 1_999).closed == []
    assert len(builder.advance(NOW + MINUTE + 2_000).closed) == 1
    assert builder.advance(NOW + MINUTE + 2_500).closed == []


def test_a_trade_after_the_close_revises_the_candle_and_the_flat_ones_behind_it():
    builder = CandleBuilder(ONE, since=0)
    builder.add([trade(NOW, 50.0)])
    builder.advance(NOW + 3 * MINUTE + 2_000)
    revised = builder.add([trade(NOW + 30_000, 60.0)]).revised
    assert [(c.candle.time, c.candle.close, c.trades) for c in revised] == [
        (NOW, 60.0, 2), (NOW + MINUTE, 60.0, 0), (NOW + 2 * MINUTE, 60.0, 0)
    ]  # fmt: skip
    again = builder.add([trade(NOW + 30_000, 60.0)])
    assert (again.revised, builder.duplicates) == ([], 1)


def test_a_trade_older_than_what_can_be_revised_is_dropped_and_counted():
    builder = CandleBuilder(ONE, since=0)
    builder.add([trade(NOW)])
    builder.advance(NOW + 10 * MINUTE)
    built = builder.add([trade(NOW + 1)])
    assert (built.revised, built.closed, builder.dropped) == ([], [], 1)


def test_the_first_candle_is_incomplete_unless_its_start_was_seen():
    times = [NOW + 30_000, NOW + MINUTE + 30_000]
    closed, _ = run(CandleBuilder(ONE), [trade(t) for t in times], NOW + 3 * MINUTE)
    assert [c.complete for c in closed] == [False, True]
    closed, _ = run(CandleBuilder(ONE, since=NOW), [trade(t) for t in times], NOW + 3 * MINUTE)
    assert [c.complete for c in closed] == [True, True]


def test_an_interruption_makes_every_candle_it_touches_incomplete():
    builder = CandleBuilder(ONE, since=0)
    builder.add([trade(NOW + 1)])
    builder.interrupt(NOW + MINUTE + 10_000)
    closed, _ = run(builder, [trade(NOW + MINUTE + 20_000), trade(NOW + 2 * MINUTE)], NOW + 4 * MINUTE)
    assert [c.complete for c in closed] == [False, False, True]


def test_weeks_of_silence_are_passed_over_and_what_follows_is_incomplete_until_its_start_was_seen():
    builder = CandleBuilder(ONE, since=0)
    builder.add([trade(NOW)])
    later = NOW + 30 * 86_400_000 + 10_000
    closed = builder.advance(later).closed
    assert [(c.candle.time, c.trades) for c in closed] == [(NOW, 1)]
    closed, _ = run(builder, [trade(later + 1), trade(later + MINUTE)], later + 3 * MINUTE)
    start = ONE.floor(later)
    assert [(c.candle.time, c.trades, c.complete) for c in closed] == [
        (start, 1, False), (start + MINUTE, 1, True), (start + 2 * MINUTE, 0, True)
    ]  # fmt: skip


def test_the_running_candle_is_told_with_each_trade_and_not_for_a_repeated_one():
    builder = CandleBuilder(ONE, since=0)
    assert builder.add([trade(NOW, 5.0)]).updated == Candle(NOW, 5.0, 5.0, 5.0, 5.0, 1.0, 5.0)
    assert builder.add([trade(NOW + 1, 6.0)]).updated == Candle(NOW, 5.0, 6.0, 5.0, 6.0, 2.0, 11.0)
    assert builder.add([trade(NOW, 5.0)]).updated is None
