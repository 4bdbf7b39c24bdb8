"""Where one looks on a chart: along time, closer and further, up and down the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

if TYPE_CHECKING:
    from .data import ChartData
    from .marks import Marks
    from .panes import Panes
    from .span import Span


class Looking:
    """The part of a chart that moves its view; each change is shown by the next frame."""

    data: ChartData
    span: Span
    panes: Panes
    marks: Marks
    _placed: tuple[float, ...]
    refresh: Callable[[], None]
    width: Callable[[], int]

    def pan(self, bars: float) -> None:
        self.span.pan(bars)
        self.refresh()

    def zoom(self, factor: float, at: float | None = None) -> None:
        """Show ``factor`` times as many bars around ``at``; without it around the newest in view."""
        self.span.zoom(factor, min(self.span.x1, self.data.last + 0.0) if at is None else at)
        self.refresh()

    def drag(self, moved: QPointF, start: QPoint) -> None:
        """Follow a drag by ``moved`` pixels that came from ``start``."""
        self.span.pan(-moved.x() * self.span.size / max(1.0, self.marks.plot.width()))
        pane = self.panes.at(start.y())
        if moved.y() and pane is not None and not pane.auto:
            pane.shift(moved.y())
        self.refresh()

    def show_between(self, first: int, last: int) -> None:
        """Put the candles from ``first`` to ``last`` (ms UTC) into the middle, zooming out where they are too many."""
        a, b = self.data.bar_holding(first), self.data.bar_holding(last)
        self.span.center((a + b) / 2)
        if (b - a) * 1.3 > self.span.size:
            self.span.zoom((b - a) * 1.3 / self.span.size, (a + b) / 2)
        self.refresh()

    def show_first(self) -> None:
        self.span.show_first()
        self.refresh()

    def snap_to_last(self, reset_zoom: bool = False) -> None:
        """Show the newest candle and follow it again."""
        self.span.show_last(self._fitting_bars() if reset_zoom else None)
        self.refresh()

    def scale_values(self, y: float, factor: float) -> None:
        """Scale the values of the pane at ``y`` by hand."""
        pane = self.panes.at(y) or self.panes.price
        pane.scale(factor)
        self.refresh()

    def fit_values(self) -> None:
        """Fit the values of all panes to what is in view again."""
        for pane in self.panes.all:
            pane.auto = True
        self.refresh()

    def toggle_alone(self, point: QPoint) -> None:
        """Show the pane at ``point`` alone, or all again."""
        self.panes.toggle_alone(self.panes.at(point.y()))
        self.place_again()

    def place_again(self) -> None:
        """Give the panes their rectangles anew: other ones are shown, or they have other heights."""
        self._placed = ()
        self.refresh()

    def x_at(self, x: float) -> float:
        """The bar index at widget pixel ``x``."""
        return self.span.x0 + x / max(1.0, self.marks.plot.width()) * self.span.size

    def px_of(self, bar: float) -> float:
        """The widget pixel of the middle of ``bar``."""
        return (bar - self.span.x0) / self.span.size * self.marks.plot.width()

    def area_at(self, point: QPoint) -> str:
        """'values', 'times' or 'plot': what lies at ``point``."""
        if point.y() >= self.marks.plot.bottom():
            return "times"
        return "values" if point.x() >= self.marks.plot.right() else "plot"

    def _fitting_bars(self) -> float:
        """So many bars that each is about seven pixels wide."""
        return max(40.0, min(400.0, self.width() / 7))
