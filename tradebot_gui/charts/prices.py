"""The price itself, in the style a person chose: candles, hollow candles, bars, a line, an area."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from tradebot_gui.view_models.lod import CLOSE, HIGH, LOW, OPEN, Columns

from .data import ChartData
from .items import Item, body_width
from .paint import Frame, RectBatch, TwoTones, blend, colour, polyline
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme


class Style(StrEnum):
    """How prices are drawn."""

    CANDLES = "candles"
    HOLLOW = "hollow"
    BARS = "bars"
    LINE = "line"
    AREA = "area"
    HEIKIN = "heikin_ashi"
    RENKO = "renko"

    @property
    def title(self) -> str:
        return _TITLES[self]

    @property
    def closes_only(self) -> bool:
        return self in (Style.LINE, Style.AREA)


_TITLES = {
    Style.CANDLES: "Candles",
    Style.HOLLOW: "Hollow candles",
    Style.BARS: "Bars",
    Style.LINE: "Line",
    Style.AREA: "Area",
    Style.HEIKIN: "Heikin-Ashi",
    Style.RENKO: "Renko",
}


class Prices(Item):
    """Prices in a style; below three pixels a bar only their ranges. The unfinished candle is drawn hollow."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, 0)
        self._data = data
        self._tones, self._inner = TwoTones(), RectBatch()
        self.style = Style.CANDLES

    def draw(self, painter: QPainter, frame: Frame) -> None:
        columns = frame.columns(self._data.prices)
        if not len(columns):
            return
        if self.style.closes_only:
            self._draw_closes(painter, frame)
            return
        live = self._data.unfinished and columns.first + len(columns) * columns.span > self._data.last
        body = body_width(columns.span * frame.sx, frame.line)
        hollow_last = live and body > 0 and self.style is not Style.BARS
        count = len(columns) - 1 if hollow_last else len(columns)
        x, y = frame.wicks(columns), frame.rows(columns.values[:4])
        rising = columns.values[CLOSE] >= columns.values[OPEN]
        better = self._better(columns) if self.style is Style.HOLLOW and body else rising
        corners = self._corners(x[:count], y[:, :count], body, frame.line, columns.span * frame.sx)
        tones = ((colour(self.theme.gain), better[:count]), (colour(self.theme.loss), ~better[:count]))
        self._tones.draw(painter, corners, tones)
        if self.style is Style.HOLLOW and body > 2 * frame.line:
            self._hollow(painter, corners[rising[:count], 1], frame.line)
        if hollow_last:
            self._draw_live(painter, frame, x[-1], y[:, -1], body, bool(rising[-1]))

    def _better(self, columns: Columns) -> np.ndarray:
        """Where a candle closed no lower than the one before it: the colour of a hollow candle."""
        close = columns.values[CLOSE]
        before = self._data.prices.rows(columns.first - 1, columns.first)
        first = before[CLOSE, 0] if before.shape[1] else columns.values[OPEN, 0]
        return close >= np.r_[first, close[:-1]]

    def _corners(self, x: np.ndarray, y: np.ndarray, body: int, line: int, width: float) -> np.ndarray:
        """The rectangles of each candle whose wick begins at ``x`` and whose prices stand at the rows ``y``."""
        if not body:
            wide = max(1, math.ceil(width) - (width > 2))
            corners = self._tones.corners(len(x), 1)
            _write(corners[:, 0], x, y[HIGH], wide, np.maximum(y[LOW], y[HIGH] + line))
            return corners
        half = (body - line) // 2
        bars = self.style is Style.BARS
        corners = self._tones.corners(len(x), 3 if bars else 2)
        _write(corners[:, 0], x, y[HIGH], line, y[LOW] + line)
        if bars:
            _write(corners[:, 1], x - half, y[OPEN], half, y[OPEN] + line)
            _write(corners[:, 2], x + line, y[CLOSE], half, y[CLOSE] + line)
            return corners
        top = np.minimum(y[OPEN], y[CLOSE])
        _write(corners[:, 1], x - half, top, body, np.maximum(np.maximum(y[OPEN], y[CLOSE]), top + line))
        return corners

    def _hollow(self, painter: QPainter, bodies: np.ndarray, line: int) -> None:
        """Take the inside out of ``bodies``, given by their corners."""
        inner = bodies[bodies[:, 3] - bodies[:, 1] >= 2 * line]
        left, top, right, bottom = inner.T
        wide, high = right - left + 1 - 2 * line, bottom - top + 1 - 2 * line
        self._inner.draw(painter, colour(self.theme.panel), left + line, top + line, wide, high)

    def _draw_live(self, painter: QPainter, frame: Frame, x: float, y, body: int, rising: bool) -> None:
        name = self.theme.gain if rising else self.theme.loss
        line, tone = frame.line, colour(name)
        painter.fillRect(QRectF(x, y[HIGH], line, y[LOW] - y[HIGH] + line), tone)
        top = min(y[OPEN], y[CLOSE])
        outer = QRectF(x - (body - line) / 2, top, body, max(abs(y[OPEN] - y[CLOSE]), line))
        painter.fillRect(outer, tone)
        inner = outer.adjusted(line, line, -line, -line)
        if inner.width() > 0 and inner.height() > 0:
            painter.fillRect(inner, blend(name, self.theme.panel, 0.25))

    def _draw_closes(self, painter: QPainter, frame: Frame) -> None:
        columns = frame.columns(self._data.prices, 1)
        painter.setPen(QPen(QColor(self.theme.accent), 2 * frame.line if columns.span == 1 else frame.line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(polyline(frame.middles(columns), frame.y(columns.values[CLOSE])))


class AreaFill(Item):
    """The ground below the line of closes; under the grid, so that it needs no transparency."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData, prices: Prices) -> None:
        super().__init__(pane, theme, -110)
        self._data, self._prices = data, prices

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if self._prices.style is not Style.AREA:
            return
        columns = frame.columns(self._data.prices, 1)
        if len(columns) < 2:
            return
        x = frame.middles(columns)
        y = frame.y(columns.values[CLOSE])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self.theme.accent, self.theme.panel, 0.14))
        painter.drawPolygon(polyline(np.r_[x, x[-1], x[0]], np.r_[y, frame.bottom, frame.bottom]))


def _write(corners: np.ndarray, x: np.ndarray, top: np.ndarray, wide: int, end: np.ndarray) -> None:
    """Write rectangles from ``x`` and ``top`` that are ``wide`` and reach down to before the row ``end``."""
    corners[:, 0], corners[:, 1], corners[:, 2], corners[:, 3] = x, top, x + (wide - 1), end - 1
