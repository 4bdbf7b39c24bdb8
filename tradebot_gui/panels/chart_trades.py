"""The trades of a backtest on the chart of the symbol shown, the wishes that became none, and the strategy's lines."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shiboken6 import isValid

from shared_modules.core.trading import Trade
from tradebot_gui.charts.marker_sets import MarkerSet, SignalSet, TradeMarker
from tradebot_gui.charts.plots import PlotLine, StrategyLines, strategy_lines

if TYPE_CHECKING:
    from tradebot_gui.charts import ChartView
    from tradebot_gui.desk import Desk

# outcomes that are no refusal: the wish was filled, or there was nothing to refuse
TRADED = ("filled", "partly filled", "position already held")


@dataclass(frozen=True)
class Moment:
    """A stretch of time to look at, ms UTC."""

    entry_time: int
    exit_time: int


class TradesOnChart:
    """Keeps the marks by symbol; made in a thread, since there may be tens of thousands."""

    def __init__(self, desk: Desk, view: ChartView) -> None:
        self._desk, self._view = desk, view
        self._symbol = ""
        self._result: Any = None
        self._marks: dict[str, MarkerSet] = {}
        self._signals: dict[str, SignalSet] = {}
        self._plots: dict[str, list[StrategyLines]] = {}  # by symbol; empty while they are being computed
        self._chosen: Trade | None = None

    def show_result(self, result: Any) -> None:
        """Mark the trades of ``result`` and its refused signals, and draw the lines they rest on."""
        self._result, self._chosen = result, None
        self._plots = {}
        self._desk.spawn(self._make(result))

    def show_symbol(self, symbol: str) -> None:
        """Mark what belongs to ``symbol``."""
        self._symbol = symbol
        self._apply()

    def choose(self, trade: Trade) -> None:
        """Have ``trade`` stand out."""
        self._chosen = trade
        self._apply()

    async def _make(self, result: Any) -> None:
        marks, signals = await asyncio.to_thread(_sets, result)
        if result is self._result and isValid(self._view):
            self._marks, self._signals = marks, signals
            self._apply()

    def _apply(self) -> None:
        chosen = self._chosen
        here = chosen is not None and chosen.symbol == self._symbol
        self._view.set_markers(self._marks.get(self._symbol, MarkerSet()))
        self._view.choose_marker(TradeMarker.of(chosen) if here and chosen is not None else None)
        self._view.set_signals(self._signals.get(self._symbol, SignalSet()))
        self._show_plots()

    def _show_plots(self) -> None:
        """Draw the lines of the strategy where the chart shows the bars that they were computed for."""
        result, symbol = self._result, self._symbol
        shown, run = self._desk.shown_run
        here = str(self._view.data.timeframe) == getattr(result, "timeframe", "")
        if here and run and shown is result and symbol in result.symbols and symbol not in self._plots:
            self._plots[symbol] = []
            self._desk.spawn(self._compute(result, run, symbol))
        self._view.set_plots(self._plots.get(symbol, []) if here else [])

    async def _compute(self, result: Any, run: str, symbol: str) -> None:
        job = await self._desk.engine.backtests.plotted(run, symbol)
        self._desk.job_started.emit(job)
        found = await job.result()
        if result is self._result and isValid(self._view):
            lines = [PlotLine(line.name, line.values, line.of_prices) for line in found.lines]
            self._plots[symbol] = strategy_lines(found.time, lines)
            self._show_plots()


def _sets(result: Any) -> tuple[dict[str, MarkerSet], dict[str, SignalSet]]:
    by_symbol: dict[str, list[Trade]] = defaultdict(list)
    for trade in result.trades:
        by_symbol[trade.symbol].append(trade)
    marks = {symbol: MarkerSet.of(trades) for symbol, trades in by_symbol.items()}
    outcomes = getattr(result, "outcomes", None)
    signals = {} if outcomes is None else {s: SignalSet.of(outcomes, s, TRADED) for s in outcomes.symbols}
    return marks, signals
