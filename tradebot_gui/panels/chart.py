"""The chart of one series, live: symbol, timeframe and indicators above it, its state in a line."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from shared_modules.core.errors import ExchangeError, Rejected, TradeBotError
from shared_modules.core.events import (
    CandleClosed,
    CandleUpdated,
    HistoryChanged,
    InstrumentsChanged,
    SettingsChanged,
)
from shared_modules.core.market import Series
from shared_modules.core.timeframes import TIMEFRAMES, timeframe
from shared_modules.core.trading import Trade
from tradebot_gui.charts import ChartView, OverlaySpec, Scale
from tradebot_gui.charts.view import NO_BARS
from tradebot_gui.desk import Desk
from tradebot_gui.drawings import Shelf
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme

from .base import Panel
from .chart_alerts import AlertLines
from .chart_bars import SeriesFeed, stored_market
from .chart_compare import CompareFeed
from .chart_drawings import DrawingDesk, DrawingStrip
from .chart_goto import GoTo
from .chart_indicators import IndicatorMenu
from .chart_links import GROUPS, LinkButton
from .chart_look import Look, LookMenu
from .chart_menu import ChartMenu
from .chart_past import OlderCandles
from .chart_replay import ChartReplay
from .chart_state import empty_words, refused_words, state_words, time_left
from .chart_templates import saved_specs
from .chart_together import Together
from .chart_tools import SymbolBox, TimeframeBar, TimeframeEntry
from .chart_trades import Moment, TradesOnChart
from .drawing_alerts import DrawingAlerts
from .parts import ElidedLabel, parts_in_order, set_tone
from .replay_bar import ReplayBar

START_OVERLAYS = (
    OverlaySpec("sma", {"period": 20}),
    OverlaySpec("ema", {"period": 50}),
    OverlaySpec("rsi", {"period": 14}),
)
HISTORY = 1500


class ChartPanel(Panel):
    """A live chart. It follows the symbol chosen elsewhere and keeps its own timeframe and indicators."""

    id = "chart"
    title = "Chart"

    first_painted = Signal()
    alert_wanted = Signal(object)  # price, (Line, value), Drawing, or None

    def __init__(self, desk: Desk, number: int = 1) -> None:
        if number > 1:
            self.id, self.title = f"chart-{number}", f"Chart {number}"  # type: ignore[misc]
        super().__init__(desk)
        self.candles_drawn = 0
        self.price_at_cursor: float | None = None
        self.time_at_cursor: int | None = None
        self.series: Series | None = None
        self._scale_before = Scale.LINEAR  # of prices, while they are compared in per cent
        self._wanted = ""
        self._timeframe = TIMEFRAMES["1m"]
        self._trouble = ""
        self.view = ChartView(self, desk.theme)
        self._trades = TradesOnChart(desk, self.view)
        self._feed = SeriesFeed(desk, self.view)
        self.compare = CompareFeed(desk, self.view)
        self._older = OlderCandles(desk, self.view, self.compare.reach, self._older_told)
        self._alerts = AlertLines(desk, self.view)
        self._symbols = SymbolBox(self)
        self._timeframes = TimeframeBar(self)
        self._look = LookMenu(self)
        self._indicators = IndicatorMenu(self, desk.theme)
        self._shelf = Shelf.of(desk, desk.engine.paths.root / "drawings")
        desk.closing.connect(self._shelf.flush)
        self._drawings = DrawingDesk(self.view, desk.theme)
        self._strip = DrawingStrip(self.view, desk.theme, self)
        self._draw = QToolButton(self)
        self._entry = TimeframeEntry(self.view)
        self._state = ElidedLabel()
        self._link = LinkButton(desk.theme, GROUPS[0], self)
        self._together = Together(self, self._link)
        self.goto = GoTo(self)
        self.menu = ChartMenu(self)
        self._replay_bar = ReplayBar(self)
        self.replay = ChartReplay(self, self._replay_bar)
        self._replay_button = QToolButton(self)
        self._build()
        self._connect()
        self._apply_appearance()
        self._indicators.set_specs(list(START_OVERLAYS))
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._write_state)
        self._tick.start(1000)
        self._write_state()

    # what the desk and the person ask for

    def show_series(self, series: Series) -> None:
        """Load ``series`` and keep it live; what was shown before is let go."""
        if series == self.series:
            return
        self._load(series, then=None)

    def select_symbol(self, symbol: str) -> None:
        """Show ``symbol`` at the present timeframe."""
        self._wanted = symbol
        try:
            market = self.desk.engine.market(symbol)
        except TradeBotError as error:
            self._trouble = str(error)
            self._write_state()
            self.desk.spawn(self._select_stored(symbol))
            return
        self.show_series(Series(market, self._timeframe))

    async def _select_stored(self, symbol: str) -> None:
        """Show ``symbol``, which the exchange does not have, where candles of it are stored."""
        market = await asyncio.to_thread(stored_market, self.desk.engine, symbol)
        if market is not None and self._wanted == symbol:
            self.show_series(Series(market, self._timeframe))

    def select_timeframe(self, name: str) -> None:
        self._timeframe = timeframe(name)
        self._timeframes.show_chosen(name)
        if self.series is not None:
            self.show_series(Series(self.series.market, self._timeframe))

    def show_trade(self, trade: Trade, series: Series | None) -> None:
        """Put ``trade`` into the middle, changing the series and fetching older candles where needed."""
        self._trades.choose(trade)
        self._go_to(series, trade)

    def show_time(self, series: Series, time: int) -> None:
        """Put the candle of ``time`` (ms UTC) of ``series`` into the middle."""
        self._go_to(series, Moment(time, time))

    def _go_to(self, series: Series | None, then: Trade | Moment) -> None:
        # the first chart changes its series for it, further ones follow where they show the same market
        if self.id == "chart" and series is not None and series != self.series:
            self._load(series, then=then)
        elif series is None or self.series is None or series.market == self.series.market:
            self._set_markers()
            self.desk.spawn(self.goto.show(then))

    def show_result(self, result: Any) -> None:
        """Draw the trades of a backtest that were made in the symbol shown."""
        self._trades.show_result(result)

    def save_state(self) -> dict[str, Any]:
        return {
            "symbol": self.series.market.symbol if self.series else self._wanted,
            "timeframe": self._timeframe.name,
            "overlays": [
                {
                    "indicator": s.indicator,
                    "params": dict(s.params),
                    "colours": dict(s.colours),
                    "share": s.share,
                    "hidden": s.hidden,
                }
                for s in self._indicators.specs
            ],
            "drawing_tools": self._draw.isChecked(),
            "look": self._look.look.saved(),
            "group": self._link.group,
            "compare": list(self.compare.symbols),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        if state.get("timeframe") in TIMEFRAMES:
            self.select_timeframe(state["timeframe"])
        self.use_look(state)
        if isinstance(state.get("drawing_tools"), bool):
            self._draw.setChecked(state["drawing_tools"])
        self._link.set_group(str(state.get("group", self._link.group)))
        if isinstance(state.get("compare"), list):
            self.compare.set_symbols([str(s) for s in state["compare"]])
        if isinstance(state.get("symbol"), str) and state["symbol"]:
            self._wanted = state["symbol"]
            self._start()

    def use_look(self, state: dict[str, Any]) -> None:
        """Take over style, scale and indicators of ``state``, as `save_state` and templates have them."""
        if isinstance(state.get("overlays"), list):
            self._indicators.set_specs(list(saved_specs(state["overlays"])))
        self._look.set_look(Look.restored(state.get("look")))

    def set_offline(self, since: str) -> None:
        if self.series is None:
            self.view.set_message(without_symbol(self.desk.engine, NO_BARS))

    def set_theme(self, theme: Theme) -> None:
        self.view.set_theme(theme)
        self._link.set_theme(theme)
        self._indicators.theme = self._drawings.theme = theme
        self._strip.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._timeframes.fit(event.size().width() - 12, self._tools, 6, (self._replay_button, self._draw, self._look))

    def first_focus(self) -> QWidget:
        return self.view

    def first_shown(self) -> None:
        parts_in_order(*self._tools, self._replay_bar, self._strip, self.view)
        self._start()

    # inside

    def _build(self) -> None:
        tools = QWidget()
        # the tools never keep the panel from being narrow; they shrink instead
        tools.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        bar = QHBoxLayout(tools)
        bar.setContentsMargins(6, 4, 6, 4)
        bar.setSpacing(6)
        self._state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._state.setProperty("role", "muted")
        self._state.setAccessibleName(tr("State of the chart"))
        self._tools = (self._link, self._symbols, self._timeframes, self._look, self._indicators, self._draw,
                       self._replay_button)  # fmt: skip
        for widget in self._tools:
            bar.addWidget(widget)
        bar.addWidget(self._state, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(tools)
        column.addWidget(self._replay_bar)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._strip)
        row.addWidget(self.view, 1)
        column.addLayout(row, 1)
        self._replay_button.setText(tr("Replay"))
        self._replay_button.setAutoRaise(True)
        self._replay_button.setToolTip(tr("See the past again, candle by candle"))
        self._replay_button.clicked.connect(lambda _: self.replay.choose())
        self._draw.setText(tr("Draw"))
        self._draw.setAutoRaise(True)
        self._draw.setCheckable(True)
        self._draw.setChecked(True)
        self._draw.setToolTip(tr("Show the drawing tools"))
        self._draw.toggled.connect(self._strip.setVisible)

    def _connect(self) -> None:
        desk, bridge = self.desk, self.desk.bridge
        self._symbols.chosen.connect(self._symbol_picked)
        self._timeframes.chosen.connect(self._timeframe_picked)
        self._indicators.changed.connect(self.view.set_overlays)
        self.view.panes_sized.connect(self._indicators.keep_shares)
        self._look.changed.connect(self._look_changed)
        self.view.typed.connect(self._typed)
        self.view.pointed.connect(self._pointed)
        self._symbols.left.connect(self.view.setFocus)
        self._entry.left.connect(self.view.setFocus)
        self._entry.chosen.connect(self._timeframe_picked)
        self._shelf.noticed.connect(self._drawings_noticed)
        self._drawings.alert_wanted.connect(self.alert_wanted)
        self.view.scale_toggled.connect(self._look.toggle_scale)
        self._look.fit_wanted.connect(self.view.fit_values)
        self._look.compare_wanted.connect(self.compare.ask)
        self.compare.changed.connect(self._compare_changed)
        self.view.legend_clicked.connect(self._legend_clicked)
        self.view.painted.connect(self._was_painted)
        desk.show_trade.connect(self.show_trade)
        desk.show_time.connect(self.show_time)
        desk.result_ready.connect(self.show_result)
        desk.engine_ready.connect(self._start)
        bridge.newest(CandleUpdated, lambda e: e.series, self._feed.updated, self)
        bridge.every(CandleClosed, self._feed.closed, self)
        bridge.newest(HistoryChanged, lambda e: e.series, self._history_changed, self)
        bridge.every(InstrumentsChanged, self._instruments_changed, self)
        bridge.every(SettingsChanged, lambda _: self._apply_appearance(), self)
        self.destroyed.connect(self._feed.close)

    def _start(self) -> None:
        """Show a first series as soon as the engine can give one."""
        engine = self.desk.engine
        self._symbols.set_symbols([i.symbol for i in engine.instruments])
        if self.series is not None and self._wanted in ("", self.series.market.symbol):
            return
        if not engine.instruments:
            return
        known = [i.symbol for i in engine.instruments]
        wishes = (self._wanted, self.desk.symbol, *engine.settings.collector.symbols, known[0])
        self.select_symbol(next(s for s in wishes if s in known))

    def _load(self, series: Series, then: Trade | Moment | None) -> None:
        if self.series is not None and series.market != self.series.market and self._look.look.box:
            # a brick of so many units of another price would be a wall or dust
            self._look.change(box=0.0)
        self.series, self._wanted, self._trouble = series, series.market.symbol, ""
        self._timeframe = series.timeframe
        self._older.show(series)
        self._timeframes.show_chosen(series.timeframe.name)
        self._symbols.show_chosen(series.market.symbol)
        instrument = self.desk.engine.instrument(series.market.symbol)
        digits, step = (instrument.price_decimals, float(instrument.tick_size)) if instrument else (2, 0.0)
        self.view.set_series(str(series), digits, series.timeframe, step)
        self.view.set_message(phrase(f"Loading {series} …"))
        board = self._shelf.board(series.market)
        self.view.set_drawings(board)
        DrawingAlerts.of(self.desk).follow(board, series.market.symbol)
        self._alerts.show("" if self.replay.active else series.market.symbol)
        self._strip.set_board(board)
        self.desk.spawn(self._show(series, then))
        self._write_state()

    async def _show(self, series: Series, then: Trade | Moment | None) -> None:
        if self.replay.active:
            await self.replay.open(series)
            return
        try:
            if not await self._feed.open(series, HISTORY):
                return
        except ExchangeError as error:
            self._trouble = refused_words(series) if isinstance(error, Rejected) else str(error)
        self._set_markers()
        self.desk.spawn(self._explain_gaps(series))
        self.compare.show(series)
        if not len(self.view.data):
            self.view.set_message(phrase(empty_words(series, self._trouble)))
        self._write_state()
        if then is not None:
            await self.goto.show(then)

    async def _explain_gaps(self, series: Series) -> None:
        """Have the bands where candles are missing tell why, as far as the store knows."""
        self.view.panes.gaps.reasons = ()
        data = self.view.data
        if len(data.gaps(data.first, data.last)):
            try:
                found = await self.desk.engine.data.coverage(series)
            except TradeBotError:  # nothing is stored of it: then nothing is known
                return
            if series == self.series:
                self.view.panes.gaps.reasons = found.gaps

    def _older_told(self, trouble: str) -> None:
        self._trouble = trouble
        self._write_state()

    def _history_changed(self, event: HistoryChanged) -> None:
        if event.series == self.series and not self._feed.loading and not self.replay.active:
            self.desk.spawn(self._reload())

    async def _reload(self) -> None:
        await self._feed.reload(HISTORY)
        self._trouble = ""
        self._set_markers()
        self._write_state()

    def _instruments_changed(self, _: InstrumentsChanged) -> None:
        self._start()

    def _symbol_picked(self, symbol: str) -> None:
        self.view.setFocus()
        self.select_symbol(symbol)
        self._together.move_group()

    def _timeframe_picked(self, name: str) -> None:
        self.select_timeframe(name)
        self._together.move_group()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.open(event)

    def _set_markers(self) -> None:
        symbol = self.series.market.symbol if self.series else ""
        self._trades.show_symbol(symbol)

    def _apply_appearance(self) -> None:
        look = self.desk.engine.settings.appearance
        self.view.set_time_zone(look.time_zone)
        self.view.set_rate(look.frames_per_second)

    def _was_painted(self, candles: int) -> None:
        first = self.candles_drawn == 0
        self.candles_drawn = max(self.candles_drawn, candles)
        if first:
            self.first_painted.emit()

    def _look_changed(self, look: Look) -> None:
        look.apply(self.view)
        self._write_state()

    def _typed(self, text: str) -> None:
        """Letters search a symbol, digits a timeframe."""
        if text.isdigit():
            self._entry.begin(text)
        else:
            self._symbols.begin(text.upper())

    def _pointed(self, time: float | None, price: float | None) -> None:
        self.price_at_cursor, self.time_at_cursor = price, None if time is None else int(time)

    def _drawings_noticed(self, sentence: str) -> None:
        self.desk.notice.emit("warning", sentence)

    def _legend_clicked(self, action: str, row: int) -> None:
        if action == "remove":
            self._indicators.remove(row)
        elif action == "edit":
            self._indicators.edit(row)
        elif action == "uncompare":
            self.compare.set_symbols([s for n, s in enumerate(self.compare.symbols) if n != row])

    def _compare_changed(self, symbols: list[str]) -> None:
        # several prices have one scale only in per cent
        if symbols and self._look.look.scale is not Scale.PERCENT:
            self._scale_before = self._look.look.scale
            self._look.change(scale=Scale.PERCENT)
        elif not symbols and self._look.look.scale is Scale.PERCENT:
            self._look.change(scale=self._scale_before)

    def replay_began(self) -> None:
        """Take no more news: a replay shows its own candles."""
        self._feed.close()
        self._alerts.show("")

    def replay_ended(self) -> None:
        """Load what is now."""
        if self.series is not None:
            self._load(self.series, then=None)

    def _write_state(self) -> None:
        left = "" if self.replay.active else time_left(self.desk, self.series, self.view)
        text = self._trouble or self._state_text(left)
        shown = self._look.look.countdown and not text.startswith("Stale")
        self.view.set_countdown(left if shown else "")
        if text != self._state.text():
            self._state.setText(phrase(text))
            self._state.setToolTip(phrase(text))
            set_tone(self._state, "warning" if text.startswith(("Stale", "Replay")) else "")
            self.view.readout.set_stale(text.startswith("Stale"))

    def _state_text(self, left: str) -> str:
        if self.replay.active:
            return "Replay: the past, not the market"
        return state_words(self.desk, self.series, self._feed.loading, left)
