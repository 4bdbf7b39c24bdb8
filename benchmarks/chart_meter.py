"""How a chart is measured, whichever it is: CPU time of changes with the frame that shows them, and memory."""

import statistics
import time
from collections.abc import Callable
from typing import Any

SIZE = (1920, 1080)
VIEW = 300
Act = Callable[[int], object]


class Meter:
    """CPU time of changes and their frames, by name."""

    def __init__(self, settle: Callable[[], None], frames: int) -> None:
        self._settle, self._frames = settle, frames
        self.found: dict[str, float] = {}
        self.worst: dict[str, float] = {}

    def measure(self, name: str, act: Act, frames: int | None = None) -> None:
        """Do ``act`` and show it so many times; the first two are not counted."""
        taken = []
        wanted = frames or self._frames
        for n in range(wanted + 2):
            begin = time.process_time()
            act(n)
            self._settle()
            taken.append((time.process_time() - begin) * 1000)
        counted = taken[2:] if len(taken) > 3 else taken[1:]
        self.found[name], self.worst[name] = (
            statistics.quantiles(counted, n=4)[0] if len(counted) > 1 else counted[0],
            max(counted),
        )

    def result(self, **more: float) -> dict[str, Any]:
        return {**self.found, **more, "worst": self.worst}


def resident() -> int:
    """Resident memory of this process, in bytes."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def tick_of(bars: dict[str, Any], n: int) -> tuple[float, float, float, float]:
    """Open, high, low, close of the newest candle after its ``n``-th change, within its range."""
    o, h, lo = (float(bars[c][-1]) for c in ("open", "high", "low"))
    return o, h, lo, lo + (h - lo) * (0.3 + 0.4 * (n % 2))
