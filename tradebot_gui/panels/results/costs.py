"""What trading cost: fees, slippage, funding, by kind and by symbol, beside what was earned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt

from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import column, muted
from tradebot_gui.panels.record_totals import with_totals
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

from .pieces import left_aligned
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

TITLES = {
    "fees": "Fees",
    "entry_fees": "   of entries",
    "exit_fees": "   of exits",
    "slippage": "Slippage, within the prices",
    "funding": "Funding, below zero received",
    "total": "All costs",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of cost: quote coin, and its share of the profit before costs."""

    name: str
    title: str
    amount: float
    share: float


@dataclass(frozen=True, slots=True)
class SymbolCost:
    """What one symbol cost and earned, quote coin; funding received is below 0, as among the kinds of cost."""

    symbol: str
    trades: int
    fees: float
    funding: float
    pnl: float


KINDS: tuple[Column[Cost], ...] = (
    Column("Kind", lambda c: c.title, width=200),
    Column("Quote coin", lambda c: c.amount, lambda c: texts.number(c.amount), None, True, 100, private=True),
    Column("Share of gross", lambda c: c.share, lambda c: texts.percent(c.share, 1, sign=False), None, True, 110,
           "Of the profits of winning trades before fees and funding", spare=1),
)  # fmt: skip
SYMBOLS: tuple[Column[SymbolCost], ...] = (
    Column("Symbol", lambda c: c.symbol, width=110),
    Column("Trades", lambda c: c.trades, lambda c: texts.number(c.trades, 0), None, True, 70,
           total=lambda sum_: texts.number(sum_, 0), spare=1),
    Column("Fees", lambda c: c.fees, lambda c: texts.number(c.fees), None, True, 90, private=True, total=texts.number),
    Column("Funding", lambda c: c.funding, lambda c: texts.number(c.funding), None, True, 90,
           "Below zero was received", private=True, total=texts.number),
    Column("PnL", lambda c: c.pnl, lambda c: texts.number(c.pnl, 2, sign=True), by_sign(lambda c: c.pnl), True, 100,
           private=True, total=lambda sum_: texts.number(sum_, 2, sign=True)),
)  # fmt: skip


class CostsTab(ResultTab):
    """Two tables: by kind, by symbol."""

    title: ClassVar[str] = "Costs"
    tip: ClassVar[str] = "What trading cost, and how much of the gross profit that is"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.kinds: RecordTable[Cost] = RecordTable(KINDS, lambda c: c.name, self)
        self.symbols: RecordTable[SymbolCost] = RecordTable(SYMBOLS, lambda c: c.symbol, self)
        views = (left_aligned(RecordView(self.kinds, "Costs by kind", NO_RESULT)),
                 left_aligned(RecordView(self.symbols, "Costs by symbol", NO_RESULT)))  # fmt: skip
        views[0].setToolTip(tr("What was paid, by kind"))
        views[1].setToolTip(tr("What was paid, by symbol"))
        self.words = muted(wrap=True)
        split = Splitter(Qt.Orientation.Horizontal)
        for table, view in zip((self.kinds, self.symbols), views, strict=True):
            table.set_theme(desk.theme)
            split.addWidget(with_totals(view))
        split.setSizes([430, 480])
        layout = column(self, 4, 4)
        layout.addWidget(self.words)
        layout.addWidget(split, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        by_symbol: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
        gross = 0.0
        for trade in result.trades:
            row = by_symbol[trade.symbol]
            for n, value in enumerate((1, trade.fees, -trade.funding, trade.pnl)):
                row[n] += value
            gross += max(0.0, trade.pnl + trade.fees - trade.funding)
        share = [
            Cost(name, TITLES.get(name, name), amount, amount / gross if gross > 0 else float("nan"))
            for name, amount in result.costs.items()
        ]
        return share, [SymbolCost(s, int(r[0]), *r[1:]) for s, r in sorted(by_symbol.items())]

    def fill(self, result: BacktestResult, data: Any) -> None:
        kinds, symbols = data
        self.kinds.replace(kinds)
        self.symbols.replace(symbols)
        total = next((c for c in kinds if c.name == "total"), None)
        if total is None or total.share != total.share:
            self.words.setText(tr("No trade earned anything before costs."))
        else:
            said = tr(
                "Costs of {amount} are {share} of what the winning trades earned before fees and funding. "
                "Slippage is within the prices already."
            )
            share = texts.percent(total.share, 1, sign=False)
            self.words.setText(said.format(amount=self.amount(total.amount), share=share))

    def set_theme(self, theme: Theme) -> None:
        self.kinds.set_theme(theme)
        self.symbols.set_theme(theme)
