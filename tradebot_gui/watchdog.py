"""How late the window is: a timer that should fire every 10 ms, how much later it does, and what kept it."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter, process_time, thread_time
from types import FrameType

from PySide6.QtCore import QObject, Qt, QTimer, Signal

_log = logging.getLogger(__name__)
# what keeps the loop is seen as up to so much shorter than it was, for nobody knows how far the timer had come
EVERY_MS = 10
# the span that `recent` looks back, in ticks of the timer
_RECENT = 10_000 // EVERY_MS
# lateness that is looked into, ms
LATE_MS = 50.0
# how often a late loop is looked at, seconds
_LOOK = 0.01
# stacks are told down from the window's own code
_DEEPEST = 12
# files of the standard library in which threads wait
_WAITING = ("threading.py", "queue.py", "thread.py", "selectors.py", "connection.py", "socket.py", "subprocess.py",
            "handlers.py")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A time in which the loop did not turn: ``ms`` by the clock, ``cpu_ms`` of it computing in this thread.

    ``where``: the innermost calls that were seen most often, outermost first; empty when there was no time to look.
    Much less ``cpu_ms`` than ``ms`` means that the PC was busy with something else, or that the thread waited: for the
    interpreter, when ``others_ms``, what the program's other threads computed meanwhile, is about the rest; ``others``
    are their innermost calls.
    """

    ms: float
    cpu_ms: float
    where: tuple[str, ...]
    others_ms: float = 0.0
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = " > ".join(self.where) or "unknown"
        beside = f"; other threads computed {self.others_ms:.0f} ms" if self.others_ms >= 1 else ""
        beside += f" ({', '.join(self.others)})" if beside and self.others else ""
        return f"the window was late by {self.ms:.0f} ms ({self.cpu_ms:.0f} ms of it computing), in {place}{beside}"


class Watchdog(QObject):
    """Measures blocks of the loop; `longest` counts from the last `begin`, ``blocked`` tells of those over 50 ms."""

    blocked = Signal(object)  # Block

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.longest = 0.0
        self.blocks: deque[Block] = deque(maxlen=100)
        self._late: deque[float] = deque(maxlen=_RECENT)
        self._last, self._cpu, self._all = perf_counter(), thread_time(), process_time()
        self._sampler = Sampler()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        """Forget what was before, and look from now on at what keeps the loop."""
        self.longest = 0.0
        self._late.clear()
        self._last, self._cpu, self._all = perf_counter(), thread_time(), process_time()
        self._sampler.start()

    def stop(self) -> None:
        """Measure no more; twice is safe."""
        self._timer.stop()
        self._sampler.stop()

    @property
    def recent(self) -> float:
        """The worst lateness of the last ten seconds, ms."""
        return max(self._late, default=0.0)

    def _tick(self) -> None:
        now, cpu, whole = perf_counter(), thread_time(), process_time()
        late = max(0.0, (now - self._last) * 1000 - EVERY_MS)
        used, others = (cpu - self._cpu) * 1000, (whole - self._all - (cpu - self._cpu)) * 1000
        self._last, self._cpu, self._all = now, cpu, whole
        self._late.append(late)
        self.longest = max(self.longest, late)
        where = self._sampler.ticked(now)
        if late > LATE_MS and self._sampler.running:
            self._tell(Block(late, used, where, max(0.0, others), self._sampler.beside))

    def _tell(self, block: Block) -> None:
        self.blocks.append(block)
        # a note for who looks into it, no warning: a PC that is busy with others is nobody's fault
        _log.info("%s", block)
        self.blocked.emit(block)


class Sampler:
    """A thread that asks the main thread where it is, while that one is late; the main thread answers in between.

    To look at its frames from here would be simpler, but what a frame holds ends in the thread that lets go of it last,
    and a painter or an index of Qt that ends in another thread than its own crashes the program.
    """

    def __init__(self, every: float = _LOOK) -> None:
        self._every = every
        self._last = perf_counter()
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._others: Counter[str] = Counter()
        self.beside: tuple[str, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.looked = 0

    def start(self) -> None:
        if self._thread is None:
            self._last = perf_counter()
            self._thread = threading.Thread(target=self._run, name="responsiveness", daemon=True)
            self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None

    def stop(self) -> None:
        """End the thread; twice is safe."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def ticked(self, now: float) -> tuple[str, ...]:
        """The loop has turned; where it was most often while it was late."""
        self._last = now
        self.beside = tuple(call for call, _ in self._others.most_common(3))
        self._others.clear()
        if not self._seen:
            return ()
        seen, self._seen = self._seen, Counter()
        return seen.most_common(1)[0][0]

    def answer(self, frame: FrameType | None) -> None:
        """The main thread is at ``frame``."""
        self.looked += 1
        self._seen[_calls(frame)] += 1
        # asked here, in the main thread: what these frames hold may end with them
        own = threading.get_ident()
        for thread, other in sys._current_frames().items():
            if thread != own and not _waits(other):
                self._others[_call(other)] += 1

    def _run(self) -> None:
        ask = _pending_calls()
        while not self._stop.wait(self._every):
            if (perf_counter() - self._last) * 1000 - EVERY_MS > LATE_MS / 2 and not _asking:
                _asking.append(self)
                ask()


_asking: deque[Sampler] = deque()


@cache
def _pending_calls() -> Callable[[], object]:
    """What has the interpreter call back in the main thread, between two steps of whatever runs there."""
    import ctypes

    def answer(_: object) -> int:
        frame = sys._getframe(1)
        while _asking:
            _asking.popleft().answer(frame)
        return 0

    # made once and kept for good: a call may still be pending when its sampler has ended
    called = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(answer)
    return lambda: ctypes.pythonapi.Py_AddPendingCall(called, None)


def _calls(frame: FrameType | None) -> tuple[str, ...]:
    """The calls as 'collector.py:120 refresh', from the loop inwards, without those of this file."""
    calls: list[str] = []
    while frame is not None and len(calls) < _DEEPEST:
        code = frame.f_code
        if code.co_filename != __file__:
            calls.append(_call(frame))
        frame = frame.f_back
    return tuple(reversed(calls))


def _call(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"


def _waits(frame: FrameType) -> bool:
    """Whether the thread of ``frame`` waits for work or for a moment."""
    return Path(frame.f_code.co_filename).name in _WAITING
