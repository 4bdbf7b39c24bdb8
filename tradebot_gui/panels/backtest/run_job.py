"""A run as the status bar follows work: with a title, reports, an end, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared_modules.core.progress import ProgressReport

if TYPE_CHECKING:
    from shared_modules.system_integration.backtests import Backtests, Run


class RunJob:
    """Told by the panel whenever its run has changed."""

    def __init__(self, backtests: Backtests, run: Run) -> None:
        self._backtests, self._run = backtests, run
        self._reports: list[Callable[[ProgressReport], None]] = []
        self._ends: list[Callable[[RunJob], None]] = []

    @property
    def title(self) -> str:
        return self._run.title

    @property
    def report(self) -> ProgressReport | None:
        return self._run.report

    def on_report(self, listener: Callable[[ProgressReport], None]) -> None:
        self._reports.append(listener)

    def on_done(self, listener: Callable[[RunJob], None]) -> None:
        self._ends.append(listener)

    def cancel(self) -> None:
        if not self._run.state.final:
            self._backtests.stop(self._run.id)

    def changed(self) -> bool:
        """Tell the listeners; whether the run has ended."""
        if self._run.state.final:
            for told in self._ends:
                told(self)
            self._ends.clear()
            return True
        if self._run.report is not None:
            for listener in self._reports:
                listener(self._run.report)
        return False
