"""How far a long fetch is and when it will be done, told from its recent pace."""

from __future__ import annotations

from collections import deque

_WINDOW = 30.0
_LEAST_SECONDS = 2.0


class Pace:
    """Counts ``total`` equal pieces of work as they are done at times of a monotonic clock, in seconds."""

    def __init__(self, total: int, now: float) -> None:
        self.total = total
        self.done = 0
        self._started = now
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])

    def add(self, pieces: int, now: float) -> None:
        """``pieces`` more are done."""
        self.done += pieces
        self._marks.append((now, self.done))
        # one mark older than the window stays: the rate is measured from there
        while len(self._marks) > 2 and self._marks[1][0] <= now - _WINDOW:
            self._marks.popleft()

    def drop(self, pieces: int) -> None:
        """``pieces`` turned out not to be needed."""
        self.total = max(self.done, self.total - pieces)

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 1.0

    def elapsed(self, now: float) -> float:
        """Seconds since the start."""
        return now - self._started

    def eta(self, now: float) -> float | None:
        """Seconds to go at the pace of the last half minute; None while nothing can be said.

        The whole run would misjudge: a limiter lets a burst through first and then holds a steady rate.
        """
        if self.done >= self.total:
            return 0.0
        time, done = self._marks[0]
        if now - time < _LEAST_SECONDS or self.done <= done:
            return None
        return (self.total - self.done) * (now - time) / (self.done - done)
