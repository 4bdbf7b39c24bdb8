"""How far the exchange's clock is from ours, measured again as soon as its messages say that it moved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from shared_modules.core.clock import Clock

# how often the exchange's clock is compared with ours when nothing speaks for a change, and how long to wait before
# an exchange that did not answer is asked again; seconds
CHECK, RETRY = 300.0, 15.0
# messages so much later or earlier than they should be put the offset in doubt, ms
DOUBT_MS = 1000.0
# seconds between two looks at the messages, and the least until the offset is measured again for their sake
_LOOK, _AGAIN = 1.0, 2.0


class ExchangeClock:
    """Calls ``measure`` (the offset in ms, None where nobody answers) every `CHECK` seconds, and sooner when in doubt.

    ``latency``: how old in ms the newest message was when it came, by the offset measured last; None while unknown.
    ``away``: whether the feed is lost; then the exchange is asked at once whether it answers at all, and once more as
    soon as the feed is back.
    Where measuring changes nothing, the line is slow and not the clock wrong: then each measurement waits twice as
    long as the one before.
    """

    def __init__(
        self,
        clock: Clock,
        measure: Callable[[], Awaitable[float | None]],
        latency: Callable[[], float | None],
        away: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock, self._measure, self._latency, self._away = clock, measure, latency, away

    async def keep(self) -> None:
        """Measure until cancelled."""
        known, patience = None, _AGAIN
        while True:
            offset = await self._measure()
            if offset is None:
                await self._retry()
                continue
            moved = known is None or abs(offset - known) > DOUBT_MS
            patience = _AGAIN if moved or not self._in_doubt() else min(CHECK, patience * 2)
            known = offset
            await self._rest(patience)

    async def _retry(self) -> None:
        """Sleep until an exchange that did not answer is asked again."""
        began, away = self._clock.monotonic(), self._away()
        while self._clock.monotonic() - began < RETRY and (self._away() or not away):
            await self._clock.sleep(_LOOK)

    async def _rest(self, patience: float) -> None:
        """Sleep until the next measurement is due."""
        began = self._clock.monotonic()
        while (passed := self._clock.monotonic() - began) < CHECK:
            if passed >= patience and self._in_doubt():
                return
            await self._clock.sleep(min(_LOOK, CHECK - passed))

    def _in_doubt(self) -> bool:
        if self._away():
            return True
        latency = self._latency()
        return latency is not None and abs(latency) > DOUBT_MS
