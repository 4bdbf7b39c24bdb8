"""Marked prices, such as those of alerts, that a person drags to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from .pane import Pane
    from .readout import Level
    from .view import ChartView

REACH = 4.0  # pixels from the line


class LevelDrag:
    """Shows the line where the mouse has it; the chart tells of it when it is let go."""

    def __init__(self, chart: ChartView) -> None:
        self._chart = chart
        self._row: int | None = None
        self._held: tuple[Pane, Level] | None = None
        self._moved = False

    @property
    def active(self) -> bool:
        return self._row is not None

    def at(self, point: QPoint) -> int | None:
        """The row of the level at ``point``, the nearest one."""
        found = self._mark_at(point)
        return None if found is None else self._chart.readout.level_rows[found]

    def press(self, point: QPoint) -> bool:
        """Whether a level was taken in hand."""
        found, readout = self._mark_at(point), self._chart.readout
        self._row, self._moved = None, False
        if found is not None:
            self._row = readout.level_rows[found]
            self._held = self._chart.marks.levels[found][0], readout.levels[self._row]
        return self.active

    def move(self, point: QPoint) -> None:
        if self._still() and self._row is not None:
            self._moved = True
            self._chart.readout.move_level(self._row, self._value(point))

    def release(self, point: QPoint) -> None:
        """Tell where it was let go; a mere click moves nothing."""
        still, row, self._row = self._still(), self._row, None
        if row is not None and still and self._moved:
            self._chart.level_moved.emit(row, self._value(point))

    def cancel(self) -> None:
        """Put the level back."""
        if self._row is not None:
            self._row = None
            self._chart.readout.move_level(None, 0.0)

    def _mark_at(self, point: QPoint) -> int | None:
        pane = self._chart.panes.at(point.y())
        far = [(abs(of.y_of(value) - point.y()), n) for n, (of, value, _) in enumerate(self._chart.marks.levels)
               if of is pane]  # fmt: skip
        nearest = min(far, default=(REACH + 1, None))
        return nearest[1] if nearest[0] <= REACH else None

    def _still(self) -> bool:
        """Whether the row is what was taken in hand: an alert that is told meanwhile takes its line away."""
        levels = self._chart.readout.levels
        return (
            self._row is not None
            and self._held is not None
            and self._row < len(levels)
            and levels[self._row] == self._held[1]
        )

    def _value(self, point: QPoint) -> float:
        assert self._held is not None
        pane, rect = self._held[0], self._held[0].rect
        value = pane.value_at(min(max(float(point.y()), rect.top()), rect.bottom()))
        return pane.rounded(value)
