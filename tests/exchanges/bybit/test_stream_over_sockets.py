import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from shared_modules.core.clock import SystemClock
from shared_modules.core.events import ConnectionState
from shared_modules.core.market import Category
from shared_modules.exchanges.base import CandleTopic
from shared_modules.exchanges.bybit import BybitStream

from .fakes import kline, series, settings

LIBRARIES = ("picows", "websockets")


class QuickClock(SystemClock):
    """A clock that runs twenty times as fast as the PC's."""

    def monotonic(self):
        return super().monotonic() * 20

    def now(self):
        return super().now() * 20

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / 20)


class Server:
    """Acknowledges, sends one candle per subscription, and keeps its connections so that a test can break them."""

    def __init__(self):
        self.clients, self.subscribed, self.deaf = [], asyncio.Queue(), False

    async def __call__(self, client):
        self.clients.append(client)
        with suppress(ConnectionClosed):
            async for text in client:
                frame = json.loads(text)
                if self.deaf or frame["op"] != "subscribe":
                    continue
                await client.send(json.dumps({"success": True, "op": "subscribe", "req_id": frame["req_id"]}))
                await client.send(json.dumps(kline()))
                self.subscribed.put_nowait(frame["args"])

    @asynccontextmanager
    async def serving(self):
        async with serve(self, "127.0.0.1", 0) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v5/public"


@asynccontextmanager
async def streaming(library, **options):
    server, got, states = Server(), asyncio.Queue(), asyncio.Queue()
    async with server.serving() as url:
        chosen = settings(public_ws_url=url, socket_library=library, **options)
        stream = BybitStream(chosen, Category.LINEAR, QuickClock())
        stream.on_state(lambda state, detail: states.put_nowait(state))
        stream.subscribe([CandleTopic(series())], lambda topic, candles: got.put_nowait(candles))
        await stream.start()
        try:
            yield server, got, states
        finally:
            await stream.close()
    assert stream.health().state is ConnectionState.OFF


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("how", ["closing handshake", "reset"])
async def test_a_broken_connection_is_restored(library, how):
    async with streaming(library) as (server, got, states):
        assert (await got.get())[0].close == 10.0
        if how == "reset":
            server.clients[0].transport.abort()
        else:
            await server.clients[0].close(1001)
        assert (await got.get())[0].close == 10.0
        assert [await server.subscribed.get() for _ in range(2)] == [["kline.1.BTCUSDT"]] * 2
        seen = [await states.get() for _ in range(4)]
        assert [s.value for s in seen] == ["connecting", "connected", "reconnecting", "connected"]


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_socket_that_falls_silent_is_replaced(library):
    async with streaming(library, silence_limit=2.0) as (server, got, _):
        await got.get()
        await got.get()
        assert len(server.clients) >= 2


@pytest.mark.parametrize("library", LIBRARIES)
async def test_closing_in_the_middle_of_a_handshake_leaves_nothing_open(library):
    met = asyncio.Event()
    ended = asyncio.Event()

    async def silence(reader, writer):
        met.set()
        await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(silence, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v5/public"
        stream = BybitStream(settings(public_ws_url=url, socket_library=library), Category.LINEAR)
        await stream.start()
        await met.wait()
        await stream.close()
        await ended.wait()
