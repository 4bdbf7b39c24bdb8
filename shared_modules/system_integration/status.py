"""How the terminal is doing, as one value for the status bar and the monitor."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import psutil

from shared_modules.core.events import ConnectionState
from shared_modules.exchanges.base import StreamHealth


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """One look at the engine.

    ``clock_offset_ms``: exchange time minus the PC's; None while unknown or when the market's time runs at another
    ``speed`` than the clock. ``cpu_percent`` and ``memory_mb`` cover this process and its workers.
    """

    feed: StreamHealth | None
    rest: ConnectionState
    clock_offset_ms: float | None
    exchange_time: int | None
    speed: float
    cpu_percent: float
    memory_mb: float
    warnings: int
    errors: int


class ProcessMeter:
    """CPU and memory of this process and its children, measured on a thread of its own.

    Listing a PC's processes takes tens of milliseconds on a busy one; `latest` costs nothing.
    """

    def __init__(self, every: float = 1.0) -> None:
        self._every = every
        self._known: dict[int, psutil.Process] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.latest = (0.0, 0.0)

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="process meter", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; twice is safe."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def read(self) -> tuple[float, float]:
        """(CPU in percent of one core since the last call, resident memory in MB)."""
        me = self._known.setdefault(0, psutil.Process())
        cpu = memory = 0.0
        for process in (me, *self._children(me)):
            try:
                cpu += process.cpu_percent(None)
                memory += process.memory_info().rss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                self._known.pop(process.pid, None)
        return cpu, memory / 1e6

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.latest = self.read()

    def _children(self, me: psutil.Process) -> list[psutil.Process]:
        try:
            # the same objects must be asked again: they remember the last CPU times
            return [self._known.setdefault(child.pid, child) for child in me.children(recursive=True)]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return []
