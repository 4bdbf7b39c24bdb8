"""Trades on the chart: an arrow where each was entered and left, joined by a line in the colour of its result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from .data import ChartData
from .items import Item
from .marker_sets import MarkerSet, TradeMarker
from .paint import Frame, RectBatch, arrow
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

__all__ = ["MarkerSet", "Markers", "TradeMarker"]

_SMOOTH = 60  # so many arrows may be smoothed in a frame
_DETAIL = 400  # above, trades are dots


class Markers(Item):
    """The trades in view, and nothing of the others; the chosen one stands out."""

    smooths = True

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, 20)
        self._data = data
        self._batch = RectBatch()
        self._all = MarkerSet()
        self._chosen: TradeMarker | None = None
        self._entry = self._exit = np.empty(0, np.int64)
        self._ends = np.zeros(2, np.int64)
        self._reach = 0
        self.until: int | None = None  # what comes after this time (ms UTC) is not to be seen

    def __len__(self) -> int:
        return len(self._all)

    @property
    def chosen(self) -> TradeMarker | None:
        return self._chosen

    def set(self, markers: Sequence[TradeMarker] | MarkerSet) -> None:
        self._all = markers if isinstance(markers, MarkerSet) else MarkerSet.of(markers)
        self.locate()

    def choose(self, marker: TradeMarker | None) -> None:
        """Have one trade stand out, whether it is among the others or not."""
        self._chosen = marker
        self._locate_chosen()

    def locate(self) -> None:
        """Find the bars of all trades anew, after the bars changed."""
        self._entry = self._data.bars_holding(self._all.entry_time.astype(np.float64))
        self._exit = self._data.bars_holding(self._all.exit_time.astype(np.float64))
        self._reach = int((self._exit - self._entry).max()) if len(self._all) else 0
        self._locate_chosen()

    def _locate_chosen(self) -> None:
        if self._chosen is not None:
            times = np.array([self._chosen.entry_time, self._chosen.exit_time], np.float64)
            self._ends = self._data.bars_holding(times)

    def visible(self, x0: float, x1: float) -> np.ndarray:
        """Rows of the trades that have a part in [x0, x1]."""
        a = int(np.searchsorted(self._entry, math.floor(x0) - self._reach))
        b = int(np.searchsorted(self._entry, x1, side="right"))
        rows = a + np.flatnonzero(self._exit[a:b] >= x0)
        return rows if self.until is None else rows[self._all.entry_time[rows] <= self.until]

    def is_open(self, time: int) -> bool:
        """Whether what happens at ``time`` is not yet to be seen."""
        return self.until is not None and time > self.until

    def near(self, x: float, y: float, within: float = 11.0) -> TradeMarker | None:
        """The trade with an arrow within some pixels of widget point (x, y), the nearest one."""
        rows = self.visible(self.pane.x0, self.pane.x1) if len(self._all) else ()
        if not 0 < len(rows) <= _DETAIL:
            return None
        rect = self.pane.rect
        unit = rect.width() / (self.pane.x1 - self.pane.x0)
        best, found = within, None
        for row in rows:
            ends = [(self._entry[row], self._all.entry_price[row])]
            if not self.is_open(self._all.exit_time[row]):
                ends.append((self._exit[row], self._all.exit_price[row]))
            for bar, price in ends:
                far = math.hypot(rect.left() + (bar - self.pane.x0) * unit - x, self.pane.y_of(float(price)) - y)
                if far < best:
                    best, found = far, row
        return None if found is None else self._all.marker(int(found))

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if not len(self._all) and self._chosen is None:
            return
        rows = self.visible(self.pane.x0, self.pane.x1)
        if len(rows) > _DETAIL:
            self._draw_dots(painter, frame, rows)
        elif len(rows):
            smooth = len(rows) <= _SMOOTH
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
            for row in rows:
                ends = (int(self._entry[row]), int(self._exit[row]))
                prices = (float(self._all.entry_price[row]), float(self._all.exit_price[row]))
                won = None if self.is_open(self._all.exit_time[row]) else bool(self._all.pnl[row] > 0)
                self._draw_trade(painter, frame, ends, prices, bool(self._all.long[row]), won, 7.0 if smooth else 5.0)
        if self._chosen is not None and not self.is_open(self._chosen.exit_time):
            self._draw_chosen(painter, frame, self._chosen)

    def _draw_chosen(self, painter: QPainter, frame: Frame, chosen: TradeMarker) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        ends, prices = (int(self._ends[0]), int(self._ends[1])), (chosen.entry_price, chosen.exit_price)
        self._draw_trade(painter, frame, ends, prices, chosen.long, chosen.pnl > 0, 10.0, 2.6, Qt.PenStyle.SolidLine)
        painter.setPen(QPen(QColor(self.theme.accent), 1.6 * frame.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        size = 13.0 * frame.scale
        for bar, price in zip(ends, prices, strict=True):
            painter.drawEllipse(QPointF(bar * frame.sx + frame.tx, frame.y(price)), size, size)

    def _draw_trade(
        self,
        painter: QPainter,
        frame: Frame,
        ends: tuple[int, int],
        prices: tuple[float, float],
        long: bool,
        won: bool | None,
        size: float,
        width: float = 1.4,
        style: Qt.PenStyle = Qt.PenStyle.DashLine,
    ) -> None:
        """Both arrows and the line between them; of one still open (``won`` is None) the entry alone."""
        result = QColor(self.theme.gain if won else self.theme.loss)
        a = QPointF(ends[0] * frame.sx + frame.tx, frame.y(prices[0]))
        b = QPointF(ends[1] * frame.sx + frame.tx, frame.y(prices[1]))
        if won is not None:
            painter.setPen(QPen(result, width * frame.scale, style))
            painter.drawLine(QLineF(a, b))
        # a rim in the colour of the ground keeps an arrow legible upon a candle of its own colour
        painter.setPen(QPen(QColor(self.theme.panel), frame.scale))
        painter.setBrush(QColor(self.theme.accent))
        painter.drawPolygon(arrow(a.x(), a.y(), size * frame.scale, long))
        if won is None:
            return
        painter.setBrush(result)
        painter.drawPolygon(arrow(b.x(), b.y(), size * frame.scale, not long))

    def _draw_dots(self, painter: QPainter, frame: Frame, rows: np.ndarray) -> None:
        size = 4 * frame.line
        x = np.rint(self._entry[rows] * frame.sx + frame.tx) - size / 2
        y = frame.rows(self._all.entry_price[rows]) - size / 2
        won = self._all.pnl[rows] > 0
        open_ = self._all.exit_time[rows] > (np.inf if self.until is None else self.until)
        kinds = ((self.theme.gain, won & ~open_), (self.theme.loss, ~won & ~open_), (self.theme.accent, open_))
        for colour, chosen in kinds:
            self._batch.draw(painter, QColor(colour), x[chosen], y[chosen], size, size)
