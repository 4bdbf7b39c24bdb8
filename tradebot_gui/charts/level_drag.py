"""Marked prices, such as those of alerts, that a person drags to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from .view import ChartView

REACH = 4.0  # pixels from the line


class LevelDrag:
    """Shows the line where the mouse has it; the chart tells of it when it is let go."""

    def __init__(self, chart: ChartView) -> None:
        self._chart = chart
        self._row: int | None = None
        self._moved = False

    @property
    def active(self) -> bool:
        return self._row is not None

    def at(self, point: QPoint) -> int | None:
        """The row of the level at ``point``, the nearest one."""
        levels = self._chart.marks.levels
        if self._chart.panes.at(point.y()) is not self._chart.panes.price:
            return None
        far = [(abs(pane.y_of(price) - point.y()), row) for row, (pane, price, _) in enumerate(levels)]
        nearest = min(far, default=(REACH + 1, None))
        return nearest[1] if nearest[0] <= REACH else None

    def press(self, point: QPoint) -> bool:
        """Whether a level was taken in hand."""
        self._row, self._moved = self.at(point), False
        return self.active

    def move(self, point: QPoint) -> None:
        if self._row is not None:
            self._moved = True
            self._chart.readout.move_level(self._row, self._price(point))

    def release(self, point: QPoint) -> None:
        """Tell where it was let go; a mere click moves nothing."""
        row, self._row = self._row, None
        if row is not None and self._moved:
            self._chart.level_moved.emit(row, self._price(point))

    def cancel(self) -> None:
        """Put the level back."""
        if self._row is not None:
            self._row = None
            self._chart.readout.move_level(None, 0.0)

    def _price(self, point: QPoint) -> float:
        rect = self._chart.panes.price.rect
        y = min(max(float(point.y()), rect.top()), rect.bottom())
        return round(self._chart.panes.price.value_at(y), self._chart.price_decimals)
