"""How the writing of candles is doing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from time import perf_counter

_REMEMBERED = 60


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """``waiting``: candles not yet on the disk, of so many ``series``.

    ``last``: seconds that the newest batch took until it was durable and in its files, None before the first;
    ``worst`` of the last minute's batches; ``batch``: series in the newest. ``problem``: what the disk refuses, or ''.
    ``synced``: seconds until the newest batch was durable in the journal, its files not yet written.
    """

    waiting: int
    series: int
    last: float | None
    worst: float
    batch: int
    problem: str
    synced: float | None = None


class WriteMeter:
    """Times of the newest batches; written by one thread, read by others."""

    def __init__(self) -> None:
        self._took: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self.batch = 0
        self.synced: float | None = None
        self._began = 0.0

    def began(self) -> None:
        """A batch begins."""
        self._began = perf_counter()

    def durable(self) -> None:
        """The batch is in the journal for good."""
        self.synced = perf_counter() - self._began

    def wrote(self, series: int) -> None:
        """The batch, of so many ``series``, is in its files."""
        if series:
            now = perf_counter()
            self.batch = series
            self._took.append((now, now - self._began))

    @property
    def last(self) -> float | None:
        """Seconds that the newest batch took."""
        return self._took[-1][1] if self._took else None

    @property
    def worst(self) -> float:
        """The longest of the last minute, seconds."""
        since = perf_counter() - 60.0
        return max((took for at, took in tuple(self._took) if at >= since), default=0.0)
