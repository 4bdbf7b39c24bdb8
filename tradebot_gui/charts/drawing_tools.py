"""Drawing by hand: place, select, move, copy and remove with mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from tradebot_gui.drawings import planner
from tradebot_gui.drawings.board import Board
from tradebot_gui.drawings.kinds import KINDS, Kind, completed
from tradebot_gui.drawings.model import Anchor, Drawing, Stroke
from tradebot_gui.view_models.lod import CLOSE, OPEN

from . import drawing_copies
from .drawing_layer import DrawingLayer
from .passing import PassingMeasure

if TYPE_CHECKING:
    from .pane import Pane
    from .view import ChartView

MAGNET = 14.0  # pixels within which a price is drawn to open, high, low or close
_SLACK = 5  # pixels that a click may wander
_LEVELLED = ("trend", "ray", "channel")  # with Shift their first line stays level
_CONTROL, _SHIFT, _ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


class DrawingTools(QObject):
    """The tool in hand and what it does; events that it does not take belong to the chart."""

    tool_changed = Signal(str)  # a kind, or empty
    edit_wanted = Signal(str)  # id of a drawing whose words and style are asked for
    menu_wanted = Signal(str, QPoint)  # id, global position

    def __init__(self, chart: ChartView, layer: DrawingLayer) -> None:
        super().__init__(chart)
        self._chart, self._layer = chart, layer
        self.tool: Kind | None = None
        self.magnet = False
        self.stroke = Stroke()
        self.levels: tuple[float, ...] = ()  # of the next retracement; empty for the usual ones
        self._pressed: QPoint | None = None
        self._grabbed: tuple[Drawing, int | None, QPoint] | None = None
        self._copy: Drawing | None = None  # made when it was grabbed
        self._measure = PassingMeasure(layer.set_draft)

    @property
    def board(self) -> Board | None:
        return self._layer.board

    @property
    def holds(self) -> bool:
        """Whether a drawing has been taken in hand to be moved."""
        return self._grabbed is not None

    def set_tool(self, name: str) -> None:
        """Take the tool ``name`` in hand; empty puts it away."""
        self.tool = KINDS.get(name) if self.board is not None else None
        self._measure.end()
        if self.tool is not None and self.board is not None:
            self.board.set_hidden(False)
            self.board.select("")
        self.tool_changed.emit(self.tool.name if self.tool else "")

    # mouse; True where the event is taken

    def press(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        if self.board is None or self._pane_at(point) is None:
            return False
        if event.button() == Qt.MouseButton.RightButton:
            return self._press_right(event, point)
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._pressed = point
        if self._measure.active:
            self._measure.press(self.anchor_at(point))
            return True
        if self.tool is not None:
            self._place(point, event.modifiers())
            return True
        # with Shift an end of a line is kept level; anywhere else it measures
        if event.modifiers() & _SHIFT and not self._on_handle(point):
            self._measure.begin(self.anchor_at(point), self._pane_name(point))
            return True
        return self._grab(point, event.modifiers())

    def move(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if self._grabbed is not None and held:
            self._drag(point, event.modifiers())
            return True
        if self._measure.active and self._measure.stretch(self.anchor_at(point), held):
            return True
        if self._layer.draft is not None and self.tool is not None:
            self._stretch(point, event.modifiers())
            return True
        return self.tool is not None and not held

    def release(self, event: QMouseEvent) -> bool:
        point, start = event.position().toPoint(), self._pressed
        self._pressed = None
        if self._grabbed is not None:
            self.let_go()
            return True
        far = start is not None and (point - start).manhattanLength() > _SLACK
        if self._measure.active:
            self._measure.release(far)
            return True
        if self.tool is not None and self._layer.draft is not None and far:
            self._place(point, event.modifiers())  # drawn in one go, without a second click
        return self.tool is not None or start is None

    def double(self, event: QMouseEvent) -> bool:
        """A double-click upon a drawing asks for its form."""
        point = event.position().toPoint()
        if self.tool is not None:
            return self.press(event)
        found = self._layer.at(point.x(), point.y()) if self._pane_at(point) is not None else None
        if found is None:
            return False
        self.edit_wanted.emit(found[0].id)
        return True

    def cursor(self, point: QPoint) -> Qt.CursorShape | None:
        """The shape of the cursor where a drawing is under it."""
        if self.tool is not None or self.board is None or not self.board.items:
            return None
        found = self._layer.at(point.x(), point.y()) if self._pane_at(point) is not None else None
        if found is None:
            return None
        if not self.board.movable(found[0]):
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.SizeAllCursor if found[1] is None else Qt.CursorShape.PointingHandCursor

    # keys

    def action(self, event: QKeyEvent) -> Callable[[], object] | None:
        """What a key does to drawings; None where it means nothing to them."""
        board, key, held = self.board, Qt.Key(event.key()), event.modifiers()
        if board is None:
            return None
        if held == _ALT:
            tools = {Qt.Key.Key_T: "trend", Qt.Key.Key_H: "horizontal", Qt.Key.Key_V: "vertical"}
            return (lambda: self._by_key(tools[key])) if key in tools else None
        if held & _CONTROL:
            return None if held & _ALT else self._control_key(board, key, bool(held & _SHIFT))
        if key == Qt.Key.Key_Escape and (self.tool or self._layer.draft or self._grabbed or board.selected):
            return self.cancel
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._layer.chosen is not None:
            return lambda: board.remove(board.selected)
        return None

    def _control_key(self, board: Board, key: Qt.Key, shift: bool) -> Callable[[], object] | None:
        if key == Qt.Key.Key_Y or (key == Qt.Key.Key_Z and shift):
            return board.redo if board.can_redo else None
        if key == Qt.Key.Key_Z:
            return board.undo if board.can_undo else None
        if key == Qt.Key.Key_C and not shift:
            return self.copy if self._layer.chosen is not None else None
        return self.paste if key == Qt.Key.Key_V and not shift and drawing_copies.holds_one() else None

    def cancel(self) -> None:
        """Put away what is under way; with nothing under way, the selection."""
        board = self.board
        if self._grabbed is not None and board is not None:
            self._grabbed = None
            board.cancel()
        elif self.tool is not None or self._layer.draft is not None:
            self.set_tool("")
        elif board is not None:
            board.select("")

    # what others need

    def anchor_at(self, point: QPoint, name: str | None = None, magnet: bool | None = None) -> Anchor:
        """Time of the bar and value at widget pixel ``point``; the magnet draws a price to one of the bar's.

        The value is of the pane called ``name``; without it of the pane that is drawn in, or else lies there.
        """
        chart = self._chart
        bar = round(chart.x_at(point.x()))
        pane = self._pane_in_hand(point) if name is None else chart.panes.named(name)
        pane = pane or chart.panes.price
        price = pane.value_at(point.y())
        if (self.magnet if magnet is None else magnet) and pane is chart.panes.price:
            price = self._drawn_to(bar, point.y(), price)
        return Anchor(int(chart.data.time_of(bar)), pane.rounded(price))

    def clone(self, drawing: Drawing) -> None:
        """Put a copy beside ``drawing``."""
        if self.board is not None:
            moved = self._shifted(drawing, 3, 16.0)
            copy = moved.copied()
            self._layer.handled(copy)
            self.board.add(copy)

    def copy(self) -> None:
        """Put the drawing that is selected on the clipboard."""
        if self.board is not None and self.board.chosen is not None:
            drawing_copies.copy(self._chart, self.board.chosen)

    def paste(self) -> None:
        """Put the drawing of the clipboard at the cursor; without one into the middle of the view."""
        cursor, middle = self._chart.readout.cursor, self._chart.panes.price.rect.center().toPoint()
        made = drawing_copies.pasted(self._chart, cursor if cursor and self._pane_at(cursor) is not None else middle)
        if made is not None and self.board is not None:
            self.board.set_hidden(False)
            self._layer.handled(made)
            self.board.add(made)

    def let_go(self) -> None:
        """Leave what is dragged where it is, such as when the chart is to show another series."""
        if self._grabbed is not None and self.board is not None:
            # a copy that was not drawn away would hide upon what it is a copy of
            unmoved = self._copy is not None and self.board.find(self._copy.id) is self._copy
            self.board.cancel() if unmoved else self.board.finish()
        self._grabbed = None

    # inside

    def _place(self, point: QPoint, held: Qt.KeyboardModifier) -> None:
        assert self.tool is not None
        anchor, draft = self.anchor_at(point), self._layer.draft
        if draft is None:
            levels = self.levels if self.tool.name == "fibonacci" else ()
            pane = self._pane_name(point)
            draft = Drawing(self.tool.name, (anchor,), self.stroke, levels=levels, pane=pane)
        else:
            draft = self._with_end(draft, anchor, held)
        if len(draft.anchors) >= self.tool.clicks:
            self._finish(completed(draft))
        else:
            self._layer.set_draft(replace(draft, anchors=(*draft.anchors, anchor)))

    def _finish(self, drawing: Drawing) -> None:
        assert self.board is not None
        self._layer.set_draft(None)
        self.tool = None
        self._layer.handled(drawing)
        self.board.add(drawing)
        self.tool_changed.emit("")
        if drawing.kind == "text":
            self.edit_wanted.emit(drawing.id)

    def _stretch(self, point: QPoint, held: Qt.KeyboardModifier) -> None:
        draft = self._layer.draft
        if draft is not None:
            self._layer.set_draft(self._with_end(draft, self.anchor_at(point), held))

    def _with_end(self, draft: Drawing, anchor: Anchor, held: Qt.KeyboardModifier) -> Drawing:
        """``draft`` with its loose end at ``anchor``; with Shift a line stays level."""
        if held & _SHIFT and draft.kind in _LEVELLED and len(draft.anchors) == 2:
            anchor = Anchor(anchor.time, draft.anchors[0].price)
        return draft.with_anchor(len(draft.anchors) - 1, anchor)

    def _grab(self, point: QPoint, held: Qt.KeyboardModifier) -> bool:
        assert self.board is not None
        found = self._layer.at(point.x(), point.y())
        if found is None:
            self.board.select("")
            return False
        drawing, handle = found
        copying = bool(held & _CONTROL) and not self.board.locked
        if copying:
            drawing, handle = drawing.copied(), None
        self._copy = drawing if copying else None
        if self.board.movable(drawing):
            self.board.begin()
            self._layer.handled(drawing)
            if copying:
                self.board.add(drawing)
            self._grabbed = (drawing, handle, point)
        self.board.select(drawing.id)
        return True

    def _on_handle(self, point: QPoint) -> bool:
        """Whether a handle at ``point`` can be moved."""
        found = self._layer.at(point.x(), point.y())
        return found is not None and found[1] is not None and self.board is not None and self.board.movable(found[0])

    def _drag(self, point: QPoint, held: Qt.KeyboardModifier) -> None:
        assert self.board is not None
        assert self._grabbed is not None
        drawing, handle, start = self._grabbed
        if handle is not None:
            self.board.move(self._with_handle(drawing, handle, self.anchor_at(point, drawing.pane), held))
            return
        bars = round(self._chart.x_at(point.x())) - round(self._chart.x_at(start.x()))
        self.board.move(self._shifted(drawing, bars, point.y() - start.y()))

    def _with_handle(self, drawing: Drawing, handle: int, anchor: Anchor, held: Qt.KeyboardModifier) -> Drawing:
        if drawing.kind == "position":
            return planner.moved(drawing, handle, anchor, self._least_step(drawing))
        if held & _SHIFT and drawing.kind in _LEVELLED and handle < 2:
            anchor = Anchor(anchor.time, drawing.anchors[1 - handle].price)
        return drawing.with_anchor(handle, anchor)

    def _shifted(self, drawing: Drawing, bars: int, dy: float) -> Drawing:
        data, pane = self._chart.data, self._chart.panes.named(drawing.pane) or self._chart.panes.price
        anchors = []
        for a in drawing.anchors:
            x = data.place_of(a.time)
            # by whole bars: an anchor within a longer bar keeps its place in it
            time = a.time + int(data.time_of(x + bars) - data.time_of(x))
            price = a.price if not dy else pane.value_at(pane.y_of(a.price) + dy)
            anchors.append(Anchor(time, pane.rounded(price) if dy else price))
        return replace(drawing, anchors=tuple(anchors))

    def _by_key(self, name: str) -> None:
        """A level or upright line stands at the cursor at once; other tools are taken in hand."""
        cursor = self._chart.readout.cursor
        self.set_tool(name)
        if self.tool is not None and self.tool.clicks == 1 and cursor is not None and self._pane_at(cursor) is not None:
            self._place(cursor, Qt.KeyboardModifier.NoModifier)

    def _press_right(self, event: QMouseEvent, point: QPoint) -> bool:
        if self.tool is not None:
            self.cancel()
            return True
        found = self._layer.at(point.x(), point.y())
        if found is None or self.board is None:
            return False
        self.board.select(found[0].id)
        self.menu_wanted.emit(found[0].id, event.globalPosition().toPoint())
        return True

    def _pane_at(self, point: QPoint) -> Pane | None:
        """The pane at ``point``, where there are candles to draw upon."""
        chart = self._chart
        inside = len(chart.data) > 0 and chart.area_at(point) == "plot"
        return chart.panes.at(point.y()) if inside else None

    def _pane_name(self, point: QPoint) -> str:
        pane = self._pane_at(point)
        return "" if pane is None else self._chart.panes.name_of(pane)

    def _pane_in_hand(self, point: QPoint) -> Pane | None:
        """Where what is being drawn lies, wherever the mouse goes; with nothing begun the pane at ``point``."""
        draft = self._layer.draft
        return self._pane_at(point) if draft is None else self._chart.panes.named(draft.pane)

    def _least_step(self, drawing: Drawing) -> float:
        pane = self._chart.panes.named(drawing.pane)
        return 0.0 if pane is None else pane.least_step

    def _drawn_to(self, bar: int, y: float, price: float) -> float:
        rows = self._chart.data.pyramid.rows(bar, bar + 1)
        if not rows.shape[1]:
            return price
        pane = self._chart.panes.price
        near = min((float(v) for v in rows[OPEN : CLOSE + 1, 0]), key=lambda v: abs(pane.y_of(v) - y))
        return near if abs(pane.y_of(near) - y) <= MAGNET else price
