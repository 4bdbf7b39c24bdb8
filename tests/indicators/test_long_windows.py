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
