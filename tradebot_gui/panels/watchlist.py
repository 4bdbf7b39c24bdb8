"""Market watch: every symbol with its moving figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from shared_modules.core.events import InstrumentsChanged, SettingsChanged, TickerUpdated
from shared_modules.core.market import Instrument, InstrumentStatus
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import RecordTable
from tradebot_gui.watch_groups import ALL, FAVOURITES

from . import record_menu
from .base import Panel
from .parts import column, row, search_box, set_text
from .record_view import RecordView
from .watch_columns import STAR, TRAIL, Quote, columns
from .watch_group_box import GroupBox
from .watch_trails import TrailFeed

# how often a row may change, per second
RATE = 8.0
# a symbol without news for so long is greyed, seconds
OLD = 60.0


class WatchlistPanel(Panel):
    """Symbols with moving prices; the chosen one is shown by the panels that follow the desk."""

    id = "watchlist"
    title = "Market watch"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        # made in the order in which Tab goes through them
        self.search = search_box("Find symbol", self._search)
        self.search.setParent(self)
        self.groups = GroupBox(desk, self)
        self._trails = TrailFeed(desk, self._in_sight, self)
        shown = columns(self._trails.trails, lambda s: s in self._favourites)
        self._favourites = self.groups.groups.members(FAVOURITES)
        self.table: RecordTable[Quote] = RecordTable(shown, lambda q: q.symbol, self)
        self.table.set_theme(desk.theme)
        self.table.dim = self._stale
        self._offline = False
        self._old: frozenset[str] = frozenset()
        self.view = RecordView(self.table, "Market watch", without_symbol(desk.engine, ""), self)
        self.view.filtered_text = ""
        self.view.setSelectionMode(RecordView.SelectionMode.SingleSelection)
        # a low window takes rows away, not the search
        self.view.setMinimumHeight(40)
        layout = column(self, margin=0)
        layout.setSpacing(0)
        self.age = QLabel()
        self.age.setProperty("tone", "warning")
        self.age.setAccessibleName(tr("Age of the prices"))
        self.age.setContentsMargins(8, 2, 8, 3)
        self.age.hide()
        layout.addLayout(row(self.search, self.groups, margins=(6, 4, 6, 4)))
        layout.addWidget(self.age)
        layout.addWidget(self.view)
        self.view.chosen.connect(lambda quote: desk.select_symbol(quote.symbol))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.installEventFilter(self)
        self.view.viewport().installEventFilter(self)
        self.groups.changed.connect(self._regroup)
        self._trails.changed = self._repaint_trails
        self._undo: Callable[[], None] = lambda: None
        desk.bridge.every(InstrumentsChanged, lambda event: self._show(event.instruments), self)
        desk.bridge.newest(TickerUpdated, lambda e: e.market.symbol, self._ticker, self, RATE)
        desk.bridge.every(SettingsChanged, lambda _: self._apply(), self)
        self._apply()
        desk.symbol_selected.connect(self._follow)
        if desk.engine.instruments:
            self._show(desk.engine.instruments)

    def _apply(self) -> None:
        self.view.flashes.on = self.desk.engine.settings.appearance.flash

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.search

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "symbol": self.desk.symbol, "group": self.groups.group}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        self._wanted = str(state.get("symbol", ""))
        self.groups.choose(str(state.get("group", ALL)))

    _wanted = ""

    # -- groups -------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress
        # a table would toggle its selection
        if watched is self.view and pressed and event.key() == Qt.Key.Key_Space:
            self._star(self.view.currentIndex())
            return True
        if watched is self.view.viewport() and isinstance(event, QMouseEvent) and self._on_star(event):
            return True
        return super().eventFilter(watched, event)

    def _on_star(self, event: QMouseEvent) -> bool:
        """Whether a press was for a star: it changes the list, and not the symbol that is shown."""
        index = self.view.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid() or index.column() != STAR:
            return False
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._star(index)
        return True

    def _star(self, index: QModelIndex) -> None:
        quote = self.view.rows.record(index) if index.isValid() else None
        if quote is not None:
            self.groups.toggle(FAVOURITES, quote.symbol)

    def _menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        quote = self.view.rows.record(index) if index.isValid() else None
        menu = self.groups.menu("" if quote is None else quote.symbol)
        menu.addSeparator()
        record_menu.fill(menu, self.view, index)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _regroup(self) -> None:
        self._favourites = self.groups.groups.members(FAVOURITES)
        members = self.groups.members
        self.view.rows.accept_only(None if members is None else lambda quote: quote.symbol in members)
        self.view.viewport().update()
        self._follow(self.desk.symbol)
        self._say_empty()

    def _say_empty(self) -> None:
        text, group = self.search.text(), self.groups.group
        if text and group != ALL:
            said = tr("No symbol of '{group}' contains '{text}'. Clear the search, or list all symbols.")
            said = said.format(group=tr(group), text=text)
        elif text:
            said = tr("No symbol contains '{text}'. Clear the search to see all.").format(text=text)
        elif group == FAVOURITES:
            said = "No favourites yet. List all symbols and click a star, or press Space on a symbol."
        elif group != ALL:
            said = tr("'{group}' is empty. List all symbols and put some into it with the right mouse button.")
            said = said.format(group=group)
        else:
            said = without_symbol(self.desk.engine, "")
        self.view.set_empty_text(said)

    # -- curves -------------------------------------------------------------------------------------------------------

    def _in_sight(self) -> list[str]:
        if not self.view.isVisible() or self.view.isColumnHidden(TRAIL):
            return []
        rows, first = self.view.rows, max(0, self.view.rowAt(0))
        last = self.view.rowAt(self.view.viewport().height() - 1)
        end = rows.rowCount() if last < 0 else last + 1
        return [rows.record(rows.index(n, 0)).symbol for n in range(first, min(end, rows.rowCount()))]

    def _repaint_trails(self) -> None:
        if self.view.isVisible():
            viewport = self.view.viewport()
            viewport.update(self.view.columnViewportPosition(TRAIL), 0, self.view.columnWidth(TRAIL), viewport.height())

    # -- quotes -------------------------------------------------------------------------------------------------------

    def _show(self, instruments: tuple[Instrument, ...]) -> None:
        traded = [i for i in instruments if i.status is InstrumentStatus.TRADING] or list(instruments)
        quotes = []
        for instrument in traded:
            known = self.table.record(instrument.symbol)
            ticker = self.desk.engine.ticker(instrument.symbol)
            quotes.append(replace(known, decimals=instrument.price_decimals) if known else
                          Quote(instrument.symbol, instrument.price_decimals, ticker, 0, monotonic()))  # fmt: skip
        quotes.sort(key=lambda q: -q.figure("turnover_24h") if q.ticker else 0.0)
        self.table.show(quotes)
        self._say_empty()
        self._undo()
        self._undo = self.desk.engine.watch_tickers([q.symbol for q in quotes])
        self._choose_first({q.symbol for q in quotes})
        self._follow(self.desk.symbol)

    def _choose_first(self, known: set[str]) -> None:
        if self.desk.symbol in known:
            return
        chosen = (self._wanted, *self.desk.engine.settings.collector.symbols, *sorted(known))
        self.desk.select_symbol(next((symbol for symbol in chosen if symbol in known), ""))

    def refresh_age(self, offline: bool) -> None:
        """Grey what is out of date, all of it while ``offline``, and say how old it is."""
        now = monotonic()
        ages = [now - quote.at for quote in self.table.records]
        old = frozenset(q.symbol for q, age in zip(self.table.records, ages, strict=True) if age > OLD)
        if offline != self._offline or old != self._old:
            self._offline, self._old = offline, old
            self._say_empty()
            self.view.viewport().update()
        if not ages:
            self._say_empty()
        self.age.setVisible(offline and bool(ages))
        if offline and ages:
            set_text(self.age, tr("Prices are {age} old").format(age=texts.seconds(min(ages))))

    def _stale(self, quote: Quote) -> bool:
        return self._offline or quote.symbol in self._old

    def _ticker(self, event: TickerUpdated) -> None:
        known = self.table.record(event.market.symbol)
        if known is None:
            return
        before, now = known.figure("last"), event.ticker.last
        moved = known.moved if now == before else (now > before) - (now < before)
        self._trails.move(event.ticker)
        self.table.put(Quote(known.symbol, known.decimals, event.ticker, moved, monotonic()))

    def _search(self, text: str) -> None:
        self.view.rows.search(text)
        self._follow(self.desk.symbol)
        self._say_empty()

    def _follow(self, symbol: str) -> None:
        self.view.select_record(lambda quote: quote.symbol == symbol)
