"""Equity over time with the drawdown below, thinned to what the screen can show."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from shared_modules.core.bars import Floats, Times
from tradebot_gui.theme.theme import Theme

# points kept per curve: twice what a wide screen shows
MOST = 4_000


class EquityPlot(pg.GraphicsLayoutWidget):
    """Two plots over one time axis; the equity line is in the accent colour, the drawdown in that of loss."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Equity and drawdown")
        self.setToolTip("Equity at each close, and how far it is below its highest so far")
        self.ci.layout.setContentsMargins(2, 4, 6, 0)
        self.ci.layout.setSpacing(0)
        self.equity_plot = self._plot(0)
        self.drawdown_plot = self._plot(1)
        self.drawdown_plot.setXLink(self.equity_plot)
        self.ci.layout.setRowStretchFactor(0, 3)
        self.ci.layout.setRowStretchFactor(1, 1)
        self.equity_plot.getAxis("bottom").setStyle(showValues=False)
        self.equity = self.equity_plot.plot()
        self.drawdown = self.drawdown_plot.plot(fillLevel=0)
        self.points = 0
        self.set_theme(theme)

    def _plot(self, at: int) -> pg.PlotItem:
        plot = self.addPlot(row=at, col=0, axisItems={"bottom": pg.DateAxisItem(utcOffset=0)})
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=True, y=False)
        plot.getAxis("left").setWidth(58)
        plot.getAxis("left").enableAutoSIPrefix(False)
        plot.getViewBox().setDefaultPadding(0.02)
        return plot

    def show_result(self, time: Times, equity: Floats, drawdown: Floats) -> None:
        """Draw ``equity`` (quote coin) and ``drawdown`` (fractions) over ``time`` (ms UTC)."""
        rows = kept(equity)
        self.points = len(rows)
        seconds = time[rows] / 1000.0
        self.equity.setData(seconds, equity[rows])
        self.drawdown.setData(seconds, drawdown[rows] * 100)
        for plot in (self.equity_plot, self.drawdown_plot):
            plot.autoRange()
            plot.enableAutoRange()

    def clear_result(self) -> None:
        self.points = 0
        self.equity.setData([], [])
        self.drawdown.setData([], [])

    def set_theme(self, theme: Theme) -> None:
        self.setBackground(theme.panel)
        self.equity.setPen(pg.mkPen(theme.accent, width=1))
        self.drawdown.setPen(pg.mkPen(theme.loss, width=1))
        fill = pg.mkColor(theme.loss)
        fill.setAlpha(60)
        self.drawdown.setBrush(fill)
        for plot in (self.equity_plot, self.drawdown_plot):
            plot.showGrid(x=True, y=True, alpha=0.12)
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(theme.border)
                plot.getAxis(side).setTextPen(theme.muted)


def kept(values: Floats, most: int = MOST) -> np.ndarray:
    """Rows of ``values`` that keep its shape: the lowest and highest of each stretch, the first and the last."""
    n = len(values)
    if n <= most:
        return np.arange(n)
    size = -(-n // (most // 2))
    starts = np.arange(0, n, size)
    rows = [0, n - 1]
    for start in starts:
        part = values[start : start + size]
        rows += [start + int(np.argmin(part)), start + int(np.argmax(part))]
    return np.unique(rows)
