"""Refused signals on the chart: a small mark beside the bar whose close brought a wish that became no trade."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from tradebot_gui.view_models.lod import HIGH, LOW

from .data import ChartData
from .items import Item
from .marker_sets import SignalSet
from .paint import Frame
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

# above so many in view they would be a carpet, and say nothing
MOST = 250
_AWAY = 9.0  # pixels from the bar


class SignalMarks(Item):
    """A small cross below a bar for a refused long, above it for a short."""

    smooths = True

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, 15)
        self._data = data
        self._all = SignalSet()
        self._bar = np.empty(0, np.int64)
        self.until: int | None = None  # what comes after this time (ms UTC) is not to be seen

    def __len__(self) -> int:
        return len(self._all)

    def set(self, signals: SignalSet) -> None:
        self._all = signals
        self.locate()

    def locate(self) -> None:
        """Find the bars of all signals anew, after the bars changed."""
        self._bar = self._data.bars_holding(self._all.time.astype(np.float64))

    def visible(self, x0: float, x1: float) -> np.ndarray:
        """Rows of the signals on bars that are there in [x0, x1]; none where they are too many to tell apart."""
        if not len(self._all) or not len(self._data):
            return np.empty(0, np.int64)
        low, high = max(math.ceil(x0), self._data.first), min(math.floor(x1), self._data.last)
        a, b = np.searchsorted(self._bar, low), np.searchsorted(self._bar, high, side="right")
        if self.until is not None:  # those from after the newest candle would all stand at it
            b = min(b, np.searchsorted(self._all.time, self.until, side="right"))
        return np.arange(a, b) if 0 < b - a <= MOST else np.empty(0, np.int64)

    def near(self, x: float, y: float, within: float = 7.0) -> int | None:
        """The row of the signal whose mark is nearest to widget point (x, y)."""
        rect = self.pane.rect
        unit = rect.width() / (self.pane.x1 - self.pane.x0)
        best, found = within, None
        for row in self.visible(self.pane.x0, self.pane.x1):
            price, away = self._place(int(row))
            left = rect.left() + (self._bar[row] - self.pane.x0) * unit
            far = math.hypot(left - x, self.pane.y_of(price) + away - y)
            if far < best:
                best, found = far, int(row)
        return found

    def text(self, row: int, zone: object) -> str:
        return self._all.text(row, zone)  # type: ignore[arg-type]

    def _place(self, row: int) -> tuple[float, float]:
        """The price beside which the mark of ``row`` stands, and how many pixels below it."""
        bar = int(self._bar[row])
        values = self._data.prices.rows(bar, bar + 1)[:, 0]
        above = self._all.side[row] < 0
        return float(values[HIGH if above else LOW]), -_AWAY if above else _AWAY

    def draw(self, painter: QPainter, frame: Frame) -> None:
        rows = self.visible(self.pane.x0, self.pane.x1)
        if not len(rows):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        size = 2.6 * frame.scale
        lines = []
        for row in rows:
            price, away = self._place(int(row))
            at = QPointF(self._bar[row] * frame.sx + frame.tx, frame.y(price) + away * frame.scale)
            lines.append(QLineF(at.x() - size, at.y() - size, at.x() + size, at.y() + size))
            lines.append(QLineF(at.x() - size, at.y() + size, at.x() + size, at.y() - size))
        painter.setPen(QPen(QColor(self.theme.panel), 3.4 * frame.scale))
        painter.drawLines(lines)
        painter.setPen(QPen(QColor(self.theme.warning), 1.5 * frame.scale))
        painter.drawLines(lines)
