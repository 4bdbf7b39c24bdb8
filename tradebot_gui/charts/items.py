"""What lies behind the prices: grid, volume, levels, marks of days and of missing time.

Only what is in view, in device pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from tradebot_gui.view_models.lod import CLOSE, OPEN, VOLUME

from .data import ChartData
from .paint import FAR, Frame, RectBatch, TwoTones, blend, colour
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

VOLUME_SHARE = 0.18


class Item:
    """A layer of a pane; those of greater ``depth`` lie above."""

    smooths = False  # whether it may leave the painter smoothing

    def __init__(self, pane: Pane, theme: Theme, depth: float = 0.0) -> None:
        self.pane, self.theme, self.depth = pane, theme, depth
        self.shown = True
        pane.add(self)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        """Paint the bars of ``frame``; ``painter`` counts device pixels and smooths nothing."""
        raise NotImplementedError


class Grid(Item):
    """Opaque hairlines on whole pixels at the marks of both axes, and the pane's upper edge."""

    DEPTH = -100.0

    def __init__(self, pane: Pane, theme: Theme, edge: bool) -> None:
        super().__init__(pane, theme, self.DEPTH)
        self._edge = edge
        self._levels, self._uprights = RectBatch(), RectBatch()
        self._known: tuple[object, ...] = ()  # what the levels in their batch depend on
        self.upright_drawn = False  # whether the ground has the upright lines already

    def uprights(self, frame: Frame) -> np.ndarray:
        """The device pixels of the upright lines' left edges."""
        return np.rint(np.array([t.x for t in self.pane.time_ticks]) * frame.sx + frame.tx)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        shade = colour(self.theme.grid)
        known = (self.pane.ticks, frame.sy, frame.ty, frame.left, frame.right, frame.line, frame.log)
        if known != self._known:
            self._known = known
            self._levels.clear()
            y = frame.rows(np.array(self.pane.ticks, np.float64))
            self._levels.add(np.full(len(y), frame.left), y, frame.width, frame.line)
        self._levels.fill(painter, shade, keep=True)
        if not self.upright_drawn:
            x = self.uprights(frame)
            self._uprights.add(x, np.full(len(x), frame.top), frame.line, frame.bottom - frame.top)
            self._uprights.fill(painter, shade)
        if self._edge:
            painter.fillRect(frame.left, frame.top, frame.width, frame.line, colour(self.theme.border))


class Guides(Item):
    """Dashed levels of an oscillator, such as 30 and 70."""

    def __init__(self, pane: Pane, theme: Theme, levels: Sequence[float]) -> None:
        super().__init__(pane, theme, -50)
        self._levels = levels
        self._dashes: tuple[tuple[object, ...], QImage] | None = None

    def draw(self, painter: QPainter, frame: Frame) -> None:
        dashes = self._dashed(blend(self.theme.muted, self.theme.panel, 0.6), frame)
        for level in self._levels:
            painter.drawImage(QPoint(frame.left, min(max(round(frame.y(level)), -FAR), FAR)), dashes)

    def _dashed(self, colour: QColor, frame: Frame) -> QImage:
        """A level from edge to edge, painted once for all frames."""
        key = (colour.rgb(), frame.width, frame.line)
        if self._dashes is None or self._dashes[0] != key:
            image = QImage(max(1, frame.width), frame.line, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            for x in range(0, frame.width, 6 * frame.line):
                painter.fillRect(x, 0, 3 * frame.line, frame.line, colour)
            painter.end()
            self._dashes = key, image
        return self._dashes[1]


class Breaks(Item):
    """A hairline where a day begins, or whatever the chart takes for a session."""

    def __init__(self, pane: Pane, theme: Theme) -> None:
        super().__init__(pane, theme, -90)
        self._batch = RectBatch()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        shown = [x for x in self.pane.breaks if frame.x0 - 1 <= x <= frame.x1 + 1]
        if not shown:
            return
        x = np.rint((np.array(shown) - 0.5) * frame.sx + frame.tx)
        y = np.arange(frame.top, frame.bottom, 10 * frame.line)
        colour = blend(self.theme.muted, self.theme.panel, 0.45)
        self._batch.draw(painter, colour, np.repeat(x, len(y)), np.tile(y, len(x)), frame.line, 6 * frame.line)


class Volume(Item):
    """Volume along the lower edge, in paler colours than the candles above it."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, -20)
        self._data = data
        self._tones = TwoTones()
        self.top = 0.0

    def largest(self, x0: float, x1: float) -> float:
        """The most that is drawn of [x0, x1]: all volume in view is measured by it."""
        columns = self._data.pyramid.columns(x0, x1, self.pane.rect.width())
        return float(columns.values[VOLUME].max()) if len(columns) else 0.0

    def draw(self, painter: QPainter, frame: Frame) -> None:
        columns, top = frame.columns(self._data.pyramid), self.top
        if top <= 0 or not len(columns):
            return
        span = columns.span * frame.sx
        wide = body_width(span, frame.line) or max(1.0, math.ceil(span) - (span > 2))
        corners = self._tones.corners(len(columns), 1)
        left, above, right, below = corners[:, 0].T
        left[:] = frame.wicks(columns) - (wide - frame.line) // 2
        above[:] = frame.bottom - np.ceil(columns.values[VOLUME] / top * (frame.bottom - frame.top) * VOLUME_SHARE)
        right[:] = left + int(wide - 1)
        below[:] = frame.bottom - 1
        rising = columns.values[CLOSE] >= columns.values[OPEN]
        theme = self.theme
        tones = ((blend(theme.gain, theme.panel, 0.35), rising), (blend(theme.loss, theme.panel, 0.35), ~rising))
        self._tones.draw(painter, corners, tones)


def body_width(span: float, line: int) -> int:
    """Pixels of a candle's body when a bar is ``span`` pixels wide, centred on a wick of ``line``; 0 for none."""
    if span < 3 * line:
        return 0
    width = max(line, math.floor(span * 0.8))
    return width - (width - line) % 2
