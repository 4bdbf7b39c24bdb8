"""Drawings over the finished layer of a chart: moving one paints no candle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QRegion

from tradebot_gui.drawings.board import Board
from tradebot_gui.drawings.kinds import KINDS
from tradebot_gui.drawings.model import Drawing
from tradebot_gui.drawings.shapes import Label, Shape, shape_of
from tradebot_gui.language import tr

from .paint import veil
from .ticks import number

if TYPE_CHECKING:
    from .pane import Pane
    from .view import ChartView

REACH = 6.0  # pixels around a line that still belong to it
_HANDLE = 4.0
_DASHES = {"dash": [5, 4], "dot": [1, 3]}


class ChartPlane:
    """A pane of a chart as drawings see it, in the widget's pixels."""

    def __init__(self, chart: ChartView, pane: Pane) -> None:
        self._chart, self.pane = chart, pane
        rect = pane.rect
        self.left, self.top, self.right, self.bottom = rect.left(), rect.top(), rect.right(), rect.bottom()

    def x(self, time: float) -> float:
        return self._chart.px_of(self._chart.data.place_of(time))

    def y(self, price: float) -> float:
        return self.pane.y_of(price)

    def price(self, y: float) -> float:
        return self.pane.value_at(y)

    def price_text(self, price: float) -> str:
        return number(price, self.pane.value_digits)

    def bars(self, start: float, end: float) -> int:
        return self._chart.data.place_of(end) - self._chart.data.place_of(start)


@dataclass(slots=True)
class Placed:
    """A drawing in the present view, and the rectangle that it takes with its words and handles."""

    drawing: Drawing
    shape: Shape
    box: QRectF
    pane: Pane


class DrawingLayer(QObject):
    """The drawings of the symbol shown, as far as they are in view.

    The one in hand - selected, or just being drawn - is painted with the crosshair; the others are painted once.
    """

    def __init__(self, chart: ChartView) -> None:
        super().__init__(chart)
        self._chart = chart
        self.board: Board | None = None
        self.draft: Drawing | None = None  # being drawn, or measured in passing
        self._placed: list[Placed] | None = None
        # by identity, since a drawing never changes; held with it, so that no other gets its identity
        self._known: dict[int, tuple[Drawing, Placed | None]] = {}
        self._resting: tuple[Drawing, ...] = ()
        self._until: int | None = None
        self._own: set[str] = set()  # what was drawn or moved on this chart since anything was hidden
        self._in_hand_at: list[QRect] = []
        self._alerted: frozenset[str] = frozenset()

    def set_board(self, board: Board | None) -> None:
        """Show the drawings of ``board`` from now on."""
        if self.board is not None:
            self.board.changed.disconnect(self.changed)
        self.board, self.draft = board, None
        self._own.clear()
        if board is not None:
            board.changed.connect(self.changed)
        self.changed()

    def show_until(self, time: int | None) -> None:
        """Hide what reaches beyond ``time`` (ms UTC), but for what is drawn here from now on; None shows all again."""
        if self._until is None or time is None:
            self._own.clear()
        if time != self._until:
            self._until = time
            self.changed()

    def _shown(self) -> tuple[Drawing, ...]:
        board = self.board
        if board is None or board.hidden:
            return ()
        until, timeframe = self._until, self._chart.data.timeframe
        items = tuple(d for d in board.items if d.shown_on(timeframe))
        if until is None:
            return items
        return tuple(d for d in items if d.id in self._own or max(a.time for a in d.anchors) <= until)

    @property
    def chosen(self) -> Drawing | None:
        """The drawing that is selected, where this chart shows it."""
        found = None if self.board is None else self.board.chosen
        if found is None or self._chart.panes.named(found.pane) is None:
            return None
        return found if found in self._shown() else None

    def handled(self, drawing: Drawing) -> None:
        """``drawing`` is drawn or moved on this chart, not on another one of the symbol."""
        self._own.add(drawing.id)

    def set_alerted(self, names: frozenset[str]) -> None:
        """Mark the drawings of these ids: an alert waits for each."""
        if names - {""} != self._alerted:
            self._alerted = names - {""}
            self._known.clear()
            self._resting = ()
            self._chart.surface.invalidate_cover()
            self.changed()

    def set_draft(self, draft: Drawing | None) -> None:
        self.draft = draft
        self.changed()

    def changed(self) -> None:
        """Draw again what is different, over the candles as they are."""
        self._placed = None
        board = self.board
        resting = tuple(d for d in self._shown() if board is not None and d.id != board.selected)
        if len(resting) != len(self._resting) or any(a is not b for a, b in zip(resting, self._resting, strict=True)):
            self._resting = resting
            self._chart.surface.invalidate_cover()
        now = [p.box.toAlignedRect().adjusted(-3, -3, 3, 3) for p in self.placed if self._in_hand(p.drawing)]
        self._chart.surface.update_marks(self._in_hand_at + now)
        self._in_hand_at = now

    def forget(self) -> None:
        """The view moved: places are found again with the next paint."""
        self._placed = None
        self._known.clear()

    def has_resting(self) -> bool:
        """Whether there is anything to be painted once."""
        return any(not self._in_hand(p.drawing) for p in self.placed)

    def draw_resting(self, painter: QPainter) -> None:
        """Paint the drawings that nobody has in hand."""
        self._draw_all(painter, [p for p in self.placed if not self._in_hand(p.drawing)])

    def draw_in_hand(self, painter: QPainter, part: QRegion | None = None) -> None:
        """Paint the one that is selected or being drawn, where it has a share in ``part``."""
        found = [p for p in self.placed if self._in_hand(p.drawing)]
        self._draw_all(painter, found if part is None else [p for p in found if part.intersects(p.box.toAlignedRect())])

    @property
    def placed(self) -> list[Placed]:
        """What is in view, the lowest first."""
        if self._placed is None:
            self._placed = self._find()
        return self._placed

    def at(self, x: float, y: float) -> tuple[Drawing, int | None] | None:
        """The drawing at widget pixel (x, y), and the number of its handle where one is meant."""
        board, pane = self.board, self._chart.panes.at(y)
        if board is None or board.hidden:
            return None
        placed = [p for p in self.placed if p.pane is pane]
        for p in placed:
            if p.drawing.id == board.selected:
                for n, (hx, hy) in enumerate(p.shape.handles):
                    if abs(hx - x) <= REACH + 1 and abs(hy - y) <= REACH + 1:
                        return p.drawing, n
        best, found = REACH, None
        for p in reversed(placed):
            if p.drawing is self.draft or not p.box.contains(x, y):
                continue
            far = p.shape.distance(x, y)
            if far < best:
                best, found = far, p.drawing
        return None if found is None else (found, None)

    def _in_hand(self, drawing: Drawing) -> bool:
        return drawing is self.draft or (self.board is not None and drawing.id == self.board.selected)

    def _draw_all(self, painter: QPainter, placed: list[Placed]) -> None:
        if not placed:
            return
        # the region of a clip that was put off is still told
        clip = painter.clipRegion() if painter.hasClipping() else QRegion()
        painter.save()
        painter.setFont(self._chart.marks.legend.font)
        for pane in self._chart.panes.shown:
            inside = [p for p in placed if p.pane is pane]
            if not inside:
                continue
            painter.save()
            painter.setClipRect(pane.rect, Qt.ClipOperation.IntersectClip)
            for p in inside:
                if clip.isEmpty() or clip.intersects(p.box.toAlignedRect()):
                    self._draw(painter, p)
            painter.restore()
        painter.restore()

    def _find(self) -> list[Placed]:
        chart = self._chart
        items = self._shown()
        items = items if self.draft is None else (*items, self.draft)
        if not items or not len(chart.data):
            return []
        if len(self._known) > 2 * len(items) + 500:  # a long drag leaves one for each step
            self._known.clear()
        planes = {chart.panes.name_of(pane): ChartPlane(chart, pane) for pane in chart.panes.shown}
        start, end = chart.data.time_of(chart.span.x0), chart.data.time_of(chart.span.x1)
        found = []
        for drawing in items:
            plane = planes.get(drawing.pane)
            if id(drawing) in self._known:
                placed = self._known[id(drawing)][1]
            else:
                placed = None if plane is None else self._place(drawing, plane, start, end)
                self._known[id(drawing)] = (drawing, placed)
            if placed is not None:
                found.append(placed)
        return found

    def _place(self, drawing: Drawing, plane: ChartPlane, start: float, end: float) -> Placed | None:
        if not _may_be_seen(drawing, start, end):
            return None
        shape = shape_of(drawing, plane)
        if drawing.id in self._alerted and shape.handles:
            shape.labels.append(Label(shape.handles[0][0], shape.handles[0][1] - 6, tr("Alert"), "above"))
        left, top, right, bottom = shape.bounds()
        room = max(REACH, _HANDLE) + drawing.stroke.width + 1
        box = QRectF(left, top, right - left, bottom - top).adjusted(-room, -room, room, room)
        for label in shape.labels:
            box = box.united(self._label_box(label).adjusted(-3, -1, 3, 1))
        view = plane.pane.rect.adjusted(-2, -2, 2, 2)
        return Placed(drawing, shape, box, plane.pane) if box.intersects(view) else None

    def _draw(self, painter: QPainter, p: Placed) -> None:
        theme, stroke = self._chart.marks.theme, p.drawing.stroke
        colour = QColor(stroke.colour or theme.accent)
        roles = {"gain": QColor(theme.gain), "loss": QColor(theme.loss), "stroke": colour, "text": colour}
        for corners, role in p.shape.fills:
            tint = QColor(roles[role])
            tint.setAlpha(34)
            (left, top), (right, bottom) = corners[0], corners[2]
            if corners[1] == (right, top) and corners[3] == (left, bottom):
                painter.fillRect(QRectF(left, top, right - left, bottom - top).intersected(self._room(p)), tint)
                continue
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(self._cut(corners, self._room(p)))
        pen = QPen(colour, stroke.width)
        if stroke.dash in _DASHES:
            pen.setDashPattern(_DASHES[stroke.dash])
        painter.setPen(pen)
        view = self._room(p)
        for x1, y1, x2, y2 in (cut for line in p.shape.lines if (cut := clipped(line, view))):
            # upright and level lines stand on whole pixels, or they would be two pale ones
            if x1 == x2:
                x1 = x2 = round(x1) + 0.5
            if y1 == y2:
                y1 = y2 = round(y1) + 0.5
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, x1 != x2 and y1 != y2)
            painter.drawLine(QLineF(x1, y1, x2, y2))
        for label in p.shape.labels:
            self._write(painter, label, roles[label.role])
        if self._in_hand(p.drawing):
            self._draw_handles(painter, p, colour)

    @staticmethod
    def _room(p: Placed) -> QRectF:
        return p.pane.rect.adjusted(-40, -40, 40, 40)

    @staticmethod
    def _cut(corners: tuple[tuple[float, float], ...], room: QRectF) -> QPolygonF:
        """The polygon of ``corners``, as far as it is near ``room``."""
        polygon = QPolygonF([QPointF(*c) for c in corners])
        if room.adjusted(-8000, -8000, 8000, 8000).contains(polygon.boundingRect()):
            return polygon
        return polygon.intersected(QPolygonF(room))

    def _draw_handles(self, painter: QPainter, p: Placed, colour: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(colour, 1.4))
        movable = self.board is not None and self.board.movable(p.drawing)
        painter.setBrush(QColor(self._chart.marks.theme.panel) if movable else colour)
        for x, y in p.shape.handles:
            painter.drawRect(QRectF(x - _HANDLE, y - _HANDLE, 2 * _HANDLE, 2 * _HANDLE))

    def _label_box(self, label: Label) -> QRectF:
        """Where the words of ``label`` stand."""
        metrics: QFontMetricsF = self._chart.marks.legend.metrics
        lines = label.text.split("\n")
        width, height = max(metrics.horizontalAdvance(line) for line in lines), metrics.height()
        x = label.x - width if "left" in label.side else label.x
        if label.side in ("above", "below", "middle"):
            x = label.x - width / 2
        y = label.y + {"above": -height, "above left": -height - 1, "below": 0.0}.get(label.side, -height / 2)
        return QRectF(x, y, width, height * len(lines))

    def _write(self, painter: QPainter, label: Label, colour: QColor) -> None:
        metrics: QFontMetricsF = self._chart.marks.legend.metrics
        box = self._label_box(label)
        painter.fillRect(box.adjusted(-2, 0, 2, 0), veil(self._chart.marks.theme.panel))
        painter.setPen(colour)
        for row, text in enumerate(label.text.split("\n")):
            painter.drawText(QPointF(box.left(), box.top() + row * metrics.height() + metrics.ascent()), text)


def clipped(line: tuple[float, float, float, float], room: QRectF) -> tuple[float, float, float, float] | None:
    """The part of ``line`` inside ``room``; a line with its ends a million bars away would be dashed all along."""
    x1, y1, x2, y2 = line
    dx, dy = x2 - x1, y2 - y1
    begin, end = 0.0, 1.0
    for start, step, low, high in ((x1, dx, room.left(), room.right()), (y1, dy, room.top(), room.bottom())):
        if step == 0:
            if not low <= start <= high:
                return None
            continue
        enters, leaves = sorted(((low - start) / step, (high - start) / step))
        begin, end = max(begin, enters), min(end, leaves)
    return (x1 + begin * dx, y1 + begin * dy, x1 + end * dx, y1 + end * dy) if begin < end else None


def _may_be_seen(drawing: Drawing, start: float, end: float) -> bool:
    """Whether ``drawing`` reaches into the times from ``start`` to ``end``."""
    kind = KINDS.get(drawing.kind)
    if kind is None or kind.endless or drawing.kind == "text":
        return kind is not None
    times = [a.time for a in drawing.anchors]
    # levels are at least sixty pixels long, words longer: half a view of room on each side
    room = (end - start) / 2
    return min(times) <= end + room and max(times) >= start - room
