"""Small helpers to talk to a venue in tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.exchanges.simulated import Venue

START = 1_750_000_020_000  # a round minute in June 2025


class Rest:
    """GET requests to one venue."""

    def __init__(self, venue: Venue, session: aiohttp.ClientSession) -> None:
        self._venue, self._session = venue, session

    async def raw(self, path: str, **query: object) -> dict[str, Any]:
        """The whole envelope."""
        params = {k: str(v) for k, v in query.items()}
        async with self._session.get(f"{self._venue.rest_url}/v5/market/{path}", params=params) as reply:
            assert reply.status == 200
            return orjson.loads(await reply.read())

    async def get(self, path: str, **query: object) -> dict[str, Any]:
        """The result of a request that is answered well."""
        body = await self.raw(path, **query)
        assert body["retCode"] == 0, body
        return body["result"]

    async def candles(self, symbol: str, interval: str, **query: object) -> list[list[str]]:
        """Rows oldest first."""
        result = await self.get("kline", category="linear", symbol=symbol, interval=interval, **query)
        return list(reversed(result["list"]))


class Socket:
    """A public socket of one venue."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **request: object) -> None:
        await self.socket.send_str(orjson.dumps(request).decode())

    async def next(self) -> dict[str, Any]:
        message = await asyncio.wait_for(self.socket.receive(), 20)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return orjson.loads(message.data)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while not wanted(message := await self.next()):
            pass
        return message

    async def ask(self, op: str, *args: str, req_id: str = "r") -> dict[str, Any]:
        """The answer to a request, past whatever data comes before it."""
        await self.send(op=op, args=list(args), req_id=req_id)
        return await self.until(lambda m: "op" in m)

    async def of(self, topic: str) -> dict[str, Any]:
        return await self.until(lambda m: m.get("topic") == topic)


@asynccontextmanager
async def rest(venue: Venue) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(venue, session)


@asynccontextmanager
async def socket(venue: Venue, category: str = "linear") -> AsyncIterator[Socket]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{venue.public_ws_url}/{category}", max_msg_size=0) as found,
    ):
        yield Socket(found)


def written(folder: Path, name: str, bars: Bars) -> str:
    """A candle file in ``folder``."""
    path = folder / name
    write_candle_file(path, bars)
    return str(path)
