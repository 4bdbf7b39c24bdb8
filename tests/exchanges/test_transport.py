import asyncio
import gc
import socket
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from shared_modules.exchanges import transport
from shared_modules.exchanges.transport import is_loopback, open_socket

LIBRARIES = ("picows", "websockets")


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.transport = None
        self.texts = asyncio.Queue()
        self.closed = asyncio.get_running_loop().create_future()

    def on_open(self, transport):
        self.transport = transport

    def on_text(self, data):
        self.texts.put_nowait(data)

    def on_close(self, reason):
        self.closed.set_result(reason)


async def echo(client):
    with suppress(ConnectionClosed):
        async for text in client:
            if text == "close":
                await client.close(1012, "restart")
            elif text == "parts":
                await client.send(["one ", "two ", "three"])
            elif text == "endless":
                await client.send("x" * 1_000_000 for _ in range(40))
            elif text == "huge":
                await client.send("x" * 9_000_000)
            elif text == "big":
                await client.send("x" * 300_000)
            else:
                await client.send(text)


@pytest.fixture
async def url():
    async with serve(echo, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v5/public/linear"


@pytest.mark.parametrize("library", LIBRARIES)
async def test_frames_come_back_in_the_order_sent(url, library):
    heard = Heard()
    await open_socket(url, heard, library)
    for i in range(50):
        heard.transport.send(b"%d" % i)
    assert [await heard.texts.get() for _ in range(50)] == [b"%d" % i for i in range(50)]
    heard.transport.abort()
    assert await heard.closed


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_message_in_parts_arrives_whole(url, library):
    heard = Heard()
    await open_socket(url, heard, library)
    heard.transport.send(b"parts")
    assert await heard.texts.get() == b"one two three"
    heard.transport.send(b"big")
    assert len(await heard.texts.get()) == 300_000
    heard.transport.abort()
    await heard.closed


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_message_that_does_not_end_costs_the_connection_and_not_the_memory(url, library):
    heard = Heard()
    await open_socket(url, heard, library)
    heard.transport.send(b"endless")
    assert await heard.closed
    assert heard.texts.empty()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_frame_that_is_too_large_costs_the_connection_and_leaves_nothing_unsaid(url, library, caplog):
    heard = Heard()
    await open_socket(url, heard, library)
    heard.transport.send(b"huge")
    assert await heard.closed
    gc.collect()
    await asyncio.sleep(0)
    assert not [r for r in caplog.records if "never retrieved" in r.getMessage()]


@pytest.mark.parametrize("library", LIBRARIES)
async def test_the_reason_of_a_close_is_told(url, library):
    heard = Heard()
    await open_socket(url, heard, library)
    heard.transport.send(b"close")
    assert await heard.closed == "closed by the exchange (code 1012, restart)"
    heard.transport.send(b"too late")
    heard.transport.abort()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_refused_connection_is_a_sentence_with_the_address(library):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OSError, match=f"no connection to ws://127.0.0.1:{port}: connection refused; check the address"):
        await open_socket(f"ws://127.0.0.1:{port}", Heard(), library)


@asynccontextmanager
async def raw_server(answer):
    """The port of a server that sends ``answer`` to whatever comes and then only listens."""
    ended = []

    async def serve_one(reader, writer):
        ended.append(asyncio.Event())
        writer.write(answer)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended[-1].set()

    async with await asyncio.start_server(serve_one, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for event in ended:
            await event.wait()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_an_http_answer_is_a_sentence_and_not_a_crash(library):
    async with raw_server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as port:
        with pytest.raises(OSError, match="404"):
            await open_socket(f"ws://127.0.0.1:{port}/nothing", Heard(), library)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_silent_address_is_given_up(library):
    async with raw_server(b"") as port:
        with pytest.raises(TimeoutError, match=r"no answer from ws://127.0.0.1:\d+ within 0.1 s"):
            await open_socket(f"ws://127.0.0.1:{port}", Heard(), library, timeout=0.1)


async def test_without_picows_the_other_library_serves_and_the_log_says_so(url, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "picows", None)
    transport._have_picows.cache_clear()
    try:
        heard = Heard()
        await open_socket(url, heard, "picows")
        heard.transport.send(b"hello")
        assert await heard.texts.get() == b"hello"
        assert "the websockets library takes its place" in caplog.text
        heard.transport.abort()
        await heard.closed
    finally:
        transport._have_picows.cache_clear()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80", True),
        ("ws://localhost:1/x", True),
        ("http://[::1]:5", True),
        ("https://api.bybit.com", False),
    ],
)
def test_loopback_addresses_are_known(url, expected):
    assert is_loopback(url) is expected
