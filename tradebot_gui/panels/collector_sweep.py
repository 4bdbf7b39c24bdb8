"""Looking at every collected series without holding up the window: a few at a time."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from shared_modules.core.market import Series
    from shared_modules.system_integration import Engine, SeriesStatus

# how long one step may take, seconds; and how many series are asked for at once
BUDGET = 0.002
AT_ONCE = 40


class Sweep(QObject):
    """`begin` asks for the status of all series, ``done`` tells them once all are there."""

    done = Signal(object)  # list of SeriesStatus

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._left: list[Series] = []
        self._found: list[SeriesStatus] = []
        self._told = False
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._step)

    def begin(self) -> None:
        """Look again; a look that is under way goes on when it is of the same series."""
        series = self._engine.collector.series
        if self._timer.isActive() and len(self._left) + len(self._found) == len(series):
            return
        self._left, self._found = list(series[::-1]), []
        if len(self._left) <= AT_ONCE:
            self._step()
        else:
            self._timer.start()

    def _step(self) -> None:
        until = perf_counter() + BUDGET
        while self._left:
            part, self._left = self._left[: -AT_ONCE - 1 : -1], self._left[:-AT_ONCE]
            self._found.extend(self._engine.collector.status(part))
            if perf_counter() > until:
                return
        # what is done with them has a turn of its own, where they are many
        if self._timer.isActive() and self._found and not self._told:
            self._told = True
            return
        self._timer.stop()
        self._told = False
        found, self._found = self._found, []
        self.done.emit(found)
