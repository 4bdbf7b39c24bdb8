"""Functions with a pass of their own have TA-Lib's very numbers on long columns too."""

import numpy as np
import pytest
import talib

from shared_modules.core.bars import Bars
from shared_modules.indicators import catalogue
from shared_modules.indicators.one_pass import PASSES
from shared_modules.indicators.talib_entries import _QUICK

BARS = 25_000


def market(holes: tuple[int, ...] = ()) -> Bars:
    """Prices on a coarse grid: bars without a range, without volume and without a change among them."""
    random = np.random.default_rng(4)
    close = 100.0 + 0.5 * random.integers(-1, 2, BARS).cumsum() % 40.0
    opened = np.r_[100.0, close[:-1]]
    high = np.maximum(opened, close) + 0.5 * random.integers(0, 2, BARS)
    low = np.minimum(opened, close) - 0.25 * random.integers(0, 2, BARS)
    volume = random.integers(0, 4, BARS) * 0.7
    for row in holes:
        close[row] = np.nan
        high[row + 5] = np.inf
    return Bars.of(60_000 * np.arange(BARS), opened, high, low, close, volume, volume)


def entry(function: str):
    return catalogue()[function.lower()]


def test_the_list_that_is_read_early_is_that_of_the_passes():
    assert set(_QUICK) == set(PASSES)


@pytest.mark.parametrize("function", sorted(PASSES))
def test_a_long_column_has_talibs_very_numbers(function):
    bars, made = market(), entry(function)
    columns = [getattr(bars, name) for name in made.inputs]
    (line,) = made.compute(bars).values()
    wanted = getattr(talib, function)(*columns, *made.checked({}).values())
    np.testing.assert_array_equal(line, wanted)


@pytest.mark.parametrize("function", sorted(PASSES))
def test_where_something_is_missing_a_long_column_starts_afresh_as_a_short_one_does(function):
    bars, made = market(holes=(100, 9_000, 9_003)), entry(function)
    (line,) = made.compute(bars).values()
    (short,) = made.compute(bars[:9_500]).values()
    np.testing.assert_array_equal(line[:9_500], short)
    assert np.isnan(line[[100, 105]]).any()


@pytest.mark.parametrize("period", [2, 3, 4, 28, 31, 32, 33, 200])
def test_vertical_horizontal_filter_adds_the_changes_up_in_talibs_order(period):
    close = 100.0 * np.exp(np.random.default_rng(7).normal(0.0, 0.01, BARS).cumsum())
    found = np.empty(BARS)
    assert PASSES["VHF"](close, float(period), found)
    np.testing.assert_array_equal(found, talib.VHF(close, period))


def test_without_any_change_the_vertical_horizontal_filter_is_zero():
    found = np.empty(BARS)
    assert PASSES["VHF"](np.ones(BARS), 28.0, found)
    np.testing.assert_array_equal(found, talib.VHF(np.ones(BARS), 28))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("function", sorted(PASSES))
def test_a_single_missing_value_anywhere_is_seen(function, value):
    made = entry(function)
    for column in range(len(made.inputs)):
        for row in (0, BARS // 2, BARS - 1):
            columns = [np.linspace(1.0, 2.0, BARS) for _ in made.inputs]
            columns[column][row] = value
            assert not PASSES[function](*columns, *map(float, made.checked({}).values()), np.empty(BARS))
