"""A hybrid system on a fake exchange, and what it told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import ManualClock
from shared_modules.core.events import CandleClosed, CandleUpdated, GapFilled, GapFound, HistoryChanged
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.hybrid import HybridData
from shared_modules.data_collection.store import CandleStore
from tests.fakes import FakeMarketData, FakeStream, candle_at

MINUTE = 60_000


class World:
    def __init__(
        self,
        paths: DataPaths,
        data: FakeMarketData,
        stream: FakeStream,
        store: CandleStore,
        bus: EventBus,
        clock: ManualClock,
    ) -> None:
        self.paths, self.data, self.stream, self.store, self.bus, self.clock = paths, data, stream, store, bus, clock
        self.hybrid = HybridData(data, stream, store, bus, clock, memory_bars=1000)
        self.events: list[object] = []
        for kind in (CandleClosed, CandleUpdated, GapFound, GapFilled, HistoryChanged):
            bus.subscribe(kind, self.events.append)

    def told(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def closes(self, series: Series) -> list[int]:
        return [e.candle.time for e in self.told(CandleClosed) if e.series == series]

    def minute(self, series: Series, silent: bool = False) -> None:
        """Let one interval of ``series`` pass on the exchange, told by the stream unless ``silent``."""
        opened = series.timeframe.floor(self.data.now)
        self.data.now = series.timeframe.next(opened)
        if not silent:
            self.stream.push(series, candle_at(opened), candle_at(self.data.now, False, 0.1))

    async def until(self, true: Callable[[], object]) -> None:
        """Until ``true`` says so; work in other threads takes as long as the machine lets it."""
        for _ in range(5_000):
            if true():
                return
            await asyncio.sleep(0.002)
        raise AssertionError("it never came to it")

    async def settle(self) -> None:
        """Until nobody has anything to do but wait for time."""
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0.002)
            busy = [live.task for live in self.hybrid._live.values() if live.task and not live.task.done()]
            quiet = quiet + 1 if not busy or self.clock._sleepers else 0
