"""Several runs side by side: metrics, equity over one another, correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from tradebot_gui.charts.curves import Curve, CurvePlot, PaneSpec
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, column, muted, row
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.figures import shown
from tradebot_gui.view_models.table import Column, RecordTable

from .pieces import left_aligned

if TYPE_CHECKING:
    from shared_modules.system_integration.backtesting import ComparedMetric, Comparison

LONGEST = 26  # letters of a name above the plot
NOTHING = "Nothing is compared. Choose two or more runs in the history of the Backtest panel and press Compare."
Correlated = tuple[str, tuple[float, ...]]


class ComparisonTab(QWidget):
    """Metrics at the left with the best of each row marked; growth and correlation at the right."""

    title = "Compare"
    tip = "Runs of the history side by side"

    report_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.comparison: Comparison | None = None
        self.setAccessibleName(tr("Comparison of runs"))
        self.metrics: RecordTable[ComparedMetric] = RecordTable((), lambda m: m.metric.name, self)
        self.correlation: RecordTable[Correlated] = RecordTable((), lambda c: c[0], self)
        self.view = left_aligned(RecordView(self.metrics, "Metrics of the compared runs", NOTHING))
        self.view.setToolTip(tr("The best of each row is green; metrics without a better are not marked"))
        self.correlation_view = left_aligned(RecordView(self.correlation, "Correlation of daily returns", ""))
        self.correlation_view.setToolTip(tr("Correlation of the daily returns on the days both traded"))
        for view in (self.view, self.correlation_view):
            # runs of one strategy differ at the ends of their names
            view.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.plot = CurvePlot((PaneSpec("growth", "Equity over starting cash", 1.0, 3, top=36.0),), desk.theme,
                              "Growth of the compared runs")  # fmt: skip
        self.plot.setToolTip(tr("Equity of each run over its starting cash"))
        self.plot.set_zone(desk.engine.settings.appearance.time_zone)
        # the table beside it says why there is nothing
        self.plot.clear("")
        right = Splitter(Qt.Orientation.Vertical)
        self._below = below = QWidget()
        below.hide()
        layout = column(below, 2, 0)
        layout.addWidget(muted("Correlation of daily returns"))
        layout.addWidget(self.correlation_view)
        right.addWidget(self.plot)
        right.addWidget(below)
        right.setSizes([300, 130])
        split = Splitter(Qt.Orientation.Horizontal)
        split.addWidget(self.view)
        split.addWidget(right)
        split.setSizes([470, 560])
        self.report = button("Report…", "Write the comparison as a page of its own", self.report_wanted.emit)
        self.report.setEnabled(False)
        layout = column(self, 4, 4)
        layout.addLayout(row(None, self.report))
        layout.addWidget(split, 1)
        self.set_theme(desk.theme)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show ``comparison``."""
        self.comparison = comparison
        self.report.setEnabled(True)
        self._below.show()
        self._columns(comparison)
        self.metrics.replace(comparison.metrics)
        names = told_apart(comparison.names)
        rows = [(name, tuple(map(float, comparison.correlation[n]))) for n, name in enumerate(names)]
        self.correlation.replace(rows)
        self._draw(comparison)

    def _columns(self, comparison: Comparison) -> None:
        def of_run(n: int, name: str) -> Column[ComparedMetric]:
            return Column(
                name, lambda m: m.values[n], lambda m: shown(m.values[n], m.metric.unit),
                lambda m: "gain" if m.is_best(n) else None, True, 124, name,
                private=lambda m: m.metric.unit == "money",
            )  # fmt: skip

        def pair(n: int, name: str) -> Column[Correlated]:
            return Column(name, lambda c: c[1][n], lambda c: shown(c[1][n], "ratio"), None, True, 124, name)

        first: Column[Any] = Column("Metric", lambda m: m.metric.title, width=160, hint=lambda m: m.metric.help)
        names = list(enumerate(told_apart(comparison.names)))
        _take_columns(self.view, self.metrics, (first, *(of_run(n, name) for n, name in names)))
        head: Column[Any] = Column("", lambda c: c[0], width=170)
        _take_columns(self.correlation_view, self.correlation, (head, *(pair(n, name) for n, name in names)))

    def _draw(self, comparison: Comparison) -> None:
        colours = self.desk.theme.overlays
        named = enumerate(map(_short, told_apart(comparison.names)))
        curves = [Curve(name, comparison.growth[n], colours[n % len(colours)]) for n, name in named]
        step = int(np.median(np.diff(comparison.time))) if len(comparison.time) > 1 else 60_000
        self.plot.show_curves(comparison.time, step, {"growth": curves})

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.metrics.set_theme(theme)
        self.correlation.set_theme(theme)
        if self.comparison is not None:
            self._draw(self.comparison)


def told_apart(names: Sequence[str]) -> list[str]:
    """``names`` of runs without the symbols at their ends where all have the same."""
    parts = [name.rpartition(" · ") for name in names]
    short = [head for head, _, _ in parts]
    same = len({symbols for _, _, symbols in parts}) == 1 and all(short) and len(set(short)) == len(short)
    return short if same else list(names)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip(" ,") + "…"


def _take_columns(view: RecordView, table: RecordTable[Any], columns: tuple[Column[Any], ...]) -> None:
    """Give ``table`` other columns; its records follow."""
    same = [c.title for c in table.columns] == [c.title for c in columns]
    table.set_columns(columns)
    if same:
        return
    for n, declared in enumerate(columns):
        view.horizontalHeader().resizeSection(n, declared.width)
