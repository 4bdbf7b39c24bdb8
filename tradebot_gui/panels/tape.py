"""Tape: every trade of the chosen symbol as it is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import TradesPrinted
from shared_modules.core.market import Instrument, Side
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable
from tradebot_gui.view_models.tape import Print, Tape

from .market_feed import MarketFeedPanel
from .parts import column, muted, row, set_text, set_tone
from .record_view import RecordView

SHOWN = 200
CHOOSE = "Choose a symbol in the market watch to see its trades."
# what a trade must be worth to be listed, in quote coin
LEAST = (0, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
# how often the list changes, ms
REFRESH = 150


def _tone(trade: Print) -> str:
    return "gain" if trade.side is Side.BUY else "loss"


class TapePanel(MarketFeedPanel):
    """The last trades, newest on top; those of a chosen value and more."""

    id = "tape"
    title = "Trades"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tape = Tape()
        self._changed = False
        self.table: RecordTable[Print] = RecordTable(self._columns(), lambda p: p.number, self)
        self.table.set_theme(desk.theme)
        self.table.dim = lambda _: bool(self.away.text())
        self.view = RecordView(self.table, "Trades", CHOOSE)
        self.view.setSortingEnabled(False)
        self.least = QComboBox()
        self.least.setAccessibleName(tr("Least value of a listed trade"))
        self.least.setToolTip(tr("List only trades of at least this value, in quote coin"))
        for value in LEAST:
            self.least.addItem(tr("all") if not value else f"≥ {texts.short(value)}", value)
        name = QLabel(tr("Size"))
        name.setBuddy(self.least)
        self.share = muted()
        self.share.setToolTip(tr("Share of the value of the last 500 trades that takers bought"))
        self.away = muted()
        set_tone(self.away, "warning")
        self.away.setContentsMargins(6, 0, 6, 4)
        self.away.hide()
        layout = column(self, margin=0, spacing=0)
        layout.addLayout(row(name, self.least, 6, self.share, None, margins=(6, 4, 6, 4)))
        layout.addWidget(self.away)
        layout.addWidget(self.view, 1)
        self.least.currentIndexChanged.connect(lambda _: self._show())
        desk.bridge.every(TradesPrinted, self._printed, self)
        self._turn = QTimer(self, interval=REFRESH)
        self._turn.timeout.connect(self._refresh)
        self._turn.start()
        self.begin()

    def _columns(self) -> tuple[Column[Print], ...]:
        return (
            Column("Time", lambda p: p.time, lambda p: self._when(p.time), None, False, 70, moment=True),
            Column("Price", lambda p: p.price, lambda p: texts.number(p.price, self._digits[0]), _tone, True, 76),
            Column("Size", lambda p: p.size, lambda p: texts.number(p.size, self._digits[1]), None, True, 70,
                   "In base coin"),
            Column("Value", lambda p: p.value, lambda p: texts.short(p.value), None, True, 60, "In quote coin"),
        )  # fmt: skip

    _digits = (2, 3)

    def _when(self, ms: int) -> str:
        return texts.when(ms, texts.CHOSEN, "%H:%M:%S")

    def set_offline(self, since: str) -> None:
        super().set_offline(since)
        if since != self.away.text():
            self.away.setText(since)
            self.away.setVisible(bool(since))
            self.view.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.view

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "least": self.least.currentData()}

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        if state.get("least") in LEAST:
            self.least.setCurrentIndex(LEAST.index(state["least"]))

    def without(self) -> None:
        self.view.set_empty_text(without_symbol(self.desk.engine, CHOOSE))

    def chosen(self, instrument: Instrument) -> None:
        self._digits = (instrument.price_decimals, instrument.qty_decimals)

    def watch(self, instrument: Instrument) -> Callable[[], None]:
        self._say_empty()
        return self.desk.engine.feeds.watch_trades(instrument.market)

    def left(self) -> None:
        self._tape.clear()
        self._show()

    def _say_empty(self) -> None:
        if self.instrument is None:
            return
        least, quote = self.least.currentData(), self.instrument.quote
        said = tr("Trades of {symbol} appear here as they are made.")
        if least and len(self._tape):
            said = tr(
                "None of the last {n} trades of {symbol} was worth {least} {quote}. Choose a smaller value above."
            )
        said = said.format(n=len(self._tape), symbol=self.instrument.symbol, least=texts.short(least), quote=quote)
        self.view.set_empty_text(said)

    def refused(self, error: TradeBotError) -> None:
        self.view.set_empty_text(tr("No trades: {reason}.").format(reason=error))

    def _printed(self, event: TradesPrinted) -> None:
        if event.market.symbol == self.watching:
            self._changed = bool(self._tape.add(event.trades)) or self._changed

    def _refresh(self) -> None:
        # under the mouse the list stands still, so that a row can be read and copied
        if self._changed and not self.view.underMouse():
            self._show()

    def _show(self) -> None:
        self._changed = False
        self.table.replace(self._tape.newest(SHOWN, float(self.least.currentData() or 0)))
        self._say_empty()
        share = self._tape.bought_share()
        set_text(self.share, "" if share != share else f"{tr('Bought')} {texts.percent(share, 0, sign=False)}")
