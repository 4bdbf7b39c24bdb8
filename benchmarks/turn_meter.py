"""What each turn of the window's loop computes, in CPU time of its thread, and what was done in those that took long.

A turn is what lies between two sayings of Qt's event dispatcher that it is awake: all events, timers and sockets that
were due then. A PC that is busy with others makes no turn longer here, as it does by the clock.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, thread_time
from types import FrameType

# how often it is looked where the thread is, seconds of computing
LOOK = 0.001
# outside of these every call is the same: the loop's own
OUTERMOST = ("run_forever", "timerEvent")
# places that are told of a turn
MOST = 6
# calls that are told, from the innermost outwards
DEEPEST = 9


@dataclass(frozen=True)
class Turn:
    """One turn that took long: ``cpu_ms`` computing, ``ms`` by the clock, at the step ``at``.

    ``places``: (ms, calls) where it was, most first; what Qt does by itself counts to the call that had it done.
    """

    at: str
    cpu_ms: float
    ms: float
    places: tuple[tuple[float, str], ...]

    def __str__(self) -> str:
        lines = [f"{self.cpu_ms:6.1f} ms computing ({self.ms:6.1f} by the clock) at {self.at}"]
        return "\n".join([*lines, *(f"        {ms:5.1f}  {place}" for ms, place in self.places)])


class TurnMeter:
    """Measures from its making on; ``turns`` over ``limit`` ms, and how many there were in all.

    ``at``: where the walk is; whoever walks sets it.
    """

    def __init__(self, limit: float) -> None:
        from PySide6.QtCore import QAbstractEventDispatcher

        self.limit = limit
        self.at = "start"
        self.count = 0
        self.turns: list[Turn] = []
        self._places: Counter[str] = Counter()
        self._cpu, self._clock = thread_time(), perf_counter()
        self._looked = self._cpu
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        dispatcher.awake.connect(self._turned)
        _look_at(self._look)

    def tell_events(self) -> None:
        """Tell Qt's events instead of calls, by class and kind; dearer, so all figures become higher than they are."""
        from PySide6.QtCore import QCoreApplication, QEvent, QObject

        meter = self

        class Filter(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                now = thread_time()
                if self.turn == meter.count:
                    meter._places[self.before] += now - self.began
                self.turn, self.began = meter.count, now
                self.before = f"[{type(watched).__name__} {watched.objectName()} {event.type().name}]"
                return False

            before, began, turn = "", 0.0, 0

        app = QCoreApplication.instance()
        assert app is not None
        stop_looking()
        self._filter = Filter(app)
        app.installEventFilter(self._filter)

    def _turned(self) -> None:
        cpu, clock = thread_time(), perf_counter()
        self.count += 1
        took = (cpu - self._cpu) * 1000
        if took > self.limit:
            self.turns.append(Turn(self.at, took, (clock - self._clock) * 1000, self._told()))
        self._places.clear()
        self._cpu = self._looked = thread_time()
        self._clock = perf_counter()

    def _told(self) -> tuple[tuple[float, str], ...]:
        return tuple((seconds * 1000, place) for place, seconds in self._places.most_common(MOST))

    def _look(self, frame: FrameType | None) -> None:
        now = thread_time()
        self._places[_calls(frame)] += now - self._looked
        self._looked = now


def stop_looking() -> None:
    """Ask no more where the thread is."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 0)


def _look_at(look: Callable[[FrameType | None], None]) -> None:
    """Have ``look`` called with the main thread's frame while it computes; not where the system cannot do that."""
    if not hasattr(signal, "setitimer"):
        return
    signal.signal(signal.SIGPROF, lambda _, frame: look(frame))
    signal.setitimer(signal.ITIMER_PROF, LOOK, LOOK)


def _calls(frame: FrameType | None) -> str:
    calls: list[str] = []
    while frame is not None and len(calls) < DEEPEST:
        code = frame.f_code
        if code.co_name in OUTERMOST:
            break
        if code.co_filename != __file__:
            calls.append(f"{Path(code.co_filename).stem}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(calls) if calls else "Qt"


def told(turns: list[Turn], count: int) -> None:
    """Print what took long, the worst first."""
    for turn in sorted(turns, key=lambda one: -one.cpu_ms):
        print(turn)
    print(f"{len(turns)} of {count:,} turns over the limit", file=sys.stderr)
