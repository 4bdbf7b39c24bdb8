"""How late the window is: a timer that should fire every 20 ms, and how much later it does."""

from __future__ import annotations

from collections import deque
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer

EVERY_MS = 20
# the span that `recent` looks back, in ticks of the timer
_RECENT = 10_000 // EVERY_MS


class Watchdog(QObject):
    """Measures blocks of the loop; `longest` counts from the last `begin`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest = 0.0
        self._late: deque[float] = deque(maxlen=_RECENT)
        self._last = perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        """Forget what was before."""
        self.longest = 0.0
        self._late.clear()
        self._last = perf_counter()

    def stop(self) -> None:
        self._timer.stop()

    @property
    def recent(self) -> float:
        """The worst lateness of the last ten seconds, ms."""
        return max(self._late, default=0.0)

    def _tick(self) -> None:
        now = perf_counter()
        late = max(0.0, (now - self._last) * 1000 - EVERY_MS)
        self._last = now
        self._late.append(late)
        self.longest = max(self.longest, late)
