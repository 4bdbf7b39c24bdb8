"""What changes more often than the chart: crosshair, tags on the axes, last price, legends, the empty chart's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLine, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QRegion

from .axes import PADDING
from .legend import Legend, Word
from .paint import ink
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme


class Marks:
    """Drawn over the finished layer. Everything is in the widget's pixels."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.theme = theme
        self.legend = Legend(font)
        self.point: QPoint | None = None
        self.snapped_x = 0.0
        self.pane: Pane | None = None
        self.time_text = ""
        self.last: tuple[Pane, float, bool] | None = None  # pane, price, rising
        self.countdown = ""
        self.stale = False  # the last price is old
        self.levels: list[tuple[Pane, float, str]] = []  # pane, price, words: alerts
        self.linked: tuple[float, float | None] | None = None
        self.words: list[tuple[Pane, list[Word]]] = []
        self.message = ""
        self.focused = False
        self.plot = QRectF()
        self.axis_width = 60.0
        self.axis_height = 22.0
        self._region: QRegion | None = None

    @property
    def tag_height(self) -> float:
        return self.legend.metrics.height() + 4

    def changed(self) -> None:
        """Say that something here was set, or that panes show other values."""
        self._region = None

    def region(self) -> QRegion:
        """Where the marks are now: what must be copied anew when they change."""
        if self._region is None:
            self._region = self._find_region()
        return self._region

    def _find_region(self) -> QRegion:
        region = QRegion()
        for pane, said in self.words:
            region += self.legend.box(said, pane.rect).toAlignedRect().adjusted(-1, -1, 1, 1)
        if self.last is not None:
            y = self.last[0].y_of(self.last[1])
            region += self._line(y)
            if self.countdown:
                region += self._tag_box(y).translated(0, self.tag_height).toAlignedRect().adjusted(-1, -1, 1, 1)
        for pane, price, words in self.levels:
            y = pane.y_of(price)
            wide, high = self.legend.advance(words) + 2 * PADDING, self.legend.metrics.height() + 3
            region += self._line(y)
            region += QRectF(self.plot.right() - wide, y - high - 2, wide + 1, high + 3).toAlignedRect()
        if self.linked is not None:
            region += QRect(round(self.linked[0]) - 2, 0, 4, round(self.plot.bottom()))
            if self.linked[1] is not None:
                region += self._line(self.linked[1])
        if self.point is not None:
            x = round(self.snapped_x)
            region += QRect(x - 2, 0, 4, round(self.plot.bottom()))
            region += self._line(self.point.y())
            region += self._time_box().toAlignedRect().adjusted(-1, -1, 1, 1)
        return region

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.focused:
            painter.setPen(QColor(self.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            width, height = self.plot.width() + self.axis_width, self.plot.height() + self.axis_height
            painter.drawRect(QRectF(0, 0, width - 1, height - 1))
        if self.message:
            self._draw_message(painter)
            return
        for level in self.levels:
            self._draw_level(painter, *level)
        if self.last is not None:
            self._draw_last(painter, *self.last)
        if self.linked is not None:
            self._draw_linked(painter, *self.linked)
        if self.point is not None and self.pane is not None:
            self._draw_cross(painter, self.pane, self.point.y())
        for pane, words in self.words:
            self.legend.draw(painter, words, pane.rect, self.theme)

    def _line(self, y: float) -> QRegion:
        """A line across the chart at ``y`` and its tag on the axis."""
        line = QRegion(0, round(y) - 2, round(self.plot.right()) + 1, 5)
        return line + self._tag_box(y).toAlignedRect().adjusted(-1, -1, 1, 1)

    def _tag_box(self, y: float) -> QRectF:
        height = self.tag_height
        top = min(max(0.0, y - height / 2), self.plot.bottom() - height)
        return QRectF(self.plot.right(), round(top), self.axis_width, height)

    def _time_box(self) -> QRectF:
        """Where the cursor's time stands on the axis."""
        wide = self.legend.advance(self.time_text) + 2 * PADDING
        left = min(max(0.0, round(self.snapped_x) - wide / 2), self.plot.right() - wide)
        return QRectF(round(left), self.plot.bottom() + 1, wide, self.axis_height - 1)

    def _draw_last(self, painter: QPainter, pane: Pane, price: float, rising: bool) -> None:
        y = round(pane.y_of(price))
        if not pane.rect.top() <= y <= pane.rect.bottom():
            return
        colour = self.theme.muted if self.stale else self.theme.gain if rising else self.theme.loss
        painter.setPen(_hairline(painter, colour, [2, 3]))
        painter.drawLine(QLine(round(pane.rect.left()), y, round(pane.rect.right()), y))
        top = self._tag(painter, y, pane.text(price), colour)
        if self.countdown and top + 2 * self.tag_height <= self.plot.bottom():
            box = QRectF(self.plot.right(), top + self.tag_height, self.axis_width, self.tag_height)
            painter.fillRect(box, QColor(self.theme.raised))
            painter.setPen(QColor(self.theme.text))
            painter.drawText(QPointF(box.left() + PADDING, self._base_line(box)), self.countdown)

    def _draw_level(self, painter: QPainter, pane: Pane, price: float, words: str) -> None:
        y = round(pane.y_of(price))
        if not pane.rect.top() <= y <= pane.rect.bottom():
            return
        colour = self.theme.warning
        painter.setPen(_hairline(painter, colour, [6, 3]))
        painter.drawLine(QLine(round(pane.rect.left()), y, round(pane.rect.right()), y))
        painter.setFont(self.legend.font)
        wide = self.legend.metrics.horizontalAdvance(words)
        painter.drawText(QPointF(pane.rect.right() - wide - PADDING, y - 3), words)
        self._tag(painter, y, pane.text(price), colour)

    def _draw_linked(self, painter: QPainter, x: float, y: float | None) -> None:
        painter.setPen(_hairline(painter, self.theme.accent, [2, 3]))
        painter.drawLine(QLine(round(x), 0, round(x), round(self.plot.bottom()) - 1))
        if y is not None:
            painter.drawLine(QLine(0, round(y), round(self.plot.right()), round(y)))

    def _draw_cross(self, painter: QPainter, pane: Pane, y: int) -> None:
        painter.setPen(_hairline(painter, self.theme.crosshair, [4, 3]))
        x = round(self.snapped_x)
        painter.drawLine(QLine(x, 0, x, round(self.plot.bottom()) - 1))
        painter.drawLine(QLine(0, y, round(self.plot.right()), y))
        self._tag(painter, y, pane.text(pane.value_at(y), 1), self.theme.crosshair)
        box = self._time_box()
        painter.fillRect(box, QColor(self.theme.crosshair))
        painter.setFont(self.legend.font)
        painter.setPen(ink(self.theme.crosshair))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.time_text)

    def word_at(self, point: QPoint) -> Word | None:
        """The word of a legend at ``point``."""
        for pane, words in self.words:
            if pane.rect.contains(point) and (word := self.legend.at(QPointF(point), words, pane.rect)):
                return word
        return None

    def _tag(self, painter: QPainter, y: float, text: str, colour: str) -> float:
        """Write ``text`` on the axis at ``y``; the top of the tag."""
        box = self._tag_box(y)
        painter.fillRect(box, QColor(colour))
        painter.setFont(self.legend.font)
        painter.setPen(ink(colour))
        painter.drawText(QPointF(box.left() + PADDING, self._base_line(box)), text)
        return box.top()

    def _base_line(self, box: QRectF) -> float:
        metrics = self.legend.metrics
        return box.top() + (box.height() + metrics.ascent() - metrics.descent()) / 2

    def _draw_message(self, painter: QPainter) -> None:
        font = QFont(self.legend.font)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        room = self.plot.adjusted(16, 16, self.axis_width - 16, self.axis_height - 16)
        wide = min(room.width(), QFontMetricsF(font).averageCharWidth() * 60)
        room = QRectF(room.center().x() - wide / 2, room.top(), wide, room.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)


def _hairline(painter: QPainter, colour: str, dashes: list[float]) -> QPen:
    """A dashed pen of whole device pixels at any scale of the screen."""
    scale = painter.device().devicePixelRatioF()
    pen = QPen(QColor(colour), max(1, int(scale + 0.25)) / scale)
    pen.setDashPattern(dashes)
    return pen
