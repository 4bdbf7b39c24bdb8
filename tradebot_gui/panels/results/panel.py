"""Results: everything about one backtest, and runs beside each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QTabWidget, QToolButton, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.market import Series
from shared_modules.core.timeframes import timeframe
from shared_modules.core.trading import Trade
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.base import Panel
from tradebot_gui.panels.parts import ElidedLabel, column, row
from tradebot_gui.panels.record_keep import restore_tables, save_tables
from tradebot_gui.theme.theme import Theme

from .compared import ComparisonTab
from .costs import CostsTab
from .distribution import BreakdownTab, DistributionTab, MonthsTab, RollingTab
from .equity import EquityTab
from .explained import ExplainDialog
from .honesty import HonestyTab
from .overview import OverviewTab
from .settings import SettingsTab
from .signals import SignalsTab
from .tab import NO_RESULT, ResultTab
from .trades import TradesTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult
    from shared_modules.system_integration.backtesting import Comparison, SignalOutcome

EXPORTS = (("html", "Report…", "A page with plots that opens in any browser"),
           ("csv", "CSV files…", "Trades, equity and cash as tables"),
           ("xlsx", "Excel workbook…", "Everything as one workbook"),
           ("json", "JSON…", "Everything for programs"))  # fmt: skip

TABS: tuple[type[Any], ...] = (
    OverviewTab, EquityTab, TradesTab, MonthsTab, DistributionTab, BreakdownTab, RollingTab, SignalsTab, HonestyTab,
    CostsTab, SettingsTab, ComparisonTab,
)  # fmt: skip
T = TypeVar("T", bound=QWidget)


class ResultsPanel(Panel):
    """Tabs over one result. What a tab shows is computed when it is looked at."""

    id: ClassVar[str] = "results"
    title: ClassVar[str] = "Results"

    export_wanted = Signal(str)  # kind of file
    reproduce_wanted = Signal()
    comparison_report_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.result: BacktestResult | None = None
        self.name = ""
        self._made: dict[type[QWidget], QWidget] = {}
        # what the tables had at the last end, for those that are not made yet
        self._columns: dict[str, Any] = {}
        self.tabs = QTabWidget()
        self.tabs.tabBar().setAccessibleName(tr("Parts of the result"))
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setAccessibleName(tr("Views of the result"))
        for n, kind in enumerate(TABS):
            page = QWidget()
            column(page, 0, 0)
            self.tabs.addTab(page, tr(kind.title))
            self.tabs.setTabToolTip(n, tr(kind.tip))
        self.tabs.currentChanged.connect(lambda n: self.tab(TABS[n]))
        self._explaining: ExplainDialog | None = None
        self._build()

    def _build(self) -> None:
        self.head = ElidedLabel(tr(NO_RESULT))
        self.head.setAccessibleName(tr("The run that is shown"))
        self.head.setMinimumHeight(20)
        self.export = QToolButton()
        self.export.setText(tr("Export"))
        self.export.setAccessibleName(tr("Export the result"))
        self.export.setToolTip(tr("Write the result as a report, tables or JSON"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export)
        for kind, words, tip in EXPORTS:
            action = QAction(tr(words), menu)
            action.setToolTip(tr(tip))
            action.triggered.connect(lambda _=False, kind=kind: self.export_wanted.emit(kind))
            menu.addAction(action)
        self.export.setMenu(menu)
        self.export.setEnabled(False)
        line = row(self.head, self.export, margins=(6, 2, 6, 0))
        line.setStretch(0, 1)
        layout = column(self, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.tabs, 1)

    # -- tabs, made when they are first looked at: all at once they would keep the window from opening ----------------

    def tab(self, kind: type[T]) -> T:
        """The tab of ``kind``."""
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = kind(self.desk)
            self._connect(made)
            restore_tables(made, self._columns)
            self.tabs.widget(TABS.index(kind)).layout().addWidget(made)
            if self.desk.streamer:
                self.set_streamer(True)
            if isinstance(made, ResultTab) and self.result is not None:
                made.show_result(self.result)
        return made  # type: ignore[return-value]

    def _connect(self, tab: QWidget) -> None:
        if isinstance(tab, ResultTab):
            tab.explain_wanted.connect(self.explain)
        if isinstance(tab, OverviewTab):
            tab.check_chosen.connect(self._show_check)
        elif isinstance(tab, TradesTab):
            tab.trade_chosen.connect(self._show_trade)
        elif isinstance(tab, SignalsTab):
            tab.signal_chosen.connect(self._show_signal)
        elif isinstance(tab, SettingsTab):
            tab.reproduce_wanted.connect(self.reproduce_wanted)
        elif isinstance(tab, ComparisonTab):
            tab.report_wanted.connect(self.comparison_report_wanted)

    def go_to(self, kind: type[T]) -> T:
        """Bring the tab of ``kind`` to the front."""
        self.tabs.setCurrentIndex(TABS.index(kind))
        return self.tab(kind)

    @property
    def current(self) -> QWidget:
        """The tab in front."""
        return self.tab(TABS[self.tabs.currentIndex()])

    def first_shown(self) -> None:
        self.tab(TABS[self.tabs.currentIndex()])

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_result(self, result: BacktestResult, name: str = "") -> None:
        """Show ``result``, called ``name``; tabs follow as they are looked at."""
        self.result, self.name = result, name
        self.export.setEnabled(True)
        self._write_head(result, name)
        for tab in self._made.values():
            if isinstance(tab, ResultTab):
                tab.show_result(result)
        if isinstance(self.current, ComparisonTab):
            self.go_to(OverviewTab)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show runs beside each other."""
        self.go_to(ComparisonTab).show_comparison(comparison)

    def _write_head(self, result: BacktestResult, name: str) -> None:
        change = result.metrics.get("total_return", float("nan"))
        symbols = ", ".join(result.symbols[:4]) + (f" and {len(result.symbols) - 4} more" if len(result.symbols) > 4
                                                   else "")  # fmt: skip
        name = name or result.request.strategy
        # a run's own name says its symbols already
        parts = [name, result.timeframe] if symbols in name else [name, symbols, result.timeframe]
        if len(result.time):
            zone = texts.CHOSEN
            first, last = (texts.when(int(t), zone, "%Y-%m-%d") for t in (result.time[0], result.time[-1]))
            parts.append(tr("{first} to {last}").format(first=first, last=last))
        parts += [texts.percent(change), f"{len(result.trades):,} trades"]
        parts = [phrase(part) for part in parts]
        self.head.setText("   ".join(parts))
        self.head.setToolTip("\n".join(parts))

    def explain(self, metric: str) -> None:
        """Open how ``metric`` is made."""
        if self.result is not None:
            self.desk.spawn(self._explain(self.result, metric))

    async def _explain(self, result: BacktestResult, metric: str) -> None:
        from shared_modules.system_integration.backtesting import explain

        metric = "net_profit" if metric == "final_equity" else metric
        found = await asyncio.to_thread(explain, result, metric)
        if self._explaining is None:
            self._explaining = ExplainDialog(self.desk.theme, self.window())
        self._explaining.table.set_veiled(self.desk.streamer)
        self._explaining.show_explanation(found)

    @property
    def explaining(self) -> ExplainDialog | None:
        """The dialog, once a figure was explained."""
        return self._explaining

    def _show_check(self, check: str) -> None:
        self.go_to(HonestyTab).choose(check)

    def _show_trade(self, trade: Trade) -> None:
        series = self._series(trade.symbol)
        if series is not None:
            self.desk.show_trade.emit(trade, series)

    def _show_signal(self, signal: SignalOutcome) -> None:
        series = self._series(signal.symbol)
        if series is not None:
            self.desk.show_time.emit(series, signal.time)

    def _series(self, symbol: str) -> Series | None:
        if self.result is None:
            return None
        try:
            return Series(self.desk.engine.market(symbol), timeframe(self.result.timeframe))
        except TradeBotError as error:
            self.desk.notice.emit("warning", f"The chart cannot show it: {error}.")
            return None

    def copy_trades(self) -> None:
        """Copy all trades that the table shows."""
        if self.result is None:
            self.desk.notice.emit("info", "There are no trades yet; run a backtest first.")
            return
        tab = self.go_to(TradesTab)
        tab.view.selectionModel().clearSelection()
        tab.view.copy()
        self.desk.notice.emit("info", f"{tab.rows.rowCount():,} trades copied.")

    # -- state ----------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        for tab in self._made.values():
            if isinstance(tab, ResultTab | ComparisonTab):
                tab.set_theme(theme)
        if self._explaining is not None:
            self._explaining.table.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {"tab": self.tabs.currentIndex(), "tables": {**self._columns, **save_tables(self)}}

    def restore_state(self, state: dict[str, Any]) -> None:
        tables = state.get("tables")
        self._columns = tables if isinstance(tables, dict) else {}
        restore_tables(self, self._columns)
        if isinstance(state.get("tab"), int) and 0 <= state["tab"] < len(TABS) - 1:
            self.tabs.setCurrentIndex(state["tab"])

    def first_focus(self) -> QWidget:
        return self.tabs.tabBar()
