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
    """

    waiting: int
    series: int
    last: float | None
    worst: float
    batch: int
    problem: str


class WriteMeter:
    """Times of the newest batches; written by one thread, read by others."""

    def __init__(self) -> None:
        self._took: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self.batch = 0

    def wrote(self, began: float, series: int) -> None:
        """A batch of so many ``series``, begun at ``began`` of `perf_counter`, is written."""
        if series:
            now = perf_counter()
            self.batch = series
            self._took.append((now, now - began))

    @property
    def last(self) -> float | None:
        """Seconds that the newest batch took."""
        return self._took[-1][1] if self._took else None

    @property
    def worst(self) -> float:
        """The longest of the last minute, seconds."""
        since = perf_counter() - 60.0
        return max((took for at, took in tuple(self._took) if at >= since), default=0.0)
