"""Backtest: run the chosen strategy on the chosen candles and read the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from shared_modules.core.errors import Cancelled, DataSourceError, InvalidInput, TradeBotError
from shared_modules.core.events import InstrumentsChanged
from shared_modules.core.market import Series, Side
from shared_modules.core.progress import ProgressReport
from shared_modules.core.timeframes import timeframe
from shared_modules.core.trading import Trade
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.figures import Figure, figures
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

from .backtest_form import BacktestForm, Wish
from .base import Panel
from .equity_plot import EquityPlot
from .parts import button, column, muted, row, set_text, set_tone
from .record_view import RecordView
from .strategies import StrategiesPanel

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestRequest, BacktestResult, Job

Row = tuple[int, Trade]
SHORT = "%m-%d %H:%M"
NO_RESULT = "No backtest yet. Press Start (F5) to test the chosen strategy; equity, metrics and trades appear here."
REASONS = {"stop_loss": "stop loss", "take_profit": "take profit"}


def _trade_columns(zone: str, digits: int) -> tuple[Column[Row], ...]:
    def side(r: Row) -> str:
        return "long" if r[1].side is Side.BUY else "short"

    return (
        Column("#", lambda r: r[0], numeric=True, width=28),
        Column("Side", side, tone=lambda r: "gain" if r[1].side is Side.BUY else "loss", width=40),
        Column("Entry", lambda r: r[1].entry_time, lambda r: texts.when(r[1].entry_time, zone, SHORT), width=84,
               hint=lambda r: texts.when(r[1].entry_time, zone)),
        Column("PnL", lambda r: r[1].pnl, lambda r: texts.number(r[1].pnl, 2, sign=True), by_sign(lambda r: r[1].pnl),
               True, 64, "Profit or loss after fees, in quote coin"),
        Column("Exit", lambda r: r[1].exit_reason.value,
               lambda r: REASONS.get(r[1].exit_reason.value, r[1].exit_reason.value), width=64),
        Column("Price in", lambda r: r[1].entry_price, lambda r: texts.number(r[1].entry_price, digits),
               numeric=True, width=74),
        Column("Price out", lambda r: r[1].exit_price, lambda r: texts.number(r[1].exit_price, digits),
               numeric=True, width=74),
        Column("Left", lambda r: r[1].exit_time, lambda r: texts.when(r[1].exit_time, zone, SHORT), width=84,
               hint=lambda r: texts.when(r[1].exit_time, zone)),
        Column("Quantity", lambda r: r[1].qty, lambda r: f"{r[1].qty:.6g}", None, True, 74),
        Column("Fees", lambda r: r[1].fees, lambda r: texts.number(r[1].fees), None, True, 60),
    )  # fmt: skip


FIGURE_COLUMNS: tuple[Column[Figure], ...] = (
    Column("Figure", lambda f: f.title, width=150),
    Column("Value", lambda f: f.value, lambda f: f.shown,
           lambda f: by_sign(lambda g: g.value)(f) if f.signed else None, True, 110),
)  # fmt: skip


class BacktestPanel(Panel):
    """Form, progress and result of one backtest at a time."""

    id = "backtest"
    title = "Backtest"
    running_changed = Signal(bool)

    def __init__(self, desk: Desk, strategies: StrategiesPanel) -> None:
        super().__init__(desk)
        self._strategies = strategies
        self._job: Job[BacktestResult] | None = None
        self._starting = False
        self.result: BacktestResult | None = None
        self._series: Series | None = None
        self.form = BacktestForm(desk.engine.settings)
        self.plot = EquityPlot(desk.theme)
        self.figures: RecordTable[Figure] = RecordTable(FIGURE_COLUMNS, lambda f: f.name, self)
        self.figures_view = RecordView(self.figures, "Metrics", NO_RESULT)
        self._zone = desk.engine.settings.appearance.time_zone
        self.trades: RecordTable[Row] = RecordTable(_trade_columns(self._zone, 2), lambda r: r[0], self)
        self.trades_view = RecordView(self.trades, "Trades", NO_RESULT)
        self.trades_view.setToolTip("Double-click shows the trade on the chart")
        self.trades_view.activated_record.connect(self._show_trade)
        for table in (self.figures, self.trades):
            table.set_theme(desk.theme)
        self._build()
        desk.symbol_selected.connect(self.form.set_symbol)
        desk.bridge.every(InstrumentsChanged, lambda _: self._symbols(), self)
        self._symbols()
        if desk.symbol:
            self.form.set_symbol(desk.symbol)

    # -- layout ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.start_button = button("Start", "Run the backtest (F5)", self.start, primary=True)
        self.stop_button = button("Stop", "Stop the running backtest (Shift+F5)", self.stop)
        self.stop_button.setEnabled(False)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress of the backtest")
        self.progress.setToolTip("How much of the backtest is done")
        self.progress.setFormat("")
        self.strategy = muted()
        self.outcome = QLabel()
        self.outcome.setWordWrap(True)
        self.outcome.hide()
        self._strategies.choice.currentTextChanged.connect(self._name_strategy)
        self._name_strategy(self._strategies.choice.currentText())
        layout = column(self, 6, 8)
        layout.addWidget(self.strategy)
        layout.addWidget(self.form)
        layout.addLayout(row(self.start_button, self.stop_button, self.progress))
        layout.addWidget(self.outcome)
        layout.addWidget(self._result(), 1)

    def _result(self) -> QWidget:
        empty = QWidget()
        words = muted(NO_RESULT, wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(empty).addWidget(words)
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self.trades_view, "Trades")
        tabs.addTab(self.figures_view, "Metrics")
        self.tabs = tabs
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.plot)
        split.addWidget(tabs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([190, 300])
        self.split = split
        self.pages = QStackedWidget()
        self.pages.addWidget(empty)
        self.pages.addWidget(split)
        return self.pages

    def _name_strategy(self, title: str) -> None:
        self.strategy.setText(f"Strategy: {title}" if title else "No strategy chosen")

    def _symbols(self) -> None:
        self.form.show_symbols(sorted(i.symbol for i in self.desk.engine.instruments))

    # -- running --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._starting or self._job is not None

    def start(self) -> None:
        """Fetch the candles and run the backtest in a worker."""
        if self.running:
            return
        if not self.desk.engine.ready:
            self.desk.notice.emit("warning", "The market data service is still starting; try again in a moment.")
            return
        self._starting = True
        self._run_state()
        self.progress.setFormat("fetching candles")
        self._say("", "muted")
        self.desk.spawn(self._run(self.form.wish()))

    def stop(self) -> None:
        """Ask the running backtest to stop."""
        if self._job is not None:
            self.progress.setFormat("stopping")
            self._job.cancel()

    async def _run(self, wish: Wish) -> None:
        try:
            request = await self._request(wish)
            self._job = self.desk.engine.backtest(request)
            self.desk.job_started.emit(self._job)
            self._run_state()
            self._job.on_report(self._reported)
            self.show_result(await self._job.result())
        except Cancelled:
            self._say("Stopped. Nothing was kept.", "warning")
        except TradeBotError as error:
            self._say(f"{error}.", "loss")
        finally:
            self._job, self._starting = None, False
            self._run_state()

    async def _request(self, wish: Wish) -> BacktestRequest:
        from shared_modules.system_integration import BacktestRequest, BarSource, Sizing

        engine = self.desk.engine
        if not wish.symbol:
            raise InvalidInput("choose a symbol to test on")
        series = Series(engine.market(wish.symbol), timeframe(wish.timeframe))
        bars = await engine.bars(series, limit=wish.bars)
        if len(bars) < 2:
            raise DataSourceError(f"there are no candles of {series} to test on; collect some or choose another")
        self._series = series
        instrument = engine.instrument(wish.symbol)
        return BacktestRequest(
            strategy=self._strategies.name,
            parameters=self._strategies.values(),
            sources=(BarSource(wish.symbol, wish.timeframe, bars=bars),),
            cash=wish.cash,
            fee=wish.fee,
            slippage_bps=wish.slippage_bps,
            size=Sizing(wish.size_kind, wish.size_value),
            stop_loss=wish.stop_loss,
            take_profit=wish.take_profit,
            instruments=(instrument,) if instrument else (),
            strategy_folder=str(engine.paths.strategies),
        )

    def _reported(self, report: ProgressReport) -> None:
        self.progress.setValue(round(report.share * 1000))
        eta = "" if report.eta is None else f"   {texts.seconds(report.eta)} left"
        self.progress.setFormat(f"{report.share:.0%}{eta}")

    def _run_state(self) -> None:
        self.start_button.setEnabled(not self.running)
        self.stop_button.setEnabled(self._job is not None)
        if not self.running:
            self.progress.setValue(0)
            self.progress.setFormat("")
        self.running_changed.emit(self.running)

    def _say(self, text: str, tone: str) -> None:
        set_text(self.outcome, text[:1].upper() + text[1:])
        set_tone(self.outcome, tone)
        self.outcome.setVisible(bool(text))

    # -- result ---------------------------------------------------------------------------------------------------

    def show_result(self, result: BacktestResult) -> None:
        """Show ``result`` and tell the other panels."""
        self.result = result
        self.pages.setCurrentIndex(1)
        self.plot.show_result(result.time, result.equity, result.drawdown)
        self.figures.replace(figures(result.metrics, result.final_equity))
        instrument = self.desk.engine.instrument(result.symbols[0]) if result.symbols else None
        self.trades.columns = _trade_columns(self._zone, instrument.price_decimals if instrument else 2)
        self.trades.replace(enumerate(result.trades, start=1))
        self.trades_view.set_empty_text("The strategy made no trade. Try other parameters or more bars.")
        change = result.final_equity / result.request.cash - 1
        said = f"{texts.percent(change)} · {len(result.trades)} trades · {result.bars:,} bars of {result.timeframe}"
        self._say(said, "gain" if change > 0 else "loss" if change < 0 else "muted")
        self.outcome.setToolTip("\n".join(result.notes) or f"Computed in {result.seconds:.3f} s")
        self.desk.result_ready.emit(result)

    def copy_trades(self) -> None:
        if self.result is None:
            self.desk.notice.emit("info", "There are no trades yet; run a backtest first.")
            return
        self.trades_view.selectionModel().clearSelection()
        self.trades_view.copy()
        self.desk.notice.emit("info", f"{len(self.result.trades)} trades copied.")

    def _show_trade(self, record: Row) -> None:
        if self._series is not None:
            self.desk.show_trade.emit(record[1], self._series)

    # -- state ----------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.figures.set_theme(theme)
        self.trades.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {"form": self.form.state(), "split": self.split.sizes()}

    def restore_state(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("form"), dict):
            self.form.restore(state["form"])

    def first_focus(self) -> QWidget:
        return self.start_button
