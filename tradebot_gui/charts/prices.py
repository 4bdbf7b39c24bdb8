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
from .paint import Frame, RectBatch, blend, colour, polyline
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
        self._batch = RectBatch()
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
        x = np.floor(columns.centres * frame.sx + frame.tx - (frame.line - 1) / 2)
        y = frame.rows(columns.values[:4])
        rising = columns.values[CLOSE] >= columns.values[OPEN]
        better = self._better(columns) if self.style is Style.HOLLOW and body else rising
        for name, chosen in ((self.theme.gain, better), (self.theme.loss, ~better)):
            rows = np.flatnonzero(chosen[:count])
            self._draw_some(painter, name, x[rows], y[:, rows], rising[rows], body, frame, columns.span * frame.sx)
        if hollow_last:
            self._draw_live(painter, frame, x[-1], y[:, -1], body, bool(rising[-1]))

    def _better(self, columns: Columns) -> np.ndarray:
        """Where a candle closed no lower than the one before it: the colour of a hollow candle."""
        close = columns.values[CLOSE]
        before = self._data.prices.rows(columns.first - 1, columns.first)
        first = before[CLOSE, 0] if before.shape[1] else columns.values[OPEN, 0]
        return close >= np.r_[first, close[:-1]]

    def _draw_some(self, painter: QPainter, name: str, x, y, rising, body: int, frame: Frame, width: float) -> None:
        tone, line = colour(name), frame.line
        if not body:
            wide = max(1.0, math.ceil(width) - (width > 2))
            self._batch.draw(painter, tone, x, y[HIGH], wide, np.maximum(y[LOW] - y[HIGH], line))
            return
        self._batch.add(x, y[HIGH], line, y[LOW] - y[HIGH] + line)
        left = x - (body - line) / 2
        if self.style is Style.BARS:
            half = (body - line) / 2
            self._batch.add(left, y[OPEN], half, line)
            self._batch.add(x + line, y[CLOSE], half, line)
            self._batch.fill(painter, tone)
            return
        top = np.minimum(y[OPEN], y[CLOSE])
        height = np.maximum(np.abs(y[OPEN] - y[CLOSE]), line)
        self._batch.add(left, top, body, height)
        self._batch.fill(painter, tone)
        if self.style is Style.HOLLOW and body > 2 * line:
            rows = np.flatnonzero(rising & (height > 2 * line))
            inner = (left[rows] + line, top[rows] + line, body - 2 * line, height[rows] - 2 * line)
            self._batch.draw(painter, colour(self.theme.panel), *inner)

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
        painter.drawPolyline(polyline(columns.centres * frame.sx + frame.tx, frame.y(columns.values[CLOSE])))


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
        x = columns.centres * frame.sx + frame.tx
        y = frame.y(columns.values[CLOSE])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self.theme.accent, self.theme.panel, 0.14))
        painter.drawPolygon(polyline(np.r_[x, x[-1], x[0]], np.r_[y, frame.bottom, frame.bottom]))
