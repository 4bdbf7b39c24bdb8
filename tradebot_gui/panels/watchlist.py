"""Market watch: every symbol with its moving figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from PySide6.QtWidgets import QLabel, QWidget

from shared_modules.core.events import InstrumentsChanged, TickerUpdated
from shared_modules.core.market import Instrument, InstrumentStatus, Ticker
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

from .base import Panel
from .parts import column, row, search_box, set_text
from .record_view import RecordView

# how often a row may change, per second
RATE = 8.0
# a symbol without news for so long is greyed, seconds
OLD = 60.0


@dataclass(frozen=True, slots=True)
class Quote:
    """One row; ``moved`` is the direction of the last price's last change, ``at`` when it came (s, monotonic)."""

    symbol: str
    decimals: int
    ticker: Ticker | None = None
    moved: int = 0
    at: float = 0.0

    def figure(self, name: str) -> float:
        return float("nan") if self.ticker is None else float(getattr(self.ticker, name))

    @property
    def spread(self) -> float:
        """Ask less bid as a fraction of the ask."""
        ask = self.figure("ask")
        return (ask - self.figure("bid")) / ask if ask else float("nan")


def _moved(quote: Quote) -> str | None:
    return {1: "gain", -1: "loss"}.get(quote.moved)


COLUMNS: tuple[Column[Quote], ...] = (
    Column("Symbol", lambda q: q.symbol, width=90),
    Column("Last", lambda q: q.figure("last"), lambda q: texts.number(q.figure("last"), q.decimals), _moved, True, 80,
           "Last traded price"),
    Column("24h %", lambda q: q.figure("change_24h"), lambda q: texts.percent(q.figure("change_24h"), unit=""),
           by_sign(lambda q: q.figure("change_24h")), True, 56, "Change of the price in 24 hours, in percent"),
    Column("Volume", lambda q: q.figure("turnover_24h"), lambda q: texts.short(q.figure("turnover_24h")), None, True,
           62, "Turnover of 24 hours in quote coin"),
    Column("Fund %", lambda q: q.figure("funding_rate"), lambda q: texts.percent(q.figure("funding_rate"), 4, unit=""),
           by_sign(lambda q: -q.figure("funding_rate")), True, 70,
           "Next funding rate in percent; above zero longs pay"),
    Column("Spread", lambda q: q.spread, lambda q: texts.percent(q.spread, 3, sign=False, unit=""), None, True, 52,
           "Best ask less best bid, in percent of the price"),
)  # fmt: skip


class WatchlistPanel(Panel):
    """Symbols with moving prices; the chosen one is shown by the panels that follow the desk."""

    id = "watchlist"
    title = "Market watch"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.table: RecordTable[Quote] = RecordTable(COLUMNS, lambda q: q.symbol, self)
        self.table.set_theme(desk.theme)
        self.table.dim = self._stale
        self._offline = False
        self._old: frozenset[str] = frozenset()
        self.view = RecordView(
            self.table, "Market watch", "Symbols of the exchange appear here as soon as it answers.", self
        )
        self.view.setSelectionMode(RecordView.SelectionMode.SingleSelection)
        # a low window takes rows away, not the search
        self.view.setMinimumHeight(40)
        self.search = search_box("Find symbol", self._search)
        layout = column(self, margin=0)
        layout.setSpacing(0)
        self.age = QLabel()
        self.age.setProperty("tone", "warning")
        self.age.setAccessibleName("Age of the prices")
        self.age.setContentsMargins(8, 2, 8, 3)
        self.age.hide()
        layout.addLayout(row(self.search, margins=(6, 4, 6, 4)))
        layout.addWidget(self.age)
        layout.addWidget(self.view)
        self.view.chosen.connect(lambda quote: desk.select_symbol(quote.symbol))
        self._undo: Callable[[], None] = lambda: None
        desk.bridge.every(InstrumentsChanged, lambda event: self._show(event.instruments), self)
        desk.bridge.newest(TickerUpdated, lambda e: e.market.symbol, self._ticker, self, RATE)
        desk.symbol_selected.connect(self._follow)
        if desk.engine.instruments:
            self._show(desk.engine.instruments)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.search

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "symbol": self.desk.symbol}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        self._wanted = str(state.get("symbol", ""))

    _wanted = ""

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
        self._undo()
        self._undo = self.desk.engine.watch_tickers([q.symbol for q in quotes])
        self._choose_first({q.symbol for q in quotes})

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
            self.view.viewport().update()
        self.age.setVisible(offline and bool(ages))
        if offline and ages:
            set_text(self.age, f"Prices are {texts.seconds(min(ages))} old")

    def _stale(self, quote: Quote) -> bool:
        return self._offline or quote.symbol in self._old

    def _hint(self, quote: Quote) -> str:
        age = monotonic() - quote.at
        return f"{quote.symbol}: no news for {texts.seconds(age)}" if self._stale(quote) else ""

    def _ticker(self, event: TickerUpdated) -> None:
        known = self.table.record(event.market.symbol)
        if known is None:
            return
        before, now = known.figure("last"), event.ticker.last
        moved = known.moved if now == before else (now > before) - (now < before)
        self.table.put(Quote(known.symbol, known.decimals, event.ticker, moved, monotonic()))

    def _search(self, text: str) -> None:
        self.view.rows.search(text)
        self.view.set_empty_text(
            f"No symbol contains '{text}'. Clear the search to see all." if text else
            "Symbols of the exchange appear here as soon as it answers."
        )  # fmt: skip

    def _follow(self, symbol: str) -> None:
        self.view.select_record(lambda quote: quote.symbol == symbol)
