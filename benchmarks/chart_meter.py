"""How a chart is measured, whichever it is: CPU time of changes with the frame that shows them, and memory."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SIZE = (1920, 1080)
VIEW = 300
TURN = 0.2  # CPU seconds of a row before another has its turn
Act = Callable[[int], object]


@dataclass
class Row:
    """One change, done ``act(0)``, ``act(1)``, ...; ``prepare`` brings the chart to where it is done."""

    name: str
    act: Act
    settle: Callable[[], None]
    prepare: Callable[[], object] = lambda: None
    taken: list[float] = field(default_factory=list)  # CPU ms of each frame that counts
    done: int = 0


class Meter:
    """CPU time of changes and their frames, by name: of at least so many frames, and of at least so many seconds.

    Rows take turns, so that a slow moment of the machine falls on all of them and is a small part of each.
    """

    def __init__(self, settle: Callable[[], None], frames: int, seconds: float) -> None:
        self._settle, self._frames, self._seconds = settle, frames, seconds
        self._rows: list[Row] = []
        self.found: dict[str, float] = {}
        self.worst: dict[str, float] = {}

    def add(
        self,
        name: str,
        act: Act,
        prepare: Callable[[], object] = lambda: None,
        settle: Callable[[], None] | None = None,
    ) -> None:
        """Measure ``act`` with the next `run`; ``settle`` shows it where that is another way than usually."""
        self._rows.append(Row(name, act, settle or self._settle, prepare))

    def run(self) -> None:
        """Measure all rows that were added, in turns."""
        rows, self._rows = self._rows, []
        while short := [row for row in rows if not self._enough(row)]:
            for row in short:
                self._turn(row)
        for row in rows:
            self.found[row.name] = statistics.quantiles(row.taken, n=4)[0] if len(row.taken) > 1 else row.taken[0]
            self.worst[row.name] = max(row.taken)

    def measure(self, name: str, act: Act, prepare: Callable[[], object] = lambda: None) -> None:
        """Measure ``act`` alone."""
        self.add(name, act, prepare)
        self.run()

    def _enough(self, row: Row) -> bool:
        return len(row.taken) >= self._frames and sum(row.taken) >= self._seconds * 1000

    def _turn(self, row: Row) -> None:
        """Some frames of ``row``; the first of each turn, and the second of all, are not counted."""
        row.prepare()
        row.settle()
        for _ in range(1 if row.taken else 2):
            self._frame(row)
        spent = 0.0
        while spent < TURN * 1000 and not self._enough(row):
            row.taken.append(self._frame(row))
            spent += row.taken[-1]

    def _frame(self, row: Row) -> float:
        begin = time.process_time()
        row.act(row.done)
        row.settle()
        row.done += 1
        return (time.process_time() - begin) * 1000

    def result(self, **more: float) -> dict[str, Any]:
        """The lower quartile of each row, the worst frames, and ``more``."""
        return {**self.found, **more, "worst": self.worst}


def resident() -> int:
    """Resident memory of this process, in bytes."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def tick_of(bars: dict[str, Any], n: int) -> tuple[float, float, float, float]:
    """Open, high, low, close of the newest candle after its ``n``-th change, within its range."""
    o, h, lo = (float(bars[c][-1]) for c in ("open", "high", "low"))
    return o, h, lo, lo + (h - lo) * (0.3 + 0.4 * (n % 2))
