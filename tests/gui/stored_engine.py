"""A fake engine whose stored data is real: the store, and `engine.data` with its jobs in threads of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest_asyncio

from shared_modules.core.bars import Bars
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import timeframe
from shared_modules.data_collection.store import CandleStore
from shared_modules.system_integration.data_care import DataCare
from shared_modules.system_integration.jobs import Job
from shared_modules.system_integration.tasks import Tasks

from .fake_engine import FakeEngine

DAY = 86_400_000
FIRST = 19_700 * DAY


class ThreadJobs:
    """Works in threads instead of processes, which take seconds to start."""

    def start(self, title: str, work: Callable[..., Any], *args: Any) -> Job[Any]:
        loop = asyncio.get_running_loop()
        job: Job[Any] = Job(title, loop)
        progress = Progress(lambda report: loop.call_soon_threadsafe(job._reported, report))
        job._cancel = progress.cancel

        async def run() -> None:
            try:
                job._ended(await asyncio.to_thread(work, *args, progress), None)
            except BaseException as error:  # noqa: BLE001 - handed to whoever awaits the job
                job._ended(None, error)

        self._task = loop.create_task(run())
        return job


class StoredEngine(FakeEngine):
    """Its `keep` stores candles; everything `engine.data` does then happens to real files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.store = CandleStore(self.paths, None, flush_seconds=0.05)
        self.store.start()
        self.tasks = Tasks(ThreadJobs())
        self.market_data = SimpleNamespace(name="fake")
        self.hybrid.reread = self._reread
        self.data = DataCare(self)
        self._spawned: set[asyncio.Task[Any]] = set()

    async def _reread(self, series: Series) -> None:
        await asyncio.sleep(0)

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)

    async def close(self) -> None:
        await self.tasks.close()
        self.store.close()

    def keep(self, symbol: str, name: str = "1h", days: int = 10, holes: tuple[tuple[int, int], ...] = ()) -> Series:
        """Store ``days`` of candles; ``holes``: (first, after last) candle left out."""
        series = Series(Market("fake", Category.LINEAR, symbol), timeframe(name))
        n = days * DAY // series.timeframe.ms
        rows = np.array([i for i in range(n) if not any(a <= i < b for a, b in holes)])
        close = 100 + np.sin(rows / 9.0)
        time = FIRST + rows.astype(np.int64) * series.timeframe.ms
        self.store.append(series, Bars.of(time, close, close + 1, close - 1, close, close * 0 + 2, close * 2))
        self.store.flush()
        return series


@pytest_asyncio.fixture(name="engine")
async def stored_engine(data_dir: Path) -> AsyncIterator[StoredEngine]:
    """The engine of tests of stored data, in place of the fake one."""
    made = StoredEngine(data_dir)
    yield made
    await made.close()
