import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import SystemClock
from shared_modules.core.events import CandleClosed, ConnectionState
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.collector import Collector
from shared_modules.data_collection.hybrid import HybridData
from shared_modules.data_collection.integrity import verify_folder
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.bybit import BybitMarketData, BybitStream
from shared_modules.exchanges.simulated import Venue, VenueOptions


class Cable:
    """A line to the socket's address that can be cut and mended."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._ends: set[asyncio.StreamWriter] = set()
        self._port = 0

    async def mend(self) -> str:
        """Lay it anew where it was; returns its address."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._url._replace(netloc=f"127.0.0.1:{self._port}").geturl()

    async def cut(self) -> None:
        """End what runs over it, and refuse what would."""
        self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        await self._server.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._url.hostname, self._url.port)
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._pour(reader, far_writer), self._pour(far_reader, writer))
        self._ends -= {writer, far_writer}

    @staticmethod
    async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.transport.abort()


class Whole:
    """Everything from the exchange to the disk."""

    def __init__(self, paths: DataPaths, rest: str, socket: str) -> None:
        self.exchange = ExchangeSettings(
            name="simulated", rest_url=rest, public_ws_url=socket, requests_per_second=110, rest_workers=8
        )
        self.bus = EventBus()
        self.clock = SystemClock()
        self.store = CandleStore(paths, None, flush_seconds=0.05)
        self.closes: dict[Series, list[int]] = {}
        self.bus.subscribe(CandleClosed, lambda e: self.closes.setdefault(e.series, []).append(e.candle.time))

    async def __aenter__(self) -> "Whole":
        self.store.start()
        self.data = BybitMarketData(self.exchange, self.clock)
        self.stream = BybitStream(self.exchange, Category.LINEAR, self.clock)
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


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - many sources, none of them ours to signal
        await asyncio.sleep(0.02)


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    venue = Venue(VenueOptions(seed=3, symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT"), speed=600))
    await venue.start()
    yield venue
    await venue.close()


async def test_what_was_collected_is_what_the_exchange_serves_even_after_a_broken_line(venue, tmp_path):
    paths = DataPaths(tmp_path)
    cable = Cable(venue.public_ws_url)
    series = [
        Series(Market("simulated", Category.LINEAR, symbol), TIMEFRAMES[name])
        for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
        for name in ("1m", "5m")
    ]
    async with Whole(paths, venue.rest_url, await cable.mend()) as whole:
        await whole.collector.start(series, 200)
        await whole.collector.ready()
        fast = series[::2]
        await until(lambda: all(len(whole.closes.get(s, [])) >= 15 for s in fast))
        await cable.cut()
        await until(lambda: whole.stream.health().state is not ConnectionState.CONNECTED)
        missed_from = venue.now()
        await until(lambda: venue.now() > missed_from + 12 * 60_000)
        await cable.mend()
        await until(lambda: all(whole.closes[s][-1] > missed_from + 20 * 60_000 for s in fast))
        await whole.collector.stop()
        for one in series:
            stored = whole.store.read(one)
            page = await whole.data.candles(one, int(stored.time[0]), int(stored.time[-1]) + one.timeframe.ms)
            assert stored.equals(page.bars), str(one)
            assert len(stored) >= 200
            closes = whole.closes[one]
            assert closes == list(range(closes[0], closes[-1] + 1, one.timeframe.ms)), str(one)
    await cable.cut()
    assert [(r.missing, r.duplicates, r.disorder, r.bad_ohlc, r.notes) for r in verify_folder(paths)] == [
        (0, 0, 0, 0, ())
    ] * 6
