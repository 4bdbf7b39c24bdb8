"""Axes that write their labels directly: values on the right, times below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QFont, QImage, QPainter

from .paint import colour
from .pane import Pane
from .script import Script
from .ticks import TimeTick

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

PADDING = 6.0
# a label that would lose so many pixels at an edge is moved by them instead of left out
NEAR = 3.0


class Axis:
    """A strip of labels in its own pixels."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.rect = QRectF(0, 0, 1, 1)
        self.theme, self.script = theme, Script(font)

    def place(self, rect: QRectF) -> None:
        """Stand in ``rect`` of the widget."""
        self.rect = QRectF(rect)

    def set_font(self, font: QFont) -> None:
        self.script = Script(font)

    def draw(self, painter: QPainter) -> None:
        """Write the labels; ``painter`` counts the axis' own pixels."""
        raise NotImplementedError


class PriceAxis(Axis):
    """The values of one pane; while they stay, as mostly when a chart is dragged, they are copied."""

    def __init__(self, pane: Pane, theme: Theme, font: QFont) -> None:
        super().__init__(theme, font)
        self._pane = pane
        self._shown: tuple[object, ...] = ()
        self._kept: QImage | None = None
        self._middles: tuple[tuple[object, ...], list[float]] = ((), [])

    def labels(self) -> list[tuple[float, float]]:
        """The values that are written, each with the height of its middle in the axis' own pixels."""
        pane, half, high = self._pane, self.script.height / 2, self.rect.height()
        found = ((value, pane.y_of(value) - pane.rect.top()) for value in pane.ticks)
        return [(v, min(max(y, half), high - half)) for v, y in found if half - NEAR <= y <= high - half + NEAR]

    def middles(self) -> list[float]:
        """Where the labels have their middles, in the widget's pixels."""
        pane = self._pane
        key = (pane.ticks, pane.low, pane.high, pane.kind, pane.rect.getCoords(), self.rect.top(), self.script)
        if self._middles[0] != key:
            self._middles = key, [self.rect.top() + y for _, y in self.labels()]
        return self._middles[1]

    def draw(self, painter: QPainter) -> None:
        if painter.worldTransform().m11() != 1.0 or painter.device().devicePixelRatioF() != 1.0:
            self._write(painter)
            return
        pane, theme = self._pane, self.theme
        shown = (
            pane.ticks, pane.low, pane.high, pane.kind, pane.base, pane.decimals, pane.veiled, pane.rect.getCoords(),
            self.rect.getCoords(), theme.panel, theme.border, theme.muted, self.script,
        )  # fmt: skip
        if shown != self._shown:
            self._shown, self._kept = shown, None
            self._write(painter)
            return
        if self._kept is None:
            self._kept = self._painted()
        painter.drawImage(QPoint(0, 0), self._kept)

    def _painted(self) -> QImage:
        image = QImage(self.rect.size().toSize(), QImage.Format.Format_RGB32)
        image.fill(colour(self.theme.panel))
        painter = QPainter(image)
        self._write(painter)
        painter.end()
        return image

    def _write(self, painter: QPainter) -> None:
        script, half = self.script, self.script.height / 2
        painter.fillRect(QRectF(0, 0, 1, self.rect.height()), colour(self.theme.border))
        painter.setFont(script.font)
        painter.setPen(colour(self.theme.muted))
        for value, y in self.labels():
            script.write(painter, PADDING, round(y - half), self._pane.text(value))


class TimeAxis(Axis):
    """The times below the last pane; days, months and years stand out."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        super().__init__(theme, font)
        self.ticks: list[TimeTick] = []
        self.x0, self.x1 = 0.0, 1.0
        self.zone = ""
        self.corner = 0.0

    def draw(self, painter: QPainter) -> None:
        script, width, x0 = self.script, self.rect.width() - self.corner, self.x0
        painter.fillRect(QRectF(0, 0, self.rect.width(), 1), colour(self.theme.border))
        painter.setFont(script.font)
        y, free, unit = round((self.rect.height() - script.height) / 2), 0.0, width / (self.x1 - x0)
        plain: list[tuple[int, str]] = []
        major: list[tuple[int, str]] = []
        for tick in self.ticks:
            label = tick.label
            long = script.advance(label)
            x = (tick.x - x0) * unit - long / 2
            if x < free or x + long > width:
                continue
            (major if tick.major else plain).append((round(x), label))
            free = x + long + PADDING
        muted = colour(self.theme.muted)
        script.write_row(painter, y, major, colour(self.theme.text))
        script.write_row(painter, y, plain, muted)
        if script.advance(self.zone) + PADDING <= self.corner:
            script.write(painter, width + PADDING, y, self.zone)


def draw_axes(painter: QPainter, part: QRectF, axes: Sequence[Axis]) -> None:
    """Write the labels of ``axes`` as far as ``part`` shows them; ``painter`` and ``part`` count widget pixels."""
    for axis in axes:
        if axis.rect.intersects(part):
            painter.translate(axis.rect.topLeft())
            axis.draw(painter)
            painter.translate(-axis.rect.topLeft())
