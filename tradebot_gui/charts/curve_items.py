"""What a curve plot paints beside the chart's own items: smooth lines, and the ground down to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from .items import Item
from .lines import Source
from .paint import Frame, blend, polyline
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme
    from tradebot_gui.view_models.lod import LinePyramid

_SMOOTH = 600  # so many points may be smoothed in a frame


class CurveLine(Item):
    """A line of level-of-detail values, smoothed where it has few points."""

    def __init__(self, pane: Pane, theme: Theme, line: Source, colour: str) -> None:
        super().__init__(pane, theme, 10)
        self._line, self.colour = line, colour

    def draw(self, painter: QPainter, frame: Frame) -> None:
        x, y = _points(self._line(), frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(x) <= _SMOOTH)
        painter.setPen(QPen(QColor(self.colour), 1.3 * frame.scale if len(x) <= _SMOOTH else frame.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        known = np.flatnonzero(np.diff(np.r_[False, ~np.isnan(y), False]))
        for a, b in known.reshape(-1, 2):
            if b - a > 1:
                painter.drawPolyline(polyline(x[a:b], y[a:b]))
            else:
                painter.drawPoint(round(x[a]), round(y[a]))


class GroundFill(Item):
    """The ground between a line and zero, lightly; under the grid."""

    def __init__(self, pane: Pane, theme: Theme, line: Source, colour: str) -> None:
        super().__init__(pane, theme, -105)
        self._line, self.colour = line, colour

    def draw(self, painter: QPainter, frame: Frame) -> None:
        x, y = _points(self._line(), frame)
        known = ~np.isnan(y)
        if not known.any():
            return
        x, y = x[known], y[known]
        ground = np.full(len(x), frame.y(0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self.colour, self.theme.panel, 0.22))
        painter.drawPolygon(polyline(np.r_[x, x[::-1]], np.r_[y, ground]))


def _points(line: LinePyramid | None, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Device pixels of a line; in each column of several bars its least and its greatest."""
    if line is None:
        return np.empty(0), np.empty(0)
    columns = frame.columns(line, 1)
    if columns.span == 1 and len(columns.values) == 1:
        x, y = columns.centres, columns.values[0]
    else:
        x, y = np.repeat(columns.centres, 2), columns.values[:2].T.reshape(-1)
    return x * frame.sx + frame.tx, frame.y(y)
