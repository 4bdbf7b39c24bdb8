"""Drawings over the finished layer of a chart: moving one paints no candle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QRegion

from tradebot_gui.drawings.board import Board
from tradebot_gui.drawings.kinds import KINDS
from tradebot_gui.drawings.model import Drawing
from tradebot_gui.drawings.shapes import Label, Shape, shape_of

from .ticks import number

if TYPE_CHECKING:
    from .view import ChartView

REACH = 6.0  # pixels around a line that still belong to it
_HANDLE = 4.0
_DASHES = {"dash": [5, 4], "dot": [1, 3]}


class ChartPlane:
    """The price pane of a chart as drawings see it, in the widget's pixels."""

    def __init__(self, chart: ChartView) -> None:
        self._chart = chart
        rect = chart.panes.price.rect
        self.left, self.top, self.right, self.bottom = rect.left(), rect.top(), rect.right(), rect.bottom()

    def x(self, time: float) -> float:
        return self._chart.px_of(self._chart.data.place_of(time))

    def y(self, price: float) -> float:
        return self._chart.panes.price.y_of(price)

    def price(self, y: float) -> float:
        return self._chart.panes.price.value_at(y)

    def price_text(self, price: float) -> str:
        return number(price, self._chart.price_decimals)

    def bars(self, start: float, end: float) -> int:
        return self._chart.data.place_of(end) - self._chart.data.place_of(start)


@dataclass(slots=True)
class Placed:
    """A drawing in the present view."""

    drawing: Drawing
    shape: Shape
    box: QRectF


class DrawingLayer(QObject):
    """The drawings of the symbol shown, as far as they are in view."""

    def __init__(self, chart: ChartView) -> None:
        super().__init__(chart)
        self._chart = chart
        self.board: Board | None = None
        self.draft: Drawing | None = None  # being drawn, or measured in passing
        self._placed: list[Placed] | None = None

    def set_board(self, board: Board | None) -> None:
        """Show the drawings of ``board`` from now on."""
        if self.board is not None:
            self.board.changed.disconnect(self.changed)
        self.board, self.draft = board, None
        if board is not None:
            board.changed.connect(self.changed)
        self.changed()

    def set_draft(self, draft: Drawing | None) -> None:
        self.draft = draft
        self.changed()

    def changed(self) -> None:
        """Draw again, over the candles as they are."""
        self._placed = None
        self._chart.surface.viewport().update()

    def forget(self) -> None:
        """The view moved: places are found again with the next paint."""
        self._placed = None

    @property
    def placed(self) -> list[Placed]:
        """What is in view, the lowest first."""
        if self._placed is None:
            self._placed = self._find()
        return self._placed

    def at(self, x: float, y: float) -> tuple[Drawing, int | None] | None:
        """The drawing at widget pixel (x, y), and the number of its handle where one is meant."""
        board = self.board
        if board is None or board.hidden:
            return None
        for p in self.placed:
            if p.drawing.id == board.selected:
                for n, (hx, hy) in enumerate(p.shape.handles):
                    if abs(hx - x) <= REACH + 1 and abs(hy - y) <= REACH + 1:
                        return p.drawing, n
        best, found = REACH, None
        for p in reversed(self.placed):
            if p.drawing is self.draft or not p.box.adjusted(-200, -30, 200, 30).contains(x, y):
                continue
            far = p.shape.distance(x, y)
            if far < best:
                best, found = far, p.drawing
        return None if found is None else (found, None)

    def draw(self, painter: QPainter) -> None:
        placed = self.placed
        if not placed or self._chart.panes.price not in self._chart.panes.shown:
            return
        clip: QRegion = painter.clipRegion()
        painter.save()
        painter.setClipRect(self._chart.panes.price.rect, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setFont(self._chart.marks.legend.font)
        for p in placed:
            if clip.isEmpty() or clip.intersects(p.box.adjusted(-240, -40, 240, 40).toAlignedRect()):
                self._draw(painter, p)
        painter.restore()

    def _find(self) -> list[Placed]:
        chart, board = self._chart, self.board
        items = () if board is None or board.hidden else board.items
        items = items if self.draft is None else (*items, self.draft)
        if not items or not len(chart.data):
            return []
        plane, found = ChartPlane(chart), []
        start, end = chart.data.time_of(chart.span.x0), chart.data.time_of(chart.span.x1)
        view = QRectF(plane.left, plane.top, plane.right - plane.left, plane.bottom - plane.top).adjusted(-2, -2, 2, 2)
        for drawing in items:
            if not _may_be_seen(drawing, start, end):
                continue
            shape = shape_of(drawing, plane)
            left, top, right, bottom = shape.bounds()
            box = QRectF(left, top, max(1.0, right - left), max(1.0, bottom - top))
            if box.adjusted(-200, -40, 200, 40).intersects(view):
                found.append(Placed(drawing, shape, box))
        return found

    def _draw(self, painter: QPainter, p: Placed) -> None:
        theme, stroke = self._chart.marks.theme, p.drawing.stroke
        colour = QColor(stroke.colour or theme.accent)
        roles = {"gain": QColor(theme.gain), "loss": QColor(theme.loss), "stroke": colour, "text": colour}
        for corners, role in p.shape.fills:
            tint = QColor(roles[role])
            tint.setAlpha(34)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(self._cut(corners))
        pen = QPen(colour, stroke.width)
        if stroke.dash in _DASHES:
            pen.setDashPattern(_DASHES[stroke.dash])
        painter.setPen(pen)
        view = self._room()
        for x1, y1, x2, y2 in (cut for line in p.shape.lines if (cut := clipped(line, view))):
            # upright and level lines stand on whole pixels, or they would be two pale ones
            if x1 == x2:
                x1 = x2 = round(x1) + 0.5
            if y1 == y2:
                y1 = y2 = round(y1) + 0.5
            painter.drawLine(QLineF(x1, y1, x2, y2))
        for label in p.shape.labels:
            self._write(painter, label, roles[label.role])
        if self.board is not None and (p.drawing.id == self.board.selected or p.drawing is self.draft):
            self._draw_handles(painter, p, colour)

    def _room(self) -> QRectF:
        return self._chart.panes.price.rect.adjusted(-40, -40, 40, 40)

    def _cut(self, corners: tuple[tuple[float, float], ...]) -> QPolygonF:
        """The polygon of ``corners``, as far as it is near the view."""
        polygon, room = QPolygonF([QPointF(*c) for c in corners]), self._room()
        if room.adjusted(-8000, -8000, 8000, 8000).contains(polygon.boundingRect()):
            return polygon
        return polygon.intersected(QPolygonF(room))

    def _draw_handles(self, painter: QPainter, p: Placed, colour: QColor) -> None:
        painter.setPen(QPen(colour, 1.4))
        movable = self.board is not None and self.board.movable(p.drawing)
        painter.setBrush(QColor(self._chart.marks.theme.panel) if movable else colour)
        for x, y in p.shape.handles:
            painter.drawRect(QRectF(x - _HANDLE, y - _HANDLE, 2 * _HANDLE, 2 * _HANDLE))

    def _write(self, painter: QPainter, label: Label, colour: QColor) -> None:
        metrics: QFontMetricsF = self._chart.marks.legend.metrics
        for row, text in enumerate(label.text.split("\n")):
            width, height = metrics.horizontalAdvance(text), metrics.height()
            x, y = label.x, label.y + row * height
            if "left" in label.side:
                x -= width
            elif label.side in ("above", "below", "middle"):
                x -= width / 2
            y += {"above": -height, "above left": -height - 1, "below": 0.0}.get(label.side, -height / 2)
            veil = QColor(self._chart.marks.theme.panel)
            veil.setAlpha(190)
            painter.fillRect(QRectF(x - 2, y, width + 4, height), veil)
            painter.setPen(colour)
            painter.drawText(QPointF(x, y + metrics.ascent()), text)


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
