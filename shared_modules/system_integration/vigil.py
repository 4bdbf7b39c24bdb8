"""Watching over the engine's surroundings: a PC that slept, a clock that was set, an exchange that is out of reach."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock
from shared_modules.core.events import ClockStepped, ConnectionChanged, ConnectionState, OfflineChanged

_log = logging.getLogger(__name__)
_EVERY = 1.0
# a gap in our own ticking, or between two clocks, that is no delay of a busy PC any more; seconds
_SLEPT, _STEPPED = 15.0, 1.0
# a connection that is back at once is not worth greying the screen for; seconds
_OFFLINE_AFTER = 3.0
_FEED = "public feed"


class Vigil:
    """Ticks once a second and compares the wall clock with the one that only runs.

    ``slept`` is awaited with a sentence after a sleep, so that connections are opened anew; ``stepped`` after every
    change, so that the exchange's clock is measured again.
    """

    def __init__(
        self, bus: EventBus, clock: Clock, slept: Callable[[str], None], stepped: Callable[[], Awaitable[object]]
    ) -> None:
        self._bus, self._clock = bus, clock
        self._slept, self._stepped = slept, stepped
        self._away: tuple[float, int, str] | None = None  # since when the feed is away, on both clocks, and why
        self.offline = False
        self.since: int | None = None

    async def keep(self) -> None:
        """Watch until cancelled."""
        undo = self._bus.subscribe(ConnectionChanged, self._connection)
        try:
            while True:
                wall, steady = self._clock.now(), self._clock.monotonic()
                await self._clock.sleep(_EVERY)
                await self._compare(self._clock.now() - wall, self._clock.monotonic() - steady)
                self._look()
        finally:
            undo()

    async def _compare(self, wall_ms: int, steady: float) -> None:
        drift = wall_ms / 1000 - steady
        asleep = max(steady, wall_ms / 1000) - _EVERY  # on some systems the steady clock stands while the PC sleeps
        if asleep >= _SLEPT and drift > -_STEPPED:
            await self._tell(asleep, True)
        elif abs(drift) >= _STEPPED:
            await self._tell(drift, False)

    async def _tell(self, seconds: float, slept: bool) -> None:
        sentence = f"the computer slept for {seconds:.0f} s" if slept else f"the clock was set by {seconds:+.1f} s"
        _log.warning("%s", sentence)
        self._bus.publish(ClockStepped(self._clock.now(), seconds, slept))
        if slept:
            self._slept(sentence)
        await self._stepped()

    def _connection(self, event: ConnectionChanged) -> None:
        if event.name != _FEED:
            return
        if event.state in (ConnectionState.CONNECTED, ConnectionState.DEGRADED, ConnectionState.OFF):
            self._away = None
            if self.offline:
                self._be(False, "")
        elif self._away is None:
            self._away = self._clock.monotonic(), self._clock.now(), event.detail
        else:
            self._away = *self._away[:2], event.detail

    def _look(self) -> None:
        if self._away is not None and not self.offline and self._clock.monotonic() - self._away[0] >= _OFFLINE_AFTER:
            self._be(True, self._away[2])

    def _be(self, offline: bool, reason: str) -> None:
        self.offline = offline
        self.since = self._away[1] if offline and self._away is not None else None
        self._bus.publish(OfflineChanged(offline, self.since or self._clock.now(), reason))
