"""The data collector: what is collected, how each series is doing, and what can be done when one is not."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QMenu, QStackedWidget, QWidget

from shared_modules.core.events import CollectorChanged, InstrumentsChanged, SeriesState
from shared_modules.core.market import Series
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.collecting import (
    FILTERS,
    SymbolGroup,
    Trouble,
    group_columns,
    groups,
    out_of_date,
    series_columns,
    troubles,
    words_of,
)
from tradebot_gui.view_models.table import RecordTable

from .base import Panel
from .collector_chooser import Chooser
from .collector_side import LEAST_SIDE, CollectorSide
from .collector_sweep import AT_ONCE, Sweep
from .parts import ElidedLabel, button, column, restore_sizes, scrolled, search_box, set_text, set_tone
from .record_keep import restore_tables, save_tables
from .record_totals import with_totals
from .record_view import RecordView
from .splitter import Splitter
from .tools import ToolRow

if TYPE_CHECKING:
    from shared_modules.system_integration import SeriesStatus

EMPTY = "Nothing is collected. Tick symbols and timeframes, then press Start."
# a trouble that passes sooner is not told of, seconds
LASTING = 10.0
# the panel is narrower than its three parts need
NARROW = 760
SIZES = [255, 540, 260]


class CollectorPanel(Panel):
    """Tick what to collect, start and stop, watch each series."""

    id = "collector"
    title = "Data collector"
    room = 0.42
    show_connections = Signal()
    repair = Signal(object)  # series
    open_folder = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        settings = desk.engine.settings
        zone = texts.CHOSEN
        self.table: RecordTable[SeriesStatus] = RecordTable(series_columns(zone), lambda s: s.series, self)
        self.table.words = words_of
        self.table.dim = out_of_date
        self.grouped: RecordTable[SymbolGroup] = RecordTable(group_columns(), lambda g: g.symbol, self)
        self.view = RecordView(self.table, "Series", EMPTY)
        self.group_view = RecordView(self.grouped, "Symbols", EMPTY)
        self.chooser = Chooser()
        self._room = scrolled()  # for the choice, while it is a tab
        self.side = CollectorSide(desk)
        self.sweep = Sweep(desk.engine, self)
        self._last: dict[Series, SeriesStatus] = {}  # of what was stopped here, as it was then
        self._since: dict[str, float] = {}
        self._told: set[str] = set()
        self.now = monotonic
        self._load = ""
        self._build()
        self._listen()
        self.set_theme(desk.theme)
        self.chooser.tick(settings.collector.symbols, settings.collector.timeframes)
        if desk.engine.instruments:
            self.show_symbols([i.symbol for i in desk.engine.instruments])
        self.refresh()

    def _listen(self) -> None:
        bridge = self.desk.bridge
        bridge.every(InstrumentsChanged, lambda e: self.show_symbols([i.symbol for i in e.instruments]), self)
        bridge.every(CollectorChanged, lambda _: self.refresh(), self)
        self.sweep.done.connect(self._swept)
        self.side.act.connect(self._act)
        self.view.activated_record.connect(lambda status: self._show(status))
        self.group_view.activated_record.connect(self._open_group)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self._say_empty()

    # -- layout -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width() < NARROW)

    def _fit(self, narrow: bool) -> None:
        """Put the choice of series among the tabs at the right while there is no room for it beside them."""
        if narrow == self.chooses_in_tab:
            return
        self.side.setMinimumWidth(LEAST_SIDE + 50 * narrow)
        if narrow:
            self.side.insertTab(0, self._room, tr("Choose"))
            self._room.setWidget(self.chooser)
        else:
            self.side.removeTab(self.side.indexOf(self._room))
            self.split.insertWidget(0, self._room.takeWidget())
            self.split.setSizes(SIZES)
        self.chooser.show()
        self.split.put_in_order()

    @property
    def chooses_in_tab(self) -> bool:
        """Whether what is collected is chosen in a tab, for want of room beside the series."""
        return self.side.indexOf(self._room) >= 0

    def _build(self) -> None:
        self.start_button = button("Start", "Collect the ticked symbols and timeframes (F7)", self.start, primary=True)
        self.stop_button = button("Stop", "Stop collecting (Shift+F7)", self.stop)
        self.search = search_box("Find series", self._search)
        self.search.setFixedWidth(120)
        self.filter = QComboBox()
        for name in FILTERS:
            self.filter.addItem(tr(name), name)
        self.filter.setAccessibleName(tr("Which series"))
        self.filter.setToolTip(tr("Show only some series"))
        self.filter.currentIndexChanged.connect(lambda _: self._filter(self.filter.currentData()))
        self.tools = ToolRow("Collector", self)
        for widget in (self.start_button, self.stop_button, self.search, self.filter):
            self.tools.addWidget(widget)
        self.by_symbol = self.tools.tool("By symbol", "One row for each symbol instead of each series", self._group)
        self.by_symbol.setCheckable(True)
        tool = self.tools.tool
        self.end_tool = tool(
            "Stop chosen", "Collect the chosen series no longer; what is stored stays", self.end_chosen
        )
        self.begin_tool = tool("Start chosen", "Collect the chosen series that are stopped again", self.begin_chosen)
        self.state, self.figures = ElidedLabel(), ElidedLabel()
        self.figures.setProperty("role", "muted")
        self.figures.setAccessibleName(tr("Figures of the collector"))
        for label in (self.state, self.figures):
            label.setContentsMargins(8, 2, 8, 3)
        self.pages = QStackedWidget()
        self.pages.addWidget(with_totals(self.view))
        self.pages.addWidget(with_totals(self.group_view))
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        middle = QWidget()
        layout = column(middle, 0, 0)
        for widget in (self.tools, self.state, self.pages, self.figures):
            layout.addWidget(widget, int(widget is self.pages))
        self.split = Splitter(Qt.Orientation.Horizontal)
        for part, size in zip((self.chooser, middle, self.side), SIZES, strict=True):
            self.split.addWidget(part)
            part.resize(size, part.height())
        self.split.setSizes(SIZES)
        self.split.setStretchFactor(1, 1)
        self.split.setChildrenCollapsible(False)
        # its parts are put together before they are narrower than they can be
        self.split.setMinimumWidth(300)
        column(self, 0, 0).addWidget(self.split)

    # -- choosing -----------------------------------------------------------------------------------------------------

    def show_symbols(self, symbols: list[str]) -> None:
        """List ``symbols``, keeping what is ticked."""
        self.chooser.show_symbols(symbols, self.desk.engine.settings.collector.symbols)
        self._say_empty()

    @property
    def chosen(self) -> list[SeriesStatus]:
        """The series selected in the table."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return [self.view.rows.record(self.view.rows.index(r, 0)) for r in rows]

    def _search(self, text: str) -> None:
        for view in (self.view, self.group_view):
            view.rows.search(text)
        self._say_empty()

    def _filter(self, name: str) -> None:
        self.view.rows.accept_only(FILTERS[name])
        self._say_empty()

    def _say_empty(self) -> None:
        engine = self.desk.engine
        said = EMPTY if engine.instruments else without_symbol(engine, EMPTY)
        for view in (self.view, self.group_view):
            view.set_empty_text(said)
        self.chooser.symbols.set_empty_text(without_symbol(engine, EMPTY))

    def set_offline(self, since: str) -> None:
        if not self.desk.engine.instruments:
            self._say_empty()

    def _group(self) -> None:
        self.pages.setCurrentIndex(int(self.by_symbol.isChecked()))
        self.grouped.show(groups(self.table.records))
        self._enable()

    def _open_group(self, group: SymbolGroup) -> None:
        self.by_symbol.setChecked(False)
        self._group()
        self.search.setText(group.symbol)

    def _show(self, status: SeriesStatus) -> None:
        """Show the series in the chart, at its newest candle."""
        if status.last_time is not None:
            self.desk.show_time.emit(status.series, status.last_time)

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(tr("Show in the chart"), lambda: self._show(self.chosen[0]))
        menu.addAction(tr("Repair"), lambda: self.repair.emit([s.series for s in self.chosen]))
        menu.addSeparator()
        menu.addAction(self.end_tool)
        menu.addAction(self.begin_tool)
        menu.addSeparator()
        self.view.fill_menu(menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.chosen:
            menu.popup(self.view.viewport().mapToGlobal(at))

    # -- running ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Collect what is ticked, and remember the choice."""
        if not self.desk.engine.ready:
            self.desk.notice.emit("warning", "The market data service is still starting; try again in a moment.")
            return
        symbols, timeframes = self.chooser.chosen_symbols, self.chooser.chosen_timeframes
        if not symbols or not timeframes:
            self.desk.notice.emit("warning", "Tick at least one symbol and one timeframe to collect.")
            return
        self.start_button.setEnabled(False)
        self.desk.spawn(self._after(self.desk.engine.choice.apply(symbols, timeframes)))

    def stop(self) -> None:
        if self.desk.engine.ready:
            self.stop_button.setEnabled(False)
            self.desk.spawn(self._after(self.desk.engine.stop_collecting()))

    def end_chosen(self) -> None:
        """Collect the chosen series no longer, also after a restart; they stay in the list as stopped."""
        chosen = {s.series: s for s in self.chosen if s.state is not SeriesState.STOPPED}
        if chosen:
            self._last.update(chosen)
            self.desk.spawn(self._after(self.desk.engine.choice.stop(list(chosen))))

    def begin_chosen(self) -> None:
        """Collect the chosen series that were stopped again."""
        self.restart([s.series for s in self.chosen if s.state is SeriesState.STOPPED])

    def restart(self, series: Sequence[Series]) -> None:
        """Collect ``series`` anew."""
        if series:
            self.desk.spawn(self._after(self.desk.engine.choice.begin(series)))

    async def _after(self, work: Any) -> None:
        try:
            await work
        finally:
            self.refresh()

    def _act(self, trouble: Trouble) -> None:
        if trouble.action == "retry":
            self.restart(trouble.series)
        elif trouble.action == "repair":
            self.repair.emit(list(trouble.series))
        elif trouble.action == "folder":
            self.open_folder.emit()
        else:
            self.show_connections.emit()

    # -- what is shown ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Begin to look at every series again."""
        engine = self.desk.engine
        running = engine.ready and engine.collector.running
        self.start_button.setEnabled(engine.ready)
        self.start_button.setText(tr("Apply" if running else "Start"))
        self.stop_button.setEnabled(running)
        if not engine.ready:
            return
        self.sweep.begin()
        if self.isVisible():
            self.side.show_activity(engine.collector.activity())
            self.side.refresh()

    def _swept(self, statuses: list[SeriesStatus]) -> None:
        """Show what the sweep found."""
        live = sum(s.state is SeriesState.LIVE for s in statuses)
        running = self.desk.engine.collector.running
        set_text(self.state, f"Collecting: {live:,} of {len(statuses):,} series live" if running else "Stopped")
        set_tone(self.state, "muted" if not running else "gain" if live == len(statuses) else "warning")
        self._figures(sum(s.per_minute for s in statuses))
        self._troubles(statuses)
        if not self.isVisible():
            return
        if len(statuses) > AT_ONCE:  # the rows of many, which are painted too, have a turn of their own
            QTimer.singleShot(0, self, lambda: self._show_rows(statuses))
        else:
            self._show_rows(statuses)

    def _show_rows(self, statuses: list[SeriesStatus]) -> None:
        running = self.desk.engine.collector.running
        stopped = self.desk.engine.choice.stopped if running else ()
        if stopped:
            there = {s.series for s in statuses}
            stopped = tuple(series for series in stopped if series not in there)
        self.table.renew([*statuses, *(_as_stopped(series, self._last.get(series)) for series in stopped)])
        if self.pages.currentIndex():
            self.grouped.renew(groups(self.table.records))
        self._enable()

    def _figures(self, per_minute: float) -> None:
        engine = self.desk.engine
        store, feed = engine.store.health(), engine.status().feed
        words = [f"{0 if feed is None else feed.messages_per_second:,.0f} msg/s", f"{per_minute:,.0f} candles/min",
                 f"{store.waiting:,} waiting for the disk"]  # fmt: skip
        if store.last is not None:
            words.append(
                f"last write {store.batch:,} series in {store.last * 1000:,.0f} ms, worst {store.worst * 1000:,.0f}"
            )
        set_text(self.figures, "   ".join(phrase(word) for word in (*words, self._load)))
        self.figures.setToolTip(self.figures.text())

    def _troubles(self, statuses: list[SeriesStatus]) -> None:
        engine = self.desk.engine
        offline = engine.connections.offline is not None
        found = troubles(statuses, offline, engine.store.health().problem)
        self.side.show_troubles(found)
        # the disk and the connection tell of themselves
        telling = [t for t in found if t.kind in ("stale", "gaps") and not (t.kind == "stale" and offline)]
        now = self.now()
        self._since = {t.kind: self._since.get(t.kind, now) for t in telling}
        self._told &= self._since.keys()
        for trouble in telling:
            if trouble.kind not in self._told and now - self._since[trouble.kind] >= LASTING:
                self._told.add(trouble.kind)
                self.desk.notice.emit("warning", f"{trouble.words} See Data collector, Troubles.")

    def _enable(self) -> None:
        chosen = self.chosen if self.pages.currentIndex() == 0 else []
        self.end_tool.setEnabled(any(s.state is not SeriesState.STOPPED for s in chosen))
        self.begin_tool.setEnabled(any(s.state is SeriesState.STOPPED for s in chosen))

    def show_load(self, cpu: float, memory: float) -> None:
        """CPU (percent of a core) and memory (MB) of the terminal and its processes."""
        self._load = f"CPU {texts.number(cpu, 0)} %   {texts.number(memory, 0)} MB"

    # -- state --------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self.grouped.set_theme(theme)
        self.side.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "groups": self.group_view.save_columns(),
                "split": self.split.sizes(), "by_symbol": self.by_symbol.isChecked(),
                "side": save_tables(self.side)}  # fmt: skip

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        self.group_view.restore_columns(state.get("groups"))
        restore_tables(self.side, state.get("side"))
        restore_sizes(self.split, state.get("split"))
        self.by_symbol.setChecked(state.get("by_symbol") is True)
        self._group()

    def first_focus(self) -> QWidget:
        if self.chooses_in_tab:
            self.side.setCurrentWidget(self._room)
        return self.chooser.symbols


def _as_stopped(series: Series, last: SeriesStatus | None) -> SeriesStatus:
    """A stopped series with the figures that it had ``last``."""
    from dataclasses import replace

    from shared_modules.system_integration import SeriesStatus

    last = last or SeriesStatus(series, SeriesState.STOPPED, 0, None, None, None, 0.0, 0, 0, "")
    return replace(last, state=SeriesState.STOPPED, per_minute=0.0, last_candle_age=None, missing=0)
