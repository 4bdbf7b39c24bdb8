"""Every round trip: sortable, filtered, and shown on the chart by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from shared_modules.core.figures import digits_for
from shared_modules.core.market import Side
from shared_modules.core.trading import Trade
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import column, muted, row, set_text
from tradebot_gui.panels.record_totals import TotalsRow
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.long_table import LongRows, LongTable, Prepared, prepared
from tradebot_gui.view_models.table import Column, by_sign

from .pieces import left_aligned
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

Row = tuple[int, Trade]
NO_TRADES = "The strategy made no trade. The Signals tab says what became of its wishes; try other parameters or dates."
ALL = "All"
SIDES = (ALL, "long", "short")


def reason_words(reason: str) -> str:
    """An exit reason as a person reads it."""
    return reason.replace("_", " ")


def side_word(trade: Trade) -> str:
    return "long" if trade.side is Side.BUY else "short"


def trade_columns(zone: str, digits: dict[str, tuple[int, int]]) -> tuple[Column[Row], ...]:
    """The columns; ``digits`` after the point of price and quantity by symbol."""

    def price(r: Row, value: float) -> str:
        return texts.number(value, digits.get(r[1].symbol, (2, 4))[0])

    def quantity(r: Row) -> str:
        return texts.number(r[1].qty, digits.get(r[1].symbol, (2, 4))[1])

    def gain(r: Row) -> float:
        cost = r[1].entry_price * r[1].qty
        return r[1].pnl / cost if cost else float("nan")

    return (
        Column("#", lambda r: r[0], numeric=True, width=40),
        Column("Symbol", lambda r: r[1].symbol, width=80),
        Column("Side", lambda r: side_word(r[1]), tone=lambda r: "gain" if r[1].side is Side.BUY else "loss", width=44),
        Column("Entry time", lambda r: r[1].entry_time, lambda r: texts.when(r[1].entry_time, zone), width=114,
               moment=True),
        Column("Exit time", lambda r: r[1].exit_time, lambda r: texts.when(r[1].exit_time, zone), width=114,
               moment=True),
        Column("PnL", lambda r: r[1].pnl, lambda r: texts.number(r[1].pnl, 2, sign=True), by_sign(lambda r: r[1].pnl),
               True, 68, "Profit or loss after fees and funding, in quote coin", private=True,
               total=lambda sum_: texts.number(sum_, 2, sign=True)),
        Column("Return", gain, lambda r: texts.percent(gain(r)), by_sign(gain), True, 66, "PnL over entry value"),
        Column("Reason", lambda r: reason_words(r[1].exit_reason.value), width=82, spare=1),
        Column("Price in", lambda r: r[1].entry_price, lambda r: price(r, r[1].entry_price), numeric=True, width=72,
               spare=1),
        Column("Price out", lambda r: r[1].exit_price, lambda r: price(r, r[1].exit_price), numeric=True, width=72,
               spare=1),
        Column("Quantity", lambda r: r[1].qty, quantity, None, True, 78,
               hint=lambda r: f"{r[1].qty:.12g}", private=True, spare=1),
        Column("Bars", lambda r: r[1].bars, lambda r: texts.number(r[1].bars, 0), None, True, 42, spare=2),
        Column("Worst", lambda r: r[1].mae, lambda r: texts.percent(r[1].mae), None, True, 62,
               "The worst move against the entry while held", spare=3),
        Column("Best", lambda r: r[1].mfe, lambda r: texts.percent(r[1].mfe), None, True, 62,
               "The best move from the entry while held", spare=3),
        Column("Fees", lambda r: r[1].fees, lambda r: texts.number(r[1].fees), None, True, 62, private=True,
               total=texts.number, spare=2),
        Column("Funding", lambda r: -r[1].funding, lambda r: texts.number(-r[1].funding), None, True, 62,
               "Below zero was received", private=True, total=texts.number, spare=2),
    )  # fmt: skip


def _digits(trades: list[Trade]) -> tuple[int, int]:
    """Digits after the point of price and quantity of a symbol that the exchange does not list."""
    if not trades:
        return 2, 4
    lowest, least = min(t.entry_price for t in trades), min(t.qty for t in trades)
    return digits_for(lowest, least=2), digits_for(least)


class TradesTab(ResultTab):
    """The table with its filters; a click on a row puts the trade into the middle of the chart."""

    title: ClassVar[str] = "Trades"
    tip: ClassVar[str] = "Every round trip; a click shows it on the chart"

    trade_chosen = Signal(object)  # Trade

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.table: LongTable[Row] = LongTable(trade_columns(self.zone, {}), lambda r: r[0], self)
        self.table.set_theme(desk.theme)
        self.place = {one.title: n for n, one in enumerate(self.table.columns)}
        self.rows = LongRows(self.table, self)
        self.view = left_aligned(RecordView(self.table, "Trades", NO_RESULT, rows=self.rows))
        self.view.filtered_text = ""
        self.view.setToolTip(tr("A click shows the trade on the chart"))
        self.view.clicked.connect(lambda index: self.trade_chosen.emit(self.rows.record(index)[1]))
        self.view.activated_record.connect(lambda record: self.trade_chosen.emit(record[1]))
        self.side = self._choice("Side", SIDES)
        self.outcome = self._choice("Outcome", (ALL, "winners", "losers"))
        self.reason = self._choice("Exit reason", (ALL,))
        self.symbol = self._choice("Symbol", (ALL,))
        self.total = muted()
        layout = column(self, 4, 4)
        layout.addLayout(row(muted("Side"), self.side, muted("Outcome"), self.outcome, muted("Reason"), self.reason,
                             muted("Symbol"), self.symbol, self.total, None))  # fmt: skip
        layout.addWidget(self.view, 1)
        layout.addWidget(TotalsRow(self.view))

    def _choice(self, name: str, values: tuple[str, ...]) -> QComboBox:
        box = QComboBox()
        box.addItems([tr(value) for value in values])
        box.setAccessibleName(tr("{what} of the trades shown").format(what=tr(name)))
        box.setToolTip(tr("Show only trades of this: {what}").format(what=tr(name)))
        box.currentIndexChanged.connect(lambda _: self._filter())
        return box

    def compute(self, result: BacktestResult, asked: Any) -> Prepared[Row]:
        return prepared(list(enumerate(result.trades, start=1)), self.table.columns)

    def fill(self, result: BacktestResult, data: Any) -> None:
        digits = {}
        for symbol in result.symbols:
            instrument = self.desk.engine.instrument(symbol)
            if instrument:
                digits[symbol] = (instrument.price_decimals, instrument.qty_decimals)
            else:
                digits[symbol] = _digits([trade for trade in result.trades if trade.symbol == symbol])
        self.table.columns = trade_columns(self.zone, digits)
        self.view.set_empty_text(tr(NO_TRADES if not data.records else "No trade is left by these filters."))
        funding = self.place["Funding"]
        self.view.room.lack(self.place["Symbol"], len(result.symbols) < 2)
        self.view.room.lack(funding, not len(data.records) or not data.values[funding].any())
        self._offer(self.reason, sorted(set(data.values[self.place["Reason"]].tolist())))
        self._offer(self.symbol, list(result.symbols))
        self.table.take(data)
        self._filter()

    def _offer(self, box: QComboBox, values: list[str]) -> None:
        present = box.currentText()
        box.blockSignals(True)
        box.clear()
        box.addItem(tr(ALL))
        for value in values:
            box.addItem(phrase(value), value)
        box.setCurrentIndex(max(0, box.findText(present)))
        box.blockSignals(False)

    def _filter(self) -> None:
        values = self.table.values
        if not values or not len(self.table.records):
            set_text(self.total, "")
            return
        keep = np.ones(len(self.table.records), bool)
        if self.side.currentIndex() > 0:
            keep &= values[self.place["Side"]] == SIDES[self.side.currentIndex()]
        for box, title in ((self.reason, "Reason"), (self.symbol, "Symbol")):
            if box.currentIndex() > 0:
                keep &= values[self.place[title]] == box.currentData()
        pnl = values[self.place["PnL"]]
        if self.outcome.currentIndex() > 0:
            keep &= pnl > 0 if self.outcome.currentIndex() == 1 else pnl < 0
        self.rows.keep(keep)
        self._sum(pnl[keep], len(keep))

    def _sum(self, pnl: np.ndarray, of: int) -> None:
        words = tr("{n} of {all} trades") if len(pnl) < of else tr("{all} trades")
        words = words.format(n=f"{len(pnl):,}", all=f"{of:,}")
        if len(pnl):
            won = float((pnl > 0).mean())
            words += "   " + tr("PnL {amount}   won {share}").format(
                amount=self.amount(float(pnl.sum()), True), share=texts.percent(won, 1, sign=False)
            )
        set_text(self.total, words)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
