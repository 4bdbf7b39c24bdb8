"""Market details: prices, funding and the exchange's rules for the chosen symbol."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from shared_modules.core.events import InstrumentsChanged, TickerUpdated
from shared_modules.core.market import Instrument, Ticker
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import tr

from .base import Panel
from .parts import column, heading, muted, scrolled, set_text, set_tone

# fundings a day times days a year; Bybit states funding per interval
_YEAR_MINUTES = 365 * 24 * 60

FIELDS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("Price", (
        ("last", "Last", "Last traded price"),
        ("change", "24 h change", "Change of the price in 24 hours"),
        ("range", "24 h range", "Lowest and highest price of 24 hours"),
        ("mark", "Mark", "The price that decides liquidations and unrealised profit"),
        ("index", "Index", "Average of the spot prices of several exchanges"),
        ("basis", "Mark over index", "How far the mark lies above the index"),
        ("turnover", "24 h turnover", "In quote coin"),
    )),
    ("Funding", (
        ("rate", "Rate", "What longs pay shorts at the next funding; below zero shorts pay"),
        ("year", "A year at this rate", "The rate times the fundings of 365 days, not compounded"),
        ("next", "Next in", "Time until the next funding"),
        ("interval", "Every", "Time between two fundings"),
    )),
    ("Open interest", (
        ("contracts", "Open interest", "Contracts open on both sides, in base coin"),
        ("worth", "Worth", "Open contracts at the mark price, in quote coin"),
    )),
    ("Rules for orders", (
        ("tick", "Price step", "Prices of orders are multiples of it"),
        ("step", "Quantity step", "Quantities are multiples of it"),
        ("least", "Least quantity", "Smaller orders are refused"),
        ("most", "Largest quantity", "Limit order, and market order"),
        ("value", "Least value", "Orders worth less are refused"),
        ("leverage", "Leverage", "From, to"),
        ("status", "Status", "Whether it can be traded"),
        ("kind", "Kind", "Type of contract, and the coin it settles in"),
    )),
)  # fmt: skip
CHOOSE = "Choose a symbol in the market watch to see its details."
# figures that come with the ticker
MOVING = ("last", "change", "range", "mark", "index", "basis", "turnover", "rate", "year", "next", "contracts", "worth")

# figures of the market, which are old without a feed; rules for orders are not
LIVE = tuple(
    key for title, fields in FIELDS if title != "Rules for orders" for key, _, _ in fields if key != "interval"
)


class MarketDetailsPanel(Panel):
    """A sheet of figures that moves with the market."""

    id = "details"
    title = "Details"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.values: dict[str, QLabel] = {}
        self._instrument: Instrument | None = None
        self.empty = muted(CHOOSE, wrap=True)
        self.name = heading("")
        self.away = muted()
        set_tone(self.away, "warning")
        self.away.hide()
        body = QWidget()
        layout = column(body, spacing=8, margin=8)
        layout.addWidget(self.empty)
        layout.addWidget(self.name)
        layout.addWidget(self.away)
        self._sheets = [self._sheet(title, fields) for title, fields in FIELDS]
        for sheet in self._sheets:
            layout.addWidget(sheet)
        layout.addStretch(1)
        self.area = scrolled(body)
        self.area.setAccessibleName(tr("Market details"))
        column(self, margin=0).addWidget(self.area)
        desk.symbol_selected.connect(lambda _: self._follow())
        desk.bridge.every(InstrumentsChanged, lambda _: self._follow(), self)
        desk.bridge.newest(TickerUpdated, lambda e: e.market.symbol, self._ticker, self, 4.0)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._count_down)
        self._clock.start()
        self._follow()

    def first_focus(self) -> QWidget:
        return self.area

    def _sheet(self, title: str, fields: tuple[tuple[str, str, str], ...]) -> QWidget:
        sheet = QWidget()
        form = QFormLayout(sheet)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(3)
        name = heading(title)
        form.addRow(name)
        for key, words, tip in fields:
            value = QLabel(texts.UNKNOWN)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(tr(words))
            value.setToolTip(tr(tip))
            self.values[key] = value
            label = muted(words)
            label.setToolTip(tr(tip))
            form.addRow(label, value)
        return sheet

    def _follow(self) -> None:
        symbol = self.desk.symbol
        self._instrument = of = self.desk.engine.instrument(symbol) if symbol else None
        for part in (self.name, *self._sheets):
            part.setVisible(of is not None)
        self.empty.setVisible(of is None)
        if of is None:
            set_text(self.empty, without_symbol(self.desk.engine, CHOOSE))
            return
        set_text(self.name, symbol)
        rules = {
            "tick": f"{of.tick_size.normalize():f} {of.quote}", "step": f"{of.qty_step.normalize():f} {of.base}",
            "least": f"{of.min_qty.normalize():f} {of.base}",
            "most": f"{of.max_qty.normalize():f}, {of.max_market_qty.normalize():f} {of.base}",
            "value": f"{of.min_notional.normalize():f} {of.quote}",
            "leverage": f"{of.min_leverage.normalize():f}× {tr('to')} {of.max_leverage.normalize():f}×",
            "status": of.status.value, "kind": f"{of.contract_type or 'spot'}, {of.settle}",
            "interval": texts.seconds(of.funding_interval_minutes * 60) if of.funding_interval_minutes else "",
        }  # fmt: skip
        self._write(rules)
        known = self.desk.engine.ticker(symbol)
        if known is not None:
            self._figures(of, known)
            return
        # what is shown is of the symbol before
        self._next = 0
        for key in MOVING:
            set_text(self.values[key], texts.UNKNOWN)
            set_tone(self.values[key], "text")

    def set_offline(self, since: str) -> None:
        if self._instrument is None:
            set_text(self.empty, without_symbol(self.desk.engine, CHOOSE))
        if since == self.away.text():
            return
        self.away.setText(since)
        self.away.setVisible(bool(since) and self._instrument is not None)
        for key in LIVE:
            set_tone(self.values[key], "muted" if since else "")
        known = self.desk.engine.ticker(self._instrument.symbol) if self._instrument is not None else None
        if known is not None and self._instrument is not None:
            self._figures(self._instrument, known)

    def _write(self, words: dict[str, str]) -> None:
        for key, text in words.items():
            set_text(self.values[key], text or texts.UNKNOWN)

    def _ticker(self, event: TickerUpdated) -> None:
        if self._instrument is not None and event.market.symbol == self._instrument.symbol and self.isVisible():
            self._figures(self._instrument, event.ticker)

    def _figures(self, of: Instrument, now: Ticker) -> None:
        price: Callable[[float], str] = lambda value: texts.number(value, of.price_decimals)  # noqa: E731
        fundings = _YEAR_MINUTES / of.funding_interval_minutes if of.funding_interval_minutes else float("nan")
        basis = now.mark / now.index - 1.0 if now.index else float("nan")
        self._write({
            "last": price(now.last), "mark": price(now.mark), "index": price(now.index),
            "change": texts.percent(now.change_24h), "basis": texts.percent(basis, 3),
            "range": f"{price(now.low_24h)} {tr('to')} {price(now.high_24h)}",
            "turnover": texts.short(now.turnover_24h),
            "rate": texts.percent(now.funding_rate, 4), "year": texts.percent(now.funding_rate * fundings, 1),
            "contracts": f"{texts.short(now.open_interest)} {of.base}",
            "worth": f"{texts.short(now.open_interest * now.mark)} {of.quote}",
        })  # fmt: skip
        if not self.away.text():
            set_tone(self.values["change"], _sign(now.change_24h))
            set_tone(self.values["rate"], _sign(-now.funding_rate))
        self._next = now.next_funding_time
        self._count_down()

    _next = 0

    def _count_down(self) -> None:
        if self._instrument is None or not self.isVisible():
            return
        now = self.desk.engine.status().exchange_time or time.time() * 1000
        left = (self._next - now) / 1000
        set_text(self.values["next"], texts.seconds(left) if self._next and left > 0 else texts.UNKNOWN)


def _sign(value: float) -> str:
    return "gain" if value > 0 else "loss" if value < 0 else "text"
