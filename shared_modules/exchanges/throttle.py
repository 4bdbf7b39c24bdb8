"""Who may ask next: a token bucket with priorities, shared by everything that asks one exchange."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Throttled

from .base import Priority

_RANK = {p: rank for rank, p in enumerate((Priority.ORDER, Priority.ACCOUNT, Priority.LIVE, Priority.HISTORY))}
# float sums of elapsed time may miss a whole token by this much
_ALMOST = 1e-9


class Throttle:
    """Grants at most ``burst`` + ``rate`` * t turns in any t seconds, never more than ``slots`` at once.

    The highest priority goes first and, within one priority, who asked first. A long pause refuses everybody with
    `Throttled` instead of letting them hang; ``patience`` is the longest pause in seconds that is waited for.
    """

    def __init__(
        self,
        rate: float,
        burst: float | None = None,
        *,
        slots: int | None = None,
        clock: Clock | None = None,
        patience: float = 30.0,
    ) -> None:
        self._clock = clock or SystemClock()
        self._rate = rate
        self._burst = max(1.0, rate if burst is None else burst)
        self._free = slots
        self._patience = patience
        self._tokens = self._burst
        self._counted = self._clock.monotonic()
        self._paused_until = float("-inf")
        self._reason = ""
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._timer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not w.done() for _, _, w in self._waiting)

    @property
    def paused(self) -> float:
        """Seconds until the pause ends; 0 when there is none."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        """One request: waits for its turn and holds one of the slots until left."""
        await self._enter(priority)
        try:
            yield
        finally:
            self._leave()

    async def take(self, priority: Priority) -> None:
        """Wait for a turn without holding a slot."""
        async with self.turn(priority):
            pass

    def pause(self, until: float, reason: str = "") -> None:
        """Grant nothing before ``until`` on the clock's monotonic scale; an earlier pause is never shortened."""
        if until <= self._paused_until:
            return
        self._paused_until, self._reason = until, reason
        if self.paused > self._patience:
            for _, _, waiter in self._waiting:
                if not waiter.done():
                    waiter.set_exception(self._refusal())
            self._waiting.clear()

    async def _enter(self, priority: Priority) -> None:
        if self.paused > self._patience:
            raise self._refusal()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_RANK[priority], next(self._order), waiter))
        self._serve()
        try:
            await waiter
        except asyncio.CancelledError:
            # the turn may have been granted in the very step in which its owner was cancelled
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._leave()
            raise

    def _leave(self) -> None:
        if self._free is not None:
            self._free += 1
        self._serve()

    def _refusal(self) -> Throttled:
        wait = self.paused
        reason = self._reason or "the exchange asked us to wait"
        return Throttled(f"{reason}; requests are possible again in {wait:.0f} s", retry_after=wait)

    def _serve(self) -> None:
        if self._grant() is not None and (self._timer is None or self._timer.done()):
            self._timer = asyncio.get_running_loop().create_task(self._keep_serving(), name="throttle")

    async def _keep_serving(self) -> None:
        while (delay := self._grant()) is not None:
            await self._clock.sleep(delay)

    def _grant(self) -> float | None:
        """Grant what can be granted now; the seconds until the next token when somebody waits for one."""
        self._refill()
        while self._waiting:
            waiter = self._waiting[0][2]
            if waiter.done():
                heapq.heappop(self._waiting)
                continue
            if self._free == 0:
                return None  # whoever leaves serves the next
            if (delay := max(self.paused, (1 - self._tokens) / self._rate)) > _ALMOST:
                return delay
            heapq.heappop(self._waiting)
            self._tokens -= 1
            if self._free is not None:
                self._free -= 1
            waiter.set_result(None)
        return None

    def _refill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._counted) * self._rate)
        self._counted = now
