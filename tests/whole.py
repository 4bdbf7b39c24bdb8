"""Everything from the exchange to the disk, and what must hold between the two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.clock import SystemClock
from shared_modules.core.events import CandleClosed, ConnectionState, Disconnected
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.collector import Collector
from shared_modules.data_collection.hybrid import HybridData
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.breaker import Breaker
from shared_modules.exchanges.bybit import BybitMarketData, BybitStream
from shared_modules.exchanges.simulated import Venue

MINUTE = 60_000


def series_of(*symbols: str, names: tuple[str, ...] = ("1m",)) -> list[Series]:
    return [Series(Market("simulated", Category.LINEAR, s), TIMEFRAMES[n]) for s in symbols for n in names]


class QuickClock(SystemClock):
    """A clock whose seconds pass three hundred times as fast as the PC's."""

    def monotonic(self) -> float:
        return super().monotonic() * 300

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 300)


class Whole:
    """A collector on ``venue`` that writes to ``paths``; ``hasty``: its requests wait in `QuickClock`.

    ``topics``: seconds in which a topic must speak; ``socket``: where the stream connects instead of to the venue.
    """

    def __init__(
        self, paths: DataPaths, venue: Venue, *, library: str = "picows", hasty: bool = False, topics: float = 20.0,
        socket: str = "",
    ) -> None:  # fmt: skip
        self.venue, self._topics = venue, topics
        self._exchange = ExchangeSettings(
            name="simulated", rest_url=venue.rest_url, public_ws_url=socket or venue.public_ws_url,
            requests_per_second=100, rest_workers=8, timeout=1.0, silence_limit=2.0, ping_interval=1.0,
            socket_library=library,
        )  # fmt: skip
        self.bus, self.clock = EventBus(), SystemClock()
        self._asking = QuickClock() if hasty else self.clock
        self.store = CandleStore(paths, None, flush_seconds=0.05)
        self.closes: dict[Series, list[int]] = {}
        self.disconnects: list[Disconnected] = []
        self.bus.subscribe(Disconnected, self.disconnects.append)
        self.bus.subscribe(CandleClosed, lambda e: self.closes.setdefault(e.series, []).append(e.candle.time))

    async def __aenter__(self) -> Whole:
        self.store.start()
        self.data = BybitMarketData(self._exchange, self._asking, breaker=Breaker(rest=0.4, clock=self._asking))
        self.stream = BybitStream(self._exchange, Category.LINEAR, self.clock, topic_deadline=self._topics)
        self.stream.on_disconnect(self.bus.publish)
        self.hybrid = HybridData(self.data, self.stream, self.store, self.bus, self.clock, 5000)
        self.collector = Collector(self.hybrid, self.store, self.bus, self.clock)
        await self.hybrid.start()
        await self.stream.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.collector.stop()
        await self.hybrid.close()
        await self.stream.close()
        await self.data.close()
        await asyncio.to_thread(self.store.close)

    @property
    def connected(self) -> bool:
        return self.stream.health().state is ConnectionState.CONNECTED

    async def collect(self, series: list[Series], history: int = 60) -> None:
        """Start, and wait until candles close."""
        await self.collector.start(series, history)
        await self.collector.ready()
        await until(lambda: all(len(self.closes.get(s, [])) >= 2 for s in series if s.timeframe.ms == MINUTE))

    async def passes(self, minutes: int) -> None:
        """Let the exchange's time go on."""
        target = self.venue.now() + minutes * MINUTE
        await until(lambda: self.venue.now() >= target)

    async def recovered(self, series: list[Series]) -> None:
        """Wait until the line stands and every candle of a minute after now has closed."""
        since = self.venue.now()
        await until(lambda: self.connected)
        await until(lambda: all(self.closes[s][-1] > since for s in series if s.timeframe.ms == MINUTE))

    async def stored_and_served(self, series: Series) -> tuple[Bars, Bars]:
        """What lies on disk, and what the exchange has of the same time."""
        stored = await asyncio.to_thread(self.store.read, series)
        page = await self.data.candles(series, int(stored.time[0]), int(stored.time[-1]) + series.timeframe.ms)
        return stored, page.bars


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(45):
        while not condition():  # noqa: ASYNC110 - many sources, none of them ours to signal
            await asyncio.sleep(0.02)
