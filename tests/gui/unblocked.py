"""A guard against slow turns of the window's loop, told in computing time: a busy PC does not fail a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import perf_counter, thread_time

import pytest_asyncio
from PySide6.QtWidgets import QApplication

from tradebot_gui.watchdog import LATE_MS, Sampler

# what `_pace` takes on an ordinary PC, seconds; a slower one is given as much longer
ORDINARY = 0.008


class Turns:
    """Turns of the loop that a test waits through; ``longest`` of them in ms of computing in this thread."""

    def __init__(self) -> None:
        self.longest, self.where = 0.0, ("nowhere",)
        self.limit = LATE_MS * max(1.0, _pace() / ORDINARY)
        self._sampler = Sampler()
        self._sampler.start()

    async def until(self, true: Callable[[], object], turns: int = 500) -> None:
        """Let the loops turn until ``true()``, with an eye on each turn; fails when that never comes."""
        for _ in range(turns):
            await self._turn(lambda: asyncio.sleep(0))
            await self._turn(self._events)
            if true():
                return
            await asyncio.sleep(0.002)
        raise AssertionError("what was waited for did not happen")

    async def _events(self) -> None:
        QApplication.processEvents()

    async def _turn(self, turn: Callable[[], object]) -> None:
        self._sampler.ticked(perf_counter())
        began = thread_time()
        await turn()
        took = (thread_time() - began) * 1000
        where = self._sampler.ticked(perf_counter())
        if took > self.longest:
            self.longest, self.where = took, where

    def close(self) -> None:
        self._sampler.stop()

    def judge(self) -> None:
        """Fail when a turn took too long."""
        assert self.longest < self.limit, (
            f"a turn of the loop computed for {self.longest:.0f} ms, in {' > '.join(self.where)}"
        )


def _pace() -> float:
    """Seconds of computing that a fixed piece of work takes: the best of a few."""

    def once() -> float:
        began = thread_time()
        total = 0
        for n in range(100_000):
            total += n * n
        return thread_time() - began

    return min(once() for _ in range(5))


@pytest_asyncio.fixture
async def turns(qapp: QApplication) -> AsyncIterator[Turns]:
    """Fails the test when a turn of the loop that it waited through computed for over 50 ms."""
    made = Turns()
    yield made
    made.close()
    made.judge()
