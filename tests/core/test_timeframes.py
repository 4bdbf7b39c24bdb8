from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import UnknownName
from shared_modules.core.timeframes import DAY, TIMEFRAMES, Timeframe, timeframe

frames = st.sampled_from(list(TIMEFRAMES.values()))
# 1970 to 2100
times = st.integers(0, 4_102_444_800_000)


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


@given(frames, times)
def test_a_time_lies_in_the_candle_that_floor_and_next_enclose(frame: Timeframe, time: int) -> None:
    assert frame.floor(time) <= time < frame.next(time)


@given(frames, times)
def test_the_floor_of_a_floor_is_itself(frame: Timeframe, time: int) -> None:
    assert frame.floor(frame.floor(time)) == frame.floor(time)


@given(frames, times)
def test_candles_follow_each_other_without_a_hole(frame: Timeframe, time: int) -> None:
    after = frame.next(time)
    assert frame.floor(after) == after
    assert frame.floor(after - 1) == frame.floor(time)


@given(frames, times)
def test_every_longer_candle_begins_where_a_minute_begins(frame: Timeframe, time: int) -> None:
    assert frame.floor(time) % TIMEFRAMES["1m"].ms == 0


@given(frames, times, st.integers(0, 40), st.integers(-1, 1))
def test_the_count_is_what_enumeration_gives(frame: Timeframe, start: int, candles: int, jitter: int) -> None:
    end = start
    for _ in range(candles):
        end = frame.next(end)
    end += jitter
    at, n = (start if frame.floor(start) == start else frame.next(start)), 0
    while at < end:
        at, n = frame.next(at), n + 1
    assert frame.count(start, end) == n


@given(frames, times, times, times)
def test_counts_of_adjoining_spans_add_up(frame: Timeframe, a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    if frame.is_month or c - a < 400 * DAY:
        assert frame.count(a, b) + frame.count(b, c) == frame.count(a, c)


def test_a_span_that_ends_before_it_begins_holds_nothing() -> None:
    assert timeframe("1m").count(120_000, 60_000) == 0
    assert timeframe("1M").count(ms(2024, 5, 1), ms(2024, 4, 1)) == 0


def test_weeks_begin_on_monday() -> None:
    week = timeframe("1w")
    sunday_night, monday = ms(2024, 6, 9, 23, 59, 59), ms(2024, 6, 10)
    assert week.floor(sunday_night) == ms(2024, 6, 3)
    assert week.next(sunday_night) == monday
    assert week.floor(monday) == monday


def test_months_have_their_own_lengths() -> None:
    month = timeframe("1M")
    assert month.next(ms(2024, 2, 29, 12)) == ms(2024, 3, 1)
    assert month.next(ms(2023, 2, 1)) == ms(2023, 3, 1)
    assert month.next(ms(2023, 12, 31, 23, 59)) == ms(2024, 1, 1)
    assert month.floor(ms(2024, 2, 1) - 1) == ms(2024, 1, 1)
    assert month.count(ms(2023, 1, 1), ms(2024, 1, 1)) == 12


def test_a_minute_is_told_from_a_month() -> None:
    assert timeframe("1m").ms == 60_000
    assert timeframe("1M").is_month


@pytest.mark.parametrize(("typed", "meant"), [("1H", "1h"), ("15M", "15m"), ("1D", "1d"), ("1W", "1w")])
def test_other_names_may_be_typed_in_any_case(typed: str, meant: str) -> None:
    assert timeframe(typed) is TIMEFRAMES[meant]


@pytest.mark.parametrize(("typed", "said"), [("115m", "did you mean '15m'"), ("7y", "there are: 1m, 3m, 5m, 15m, 30m")])
def test_an_unknown_name_is_refused_with_near_ones_or_with_all(typed: str, said: str) -> None:
    with pytest.raises(UnknownName, match=f"no timeframe '{typed}'; {said}"):
        timeframe(typed)


def test_a_timeframe_is_its_own_name() -> None:
    assert timeframe(TIMEFRAMES["5m"]) is TIMEFRAMES["5m"]
    assert str(TIMEFRAMES["5m"]) == "5m"
