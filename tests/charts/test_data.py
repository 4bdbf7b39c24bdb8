"""The candles of a chart after any loads, jumps and updates are those of a chart that was given them at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from tradebot_gui.charts.data import ChartData

from .conftest import MINUTE, wave

WHOLE = wave(6000)
HOLED = Bars.merged(WHOLE[:900], WHOLE[950:])


def same(data: ChartData, plain: ChartData) -> None:
    assert data.pyramid.bars().equals(plain.pyramid.bars())
    assert data.finished().equals(plain.finished())
    assert data.gaps(-9000, 9000).tolist() == plain.gaps(-9000, 9000).tolist()
    for width in (40, 700):
        columns, expected = (d.pyramid.columns(d.first, d.last, width) for d in (data, plain))
        np.testing.assert_array_equal(columns.values, expected.values)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("set"), st.integers(1, 5950)),
            st.tuples(st.sampled_from(["append", "correct", "look"]), st.integers(0, 5000)),
        ),
        max_size=10,
    )
)
def test_a_jump_within_the_same_bars_shows_what_a_load_of_them_would(steps):
    data, shown = ChartData(), HOLED[:700]
    data.set(shown, None)
    for kind, n in steps:
        if kind == "set":
            shown = HOLED[:n]
            data.set(shown, None)
        elif kind == "look":
            data.pyramid.columns(0, n + 1, 90)
        else:
            row = len(shown) - 1 if kind == "append" else n % len(shown)
            time = int(shown.time[row]) + (MINUTE if kind == "append" else 0)
            candle = Candle(time, 100.0 + n, 101.0 + n, 99.0, 100.5, 3.0, 4.0, True)
            data.update(candle)
            shown = shown.merged(Bars.from_candles([candle]))
        plain = ChartData()
        plain.set(shown.copy(), None)
        same(data, plain)


@pytest.mark.parametrize("count", [300, 900, 5950])
def test_a_jump_copies_no_bars_it_had(count):
    data = ChartData()
    data.set(HOLED[:900], None)
    before = data.pyramid.rows()
    data.set(HOLED[:count], None)
    assert np.shares_memory(before, data.pyramid.rows()) == (count < 4000)


def test_bars_from_before_a_jump_back_are_not_those_of_another_memory():
    data = ChartData()
    data.set(HOLED[:900], None)
    data.set(HOLED.copy()[:500], None)
    plain = ChartData()
    plain.set(HOLED[:500], None)
    same(data, plain)
