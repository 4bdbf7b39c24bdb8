"""Axes that write their labels directly: values on the right, times below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText

from .pane import Pane
from .ticks import TimeTick

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

PADDING = 6.0


class Axis:
    """A strip of labels in its own pixels; glyph runs are kept between frames."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.rect = QRectF(0, 0, 1, 1)
        self._texts: dict[str, QStaticText] = {}
        self._widths: dict[str, float] = {}
        self.metrics = QFontMetricsF(font)
        self.theme, self.font = theme, font

    def place(self, rect: QRectF) -> None:
        """Stand in ``rect`` of the widget."""
        self.rect = QRectF(rect)

    def draw(self, painter: QPainter) -> None:
        """Write the labels; ``painter`` counts the axis' own pixels."""
        raise NotImplementedError

    def set_font(self, font: QFont) -> None:
        self.font, self.metrics = font, QFontMetricsF(font)
        self._texts.clear()
        self._widths.clear()

    def _advance(self, text: str) -> float:
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) > 2000:
                self._widths.clear()
            found = self._widths[text] = self.metrics.horizontalAdvance(text)
        return found

    def _write(self, painter: QPainter, x: float, y: float, text: str) -> None:
        made = self._texts.get(text)
        if made is None:
            if len(self._texts) > 2000:
                self._texts.clear()
            made = self._texts[text] = QStaticText(text)
            made.setTextFormat(Qt.TextFormat.PlainText)
            made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        painter.drawStaticText(QPointF(x, y), made)


class PriceAxis(Axis):
    """The values of one pane."""

    def __init__(self, pane: Pane, theme: Theme, font: QFont) -> None:
        super().__init__(theme, font)
        self._pane = pane

    def draw(self, painter: QPainter) -> None:
        half = self.metrics.height() / 2
        painter.fillRect(QRectF(0, 0, 1, self.rect.height()), QColor(self.theme.border))
        painter.setFont(self.font)
        painter.setPen(QColor(self.theme.muted))
        top = self._pane.rect.top()
        for value in self._pane.ticks:
            y = self._pane.y_of(value) - top
            if half <= y <= self.rect.height() - half:
                self._write(painter, PADDING, round(y - half), self._pane.text(value))


class TimeAxis(Axis):
    """The times below the last pane; days, months and years stand out."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        super().__init__(theme, font)
        self.ticks: list[TimeTick] = []
        self.x0, self.x1 = 0.0, 1.0
        self.zone = ""
        self.corner = 0.0

    def draw(self, painter: QPainter) -> None:
        width = self.rect.width() - self.corner
        painter.fillRect(QRectF(0, 0, self.rect.width(), 1), QColor(self.theme.border))
        painter.setFont(self.font)
        y = round((self.rect.height() - self.metrics.height()) / 2)
        free = 0.0
        for tick in self.ticks:
            long = self._advance(tick.label)
            x = (tick.x - self.x0) / (self.x1 - self.x0) * width - long / 2
            if x < free or x + long > width:
                continue
            painter.setPen(QColor(self.theme.text if tick.major else self.theme.muted))
            self._write(painter, round(x), y, tick.label)
            free = x + long + PADDING
        painter.setPen(QColor(self.theme.muted))
        if self._advance(self.zone) + PADDING <= self.corner:
            self._write(painter, width + PADDING, y, self.zone)


def draw_axes(painter: QPainter, part: QRectF, axes: Sequence[Axis]) -> None:
    """Write the labels of ``axes`` as far as ``part`` shows them; ``painter`` and ``part`` count widget pixels."""
    for axis in axes:
        if axis.rect.intersects(part):
            painter.translate(axis.rect.topLeft())
            axis.draw(painter)
            painter.translate(-axis.rect.topLeft())
