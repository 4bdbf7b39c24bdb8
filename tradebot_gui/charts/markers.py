"""Trades on the chart: an arrow where each was entered and left, joined by a line in the colour of its result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from shared_modules.core.market import Side
from shared_modules.core.trading import Trade

from .data import ChartData
from .items import Item
from .paint import Frame, RectBatch, arrow
from .pane import Pane
from .ticks import Zone, number

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

_SMOOTH = 60  # so many arrows may be smoothed in a frame
_DETAIL = 400  # above, trades are dots


@dataclass(frozen=True, slots=True)
class TradeMarker:
    """One round trip; times in ms UTC, ``pnl`` in quote coin."""

    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    long: bool
    pnl: float
    qty: float = math.nan
    note: str = ""

    @classmethod
    def of(cls, trade: Trade) -> TradeMarker:
        return cls(
            trade.entry_time, trade.entry_price, trade.exit_time, trade.exit_price,
            trade.side is Side.BUY, trade.pnl, trade.qty, trade.exit_reason.value.replace("_", " "),
        )  # fmt: skip

    def text(self, decimals: int, zone: Zone) -> str:
        """What the hover says."""
        size = "" if math.isnan(self.qty) else f" {self.qty:.8g}"
        left = f" ({self.note})" if self.note else ""
        sign = "+" if self.pnl > 0 else ""
        return (
            f"{'Long' if self.long else 'Short'}{size}\n"
            f"In   {zone.moment(self.entry_time)}  {number(self.entry_price, decimals)}\n"
            f"Out  {zone.moment(self.exit_time)}  {number(self.exit_price, decimals)}{left}\n"
            f"{'Win' if self.pnl > 0 else 'Loss'}  {sign}{number(self.pnl, 2)}"
        )


class Markers(Item):
    """The trades in view, and nothing of the others."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, 20)
        self._data = data
        self._batch = RectBatch()
        self._markers: list[TradeMarker] = []
        self._entry = self._exit = np.empty(0, np.int64)
        self._reach = 0

    def __len__(self) -> int:
        return len(self._markers)

    def set(self, markers: Sequence[TradeMarker]) -> None:
        self._markers = sorted(markers, key=lambda m: m.entry_time)
        self.locate()

    def locate(self) -> None:
        """Find the bars of all trades anew, after the bars changed."""
        self._entry = self._data.bars_holding(np.array([m.entry_time for m in self._markers], np.float64))
        self._exit = self._data.bars_holding(np.array([m.exit_time for m in self._markers], np.float64))
        self._reach = int((self._exit - self._entry).max()) if len(self._markers) else 0

    def visible(self, x0: float, x1: float) -> np.ndarray:
        """Rows of the trades that have a part in [x0, x1]."""
        a = int(np.searchsorted(self._entry, math.floor(x0) - self._reach))
        b = int(np.searchsorted(self._entry, x1, side="right"))
        return a + np.flatnonzero(self._exit[a:b] >= x0)

    def near(self, x: float, y: float, within: float = 11.0) -> TradeMarker | None:
        """The trade with an arrow within some pixels of widget point (x, y), the nearest one."""
        rows = self.visible(self.pane.x0, self.pane.x1)
        if not len(rows) or len(rows) > _DETAIL:
            return None
        rect = self.pane.rect
        unit = rect.width() / (self.pane.x1 - self.pane.x0)
        best, found = within, None
        for row in rows:
            m = self._markers[row]
            for bar, price in ((self._entry[row], m.entry_price), (self._exit[row], m.exit_price)):
                far = math.hypot(rect.left() + (bar - self.pane.x0) * unit - x, self.pane.y_of(price) - y)
                if far < best:
                    best, found = far, m
        return found

    def draw(self, painter: QPainter, frame: Frame) -> None:
        rows = self.visible(frame.x0, frame.x1)
        if not len(rows):
            return
        if len(rows) > _DETAIL:
            self._draw_dots(painter, frame, rows)
            return
        smooth = len(rows) <= _SMOOTH
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        for row in rows:
            self._draw_trade(painter, frame, row, smooth)

    def _draw_trade(self, painter: QPainter, frame: Frame, row: int, smooth: bool) -> None:
        marker = self._markers[row]
        result = QColor(self.theme.gain if marker.pnl > 0 else self.theme.loss)
        a = QPointF(self._entry[row] * frame.sx + frame.tx, frame.y(marker.entry_price))
        b = QPointF(self._exit[row] * frame.sx + frame.tx, frame.y(marker.exit_price))
        painter.setPen(QPen(result, 1.4 * frame.scale, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(a, b))
        # a rim in the colour of the ground keeps an arrow legible upon a candle of its own colour
        painter.setPen(QPen(QColor(self.theme.panel), frame.scale))
        size = (7.0 if smooth else 5.0) * frame.scale
        painter.setBrush(QColor(self.theme.accent))
        painter.drawPolygon(arrow(a.x(), a.y(), size, marker.long))
        painter.setBrush(result)
        painter.drawPolygon(arrow(b.x(), b.y(), size, not marker.long))

    def _draw_dots(self, painter: QPainter, frame: Frame, rows: np.ndarray) -> None:
        size = 4 * frame.line
        x = np.rint(self._entry[rows] * frame.sx + frame.tx) - size / 2
        y = np.rint(frame.y(np.array([self._markers[r].entry_price for r in rows]))) - size / 2
        won = np.array([self._markers[r].pnl > 0 for r in rows])
        for colour, chosen in ((self.theme.gain, won), (self.theme.loss, ~won)):
            self._batch.draw(painter, QColor(colour), x[chosen], y[chosen], size, size)
