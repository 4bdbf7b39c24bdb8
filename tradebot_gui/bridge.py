"""Events of the engine on their way to the window: fast streams are slowed to the frame rate here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from time import perf_counter
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer

from shared_modules.core.bus import EventBus

E = TypeVar("E")
# how long one delivery may take before the window gets its turn again, seconds
BUDGET = 0.006


class Bridge(QObject):
    """Hands events of the bus to widgets, for as long as the widget lives.

    The engine shares the window's loop, so nothing changes threads here; what changes is how often a widget hears.
    """

    def __init__(self, bus: EventBus, frames_per_second: int = 30, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._streams: dict[_Newest, None] = {}
        self._undo: dict[Callable[[], None], None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)
        self.set_rate(frames_per_second)

    def set_rate(self, frames_per_second: int) -> None:
        self._timer.setInterval(max(1, round(1000 / frames_per_second)))

    def newest(
        self,
        kind: type[E],
        key: Callable[[E], Hashable],
        handler: Callable[[E], None],
        owner: QObject,
        most_per_second: float | None = None,
    ) -> Callable[[], None]:
        """Call ``handler`` with the newest event of each ``key``, once a frame at most.

        ``most_per_second`` slows it further. Ends with ``owner``, or when the returned function is called.
        """
        stream = _Newest(key, handler, 0.0 if most_per_second is None else 1.0 / most_per_second)
        self._streams[stream] = None

        def arrived(event: E) -> None:
            stream.waiting[key(event)] = event
            if not self._timer.isActive():
                self._timer.start()

        unsubscribe = self._bus.subscribe(kind, arrived)

        def undo() -> None:
            unsubscribe()
            stream.waiting.clear()
            self._streams.pop(stream, None)

        return self._until(owner, undo)

    def every(self, kind: type[E], handler: Callable[[E], None], owner: QObject) -> Callable[[], None]:
        """Call ``handler`` with every event of ``kind``, at once; ends as `newest` does."""
        return self._until(owner, self._bus.subscribe(kind, handler))

    def flush(self) -> None:
        """Deliver what waits now; for tests and the end of a run."""
        self._deliver(float("inf"), float("inf"))

    def close(self) -> None:
        """Deliver nothing any more."""
        self._timer.stop()
        for undo in tuple(self._undo):
            undo()

    def _until(self, owner: QObject, undo: Callable[[], None]) -> Callable[[], None]:
        def end() -> None:
            self._undo.pop(end, None)
            undo()

        self._undo[end] = None
        owner.destroyed.connect(end)
        return end

    def _flush(self) -> None:
        now = perf_counter()
        self._deliver(now, now + BUDGET)
        if any(stream.waiting for stream in self._streams):
            self._timer.start()

    def _deliver(self, now: float, until: float) -> None:
        streams = tuple(self._streams)
        for at, stream in enumerate(streams):
            if not stream.waiting or now - stream.last < stream.least:
                continue
            for key in tuple(stream.waiting):
                event = stream.waiting.pop(key, None)
                if event is not None:
                    stream.handler(event)
                # the rest follows in the next frame, newest still, so that no frame is long
                if perf_counter() > until:
                    self._last_in_line(streams[: at + 1])
                    return
            stream.last = perf_counter()

    def _last_in_line(self, served: Iterable[_Newest]) -> None:
        """The next frame begins with those that had no turn: a stream that fills every frame starves nobody."""
        for stream in served:
            if stream in self._streams:
                del self._streams[stream]
                self._streams[stream] = None


class _Newest:
    """One subscription: the newest event by key, and when it was last delivered."""

    __slots__ = ("handler", "key", "last", "least", "waiting")

    def __init__(self, key: Callable[[Any], Hashable], handler: Callable[[Any], None], least: float) -> None:
        self.key, self.handler, self.least = key, handler, least
        self.last = float("-inf")
        self.waiting: dict[Hashable, Any] = {}
