"""Equity with its band and drawdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from shared_modules.core.timeframes import timeframe
from tradebot_gui.charts.curves import Curve, CurvePlot, PaneSpec
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import column, muted, row
from tradebot_gui.theme.theme import Theme

from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

PANES = (
    PaneSpec("equity", "", 3.0, private=True),
    PaneSpec("drawdown", "", 1.2, 2, " %", top=24.0),
)


def equity_curves(result: BacktestResult) -> dict[str, list[Curve]]:
    """Equity with its band, and the drawdown in percent; made in a thread."""
    best, worst = result.equity_best, result.equity_worst
    banded = len(best) == len(result.equity) and bool((best != worst).any())
    equity = Curve(tr("Equity"), result.equity, "accent", low=worst if banded else None, high=best if banded else None)
    fall = Curve(tr("Drawdown"), result.drawdown * 100, "loss", ground=True)
    return {"equity": [*_held(result), equity], "drawdown": [fall]}


def _held(result: BacktestResult) -> list[Curve]:
    """Buying at the first open and holding; of results of older versions known at the end of each day alone."""
    time, held = (result.market_time, result.market) if len(result.market) else (result.held_time, result.held)
    if not len(held):
        return []
    at = np.searchsorted(time, result.close_time, side="right") - 1
    values = np.where(at >= 0, held[np.maximum(at, 0)], result.request.cash)
    return [Curve(tr("Buy and hold"), values, "muted")]


def equity_plot(desk: Desk) -> CurvePlot:
    """The plot of equity above drawdown."""
    plot = CurvePlot(PANES, desk.theme, "Equity and drawdown")
    plot.setToolTip(tr("Equity at each close, and how far it is below its highest so far; the wheel zooms"))
    plot.set_zone(desk.engine.settings.appearance.time_zone)
    plot.clear(NO_RESULT)
    return plot


class EquityTab(ResultTab):
    """The curve at full size."""

    title: ClassVar[str] = "Equity"
    tip: ClassVar[str] = "Equity with its best and worst case, and the drawdown"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.plot = equity_plot(desk)
        self.log = QCheckBox(tr("Logarithmic"))
        self.log.setAccessibleName(tr("Logarithmic equity"))
        self.log.setToolTip(tr("Equal heights for equal shares of gain"))
        self.log.toggled.connect(self.plot.set_log)
        self.words = muted()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        layout = column(self, 4, 4)
        layout.addLayout(row(self.log, self.words, None))
        layout.addWidget(self.plot, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        return equity_curves(result)

    def fill(self, result: BacktestResult, data: Any) -> None:
        self.plot.show_curves(result.time, timeframe(result.timeframe).ms, data)
        self.words.setText(phrase(band_words(result)))

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)


def band_words(result: BacktestResult) -> str:
    """What the band says, in a sentence."""
    if not result.ambiguous_bars or len(result.equity_best) != len(result.equity):
        return "No bar was ambiguous: there is one curve."
    width = float(np.max(result.equity_best - result.equity_worst))
    bars = "1 bar was" if result.ambiguous_bars == 1 else f"{result.ambiguous_bars:,} bars were"
    return f"{bars} ambiguous; the band between the best and the worst case is at most {width:,.2f} wide."
