"""The result at one look: verdicts, the figures that matter, the curve, every metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from shared_modules.core.timeframes import timeframe
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import column
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.figures import Figure, figure, figures
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

from .equity import equity_curves, equity_plot
from .pieces import Flow, Tile, VerdictStrip
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

TILES = ("total_return", "buy_and_hold_return", "max_drawdown", "sharpe", "profit_factor", "win_rate", "trades",
         "exposure", "fees")  # fmt: skip
FIGURE_COLUMNS: tuple[Column[Figure], ...] = (
    Column("Metric", lambda f: tr(f.title), width=110, hint=lambda f: f.help, elastic=True),
    Column("Value", lambda f: f.value, lambda f: f.shown,
           lambda f: by_sign(lambda g: g.value)(f) if f.signed else None, True, 110, "", lambda f: f.help,
           private=lambda f: f.is_money),
)  # fmt: skip
UNCHECKED = "This run was not checked; run it again to have it checked."


class OverviewTab(ResultTab):
    """Verdict strip and tiles above; below the curve and the table of all metrics."""

    title: ClassVar[str] = "Overview"
    tip: ClassVar[str] = "The result at one look; a click on a figure explains it"

    check_chosen = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.strip = VerdictStrip()
        self.strip.chosen.connect(self.check_chosen)
        self.tiles = [Tile(self.explain_wanted.emit) for _ in TILES]
        for tile, name in zip(self.tiles, TILES, strict=True):
            tile.show_figure(figure(name, float("nan")))
        self.plot = equity_plot(desk)
        self.figures: RecordTable[Figure] = RecordTable(FIGURE_COLUMNS, lambda f: f.name, self)
        self.figures.set_theme(desk.theme)
        self.view = RecordView(self.figures, "Metrics", NO_RESULT)
        self.view.setToolTip(tr("Enter or a double-click explains the number"))
        self.view.activated_record.connect(lambda f: self.explain_wanted.emit(f.name))
        layout = column(self, 4, 4)
        tiles = QWidget()
        flow = Flow(tiles, 4)
        for tile in self.tiles:
            flow.addWidget(tile)
        layout.addWidget(self.strip)
        layout.addWidget(tiles)
        split = Splitter(Qt.Orientation.Horizontal)
        split.addWidget(self.plot)
        split.addWidget(self.view)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 2)
        split.setSizes([620, 300])
        layout.addWidget(split, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        return equity_curves(result), figures(result.metrics, result.final_equity)

    def fill(self, result: BacktestResult, data: Any) -> None:
        curves, found = data
        self.strip.show_verdicts(getattr(result, "honesty", ()), UNCHECKED)
        for tile, name in zip(self.tiles, TILES, strict=True):
            tile.show_figure(figure(name, result.metrics.get(name, float("nan"))))
        self.plot.show_curves(result.time, timeframe(result.timeframe).ms, curves)
        self.figures.replace(found)

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.figures.set_theme(theme)
