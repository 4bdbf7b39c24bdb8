"""Progress, pause and cancel in one object: every report of a long work is a place to wait or to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import Cancelled

# how often a paused work looks whether it may go on, seconds
_NAP = 0.02


class Flag(Protocol):
    """What says stop, or pause: a threading or multiprocessing event."""

    def is_set(self) -> bool: ...
    def set(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """``share`` from 0 to 1 done; ``eta`` seconds to go, None while nothing can be said."""

    share: float
    text: str
    elapsed: float
    eta: float | None


class Progress:
    """Given to long work: it reports its share done, and is told to stop by `Cancelled` at the next report."""

    def __init__(
        self,
        report: Callable[[ProgressReport], None] | None = None,
        stop: Flag | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        every: float = 0.05,
        pause: Flag | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._report = report
        self._stop: Flag = threading.Event() if stop is None else stop
        self._monotonic = monotonic
        self._started = monotonic()
        self._every = every
        self._pause = pause
        self._sleep = sleep
        self._rested = 0.0
        self._last: float | None = None

    def step(self, share: float, text: str = "") -> None:
        """Report ``share`` of the work as done; raises `Cancelled` when asked to stop."""
        self.check()
        if self._report is None:
            return
        now = self._monotonic()
        # reports cross threads and processes: a tight loop must not flood them
        if self._last is not None and now - self._last < self._every and share < 1.0:
            return
        self._last = now
        elapsed = now - self._started - self._rested
        share = min(1.0, max(0.0, share))
        eta = elapsed * (1 - share) / share if share > 0.01 else None
        self._report(ProgressReport(share, text, elapsed, eta))

    def check(self) -> None:
        """Raise `Cancelled` when asked to stop; while asked to pause, wait here."""
        if self._stop.is_set():
            raise Cancelled
        if self._pause is not None and self._pause.is_set():
            self._rest(self._pause)

    def _rest(self, pause: Flag) -> None:
        began = self._monotonic()
        while pause.is_set():
            if self._stop.is_set():
                raise Cancelled
            self._sleep(_NAP)
        # time asleep says nothing about the time to go
        self._rested += self._monotonic() - began

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def part(self, start: float, end: float) -> "Progress":
        """A view of this progress for a sub-task that runs from share ``start`` to ``end``."""
        return _Part(self, start, end)


class _Part(Progress):
    def __init__(self, whole: Progress, start: float, end: float) -> None:
        super().__init__(stop=whole._stop, monotonic=whole._monotonic)
        self._whole, self._from, self._to = whole, start, end

    def check(self) -> None:
        self._whole.check()

    def step(self, share: float, text: str = "") -> None:
        self._whole.step(self._from + (self._to - self._from) * min(1.0, max(0.0, share)), text)
