"""Windows over long columns are compiled; the additions are those of short ones, in the same order."""

import numpy as np
import pytest

from shared_modules.indicators import windows

LONG = 20_100  # over the length from which columns are long
PART = 3_000


@pytest.mark.parametrize("period", [1, 2, 20, 50, 1000])
def test_a_long_column_has_the_same_window_sums_as_its_short_end(period: int) -> None:
    dice = np.random.default_rng(7)
    values, weights, pattern = 5 + dice.normal(size=LONG), dice.random(LONG), dice.random(period)

    def all_of(x: np.ndarray, w: np.ndarray) -> list[np.ndarray]:
        means = windows.window_means(x, period)
        moments = [windows.window_moments(x, means, period, power) for power in (2, 3, 4)]
        products = windows.window_products(x, means, period, min(3, period - 1))
        return [*moments, products, windows.window_squares(x, means, w, period), windows.window_weighted(x, pattern)]

    long, short = all_of(values, weights), all_of(values[-PART:], weights[-PART:])
    for a, b in zip(long, short, strict=True):
        assert np.isnan(a[: period - 1]).all()
        np.testing.assert_array_equal(a[-PART + period - 1 :], b[period - 1 :])


def test_a_column_whose_sum_is_infinite_is_not_taken_for_one_with_missing_values() -> None:
    from shared_modules.indicators.finite import on_finite

    values = np.full(10, 1e308)
    assert np.isfinite(on_finite(lambda x: (x,), 1, values)[0]).all()


@pytest.mark.parametrize("otherwise", [0.0, 0.5, np.nan])
def test_a_long_column_has_the_same_ratios_as_its_short_end(otherwise: float) -> None:
    dice = np.random.default_rng(8)
    a, b = (dice.choice([-1.5, 0.0, -0.0, 2.0, np.nan, 3e-100, 1e100], LONG) for _ in range(2))
    long, short = windows.ratio(a, b, otherwise), windows.ratio(a[-PART:], b[-PART:], otherwise)
    np.testing.assert_array_equal(long[-PART:], short)


def test_columns_of_bars_are_looked_through_once_and_others_each_time() -> None:
    from shared_modules.core.bars import COLUMNS, Bars
    from shared_modules.indicators import catalogue

    close = np.linspace(1.0, 2.0, LONG)
    bars = Bars.of(60_000 * np.arange(LONG), close, close, close, close)
    dema = catalogue()["dema"]
    dema.compute(bars)
    # against what bars promise, to see what is remembered: other bars of these columns are looked through anew
    bars.close[LONG // 2] = np.nan
    holed = Bars(*(getattr(bars, name).copy() for name in COLUMNS))
    (line,) = dema.compute(holed).values()
    assert np.isnan(line[LONG // 2])
    assert np.isfinite(line[-1])
    (line,) = dema.compute(bars).values()
    assert np.isnan(line[-1])


def test_a_column_in_the_place_of_one_that_is_gone_is_looked_through_anew() -> None:
    from shared_modules.indicators.finite import lasting, on_finite

    for _ in range(50):
        whole = lasting(np.ones(LONG))
        assert np.isfinite(on_finite(lambda x: (np.cumsum(x),), 1, whole)[0]).all()
        del whole
        holed = lasting(np.ones(LONG))
        holed[5] = np.nan
        line = on_finite(lambda x: (np.cumsum(x),), 1, holed)[0]
        assert np.isnan(line[5])
        assert line[-1] == LONG - 6
        del holed
