"""Strategies are asked whether they look ahead: the user's when their file is saved, any when somebody asks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.bus import EventBus
from shared_modules.core.errors import Cancelled, TradeBotError
from shared_modules.core.events import StrategiesChanged, StrategyChecked
from shared_modules.core.progress import Progress

from .jobs import Job, Jobs

if TYPE_CHECKING:
    from shared_modules.backtester.honesty import Verdict

_log = logging.getLogger(__name__)


def strategy_check(name: str, parameters: Mapping[str, Any], folder: Path, progress: Progress) -> tuple[Verdict, ...]:
    """The verdicts on the strategy called ``name`` on a made-up market; runs in a worker process."""
    from shared_modules.backtester.honesty.questions import check_strategy, strategy_of

    return check_strategy(strategy_of(name, folder), parameters, (), progress)


class StrategyChecks:
    """Keeps what was found of each strategy last; tells the bus with `StrategyChecked`.

    One check of a strategy runs at a time: a newer one ends the one before.
    """

    def __init__(self, folder: Path, bus: EventBus, jobs: Jobs) -> None:
        self.found: dict[str, StrategyChecked] = {}
        self.running: dict[str, Job[tuple[Verdict, ...]]] = {}
        self._folder, self._bus, self._jobs = folder, bus, jobs
        # what lies in the folder at the start was checked when it was saved
        self._begun = not any(folder.glob("*.py")) if folder.is_dir() else True
        bus.subscribe(StrategiesChanged, self._changed)

    def check(self, name: str, parameters: Mapping[str, Any] | None = None) -> Job[tuple[Verdict, ...]]:
        """Ask the strategy called ``name`` with ``parameters`` (its defaults without) in a worker process."""
        before = self.running.get(name)
        job = self._jobs.start(f"Check {name}", strategy_check, name, dict(parameters or {}), self._folder)
        self.running[name] = job
        if before is not None:
            before.cancel()
        job.on_done(lambda done: self._done(name, done))
        return job

    def _changed(self, event: StrategiesChanged) -> None:
        names = (*event.added, *event.changed) if self._begun else event.changed
        self._begun = True
        for name in event.removed:
            self.found.pop(name, None)
        for name in names:
            try:
                self.check(name)
            except TradeBotError as error:
                _log.info("'%s' is not checked: %s", name, error)

    def _done(self, name: str, job: Job[tuple[Verdict, ...]]) -> None:
        if self.running.get(name) is not job:
            return
        del self.running[name]
        error = job.error
        if isinstance(error, Cancelled):
            return
        self.found[name] = _told(name, error) if error is not None else _worst(name, job)
        self._bus.publish(self.found[name])


def _told(name: str, error: BaseException) -> StrategyChecked:
    return StrategyChecked(name, "unknown", f"It could not be checked: {error}")


def _worst(name: str, job: Job[tuple[Verdict, ...]]) -> StrategyChecked:
    verdicts = job.value
    order = ("bad", "warning", "unknown", "good")
    first = min(verdicts, key=lambda v: order.index(v.level))
    details = tuple(line for v in verdicts if v.level != "good" for line in (v.text, *v.details))
    return StrategyChecked(name, first.level, first.text, details)
