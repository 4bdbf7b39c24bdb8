"""Volume by price holds all volume, and its value area the most of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.view_models.profile import profile, value_area


def rows(*bars: tuple[float, float, float, float, float]) -> np.ndarray:
    return np.array(bars, np.float64).T


def slow(bars: np.ndarray, bottom: float, height: float, count: int) -> np.ndarray:
    """The same by overlaps, bar by bar and row by row."""
    found = np.zeros(count)
    for _, high, low, _, volume in bars.T[:, :5]:
        for k in range(count):
            a, b = bottom + k * height, bottom + (k + 1) * height
            if high > low:
                found[k] += volume * max(0.0, min(b, high) - max(a, low)) / (high - low)
            elif a <= low < b or (k == count - 1 and low >= b):
                found[k] += volume
    return found


prices = st.floats(1, 100).map(lambda p: round(p, 2))
bar = st.tuples(prices, prices, prices, prices, st.floats(0, 1e6)).map(
    lambda b: (b[0], max(b[:4]), min(b[:4]), b[3], b[4])
)


@given(st.lists(bar, min_size=1, max_size=30), st.integers(1, 50))
def test_each_row_holds_the_volume_that_overlaps_it(bars, count):
    given_ = rows(*bars)
    found = profile(given_, count)
    if found is None:
        assert given_[4].sum() == 0 or given_[1].max() == given_[2].min()
        return
    whole = given_[4].sum()
    assert found.volume.sum() == pytest.approx(whole, rel=1e-6)
    # a bar without a range may fall to either side of an edge: sums up to each edge tell the same otherwise
    flat = given_[4][given_[1] == given_[2]].sum()
    expected = slow(given_, found.bottom, found.height, count)
    np.testing.assert_allclose(found.volume, expected, atol=flat + whole * 1e-6 + 1e-9)
    assert (found.volume >= 0).all()


def test_rising_and_falling_bars_are_told_apart():
    found = profile(rows((10, 12, 10, 12, 5), (12, 12, 10, 10, 3)), 2)
    assert found.rising.tolist() == pytest.approx([2.5, 2.5])
    assert found.falling.tolist() == pytest.approx([1.5, 1.5])


def test_the_point_of_control_and_the_value_area_are_where_most_was_traded():
    volume = np.array([1.0, 2, 10, 4, 1, 0, 1])
    assert value_area(volume, 2) == (2, 3)
    assert value_area(volume, 2, 1.0) == (0, 6)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60).filter(lambda v: sum(v) > 0))
def test_the_value_area_holds_its_share_and_no_row_too_many(volume):
    rows_ = np.array(volume)
    control = int(rows_.argmax())
    first, last = value_area(rows_, control)
    assert first <= control <= last
    assert rows_[first : last + 1].sum() >= 0.7 * rows_.sum() * (1 - 1e-9)


def test_without_volume_or_range_there_is_none():
    assert profile(rows((1, 1, 1, 1, 5)), 10) is None
    assert profile(rows((1, 2, 1, 2, 0)), 10) is None
    assert profile(np.empty((7, 0)), 10) is None
