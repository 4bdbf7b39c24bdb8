"""Drawing on the chart as a person does it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import ChartView, Scale
from tradebot_gui.charts.drawing_layer import clipped
from tradebot_gui.drawings import Anchor, Board, Drawing, Stroke
from tradebot_gui.drawings.kinds import KINDS

from .conftest import MINUTE, START, wave
from .test_view import after, pixels

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
A, B, C = QPoint(200, 150), QPoint(420, 220), QPoint(300, 260)


@pytest.fixture
def chart(make_chart, bars) -> ChartView:
    made = make_chart(bars)
    made.set_drawings(Board(parent=made))
    return made


def move(chart: ChartView, to: QPoint, held=NONE, buttons=Qt.MouseButton.NoButton) -> None:
    viewport = chart.surface
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(to), QPointF(viewport.mapToGlobal(to)), Qt.MouseButton.NoButton, buttons, held
    )
    QApplication.sendEvent(viewport, event)


def click(chart: ChartView, at: QPoint, held=NONE, button=LEFT) -> None:
    move(chart, at, held)
    press(chart, QEvent.Type.MouseButtonPress, at, held, button)
    press(chart, QEvent.Type.MouseButtonRelease, at, held, button)


def press(chart: ChartView, kind: QEvent.Type, at: QPoint, held=NONE, button=LEFT) -> None:
    viewport = chart.surface
    buttons = button if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
    event = QMouseEvent(kind, QPointF(at), QPointF(viewport.mapToGlobal(at)), button, buttons, held)
    QApplication.sendEvent(viewport, event)


def drag(chart: ChartView, a: QPoint, b: QPoint, held=NONE) -> None:
    move(chart, a, held)
    press(chart, QEvent.Type.MouseButtonPress, a, held)
    move(chart, (a + b) / 2, held, LEFT)
    move(chart, b, held, LEFT)
    press(chart, QEvent.Type.MouseButtonRelease, b, held)


def draw(chart: ChartView, name: str, *points: QPoint) -> Drawing:
    chart.tools.set_tool(name)
    for point in points:
        click(chart, point)
    return chart.drawings.board.items[-1]


def place(chart: ChartView, anchor: Anchor) -> tuple[float, float]:
    return chart.px_of(chart.data.place_of(anchor.time)), chart.panes.price.y_of(anchor.price)


@pytest.mark.parametrize("name", list(KINDS))
def test_every_tool_draws_where_it_is_clicked_and_is_then_put_away(chart, name):
    made = draw(chart, name, *(A, B, C)[: KINDS[name].clicks])
    assert made.kind == name
    assert len(made.anchors) == KINDS[name].anchors
    assert chart.tools.tool is None
    assert chart.drawings.board.chosen is made
    for point, anchor in zip((A, B, C), made.anchors[: KINDS[name].clicks], strict=False):
        x, y = place(chart, anchor)
        assert x == pytest.approx(point.x(), abs=4)
        assert y == pytest.approx(point.y(), abs=1)
    assert not chart.grab().isNull()


def test_a_line_may_be_drawn_in_one_go(chart):
    x0 = chart.span.x0
    chart.tools.set_tool("trend")
    drag(chart, A, B)
    assert len(chart.drawings.board.items) == 1
    assert chart.span.x0 == x0


def test_shift_keeps_a_line_level(chart):
    chart.tools.set_tool("trend")
    click(chart, A)
    click(chart, B, SHIFT)
    made = chart.drawings.board.items[0]
    assert made.anchors[0].price == made.anchors[1].price


def test_a_drawing_is_seen_and_costs_no_painting_of_candles(chart):
    chart.grab()
    layer = chart.surface._layer
    chart.drawings.board.change(replace(draw(chart, "horizontal", B), stroke=Stroke("#ff00ff")))
    shown = pixels(chart)
    assert chart.surface._layer is layer
    assert (shown[B.y() - 2 : B.y() + 2, 20:80] == np.array([255, 0, 255])).all(axis=2).any()
    drag(chart, QPoint(100, B.y()), QPoint(100, B.y() + 50))
    chart.grab()
    assert chart.surface._layer is layer


def test_a_tick_under_a_drawing_leaves_the_picture_right(make_chart, bars):
    chart = make_chart(bars, after(bars, float(bars.close[-1]) + 0.2))
    chart.set_drawings(Board(parent=chart))
    price, last = float(bars.close[-1]), int(bars.time[-1])
    chart.drawings.board.add(Drawing("trend", (Anchor(last - 9 * MINUTE, price), Anchor(last + 3 * MINUTE, price + 1))))
    chart.drawings.board.select("")
    chart.grab()
    layer = chart.surface._layer
    chart.update_candle(after(bars, price - 0.3))
    partly = pixels(chart)
    assert chart.surface._layer is layer
    chart.refresh()
    np.testing.assert_array_equal(partly, pixels(chart))


def test_letting_go_of_a_drawing_changes_only_its_handles(chart):
    draw(chart, "rectangle", A, B)
    chart.set_cursor(None)
    selected = pixels(chart)
    chart.drawings.board.select("")
    resting = pixels(chart)
    middle = (A + B) / 2
    np.testing.assert_array_equal(
        resting[A.y() + 10 : B.y() - 10, middle.x() - 30 : middle.x() + 30],
        selected[A.y() + 10 : B.y() - 10, middle.x() - 30 : middle.x() + 30],
    )
    assert (resting != selected).any()
    chart.refresh()
    np.testing.assert_array_equal(pixels(chart), resting)


def test_a_drawing_in_hand_is_painted_whichever_strip_was_copied_last(chart):
    draw(chart, "rectangle", A, B)
    chart.set_cursor(None)
    chart.grab()
    shown = chart.grab().toImage()
    chart.surface.update_marks([chart.surface.rect(), QRect(831, 211, 69, 19)])
    assert chart.grab().toImage() == shown


def test_a_drawing_is_moved_by_its_body_and_by_its_handles(chart):
    made = draw(chart, "trend", A, B)
    middle = (A + B) / 2
    drag(chart, middle, middle + QPoint(0, 40))
    moved = chart.drawings.board.items[0]
    assert [a.time for a in moved.anchors] == [a.time for a in made.anchors]
    assert place(chart, moved.anchors[0])[1] == pytest.approx(A.y() + 40, abs=1)
    drag(chart, B + QPoint(0, 40), C)
    x, y = place(chart, chart.drawings.board.items[0].anchors[1])
    assert (x, y) == (pytest.approx(C.x(), abs=4), pytest.approx(C.y(), abs=1))
    assert chart.drawings.board.items[0].anchors[0] == moved.anchors[0]


def test_undo_and_redo_by_keys(chart, qtbot):
    made = draw(chart, "trend", A, B)
    drag(chart, (A + B) / 2, (A + B) / 2 + QPoint(60, 40))
    moved = chart.drawings.board.items
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL)
    assert chart.drawings.board.items == (made,)
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL)
    assert chart.drawings.board.items == ()
    qtbot.keyClick(chart, Qt.Key.Key_Y, CONTROL)
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert chart.drawings.board.items == moved


def test_control_and_drag_makes_a_copy(chart):
    made = draw(chart, "trend", A, B)
    middle = (A + B) / 2
    drag(chart, middle, middle + QPoint(0, 60), CONTROL)
    assert chart.drawings.board.items[0] == made
    copy = chart.drawings.board.items[1]
    assert copy.id != made.id
    assert place(chart, copy.anchors[0])[1] == pytest.approx(A.y() + 60, abs=1)


def test_a_copy_is_undone_in_one_step_and_one_that_was_not_moved_is_none(chart, qtbot):
    made = draw(chart, "trend", A, B)
    middle = (A + B) / 2
    click(chart, middle, CONTROL)
    assert chart.drawings.board.items == (made,)
    drag(chart, middle, middle + QPoint(0, 60), CONTROL)
    assert len(chart.drawings.board.items) == 2
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL)
    assert chart.drawings.board.items == (made,)


def test_delete_removes_and_escape_cancels(chart, qtbot):
    draw(chart, "trend", A, B)
    qtbot.keyClick(chart, Qt.Key.Key_Delete)
    assert chart.drawings.board.items == ()
    chart.tools.set_tool("trend")
    click(chart, A)
    assert chart.drawings.draft is not None
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.drawings.draft is None
    assert chart.tools.tool is None
    draw(chart, "trend", A, B)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.drawings.board.selected == ""
    assert len(chart.drawings.board.items) == 1


def test_escape_in_the_middle_of_a_drag_puts_it_back(chart, qtbot):
    made = draw(chart, "trend", A, B)
    middle = (A + B) / 2
    press(chart, QEvent.Type.MouseButtonPress, middle)
    move(chart, middle + QPoint(0, 50), buttons=LEFT)
    assert chart.drawings.board.items != (made,)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.drawings.board.items == (made,)


def test_a_locked_drawing_stays(chart, qtbot):
    made = draw(chart, "trend", A, B)
    chart.drawings.board.set_locked(True)
    drag(chart, (A + B) / 2, C)
    qtbot.keyClick(chart, Qt.Key.Key_Delete)
    assert chart.drawings.board.items == (made,)


def test_hidden_drawings_are_neither_seen_nor_touched(chart):
    before = pixels(chart)
    draw(chart, "horizontal", A)
    chart.drawings.board.set_hidden(True)
    chart.set_cursor(None)
    np.testing.assert_array_equal(pixels(chart), before)
    assert chart.drawings.at(100, A.y()) is None


def test_the_magnet_draws_prices_to_the_candle(chart, bars):
    bar = round(chart.x_at(300))
    high = float(bars.high[bar])
    point = QPoint(round(chart.px_of(bar)), round(chart.panes.price.y_of(high)) - 6)
    assert chart.tools.anchor_at(point, magnet=False).price != round(high, 2)
    assert chart.tools.anchor_at(point, magnet=True) == Anchor(int(bars.time[bar]), round(high, 2))
    far = QPoint(point.x(), point.y() - 60)
    assert chart.tools.anchor_at(far, magnet=True) == chart.tools.anchor_at(far, magnet=False)


def test_keys_put_lines_at_the_cursor_and_take_the_tool_for_a_trend(chart, qtbot):
    chart.set_cursor(A)
    qtbot.keyClick(chart, Qt.Key.Key_H, ALT)
    qtbot.keyClick(chart, Qt.Key.Key_V, ALT)
    assert [d.kind for d in chart.drawings.board.items] == ["horizontal", "vertical"]
    assert place(chart, chart.drawings.board.items[0].anchors[0])[1] == pytest.approx(A.y(), abs=1)
    qtbot.keyClick(chart, Qt.Key.Key_T, ALT)
    assert chart.tools.tool.name == "trend"


def test_a_line_is_drawn_moved_and_opened_by_keys_alone(chart, qtbot):
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier

    def key(name: str, held=NONE, times: int = 1) -> None:
        for _ in range(times):
            qtbot.keyClick(chart, getattr(Qt.Key, f"Key_{name}"), held)

    key("Left", shift, 20)
    before = chart.x_at(chart.readout.cursor.x())
    key("T", Qt.KeyboardModifier.AltModifier)
    key("Return")
    key("Left", shift | control)
    key("Up", shift, 5)
    key("Return")
    (drawn,) = chart.drawings.board.items
    times = sorted(chart.data.place_of(a.time) for a in drawn.anchors)
    assert times == [round(before) - 10, round(before)]
    assert drawn.anchors[1].price > drawn.anchors[0].price

    key("Return")  # upon its end: in hand
    assert chart.tools.holds
    key("Down", shift, 9)
    key("Return")
    assert not chart.tools.holds
    (moved,) = chart.drawings.board.items
    assert moved.anchors[1].price < drawn.anchors[1].price
    assert moved.anchors[0] == drawn.anchors[0]
    with qtbot.waitSignal(chart.tools.edit_wanted):
        key("Return", shift)
    key("Delete")
    assert chart.drawings.board.items == ()


def test_the_crosshair_of_the_keys_takes_the_chart_along_at_its_edges(chart, qtbot):
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    seen = chart.span.x0
    for _ in range(40):
        qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    assert chart.span.x0 < seen
    assert chart.marks.plot.contains(chart.readout.cursor)


def test_in_the_past_the_crosshair_of_the_keys_begins_in_view(chart, qtbot):
    chart.pan(-100)
    seen = (chart.span.x0, chart.span.x1)
    qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert (chart.span.x0, chart.span.x1) == seen
    assert chart.marks.plot.contains(chart.readout.cursor)


def test_shift_and_drag_measures_in_passing(chart):
    x0 = chart.span.x0
    drag(chart, A, B, SHIFT)
    assert chart.drawings.draft.kind == "measure"
    assert chart.span.x0 == x0
    click(chart, C)
    assert chart.drawings.draft is None
    assert chart.drawings.board.items == ()
    drag(chart, A, B)
    assert chart.span.x0 != x0


def test_beside_drawings_the_chart_is_dragged_as_ever(chart):
    draw(chart, "trend", A, B)
    x0 = chart.span.x0
    drag(chart, QPoint(600, 300), QPoint(500, 300))
    assert chart.span.x0 > x0
    assert chart.drawings.board.selected == ""


def test_a_right_click_asks_for_the_menu_of_the_drawing(chart):
    made = draw(chart, "trend", A, B)
    heard = []
    chart.tools.menu_wanted.connect(lambda name, _: heard.append(name))
    click(chart, (A + B) / 2, button=RIGHT)
    click(chart, QPoint(600, 300), button=RIGHT)
    assert heard == [made.id]


def test_a_double_click_upon_a_drawing_asks_for_its_form_and_leaves_the_panes(chart, qtbot):
    made = draw(chart, "trend", A, B)
    with qtbot.waitSignal(chart.tools.edit_wanted) as heard:
        qtbot.mouseDClick(chart.surface, LEFT, pos=(A + B) / 2)
    assert heard.args == [made.id]


def test_drawings_stay_at_their_time_when_older_candles_come(chart):
    made = draw(chart, "trend", A, B)
    chart.set_cursor(None)
    before = pixels(chart)
    chart.prepend(wave(500, START - 500 * MINUTE))
    np.testing.assert_array_equal(pixels(chart), before)
    assert chart.drawings.board.items == (made,)


def test_a_drawing_from_before_the_first_candle_is_where_it_belongs_when_they_come(chart):
    old = Drawing("trend", (Anchor(START - 50 * MINUTE, 100.0), Anchor(START + 50 * MINUTE, 101.0)))
    chart.drawings.board.add(old)
    chart.show_first()
    chart.pan(-30)
    chart.grab()
    x = place(chart, old.anchors[0])[0]
    chart.prepend(wave(500, START - 500 * MINUTE))
    chart.grab()
    assert place(chart, old.anchors[0])[0] == pytest.approx(x)
    assert chart.data.time_of(chart.data.place_of(old.anchors[0].time)) == old.anchors[0].time


def test_a_drawing_beyond_the_newest_candle_stays_at_its_time_when_it_is_reached(chart, bars):
    last = int(bars.time[-1])
    ahead = Drawing("vertical", (Anchor(last + 3 * MINUTE, 100.0),))
    chart.drawings.board.add(ahead)
    assert chart.data.place_of(ahead.anchors[0].time) == chart.data.last + 3
    for step in range(1, 6):
        chart.update_candle(after(bars, 101.0, confirmed=True, steps=step))
    assert chart.data.time_of(chart.data.place_of(ahead.anchors[0].time)) == last + 3 * MINUTE
    assert chart.data.place_of(ahead.anchors[0].time) == chart.data.last - 2


def test_another_timeframe_shows_a_drawing_in_the_bar_that_holds_its_time(chart, bars):
    made = draw(chart, "trend", A, B)
    chart.set_series("TESTUSDT 15m", 2, TIMEFRAMES["15m"])
    chart.set_bars(bars.resampled(TIMEFRAMES["15m"]), None)
    chart.grab()
    for anchor in made.anchors:
        opened = chart.data.time_of(chart.data.place_of(anchor.time))
        assert opened <= anchor.time < opened + 15 * MINUTE
    chart.drawings.board.select(made.id)
    x, y = place(chart, made.anchors[0])
    x1, y1 = place(chart, made.anchors[1])
    middle = QPoint(round((x + x1) / 2), round((y + y1) / 2))
    drag(chart, middle, middle + QPoint(0, 30))
    moved = chart.drawings.board.items[0]
    assert [a.time for a in moved.anchors] == [a.time for a in made.anchors]


def test_a_drag_on_a_logarithmic_scale_follows_the_mouse(chart):
    chart.set_scale(Scale.LOG)
    chart.grab()
    draw(chart, "horizontal", A)
    drag(chart, QPoint(100, A.y()), QPoint(100, A.y() + 80))
    assert place(chart, chart.drawings.board.items[0].anchors[0])[1] == pytest.approx(A.y() + 80, abs=1)


def test_only_drawings_in_view_are_given_a_shape(chart):
    board = chart.drawings.board
    for n in range(500):
        time = START - 86_400_000 * 30 + n * MINUTE
        board.add(Drawing("trend", (Anchor(time, 100.0), Anchor(time + MINUTE, 101.0))))
    here = draw(chart, "trend", A, B)
    assert [p.drawing for p in chart.drawings.placed] == [here]


def test_drawings_are_not_painted_over_the_panes_below(make_chart, bars):
    from tradebot_gui.charts import OverlaySpec

    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("rsi")])
    chart.set_drawings(Board(parent=chart))
    chart.grab()
    draw(chart, "vertical", A)
    chart.drawings.board.change(replace(chart.drawings.board.items[0], stroke=Stroke("#ff00ff", 3)))
    shown = pixels(chart)
    pink = (shown == np.array(QColor("#ff00ff").getRgb()[:3])).all(axis=2)
    bottom = int(chart.panes.price.rect.bottom())
    assert pink[:bottom].any()
    assert not pink[bottom + 1 :].any()


def test_two_charts_of_a_symbol_share_their_drawings(make_chart, bars):
    one, two = make_chart(bars), make_chart(bars)
    board = Board()
    for chart in (one, two):
        chart.set_drawings(board)
    draw(one, "horizontal", A)
    assert [p.drawing.kind for p in two.drawings.placed] == ["horizontal"]
    two.set_drawings(Board())
    assert two.drawings.placed == []


@pytest.mark.parametrize("dash", ["solid", "dash"])
def test_a_line_from_far_away_to_far_away_is_seen_where_it_crosses_the_view(chart, dash):
    far, price = 400_000_000 * MINUTE, chart.panes.price.value_at(A.y())
    ends = tuple(Anchor(START + way * far, price) for way in (-1, 1))
    board = chart.drawings.board
    board.add(Drawing("trend", ends, Stroke("#ff00ff", 1, dash)))
    below = (Anchor(ends[0].time, price - 0.5), Anchor(ends[1].time, price - 1))
    board.add(Drawing("rectangle", below, Stroke("#00ffff", 1, dash)))
    board.select("")
    shown = pixels(chart)
    assert (shown[A.y() - 1 : A.y() + 2, 20:400] == np.array([255, 0, 255])).all(axis=2).any()


@given(*[st.floats(-1e9, 1e9)] * 4)
def test_what_is_left_of_a_line_lies_in_the_room_and_on_the_line(x1, y1, x2, y2):
    room = QRectF(0, 0, 800, 400)
    cut = clipped((x1, y1, x2, y2), room)
    if cut is not None:
        slack = 1e-6 * max(map(abs, (x1, y1, x2, y2, 1.0)))
        assert all(-slack <= v <= limit + slack for v, limit in zip(cut, (800, 400, 800, 400), strict=True))
    for x, y in ((x1, y1), (x2, y2)):
        inside = 0 < x < 800 and 0 < y < 400 and (x1, y1) != (x2, y2)
        assert not inside or cut is not None


def test_a_chart_that_is_gone_hears_no_more_of_its_drawings(make_chart, bars, qtbot):
    chart, board = make_chart(bars), Board()
    gone = ChartView()
    gone.set_bars(bars, None)
    for view in (chart, gone):
        view.set_drawings(board)
    gone.stop()
    gone.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    draw(chart, "horizontal", A)
    assert len(board.items) == 1
