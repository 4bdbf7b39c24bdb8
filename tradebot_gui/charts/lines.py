"""What indicators paint: lines, columns from zero, the ground between two bands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QPainter

from tradebot_gui.view_models.lod import Columns, LinePyramid

from .items import Item, body_width
from .paint import NO_BRUSH, NO_PEN, Frame, Polyline, RectBatch, blend, pen, polyline
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

Source = Callable[[], LinePyramid | None]


class Line(Item):
    """An indicator's line; where there are more bars than pixels, its least and greatest in each column."""

    def __init__(self, pane: Pane, theme: Theme, line: Source, colour: str) -> None:
        super().__init__(pane, theme, 10)
        self._line, self.colour = line, colour
        self._drawn = Polyline()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        line = self._line()
        if line is None:
            return
        columns = self.scaled(frame.columns(line, 1))
        painter.setPen(pen(self.colour, frame.line))
        painter.setBrush(NO_BRUSH)
        x, y = _points(columns, frame)
        for part in _runs(y):
            self._drawn.draw(painter, x[part], y[part])

    def scaled(self, columns: Columns) -> Columns:
        """``columns`` in values of the pane."""
        return columns


class Histogram(Item):
    """Columns from zero: above it in the rising colour, below in the falling, paler while they shrink."""

    def __init__(self, pane: Pane, theme: Theme, line: Source, colour: str) -> None:
        super().__init__(pane, theme, 5)
        self._line, self.colour = line, colour
        self._batch = RectBatch()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        line = self._line()
        if line is None:
            return
        columns = frame.columns(line, 1)
        if not len(columns):
            return
        low, high = columns.values[0], columns.values[-1]
        strong = np.where(np.abs(low) > np.abs(high), low, high)
        known = ~np.isnan(strong)
        span = columns.span * frame.sx
        wide = body_width(span, frame.line) or max(1.0, math.ceil(span))
        x = frame.wicks(columns) - (wide - frame.line) // 2
        top = frame.rows(np.fmax(high, 0.0))
        height = np.maximum(frame.rows(np.fmin(low, 0.0)) - top, frame.line)
        grows = np.abs(strong) >= np.abs(np.r_[strong[:1], strong[:-1]])
        for name, side in ((self.theme.gain, strong >= 0), (self.theme.loss, strong < 0)):
            for share, chosen in ((0.85, grows), (0.45, ~grows)):
                rows = np.flatnonzero(known & side & chosen)
                shade = blend(name, self.theme.panel, share)
                self._batch.draw(painter, shade, x[rows], top[rows], wide, height[rows])


class BandFill(Item):
    """The ground between an upper and a lower line, lightly; under the grid, so that it needs no transparency."""

    def __init__(
        self, pane: Pane, theme: Theme, upper: Source, lower: Source, colour: str, strength: float = 0.07
    ) -> None:
        """``strength`` is how much of ``colour`` is in the ground, 0 to 1."""
        super().__init__(pane, theme, -105)
        self._upper, self._lower, self.colour, self._strength = upper, lower, colour, strength

    def draw(self, painter: QPainter, frame: Frame) -> None:
        upper, lower = self._upper(), self._lower()
        if upper is None or lower is None:
            return
        above = frame.columns(upper, 1)
        below = frame.columns(lower, 1)
        if len(above) != len(below) or not len(above):
            return
        x = frame.middles(above)
        painter.setPen(NO_PEN)
        painter.setBrush(blend(self.colour, self.theme.panel, self._strength))
        high, low = above.values[-1], below.values[0]
        for part in _runs(high + low):
            edge = np.r_[frame.y(high[part]), frame.y(low[part])[::-1]]
            painter.drawPolygon(polyline(np.r_[x[part], x[part][::-1]], edge))


def _points(columns: Columns, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """The device pixels that a line goes through."""
    if columns.span == 1 and len(columns.values) == 1:
        return frame.middles(columns), frame.y(columns.values[0])
    return np.repeat(frame.middles(columns), 2), frame.y(columns.values[:2].T.reshape(-1))


def _runs(y: np.ndarray) -> list[slice]:
    """The stretches without NaN, of two points or more."""
    if not math.isnan(y.sum()):
        return [slice(0, len(y))] if len(y) > 1 else []
    known = np.flatnonzero(np.diff(np.r_[False, ~np.isnan(y), False]))
    return [slice(a, b) for a, b in known.reshape(-1, 2) if b - a > 1]
