import pickle
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.errors import DataFormatError
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe, timeframe

MINUTE = 60_000
START = 1_700_000_000_000 // MINUTE * MINUTE


def bars_at(times: Iterable[int], seed: float = 1.0) -> Bars:
    """Bars at these times whose values tell which time and seed they are of."""
    t = np.array(sorted(times), np.int64)
    close = t % 9973 + seed
    return Bars.of(t, close + 1, close + 3 + t % 7, close - 2 - t % 5, close, t % 11 + seed)


def rows(bars: Bars) -> dict[int, tuple[float, ...]]:
    return {int(bars.time[i]): tuple(float(getattr(bars, n)[i]) for n in COLUMNS[1:]) for i in range(len(bars))}


some_times = st.sets(st.integers(0, 40), max_size=30)


@given(some_times, some_times)
def test_merging_is_what_a_dictionary_does(old: set[int], new: set[int]) -> None:
    a, b = bars_at(old, 1.0), bars_at(new, 2.0)
    merged = a.merged(b)
    assert rows(merged) == rows(a) | rows(b)
    assert list(merged.time) == sorted(old | new)


@given(some_times, some_times, some_times)
def test_merging_may_be_grouped_in_any_way(a: set[int], b: set[int], c: set[int]) -> None:
    x, y, z = bars_at(a, 1.0), bars_at(b, 2.0), bars_at(c, 3.0)
    assert x.merged(y).merged(z).equals(x.merged(y.merged(z)))


@given(some_times, st.integers(-2, 42) | st.none(), st.integers(-2, 42) | st.none())
def test_between_takes_the_first_time_and_leaves_the_last(times: set[int], start: int | None, end: int | None) -> None:
    found = bars_at(times).between(start, end)
    assert list(found.time) == [t for t in sorted(times) if (start is None or t >= start) and (end is None or t < end)]


@given(some_times, st.integers(-3, 40))
def test_the_tail_is_the_last_rows(times: set[int], n: int) -> None:
    assert list(bars_at(times).tail(n).time) == (sorted(times)[-n:] if n > 0 else [])


def naive(bars: Bars, to: Timeframe) -> dict[int, list[float]]:
    model: dict[int, list[float]] = {}
    for time, (o, h, lo, c, v, q) in rows(bars).items():
        bar = model.setdefault(to.floor(time), [o, h, lo, c, 0.0, 0.0])
        bar[1], bar[2], bar[3] = max(bar[1], h), min(bar[2], lo), c
        bar[4], bar[5] = bar[4] + v, bar[5] + q
    return model


@given(st.sets(st.integers(0, 60 * 24 * 80), min_size=1, max_size=60), st.sampled_from(list(TIMEFRAMES.values())))
def test_resampling_is_what_a_loop_over_the_bars_gives(minutes: set[int], to: Timeframe) -> None:
    bars = bars_at(START + m * MINUTE for m in minutes)
    model, found = naive(bars, to), rows(bars.resampled(to))
    assert list(found) == list(model)
    for time, values in model.items():
        assert found[time] == pytest.approx(values, rel=1e-12)


@given(st.sets(st.integers(0, 60 * 24 * 3), min_size=1, max_size=60))
def test_resampling_in_two_steps_is_resampling_in_one(minutes: set[int]) -> None:
    bars = bars_at(START + m * MINUTE for m in minutes)
    twice, once = (
        bars.resampled(timeframe("15m")).resampled(timeframe("1h")),
        bars.resampled(timeframe("1h")),
    )
    assert list(twice.time) == list(once.time)
    for name in COLUMNS[1:]:
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-12)


def test_nothing_resampled_is_nothing() -> None:
    assert len(Bars.empty().resampled(timeframe("1h"))) == 0


def test_merging_with_nothing_gives_the_other() -> None:
    bars = bars_at(range(3))
    assert bars.merged(Bars.empty()).equals(bars)
    assert Bars.empty().merged(bars).equals(bars)


@pytest.mark.parametrize(
    ("times", "said"),
    [([1, 1], r"row 1 \(1\) does not follow 1"), ([1, 2, 3, 2], r"times must rise; row 3 \(2\) does not follow 3")],
)
def test_times_that_do_not_rise_are_refused_with_the_row(times: list[int], said: str) -> None:
    with pytest.raises(DataFormatError, match=said):
        Bars.of(times, *([[1.0] * len(times)] * 4))


def test_a_column_of_another_length_is_refused_by_name() -> None:
    with pytest.raises(DataFormatError, match="column 'low' has 1 values, 'time' has 2"):
        Bars.of([1, 2], [1, 2], [1, 2], [1], [1, 2])


def test_a_column_of_another_type_is_refused_by_name() -> None:
    bars = bars_at(range(2))
    with pytest.raises(DataFormatError, match="column 'close' is float32, it must be float64"):
        Bars(bars.time, bars.open, bars.high, bars.low, bars.close.astype(np.float32), bars.volume, bars.turnover)  # type: ignore[arg-type]


def test_equal_bars_have_every_value_alike() -> None:
    bars = bars_at(range(5))
    other = bars.copy()
    assert bars.equals(other)
    other.close[3] += 1e-9
    assert not bars.equals(other)
    assert not bars.equals(bars.tail(4))


def test_an_unknown_value_equals_an_unknown_value() -> None:
    bars = bars_at(range(3))
    bars.turnover[1] = np.nan
    assert bars.equals(bars.copy())


def test_a_slice_is_a_view_and_a_copy_is_not() -> None:
    bars = bars_at(range(5))
    assert np.shares_memory(bars[1:3].close, bars.close)
    assert not np.shares_memory(bars.copy().close, bars.close)


def test_candles_and_bars_are_two_forms_of_one_thing() -> None:
    bars = bars_at(range(4))
    candles = [bars.candle(i) for i in range(4)]
    assert Bars.from_candles(candles).equals(bars)
    assert candles[2] == Candle(2, 4.0, 8.0, -1.0, 3.0, 3.0, 9.0, True)
    assert all(type(c.time) is int and type(c.close) is float for c in candles)
    assert len(Bars.from_candles([])) == 0


def test_without_a_turnover_it_is_volume_times_close() -> None:
    bars = Bars.of([1], [2.0], [3.0], [1.0], [2.5], [4.0])
    assert bars.turnover[0] == 10.0
    assert Bars.of([1], [2.0], [3.0], [1.0], [2.5]).volume[0] == 0.0


def test_bars_survive_a_pickle() -> None:
    bars = bars_at(range(5))
    assert pickle.loads(pickle.dumps(bars)).equals(bars)


def test_a_frame_has_the_columns_and_a_utc_index() -> None:
    frame = bars_at([START, START + MINUTE]).to_frame()
    assert list(frame.columns) == list(COLUMNS[1:])
    assert str(frame.index.tz) == "UTC"
    assert frame.index[0].timestamp() * 1000 == START
