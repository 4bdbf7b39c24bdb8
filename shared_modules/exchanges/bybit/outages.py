"""The connection log: when a connection was away, why, and what that cost."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from shared_modules.core.clock import Clock
from shared_modules.core.events import Disconnected, LostMessages

_log = logging.getLogger(__name__)
_KEPT = 1000


@dataclass(slots=True)
class _Open:
    """A time without connection that is not over."""

    started: int
    since: float
    reason: str
    lost: LostMessages
    attempts: int = 0


class Outages:
    """The newest times without a connection, by the name of the connection."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._over: deque[Disconnected] = deque(maxlen=_KEPT)
        self._listeners: dict[object, Callable[[Disconnected], None]] = {}

    def began(self, name: str, reason: str, lost: LostMessages, connected: bool) -> None:
        """The socket ``name`` ended, or another attempt failed; only what was ``connected`` can be lost."""
        if name not in self._open and connected:
            self._open[name] = _Open(self._clock.now(), self._clock.monotonic(), reason, lost)
        if (found := self._open.get(name)) is not None:
            found.attempts += 1

    def ended(self, name: str) -> None:
        """The socket ``name`` is back; nothing happens when it was not away."""
        found = self._open.pop(name, None)
        if found is None:
            return
        record = self._record(name, found, self._clock.now())
        self._over.append(record)
        for listener in tuple(self._listeners.values()):
            try:
                listener(record)
            except Exception:  # noqa: BLE001 - one broken listener must not stop the feed
                _log.exception("a listener of disconnects failed")

    def all(self) -> tuple[Disconnected, ...]:
        """Oldest first, those that last at the end."""
        lasting = [self._record(name, found, None) for name, found in self._open.items()]
        return (*self._over, *lasting)

    def listen(self, listener: Callable[[Disconnected], None]) -> Callable[[], None]:
        """Tell ``listener`` of each when it is over, until undone."""
        identity = object()
        self._listeners[identity] = listener

        def undo() -> None:
            self._listeners.pop(identity, None)

        return undo

    def _record(self, name: str, found: _Open, ended: int | None) -> Disconnected:
        duration = self._clock.monotonic() - found.since
        return Disconnected(name, found.started, ended, duration, found.reason, found.attempts, found.lost)
