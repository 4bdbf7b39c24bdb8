"""Progress and cancel in one object: every report of a long work is a place to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import Cancelled


class Flag(Protocol):
    """What says stop: a threading or multiprocessing event."""

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
    ) -> None:
        self._report = report
        self._stop: Flag = threading.Event() if stop is None else stop
        self._monotonic = monotonic
        self._started = monotonic()
        self._every = every
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
        elapsed = now - self._started
        share = min(1.0, max(0.0, share))
        eta = elapsed * (1 - share) / share if share > 0.01 else None
        self._report(ProgressReport(share, text, elapsed, eta))

    def check(self) -> None:
        """Raise `Cancelled` when asked to stop."""
        if self._stop.is_set():
            raise Cancelled

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

    def step(self, share: float, text: str = "") -> None:
        self._whole.step(self._from + (self._to - self._from) * min(1.0, max(0.0, share)), text)
