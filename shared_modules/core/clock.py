"""Time is handed in: the system's, an exchange's, or one that a test or a replay moves."""

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """``now`` stamps (ms UTC, may jump); ``monotonic`` measures ages (seconds, never jumps)."""

    def now(self) -> int: ...
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The PC's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """Time that passes only when someone moves it; sleepers wake in order of their deadlines."""

    def __init__(self, now: int = 0) -> None:
        self._start = now
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> int:
        return self._start + round(self._passed * 1000)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._order), waiter))
        await waiter

    async def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass; everybody whose sleep ends in them runs, in order."""
        if seconds < 0:
            raise ValueError(f"time does not run back: {seconds} s")
        target = self._passed + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= target + 1e-9:
            deadline, _, waiter = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, deadline)
            if not waiter.done():
                waiter.set_result(None)
            await _settle()
        self._passed = max(self._passed, target)  # a deadline a rounding error later has been served
        await _settle()

    def step(self, ms: int) -> None:
        """Jump the wall clock alone by ``ms``, as an adjusted PC clock does."""
        self._start += ms


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
