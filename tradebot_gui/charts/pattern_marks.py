"""Patterns on the chart: a small triangle under the bar that a bullish one ends with, over that of a bearish one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPen

from tradebot_gui.view_models.lod import HIGH, LOW

from .data import ChartData
from .items import Item
from .lines import Source
from .paint import Frame, arrow
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

MOST = 300  # more in view would be a carpet
REACH = 20_000  # bars in view above which nobody could tell one from the next
_AWAY, _LANE = 5.0, 9.0  # pixels from the bar, and between the marks of several patterns


class PatternMarks(Item):
    """The bars at which a line is above zero (bullish) or below it (bearish); ``lane`` counts patterns shown before."""

    smooths = True

    def __init__(self, pane: Pane, theme: Theme, line: Source, colour: str, data: ChartData, lane: int) -> None:
        super().__init__(pane, theme, 14)
        self._line, self.colour, self._data, self._lane = line, colour, data, lane

    def visible(self, x0: float, x1: float) -> tuple[np.ndarray, np.ndarray]:
        """Bars of [x0, x1] with a pattern and which way each points; none where they are too many to tell apart."""
        line, none = self._line(), (np.empty(0, np.int64), np.empty(0))
        if line is None or not len(self._data):
            return none
        low = max(math.ceil(x0), self._data.first, line.first)
        high = min(math.floor(x1), self._data.last, line.end - 1)
        if high < low or high - low > REACH:
            return none
        values = line.rows(low, high + 1)[0]
        at = np.flatnonzero(np.nan_to_num(values))
        return (low + at, np.sign(values[at])) if len(at) <= MOST else none

    def draw(self, painter: QPainter, frame: Frame) -> None:
        bars, ways = self.visible(self.pane.x0, self.pane.x1)
        if not len(bars):
            return
        rows = self._data.prices.rows(int(bars[0]), int(bars[-1]) + 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        # a rim in the colour of the ground keeps a mark legible where two meet
        painter.setPen(QPen(QColor(self.theme.panel), frame.scale))
        size, away = 5.0 * frame.scale, (_AWAY + _LANE * self._lane) * frame.scale
        for bar, way in zip(bars.tolist(), ways.tolist(), strict=True):
            place = bar - int(bars[0])
            price = rows[LOW if way > 0 else HIGH, place]
            y = frame.y(float(price)) + (away if way > 0 else -away)
            painter.setBrush(QColor(self.colour))
            painter.drawPolygon(arrow(bar * frame.sx + frame.tx, y, size, way > 0))
