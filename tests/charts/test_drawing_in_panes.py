"""Drawing upon the panes of indicators."""

import pytest
from PySide6.QtCore import QPoint, Qt

from tradebot_gui.charts import ChartView, OverlaySpec
from tradebot_gui.drawings import Board, Drawing

from .conftest import wave
from .test_drawing import ALT, CONTROL, SHIFT, click, drag, draw, move
from .test_drawing_in_hand import at, only


@pytest.fixture
def chart(make_chart, qtbot) -> ChartView:
    made = make_chart(wave(300))
    made.set_drawings(Board(parent=made, name="one"))
    made.set_overlays([OverlaySpec("rsi"), OverlaySpec("macd"), OverlaySpec("rsi", {"period": 7})])
    qtbot.waitUntil(lambda: all(o.lines for o in made.overlays))
    made.grab()
    return made


def inside(chart: ChartView, row: int, share: float = 0.5, x: int = 300) -> QPoint:
    rect = chart.panes.shown[row].rect
    return QPoint(x, round(rect.top() + share * rect.height()))


def test_a_line_is_drawn_upon_the_pane_that_was_clicked_in_its_values(chart):
    pane = chart.panes.shown[1]
    made = draw(chart, "trend", inside(chart, 1, 0.7, 200), inside(chart, 1, 0.4, 500))
    assert made.pane == "rsi"
    assert all(pane.low < a.price < pane.high for a in made.anchors)
    chart.grab()
    (placed,) = chart.drawings.placed
    assert placed.pane is pane
    assert all(pane.rect.contains(*handle) for handle in placed.shape.handles)
    assert Drawing.restored(made.saved()) == made


def test_it_is_picked_where_it_is_and_moved_in_its_own_values(chart):
    made = draw(chart, "horizontal", inside(chart, 1))
    drag(chart, inside(chart, 1), inside(chart, 1, 0.3))
    moved = only(chart)
    assert (moved.id, moved.pane) == (made.id, "rsi")
    assert moved.anchors[0].price > made.anchors[0].price
    assert moved.anchors[0].price == pytest.approx(chart.panes.shown[1].value_at(inside(chart, 1, 0.3).y()), rel=0.02)
    chart.drawings.board.select("")
    # a price of the same height on the screen is another pane's
    assert chart.drawings.at(300, chart.panes.price.rect.center().y()) is None


def test_the_second_click_counts_in_the_pane_of_the_first(chart):
    made = draw(chart, "trend", inside(chart, 1, 0.5, 200), inside(chart, 0, 0.9, 400))
    pane = chart.panes.shown[1]
    assert made.anchors[1].price == pytest.approx(pane.value_at(inside(chart, 0, 0.9).y()), rel=0.02)


def test_two_panes_of_one_indicator_have_their_own_and_keep_them_with_another_period(chart, qtbot):
    first, second = draw(chart, "horizontal", inside(chart, 1)), draw(chart, "horizontal", inside(chart, 3))
    assert (first.pane, second.pane) == ("rsi", "rsi 2")
    chart.set_overlays([OverlaySpec("rsi", {"period": 21}), OverlaySpec("macd")])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays))
    chart.grab()
    assert [p.drawing.id for p in chart.drawings.placed] == [first.id]
    chart.set_overlays([])
    chart.grab()
    assert chart.drawings.placed == []
    assert len(chart.drawings.board.items) == 2


def test_keys_and_measure_work_there_too(chart, qtbot):
    move(chart, inside(chart, 2))
    qtbot.keyClick(chart, Qt.Key.Key_H, ALT)
    assert only(chart).pane == "macd"
    drag(chart, inside(chart, 1, 0.8, 200), inside(chart, 1, 0.2, 400), SHIFT)
    assert chart.drawings.draft.pane == "rsi"
    click(chart, inside(chart, 0))


def test_a_copy_goes_to_the_pane_under_the_mouse(chart, qtbot):
    draw(chart, "horizontal", inside(chart, 1))
    qtbot.keyClick(chart, Qt.Key.Key_C, CONTROL)
    move(chart, inside(chart, 2))
    qtbot.keyClick(chart, Qt.Key.Key_V, CONTROL)
    copy = chart.drawings.board.items[1]
    assert copy.pane == "macd"
    assert at(chart, copy, 0).y() == pytest.approx(inside(chart, 2).y(), abs=2)


def test_alone_a_pane_shows_its_drawings_and_the_prices_none_of_them(chart, qtbot):
    made = draw(chart, "horizontal", inside(chart, 1))
    draw(chart, "horizontal", inside(chart, 0))
    chart.drawings.board.select("")
    qtbot.mouseDClick(chart.surface, Qt.MouseButton.LeftButton, pos=inside(chart, 1, 0.15))
    chart.grab()
    assert [p.drawing.id for p in chart.drawings.placed] == [made.id]
