"""More charts than the first: made, kept in layouts and closed again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from .panels.chart import ChartPanel

if TYPE_CHECKING:
    from .main_window import MainWindow

MOST = 16
_NAME = re.compile(r"chart-(\d+)")


class ChartDocks:
    """The further charts of a window by number; the first chart is not among them and can't go."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.charts: dict[int, ChartPanel] = {}

    def new(self) -> ChartPanel | None:
        """Open another chart of the series of the last one used, in the half of the chart that has most room."""
        number = next((n for n in range(2, MOST + 1) if n not in self.charts), None)
        if number is None:
            self._window.desk.notice.emit("warning", f"There are {MOST} charts already; close one first.")
            return None
        source = self.current
        chart = self._make(number)
        state = source.save_state()
        # what was opened beside another is there to show something else
        chart.restore_state({**state, "group": ""})
        others = [self._window.chart, *(c for n, c in self.charts.items() if n != number)]
        self._add(chart, self._window.docks.roomiest([c.id for c in others]), later=True)
        return chart

    def grid(self) -> None:
        """Put all charts of the window into rows and columns of one size; those in windows of their own stay there."""
        docks = self._window.docks
        charts = [self._window.chart, *(chart for _, chart in sorted(self.charts.items()))]
        docked = [chart.id for chart in charts if not docks.docks[chart.id].isFloating()]
        if len(docked) > 1:
            docks.grid(docked)

    @property
    def current(self) -> ChartPanel:
        """The chart that has the keyboard, or else the first."""
        panel = self._window.docks.panels.get(self._window.moves.current)
        return panel if isinstance(panel, ChartPanel) else self._window.chart

    def match(self, names: Iterable[str]) -> None:
        """Have exactly the further charts that a layout names, before it is restored."""
        wanted = {int(found[1]) for name in names if (found := _NAME.fullmatch(name))}
        for number in set(self.charts) - wanted:
            self.close(number)
        for number in sorted(wanted - set(self.charts)):
            if number <= MOST:
                self._add(self._make(number), self._window.chart.id)

    def close(self, number: int) -> None:
        chart = self.charts.pop(number, None)
        if chart is not None:
            self._window.docks.drop(chart.id)

    def _add(self, chart: ChartPanel, beside: str, later: bool = False) -> None:
        dock = self._window.docks.add_beside(chart, beside, later)
        # a layout that is being restored closes and opens docks: only what is closed afterwards was meant
        dock.closed.connect(lambda: QTimer.singleShot(0, self._window, lambda: self._let_go(chart)))

    def _let_go(self, chart: ChartPanel) -> None:
        number = next((n for n, c in self.charts.items() if c is chart), None)
        if number is not None and self._window.docks.docks[chart.id].isClosed():
            self.close(number)

    def _make(self, number: int) -> ChartPanel:
        chart = ChartPanel(self._window.desk, number)
        self.charts[number] = chart
        chart.alert_wanted.connect(self._window.new_alert)
        return chart
