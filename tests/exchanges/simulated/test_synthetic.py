"""The synthetic market: one seamless, repeatable series at any question and in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import DAY, TIMEFRAMES
from shared_modules.exchanges.simulated.contracts import names
from shared_modules.exchanges.simulated.feed import running
from shared_modules.exchanges.simulated.synthetic import SyntheticFeed
from shared_modules.exchanges.simulated.ticks import Ticks

NOW = 1_750_000_000_000
ONE = SyntheticFeed(5, 3)


def same(a: Ticks, b: Ticks) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a.columns(), b.columns(), strict=True))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["1m", "3m", "15m", "1h", "4h", "1d", "1w", "1M"]),
    st.integers(NOW - 60 * DAY, NOW),
    st.integers(1, 3 * DAY),
    st.integers(0, 3 * DAY),
)
def test_any_span_is_a_part_of_any_longer_span(name, start, length, more):
    span, timeframe = ONE.bars("BTCUSDT", TIMEFRAMES[name], start, start + length), TIMEFRAMES[name]
    longer = ONE.bars("BTCUSDT", timeframe, start - more, start + length + more)
    assert same(span, longer.between(start, start + length))


@settings(max_examples=15, deadline=None)
@given(st.permutations(["1m", "15m", "1h", "1d", "1M"]), st.integers(NOW - 30 * DAY, NOW))
def test_a_fresh_market_answers_alike_whatever_was_asked_before(order, start):
    fresh = SyntheticFeed(5, 3)
    for name in order:
        timeframe = TIMEFRAMES[name]
        assert same(
            fresh.bars("ETHUSDT", timeframe, start, start + DAY), ONE.bars("ETHUSDT", timeframe, start, start + DAY)
        )


def test_a_far_year_asked_for_first_changes_no_near_one():
    fresh, hour = SyntheticFeed(5, 3), TIMEFRAMES["1h"]
    far = NOW + 15 * 365 * DAY
    late = fresh.bars("BTCUSDT", hour, far, far + DAY)
    assert same(fresh.bars("BTCUSDT", hour, NOW, NOW + DAY), ONE.bars("BTCUSDT", hour, NOW, NOW + DAY))
    assert same(ONE.bars("BTCUSDT", hour, far, far + DAY), late)


@pytest.mark.parametrize("name", ["3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"])
def test_long_candles_are_the_sum_of_minutes(name):
    start = NOW // DAY * DAY - 3 * DAY
    minutes = ONE.bars("SOLUSDT", TIMEFRAMES["1m"], start, start + 2 * DAY)
    assert len(minutes) == 2 * 1440
    timeframe = TIMEFRAMES[name]
    assert same(minutes.grouped(timeframe), ONE.bars("SOLUSDT", timeframe, start, start + 2 * DAY))


@pytest.mark.parametrize("name", ["1w", "1M"])
def test_weeks_and_months_are_the_sum_of_days(name):
    timeframe = TIMEFRAMES[name]
    long = ONE.bars("BTCUSDT", timeframe, NOW - 400 * DAY, NOW - 100 * DAY)
    start, end = int(long.time[0]), timeframe.next(int(long.time[-1]))
    assert same(long, ONE.bars("BTCUSDT", TIMEFRAMES["1d"], start, end).grouped(timeframe))


@settings(max_examples=60, deadline=None)
@given(st.integers(NOW - 500 * DAY, NOW), st.sampled_from(["BTCUSDT", "ETHUSDT", "SOLUSDT"]))
def test_the_trades_of_a_minute_are_its_candle(time, symbol):
    tape = ONE.tape(symbol, time)
    assert tape is not None
    row, prices = tape.row, tape.prices
    assert (prices[0], prices.max(), prices.min(), prices[-1]) == (row.open, row.high, row.low, row.close)
    assert int(tape.sizes.sum()) == row.volume
    assert tape.sizes.min() >= 0
    assert int((tape.sizes * prices).sum()) == pytest.approx(row.turnover, rel=1e-5)
    assert (np.diff(tape.times) >= 0).all()
    assert row.time == tape.times[0] <= tape.times[-1] < row.time + 60_000


@settings(max_examples=30, deadline=None)
@given(st.integers(NOW - 30 * DAY, NOW), st.sampled_from(["1m", "5m", "1h", "1d", "1w", "1M"]))
def test_the_unfinished_candle_becomes_the_finished_one(now, name):
    timeframe = TIMEFRAMES[name]
    start, end = timeframe.floor(now), timeframe.next(now)
    now_row, last_row = running(ONE, "BTCUSDT", timeframe, now), running(ONE, "BTCUSDT", timeframe, end - 1)
    done = ONE.bars("BTCUSDT", timeframe, start, start + 1).rows()[0]
    assert now_row is not None
    assert last_row is not None
    assert (now_row.time, now_row.open) == (done.time, done.open) == (start, done.open)
    assert now_row.high <= done.high
    assert now_row.low >= done.low
    assert now_row.volume <= done.volume
    assert (last_row.high, last_row.low, last_row.close, last_row.volume) == (
        done.high, done.low, done.close, done.volume,
    )  # fmt: skip
    assert last_row.turnover == pytest.approx(done.turnover, rel=1e-6)


def test_another_seed_is_another_market():
    other = SyntheticFeed(6, 3)
    day = TIMEFRAMES["1d"]
    assert not same(ONE.bars("BTCUSDT", day, NOW - 9 * DAY, NOW), other.bars("BTCUSDT", day, NOW - 9 * DAY, NOW))


def test_names_are_unique_and_the_first_are_familiar():
    found = names(1_500)
    assert found[:3] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert len(set(found)) == 1_500


def test_a_symbol_is_the_same_in_a_small_and_a_large_market():
    large = SyntheticFeed(5, 40)
    day = TIMEFRAMES["1d"]
    assert same(ONE.bars("SOLUSDT", day, NOW - 9 * DAY, NOW), large.bars("SOLUSDT", day, NOW - 9 * DAY, NOW))


def test_a_name_that_is_no_symbol_is_refused():
    with pytest.raises(InvalidInput, match="btc"):
        SyntheticFeed(5, ("btc",))


def test_volatility_clusters_and_symbols_move_together():
    hours = [ONE.bars(s, TIMEFRAMES["1h"], NOW - 300 * DAY, NOW) for s in ("BTCUSDT", "ETHUSDT")]
    moves = [np.diff(np.log(h.close)) for h in hours]
    size = np.abs(moves[0])
    assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.1
    assert 0.3 < np.corrcoef(*moves)[0, 1] < 0.95
    kurtosis = float(np.mean((moves[0] - moves[0].mean()) ** 4) / moves[0].var() ** 2)
    assert kurtosis > 4


@pytest.mark.parametrize("side", ["high", "low"])
def test_minutes_stay_as_seldom_near_the_extreme_of_their_hour_as_a_random_walk_does(side):
    minutes = ONE.bars("BTCUSDT", TIMEFRAMES["1m"], NOW // DAY * DAY - 30 * DAY, NOW // DAY * DAY)
    high, low = (column.reshape(-1, 60).astype(float) for column in (minutes.high, minutes.low))
    usual = np.median(high - low, axis=1, keepdims=True)
    away = high.max(1, keepdims=True) - high if side == "high" else low - low.min(1, keepdims=True)
    # of sixty steps of a random walk 2.3 come this near to its extreme, of those of BTCUSDT 2.0
    assert 1.2 < np.mean(np.sum(away < 0.3 * usual, axis=1)) < 3
