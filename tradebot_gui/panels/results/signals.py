"""Why there is a trade, and why there is none: what became of every wish to enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Signal

from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import column, muted
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.long_table import LongRows, LongTable, prepared
from tradebot_gui.view_models.table import Column, RecordTable

from .pieces import left_aligned
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult
    from shared_modules.system_integration.backtesting import SignalOutcome

SIDES = {1: "long", -1: "short", 0: "both"}
NO_WISH = "The strategy never wished to enter."
Count = tuple[str, int, int]  # outcome, how many, of all
# the rows shown one by one; the counts are of all
MOST = 20_000


def signal_columns(zone: str) -> tuple[Column[SignalOutcome], ...]:
    """The wishes one by one."""
    return (
        Column("Time", lambda s: s.time, lambda s: texts.when(s.time, zone), width=130, moment=True),
        Column("Symbol", lambda s: s.symbol, width=90),
        Column("Side", lambda s: SIDES.get(s.side, ""), width=50, spare=1),
        Column("What became of it", lambda s: str(s.outcome.value), width=140, elastic=True,
               tone=lambda s: "gain" if s.outcome.value == "filled" else "muted"),
    )  # fmt: skip


COUNTS: tuple[Column[Count], ...] = (
    Column("Outcome", lambda c: c[0], width=190, hint=lambda c: c[0]),
    Column("Wishes", lambda c: c[1], lambda c: texts.number(c[1], 0), None, True, 76),
    Column(
        "Share", lambda c: c[1] / c[2], lambda c: texts.percent(c[1] / c[2], 1, sign=False), None, True, 70, spare=1
    ),
)


class SignalsTab(ResultTab):
    """Counts at the left, the wishes of the chosen outcome at the right."""

    title: ClassVar[str] = "Signals"
    tip: ClassVar[str] = "What became of every wish to enter: filled, or the rule that stood against it"

    signal_chosen = Signal(object)  # SignalOutcome

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.counts: RecordTable[Count] = RecordTable(COUNTS, lambda c: c[0], self)
        self.table: LongTable[SignalOutcome] = LongTable(signal_columns(self.zone), lambda s: s.time, self)
        self.rows = LongRows(self.table, self)
        self.counts_view = left_aligned(RecordView(self.counts, "Outcomes of wishes", NO_RESULT))
        self.counts_view.setToolTip(tr("Choose an outcome to see its wishes"))
        self.counts_view.chosen.connect(lambda c: self._only(c[0]))
        self.view = RecordView(self.table, "Wishes to enter", NO_RESULT, rows=self.rows)
        self.view.setToolTip(tr("A click shows the bar on the chart"))
        self.view.clicked.connect(lambda index: self.signal_chosen.emit(self.rows.record(index)))
        self.view.activated_record.connect(self.signal_chosen)
        split = Splitter(Qt.Orientation.Horizontal)
        for table, view in ((self.counts, self.counts_view), (self.table, self.view)):
            table.set_theme(desk.theme)
            split.addWidget(view)
        split.setSizes([400, 560])
        self.cut = muted()
        layout = column(self, 0, 4)
        layout.addWidget(self.cut)
        layout.addWidget(split, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        counts = result.outcomes.counts()
        total = sum(counts.values())
        listed = list(result.outcomes.newest(MOST))
        return [(str(o.value), n, total) for o, n in counts.items()], prepared(listed, self.table.columns)

    def fill(self, result: BacktestResult, data: Any) -> None:
        counts, wishes = data
        for view in (self.counts_view, self.view):
            view.set_empty_text(NO_WISH)
        self.counts.replace(counts)
        self.table.take(wishes)
        shown, all_ = len(wishes.records), len(result.outcomes)
        said = tr("The newest {n} of {all} wishes stand one by one; the CSV export has all.")
        self.cut.setText(said.format(n=f"{shown:,}", all=f"{all_:,}"))
        self.cut.setVisible(shown < all_)
        self.view.setColumnHidden(1, len(result.symbols) < 2)

    def _only(self, outcome: str) -> None:
        if self.table.values:
            self.rows.keep(np.asarray(self.table.values[3] == outcome))

    def set_theme(self, theme: Theme) -> None:
        self.counts.set_theme(theme)
        self.table.set_theme(theme)
