"""When and how the money was made: months, the size of trades, groups of trades, the Sharpe ratio over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QSpinBox

from shared_modules.core.timeframes import DAY
from tradebot_gui import texts
from tradebot_gui.charts.curves import Curve, CurvePlot, PaneSpec
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import column, muted, row
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

from .drawn import HistogramPlot, MonthMap
from .pieces import left_aligned
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult
    from shared_modules.system_integration.backtesting import GroupFigures


class MonthsTab(ResultTab):
    """The heat map of months."""

    title: ClassVar[str] = "Months"
    tip: ClassVar[str] = "The return of every month and year"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.map = MonthMap(desk.theme)
        self.map.set_empty(NO_RESULT)
        self.words = muted()
        layout = column(self, 4, 4)
        layout.addWidget(self.words)
        layout.addWidget(self.map, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        from shared_modules.system_integration.backtesting import monthly_returns

        return monthly_returns(result)

    def fill(self, result: BacktestResult, data: Any) -> None:
        self.map.show_months(data.years, data.returns, data.totals)
        known = data.returns[~np.isnan(data.returns)]
        won = int((known > 0).sum())
        said = tr("Per cent, UTC months: {won} of {all} gained; best {best}, worst {worst}.") if len(known) else ""
        best, worst = (texts.percent(float(f(known))) if len(known) else "" for f in (np.max, np.min))
        self.words.setText(said.format(won=won, all=len(known), best=best, worst=worst))

    def set_theme(self, theme: Theme) -> None:
        self.map.set_theme(theme)


class DistributionTab(ResultTab):
    """The histogram of trades by their return, or by what they earned."""

    title: ClassVar[str] = "Distribution"
    tip: ClassVar[str] = "How many trades earned how much"

    KINDS = (("return on the value entered", "return"), ("profit and loss", "pnl"))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.plot = HistogramPlot(desk.theme)
        self.plot.set_empty(NO_RESULT)
        self.kind = QComboBox()
        self.kind.addItems([tr(words) for words, _ in self.KINDS])
        self.kind.setAccessibleName(tr("What is counted"))
        self.kind.setToolTip(tr("Count trades by their return or by what they earned"))
        self.kind.currentIndexChanged.connect(lambda _: self.again())
        self.words = muted()
        layout = column(self, 4, 4)
        layout.addLayout(row(muted("Trades by"), self.kind, self.words, None))
        layout.addWidget(self.plot, 1)

    def asked(self) -> str:
        return self.KINDS[self.kind.currentIndex()][1]

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        from shared_modules.system_integration.backtesting import distribution

        both = np.array([(t.pnl, t.entry_price * t.qty) for t in result.trades]).reshape(-1, 2)
        pnl = both[:, 0]
        return distribution(result, 40, asked), pnl, pnl / both[:, 1] if asked == "return" else pnl

    def fill(self, result: BacktestResult, data: Any) -> None:
        bins, pnl, counted = data
        self.plot.show_bins(bins.edges, bins.counts, bins.unit == "fraction")
        if not len(pnl):
            self.words.setText("")
            return
        fraction = bins.unit == "fraction"
        median, mean = (self._word(float(v), fraction) for v in (np.median(counted), counted.mean()))
        said = tr("Median {median}, mean {mean}; {won} of {all} earned.")
        self.words.setText(said.format(median=median, mean=mean, won=f"{int((pnl > 0).sum()):,}", all=f"{len(pnl):,}"))

    def _word(self, value: float, fraction: bool) -> str:
        return texts.percent(value) if fraction else f"{self.amount(value, True)} {tr('quote coin')}"

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)


GROUP_TITLES = {"symbol": "Symbol", "side": "Side", "month": "Month", "hour": "Hour of entry (UTC)",
                "weekday": "Weekday of entry (UTC)", "exit_reason": "Exit reason"}  # fmt: skip


def _money(name: str, title: str, signed: bool = False, width: int = 72, spare: int = 0) -> Column[GroupFigures]:
    def value(g: GroupFigures) -> float:
        return float(getattr(g, name))

    return Column(title, value, lambda g: texts.number(value(g), 2, sign=signed), by_sign(value) if signed else None,
                  True, width, private=name != "profit_factor", spare=spare)  # fmt: skip


GROUP_COLUMNS: tuple[Column[GroupFigures], ...] = (
    Column("Group", lambda g: g.key, lambda g: g.key.replace("_", " "), width=90),
    Column("Trades", lambda g: g.trades, lambda g: texts.number(g.trades, 0), None, True, 56),
    _money("pnl", "PnL", True, 82),
    Column("Share", lambda g: g.share, lambda g: texts.percent(g.share, 1, sign=False), None, True, 76,
           "Part of the net profit of all trades", spare=1),
    Column("Win rate", lambda g: g.win_rate, lambda g: texts.percent(g.win_rate, 1, sign=False), None, True, 64),
    _money("profit_factor", "Profit factor", width=86, spare=1),
    _money("expectancy", "Mean trade", True, width=78),
    _money("average_win", "Mean win", spare=1),
    _money("average_loss", "Mean loss", spare=1),
    _money("best_trade", "Best", spare=2),
    _money("worst_trade", "Worst", spare=2),
    _money("fees", "Fees", width=64, spare=2),
    _money("funding", "Funding", width=60, spare=3),
    Column("Mean bars", lambda g: g.average_bars, lambda g: texts.number(g.average_bars, 1), None, True, 68,
           spare=3),
)  # fmt: skip


class BreakdownTab(ResultTab):
    """Figures of the trades by symbol, side, month, hour, weekday or exit reason."""

    title: ClassVar[str] = "Breakdown"
    tip: ClassVar[str] = "The trades by symbol, side, month, hour, weekday or exit reason"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.by = QComboBox()
        for name, title in GROUP_TITLES.items():
            self.by.addItem(tr(title), name)
        self.by.setAccessibleName(tr("Group trades by"))
        self.by.setToolTip(tr("What the trades are grouped by"))
        self.by.setCurrentIndex(1)
        self.by.currentIndexChanged.connect(lambda _: self.again())
        self.table: RecordTable[GroupFigures] = RecordTable(GROUP_COLUMNS, lambda g: g.key, self)
        self.table.set_theme(desk.theme)
        self.view = left_aligned(RecordView(self.table, "Groups of trades", NO_RESULT))
        self.view.setToolTip(tr("Figures of each group; a click on a title sorts"))
        layout = column(self, 4, 4)
        layout.addLayout(row(muted("Group by"), self.by, None))
        layout.addWidget(self.view, 1)

    def asked(self) -> str:
        return str(self.by.currentData())

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        from shared_modules.system_integration.backtesting import breakdown

        return breakdown(result, asked)

    def fill(self, result: BacktestResult, data: Any) -> None:
        self.table.replace(data)
        self.view.set_empty_text(tr("There is no trade to group."))

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)


class RollingTab(ResultTab):
    """The Sharpe ratio of the last days, day by day."""

    title: ClassVar[str] = "Rolling Sharpe"
    tip: ClassVar[str] = "The Sharpe ratio of the last so many days, at the end of every day"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.days = QSpinBox()
        self.days.setRange(2, 365)
        self.days.setValue(30)
        self.days.setSuffix(" " + tr("days"))
        self.days.setKeyboardTracking(False)
        self.days.setAccessibleName(tr("Days of the rolling Sharpe ratio"))
        self.days.setToolTip(tr("How many days each value looks back"))
        self.days.valueChanged.connect(lambda _: self.again())
        self.plot = CurvePlot((PaneSpec("sharpe", ""),), desk.theme, "Rolling Sharpe ratio")
        self.plot.setToolTip(tr("Above zero is filled from the ground; the wheel zooms"))
        self.plot.set_zone("UTC", fixed=True)
        self.plot.clear(NO_RESULT)
        layout = column(self, 4, 4)
        layout.addLayout(row(muted("Looking back"), self.days, None))
        layout.addWidget(self.plot, 1)

    def show_result(self, result: BacktestResult) -> None:
        if result is not self.result and len(result.time):
            # a third of a short run rather than an empty page
            with QSignalBlocker(self.days):
                self.days.setValue(min(30, int(result.time[-1] - result.time[0]) // DAY // 3))
        super().show_result(result)

    def asked(self) -> int:
        return self.days.value()

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        from shared_modules.system_integration.backtesting import rolling_sharpe

        time, values = rolling_sharpe(result, asked)
        return time - DAY // 2, {"sharpe": [Curve("Sharpe", values, "accent", ground=True)]}

    def fill(self, result: BacktestResult, data: Any) -> None:
        time, curves = data
        if len(time) < 2:
            said = tr("The run is shorter than {n} days; look back less far.")
            self.plot.clear(said.format(n=self.days.value()))
        else:
            self.plot.show_curves(time, DAY, curves)

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
