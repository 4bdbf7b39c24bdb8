"""How a chart moves with others: one series in a link group, one crosshair on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from shared_modules.core.market import Series

from .chart_links import GROUPS, LinkButton

if TYPE_CHECKING:
    from .chart import ChartPanel


class Together(QObject):
    """Takes the other charts of a group along with this one, and this one along with them; ``link`` says which."""

    def __init__(self, chart: ChartPanel, link: LinkButton) -> None:
        super().__init__(chart)
        self._chart, self._link, self._desk = chart, link, chart.desk
        link.joined.connect(self._joined)
        chart.view.pointed.connect(self._pointed)
        self._desk.symbol_selected.connect(self._symbol_selected)
        self._desk.series_selected.connect(self._series_selected)
        self._desk.link_moved.connect(self._moved)
        self._desk.link_asked.connect(self._asked)
        self._desk.cursor_moved.connect(self._cursor_moved)

    def move_group(self) -> None:
        """Show in the other charts of the group what this one shows."""
        series = self._chart.series
        if series is None or not self._link.group:
            return
        self._desk.link_moved.emit(self._link.group, series, self._chart)
        if self._leads:
            self._desk.select_symbol(series.market.symbol)

    @property
    def _leads(self) -> bool:
        """Whether the group is the window's, which follows the market watch."""
        return self._link.group == GROUPS[0]

    def _symbol_selected(self, symbol: str) -> None:
        if self._leads:
            self._chart.select_symbol(symbol)

    def _series_selected(self, series: Series) -> None:
        if self._leads:
            self._chart.show_series(series)

    def _moved(self, group: str, series: Series, who: object) -> None:
        if who is not self._chart and group == self._link.group:
            self._chart.show_series(series)

    def _joined(self, group: str) -> None:
        """Show what ``group`` shows, if anybody is in it."""
        self._desk.link_asked.emit(group, self._chart)
        if self._desk.symbol:
            self._symbol_selected(self._desk.symbol)

    def _asked(self, group: str, who: ChartPanel) -> None:
        """Show what this chart shows to ``who``, which has just come into its group."""
        if who is not self._chart and group == self._link.group and self._chart.series is not None:
            who.show_series(self._chart.series)

    def _pointed(self, time: float | None, price: float | None) -> None:
        self._desk.cursor_moved.emit(self._chart, self._chart.series, time, price)

    def _cursor_moved(self, who: object, series: Series | None, time: float | None, price: float | None) -> None:
        own = self._chart.series
        if who is not self._chart and own is not None:
            same = series is not None and series.market == own.market
            self._chart.view.set_linked_cursor(time, price if same else None)
