"""Shift, clipboard and planner: what a person does with a drawing besides placing it."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt
from PySide6.QtWidgets import QApplication

from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import ChartView, drawing_copies
from tradebot_gui.drawings import Anchor, Board, Drawing, planner

from .conftest import MINUTE, wave
from .test_drawing import ALT, CONTROL, LEFT, SHIFT, A, B, chart, click, drag, draw, move, press

__all__ = ["chart"]


def at(chart: ChartView, drawing: Drawing, handle: int) -> QPoint:
    """Where a handle of ``drawing`` is on the screen."""
    chart.grab()
    shape = next(p.shape for p in chart.drawings.placed if p.drawing.id == drawing.id)
    return QPoint(*map(round, shape.handles[handle]))


def only(chart: ChartView) -> Drawing:
    (found,) = chart.drawings.board.items
    return found


def test_an_end_dragged_with_shift_keeps_the_line_level(chart):
    made = draw(chart, "trend", A, B)
    end = at(chart, made, 1)
    drag(chart, end, end + QPoint(40, 60), SHIFT)
    assert only(chart).anchors[1].price == made.anchors[0].price
    assert only(chart).anchors[1].time > made.anchors[1].time
    assert chart.drawings.draft is None


def test_shift_and_two_clicks_measure_and_a_third_takes_it_away(chart):
    click(chart, A, SHIFT)
    move(chart, QPoint(350, 200))
    assert chart.drawings.draft.anchors[1] == chart.tools.anchor_at(QPoint(350, 200))
    click(chart, B)
    move(chart, A)
    assert chart.drawings.draft.anchors[1] == chart.tools.anchor_at(B)
    click(chart, A)
    assert chart.drawings.draft is None
    assert chart.drawings.board.items == ()


def test_escape_takes_a_measure_away_that_follows_the_mouse(chart, qtbot):
    click(chart, A, SHIFT)
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    move(chart, B)
    assert chart.drawings.draft is None


def test_the_key_that_rolls_the_layout_back_undoes_no_drawing(chart, qtbot):
    draw(chart, "trend", A, B)
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL | ALT)
    assert len(chart.drawings.board.items) == 1


def test_a_drag_that_another_symbol_interrupts_is_over_and_can_be_undone(chart):
    made, board = draw(chart, "horizontal", A), chart.drawings.board
    y = at(chart, made, 0)
    move(chart, y)
    press(chart, QEvent.Type.MouseButtonPress, y)
    move(chart, y + QPoint(0, 40), buttons=LEFT)
    other = Board(parent=chart)
    chart.set_drawings(other)
    move(chart, y + QPoint(0, 80), buttons=LEFT)
    press(chart, QEvent.Type.MouseButtonRelease, y + QPoint(0, 80))
    assert not board.dragging
    assert board.items != (made,)
    board.undo()
    assert board.items == (made,)
    assert other.items == ()


def test_a_line_begun_before_the_timeframe_changes_is_ended_after_it(chart):
    chart.tools.set_tool("trend")
    click(chart, A)
    begun = chart.drawings.draft.anchors[0]
    chart.set_series("TESTUSDT 5m", 2, TIMEFRAMES["5m"])
    chart.set_bars(wave(600), None)
    chart.set_drawings(chart.drawings.board)
    chart.grab()
    click(chart, B)
    assert only(chart).anchors[0] == begun


def test_a_copy_is_pasted_at_the_cursor_as_one_step(chart, qtbot):
    made = draw(chart, "trend", A, B)
    qtbot.keyClick(chart, Qt.Key.Key_C, CONTROL)
    there = QPoint(500, 260)
    move(chart, there)
    qtbot.keyClick(chart, Qt.Key.Key_V, CONTROL)
    old, new = chart.drawings.board.items
    assert old == made
    assert new.id != made.id
    assert new.anchors[0] == chart.tools.anchor_at(there)
    moved = [
        Anchor(b.time - a.time, round(b.price - a.price, 6)) for a, b in zip(old.anchors, new.anchors, strict=True)
    ]
    assert moved[0] == moved[1]
    qtbot.keyClick(chart, Qt.Key.Key_Z, CONTROL)
    assert only(chart) == made


def test_on_another_symbol_a_copy_keeps_its_bars_and_its_height_in_per_cent(chart, make_chart, qtbot):
    made = draw(chart, "fibonacci", A, B)
    qtbot.keyClick(chart, Qt.Key.Key_C, CONTROL)
    other = make_chart(wave(600))
    other.set_series("OTHER 5m", 4, TIMEFRAMES["5m"])
    other.set_drawings(Board(parent=other, name="other"))
    bars = wave(300)
    prices = (getattr(bars, name) / 50 for name in ("open", "high", "low", "close"))
    other.set_bars(Bars.of(bars.time[0] + (bars.time - bars.time[0]) * 5, *prices, bars.volume), None)
    other.grab()
    move(other, A)
    qtbot.keyClick(other, Qt.Key.Key_V, CONTROL)
    new = only(other)
    assert new.anchors[0] == other.tools.anchor_at(A)
    assert (new.anchors[1].time - new.anchors[0].time) == 5 * (made.anchors[1].time - made.anchors[0].time)
    shares = [d.anchors[1].price / d.anchors[0].price for d in (made, new)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)


@pytest.mark.parametrize("kept", [b"", b"{}", b"[1]", json.dumps({"drawing": {"kind": "trend"}, "bars": [0]}).encode()])
def test_what_is_no_drawing_is_not_pasted(chart, qtbot, kept):
    data = QMimeData()
    data.setData(drawing_copies.KIND, kept)
    QApplication.clipboard().setMimeData(data)
    qtbot.keyClick(chart, Qt.Key.Key_V, CONTROL)
    assert chart.drawings.board.items == ()


def test_prices_of_drawings_are_multiples_of_the_price_step(chart):
    chart.panes.price.price_step = 0.25
    made = draw(chart, "position", A, B)
    drag(chart, at(chart, made, 2), at(chart, made, 2) - QPoint(0, 33))
    assert all(Decimal(str(a.price)) % Decimal("0.25") == 0 for a in only(chart).anchors)


def test_a_stop_dragged_across_the_entry_makes_a_short_plan_of_a_long_one(chart):
    made = draw(chart, "position", QPoint(300, 200), QPoint(420, 230))
    entry, stop, target = made.anchors
    assert stop.price < entry.price < target.price
    drag(chart, at(chart, made, 1), at(chart, made, 0) - QPoint(0, 20))
    entry, stop, target = only(chart).anchors
    assert target.price < entry.price < stop.price
    words = [label.text for p in chart.drawings.placed for label in p.shape.labels]
    assert any(w.startswith("Short") for w in words)


PRICES = st.integers(1, 10_000).map(lambda n: n / 4)


@given(PRICES, st.integers(1, 400), st.integers(1, 400), st.booleans(), st.integers(0, 2), PRICES)
def test_a_plan_stays_a_plan_whichever_handle_goes_wherever(entry, risk, gain, long, handle, to):
    side = 1 if long else -1
    anchors = (Anchor(0, entry), Anchor(MINUTE, entry - side * risk / 4), Anchor(MINUTE, entry + side * gain / 4))
    plan = planner.moved(Drawing("position", anchors), handle, Anchor(2 * MINUTE, to), 0.25)
    a, b, c = (x.price for x in plan.anchors)
    assert min(b, c) < a < max(b, c)
    if handle == planner.STOP:
        assert abs(c - a) == pytest.approx(gain / 4)
