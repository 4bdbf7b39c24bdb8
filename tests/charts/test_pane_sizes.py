"""Panes below the price: as high and in the order that a person wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt

from tradebot_gui.charts import ChartView, OverlaySpec
from tradebot_gui.charts.pane_sizes import LEAST, heights

from .conftest import wave
from .test_drawing import drag, move


@pytest.fixture
def chart(make_chart, qtbot) -> ChartView:
    made = make_chart(wave(300))
    made.set_overlays([OverlaySpec("rsi"), OverlaySpec("macd"), OverlaySpec("sma")])
    qtbot.waitUntil(lambda: all(o.lines for o in made.overlays))
    made.grab()
    return made


def sizes(chart: ChartView) -> list[float]:
    chart.grab()
    return [pane.rect.height() for pane in chart.panes.shown]


def border(chart: ChartView, row: int) -> QPoint:
    return QPoint(300, round(chart.panes.shown[row].rect.top()))


def test_a_border_dragged_takes_from_one_pane_and_gives_to_the_other(chart):
    price, rsi, macd = sizes(chart)
    told = []
    chart.panes_sized.connect(told.append)
    drag(chart, border(chart, 1), border(chart, 1) - QPoint(0, 60))
    assert sizes(chart) == pytest.approx([price - 60, rsi + 60, macd], abs=2)
    drag(chart, border(chart, 2), border(chart, 2) + QPoint(0, 30))
    assert sizes(chart) == pytest.approx([price - 60, rsi + 90, macd - 30], abs=2)
    assert [set(shares) for shares in told] == [{0, 1}, {0, 1}]


def test_no_pane_is_dragged_away(chart):
    drag(chart, border(chart, 2), border(chart, 2) + QPoint(0, 900))
    assert min(sizes(chart)) >= LEAST * sum(sizes(chart)) - 1
    drag(chart, border(chart, 1), QPoint(300, 1))
    assert sizes(chart)[0] >= 0.2 * sum(sizes(chart)) - 1


def test_the_chart_stays_where_it_is_while_a_border_is_dragged(chart):
    before = chart.span.x0
    drag(chart, border(chart, 1), border(chart, 1) + QPoint(80, 25))
    assert chart.span.x0 == before


def test_a_double_click_on_a_border_gives_the_usual_heights(chart, qtbot):
    before = sizes(chart)
    drag(chart, border(chart, 1), border(chart, 1) - QPoint(0, 60))
    qtbot.mouseDClick(chart.surface, Qt.MouseButton.LeftButton, pos=border(chart, 1))
    assert sizes(chart) == before


def test_escape_puts_a_border_back_and_keys_alone_can_move_it(chart, qtbot):
    before = sizes(chart)
    move(chart, border(chart, 1))
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    assert sizes(chart)[1] > before[1] + 50
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert sizes(chart) == before


def test_the_border_shows_a_hand_that_says_so(chart):
    move(chart, border(chart, 1))
    assert chart.surface.cursor().shape() == Qt.CursorShape.SplitVCursor


@given(st.floats(50, 3000), st.lists(st.one_of(st.just(0.0), st.floats(0.05, 0.8)), max_size=12))
def test_the_price_keeps_a_fifth_whatever_is_below(total, shares):
    below = heights(total, shares)
    assert len(below) == len(shares)
    assert sum(below) <= 0.8 * total + len(below)
