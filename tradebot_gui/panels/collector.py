"""The data collector: what is collected, and how each series is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.events import CollectorChanged, InstrumentsChanged, SeriesState
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .parts import button, column, muted, row, search_box, set_text, set_tone
from .record_view import RecordView

if TYPE_CHECKING:
    from shared_modules.system_integration import SeriesStatus

CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_TONES = {
    SeriesState.LIVE: "gain",
    SeriesState.FAILED: "loss",
    SeriesState.STALE: "warning",
    SeriesState.REPAIRING: "warning",
    SeriesState.LOADING: "accent",
}
SHORT = "%m-%d %H:%M"
EMPTY = "Nothing is collected. Tick symbols and timeframes, then press Start."


def _columns(zone: str) -> tuple[Column[SeriesStatus], ...]:
    return (
        Column("Symbol", lambda s: s.series.market.symbol, width=90),
        Column("Time", lambda s: s.series.timeframe.ms, lambda s: s.series.timeframe.name, numeric=True, width=42),
        Column("State", lambda s: s.state.value, tone=lambda s: _TONES.get(s.state, "muted"), width=88),
        Column("Rows", lambda s: s.rows, lambda s: texts.number(s.rows, 0), numeric=True, width=52),
        Column("First", lambda s: s.first_time or 0, lambda s: texts.when(s.first_time, zone, SHORT), width=98,
               hint=lambda s: texts.when(s.first_time, zone)),
        Column("Last", lambda s: s.last_time or 0, lambda s: texts.when(s.last_time, zone, SHORT), width=98,
               hint=lambda s: texts.when(s.last_time, zone)),
        Column("Age", lambda s: s.last_candle_age, lambda s: texts.seconds(s.last_candle_age), numeric=True, width=98,
               tip="Time since the last candle closed, on the exchange's clock"),
        Column("/min", lambda s: s.per_minute, lambda s: texts.number(s.per_minute, 1), numeric=True, width=44,
               tip="Candles closed in a minute"),
        Column("Gaps", lambda s: s.gaps, lambda s: str(s.gaps), lambda s: "warning" if s.gaps else None, True, 48),
        Column("Errors", lambda s: s.errors, lambda s: str(s.errors), lambda s: "loss" if s.errors else None, True, 52),
        Column("Last error", lambda s: s.last_error, tone=lambda s: "loss", width=160, hint=lambda s: s.last_error),
    )  # fmt: skip


class CollectorPanel(Panel):
    """Tick what to collect, start and stop, watch each series."""

    id = "collector"
    title = "Data collector"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        settings = desk.engine.settings
        self.table: RecordTable[SeriesStatus] = RecordTable(
            _columns(settings.appearance.time_zone), lambda s: s.series, self
        )
        self.table.set_theme(desk.theme)
        self.view = RecordView(self.table, "Series", EMPTY)
        self.symbols = QListWidget()
        self.symbols.setAccessibleName("Symbols to collect")
        self.symbols.setToolTip("Tick the symbols to collect")
        self.symbols.setUniformItemSizes(True)
        self.timeframes = {name: QCheckBox(name) for name in TIMEFRAMES}
        self.activity = QPlainTextEdit()
        self.activity.setReadOnly(True)
        self.activity.setMaximumBlockCount(500)
        self.activity.setAccessibleName("Activity")
        self.activity.setPlaceholderText("What the collector does is written here.")
        self._told = 0
        self._build()
        self._tick(settings.collector.symbols, settings.collector.timeframes)
        desk.bridge.every(InstrumentsChanged, lambda e: self.show_symbols([i.symbol for i in e.instruments]), self)
        desk.bridge.every(CollectorChanged, lambda _: self.refresh(), self)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        if desk.engine.instruments:
            self.show_symbols([i.symbol for i in desk.engine.instruments])
        self.refresh()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.start_button = button("Start", "Collect the ticked symbols and timeframes (F7)", self.start, primary=True)
        self.stop_button = button("Stop", "Stop collecting (Shift+F7)", self.stop)
        self.state = QLabel()
        self.load = muted()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._chooser())
        split.addWidget(self._series())
        split.addWidget(self.activity)
        split.setSizes([270, 560, 200])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        self.split = split
        layout = column(self, 0, 0)
        layout.addWidget(split)

    def _chooser(self) -> QWidget:
        body = QWidget()
        body.setMinimumWidth(255)
        layout = column(body, 4, 6)
        search = search_box("Find symbol to collect", self._filter)
        every = button("All", "Tick all shown symbols", lambda: self._tick_shown(CHECKED))
        none = button("None", "Untick all shown symbols", lambda: self._tick_shown(UNCHECKED))
        layout.addLayout(row(search, every, none))
        layout.addWidget(self.symbols, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(1)
        for n, box in enumerate(self.timeframes.values()):
            box.setToolTip(f"Collect {box.text()} candles")
            box.setAccessibleName(f"Timeframe {box.text()}")
            grid.addWidget(box, n // 5, n % 5)
        layout.addLayout(grid)
        return body

    def _series(self) -> QWidget:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row(self.start_button, self.stop_button, 6, self.state, None, self.load,
                             margins=(6, 5, 8, 5)))  # fmt: skip
        layout.addWidget(self.view, 1)
        return body

    # -- choosing -------------------------------------------------------------------------------------------------

    @property
    def chosen_symbols(self) -> tuple[str, ...]:
        items = (self.symbols.item(n) for n in range(self.symbols.count()))
        return tuple(item.text() for item in items if item.checkState() is CHECKED)

    @property
    def chosen_timeframes(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.timeframes.items() if box.isChecked())

    def show_symbols(self, symbols: list[str]) -> None:
        """List ``symbols``, keeping what is ticked."""
        ticked = {*self.chosen_symbols, *self.desk.engine.settings.collector.symbols} if not self.symbols.count() else {
            *self.chosen_symbols
        }  # fmt: skip
        self.symbols.clear()
        for symbol in sorted(symbols, key=lambda s: (s not in ticked, s)):
            item = QListWidgetItem(symbol)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(CHECKED if symbol in ticked else UNCHECKED)
            self.symbols.addItem(item)

    def _tick(self, symbols: tuple[str, ...], timeframes: tuple[str, ...]) -> None:
        for n in range(self.symbols.count()):
            item = self.symbols.item(n)
            item.setCheckState(CHECKED if item.text() in symbols else UNCHECKED)
        for name, box in self.timeframes.items():
            box.setChecked(name in timeframes)

    def _tick_shown(self, state: Qt.CheckState) -> None:
        for n in range(self.symbols.count()):
            if not self.symbols.item(n).isHidden():
                self.symbols.item(n).setCheckState(state)

    def _filter(self, text: str) -> None:
        for n in range(self.symbols.count()):
            item = self.symbols.item(n)
            item.setHidden(text.strip().lower() not in item.text().lower())

    # -- running --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Collect what is ticked, and remember the choice."""
        if not self.desk.engine.ready:
            self.desk.notice.emit("warning", "The market data service is still starting; try again in a moment.")
            return
        symbols, timeframes = self.chosen_symbols, self.chosen_timeframes
        if not symbols or not timeframes:
            self.desk.notice.emit("warning", "Tick at least one symbol and one timeframe to collect.")
            return
        self.start_button.setEnabled(False)
        self.desk.spawn(self._start(symbols, timeframes))

    async def _start(self, symbols: tuple[str, ...], timeframes: tuple[str, ...]) -> None:
        try:
            await self.desk.engine.start_collecting(symbols, timeframes)
            await self.desk.engine.change("collector.symbols", symbols)
            await self.desk.engine.change("collector.timeframes", timeframes)
        finally:
            self.refresh()

    def stop(self) -> None:
        if self.desk.engine.ready:
            self.stop_button.setEnabled(False)
            self.desk.spawn(self._stop())

    async def _stop(self) -> None:
        try:
            await self.desk.engine.stop_collecting()
        finally:
            self.refresh()

    def refresh(self) -> None:
        """Show how the series are doing now."""
        engine = self.desk.engine
        running = engine.ready and engine.collector.running
        self.start_button.setEnabled(engine.ready)
        self.start_button.setText("Apply" if running else "Start")
        self.stop_button.setEnabled(running)
        statuses = engine.collector.status() if engine.ready else ()
        self._summary(running, statuses)
        if not self.isVisible():
            return
        self.table.show(statuses)
        self._activity()

    def _summary(self, running: bool, statuses: tuple[SeriesStatus, ...]) -> None:
        live = sum(s.state is SeriesState.LIVE for s in statuses)
        word = f"Collecting: {live} of {len(statuses)} series live" if running else "Stopped"
        set_text(self.state, word)
        set_tone(self.state, "gain" if running else "muted")

    def show_load(self, cpu: float, memory: float) -> None:
        """CPU (percent of a core) and memory (MB) of the terminal and its processes."""
        set_text(self.load, f"CPU {cpu:.0f} %   memory {memory:,.0f} MB")

    def _activity(self) -> None:
        if not self.desk.engine.ready:
            return
        entries = self.desk.engine.collector.activity()
        fresh = [e for e in entries if e[0] > self._told]
        if not fresh:
            return
        self._told = fresh[-1][0]
        zone = self.desk.engine.settings.appearance.time_zone
        self.activity.appendPlainText("\n".join(f"{texts.when(at, zone, '%H:%M:%S')}  {text}" for at, text in fresh))

    # -- state ----------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "split": self.split.sizes()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        sizes = state.get("split")
        if isinstance(sizes, list) and len(sizes) == 3 and all(isinstance(n, int) and n > 0 for n in sizes):
            self.split.setSizes(sizes)

    def first_focus(self) -> QWidget:
        return self.symbols
