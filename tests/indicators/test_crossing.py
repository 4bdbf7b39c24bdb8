import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.indicators import (
    Crossing,
    above,
    crossed_above,
    crossed_below,
    crossings,
    is_above,
    sma,
    sma_crossings,
)

NAN = np.nan


def test_a_crossing_needs_both_lines_at_the_bar_before():
    fast = np.array([NAN, 2.0, 1.0, 2.0])
    slow = np.array([NAN, 1.5, 1.5, 1.5])
    assert crossed_above(fast, slow).tolist() == [False, False, False, True]
    assert crossed_below(fast, slow).tolist() == [False, False, True, False]


def test_lines_that_touch_have_not_crossed():
    fast, slow = np.array([1.0, 2.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0, 2.0])
    assert crossed_above(fast, slow).tolist() == [False, False, False, True]
    assert not crossed_below(fast, slow).any()


def test_equal_averages_of_different_length_are_not_above_each_other():
    prices = np.full(500, 0.1)
    fast, slow = sma(prices, 20), sma(prices, 50)
    assert not above(fast, slow).any()
    assert not above(slow, fast).any()


def test_a_crossing_of_a_level_is_found():
    assert crossed_above(np.array([20.0, 30.0, 31.0, 29.0]), 30.0).tolist() == [False, False, True, False]


@given(st.lists(st.tuples(*[st.sampled_from([NAN, 1.0, 1.0 + 1e-15, 2.0, 3.0])] * 2), max_size=30))
def test_crossings_bar_by_bar_are_those_of_whole_lines(pairs):
    a, b = np.array(pairs, float).reshape(-1, 2).T
    crossing = Crossing()
    found = [crossing(*pair) for pair in pairs]
    assert found == (crossed_above(a, b).astype(int) - crossed_below(a, b)).tolist()
    assert [is_above(*pair) for pair in pairs] == above(a, b).tolist()


def test_both_crossings_in_one_pass_are_those_of_two():
    for n in (3, 25_000):
        a, b = np.random.default_rng(n).integers(1, 6, (2, n)).astype(float)
        a[n // 2] = b[n // 3] = NAN
        up, down = crossings(a, b)
        assert up.tolist() == crossed_above(a, b).tolist()
        assert down.tolist() == crossed_below(a, b).tolist()


def test_means_of_a_long_column_are_those_of_its_parts_to_the_last_bit():
    values = np.exp(np.random.default_rng(3).normal(0.0, 0.5, 25_000))
    for period in (1, 2, 3, 7, 20, 50, 63, 64, 255, 1000, 6000):
        # a column too short for the compiled pass
        part = sma(values[20_000 - period : 22_000], period)[period:]
        np.testing.assert_array_equal(sma(values, period)[20_000:22_000], part)


@pytest.mark.parametrize("tick", [0.01, 50.0])
@pytest.mark.parametrize(("fast", "slow"), [(1, 2), (5, 30), (16, 32), (20, 50), (50, 200)])
def test_crossings_of_two_means_without_their_lines_are_those_of_the_lines(tick, fast, slow):
    # with large ticks the means are equal at many bars, which running sums alone can't tell
    walk = np.cumsum(np.random.default_rng(fast).normal(0.0, 20.0, 21_000))
    closes = np.round((1_000.0 + walk - walk.min()) / tick) * tick
    found, lines = sma_crossings(closes, fast, slow), crossings(sma(closes, fast), sma(closes, slow))
    np.testing.assert_array_equal(found, lines)
    assert found[0].any()


@pytest.mark.parametrize("hole", [np.nan, np.inf, -5.0])
def test_means_of_values_that_are_no_prices_cross_where_their_lines_do(hole):
    values = 100.0 + np.sin(np.arange(21_000) / 9.0)
    values[7_000] = hole
    np.testing.assert_array_equal(sma_crossings(values, 5, 20), crossings(sma(values, 5), sma(values, 20)))
