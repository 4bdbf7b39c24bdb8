"""From the exchange to the disk and back, over a line that is cut and mended."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.integrity import verify_folder
from shared_modules.exchanges.simulated import Venue, VenueOptions
from tests.whole import MINUTE, Whole, series_of, until

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


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


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    venue = Venue(VenueOptions(seed=3, symbols=SYMBOLS, speed=600))
    await venue.start()
    yield venue
    await venue.close()


async def test_what_was_collected_is_what_the_exchange_serves_even_after_a_broken_line(venue, tmp_path):
    paths = DataPaths(tmp_path)
    cable = Cable(venue.public_ws_url)
    series = series_of(*SYMBOLS, names=("1m", "5m"))
    fast = series[::2]
    async with Whole(paths, venue, socket=await cable.mend()) as whole:
        await whole.collect(series, history=200)
        await until(lambda: all(len(whole.closes[s]) >= 15 for s in fast))
        await cable.cut()
        await until(lambda: not whole.connected)
        missed_from = venue.now()
        await whole.passes(12)
        await cable.mend()
        await until(lambda: all(whole.closes[s][-1] > missed_from + 20 * MINUTE for s in fast))
        await whole.collector.stop()
        for one in series:
            stored, served = await whole.stored_and_served(one)
            assert stored.equals(served), str(one)
            assert len(stored) >= 200
            closes = whole.closes[one]
            assert closes == list(range(closes[0], closes[-1] + 1, one.timeframe.ms)), str(one)
    await cable.cut()
    assert [(r.missing, r.duplicates, r.disorder, r.bad_ohlc, r.notes) for r in verify_folder(paths)] == [
        (0, 0, 0, 0, ())
    ] * 6
