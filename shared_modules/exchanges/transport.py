"""The socket port: text frames by callbacks, served by picows or by websockets."""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from .batching import Batching, Portions

_log = logging.getLogger(__name__)
_MOST_BYTES = 8 * 1024 * 1024


class Transport(Protocol):
    """An open socket. Both calls are safe after its end."""

    def send(self, text: bytes) -> None:
        """Send one text frame of UTF-8 bytes; frames leave in the order of the calls."""
        ...

    def abort(self) -> None:
        """Cut the connection at once, without a closing handshake."""
        ...


class SocketListener(Protocol):
    """Who is told; called on the loop's thread. Nothing it raises may leave it."""

    def on_open(self, transport: Transport) -> None: ...
    def on_text(self, data: bytes) -> None: ...
    def on_close(self, reason: str) -> None:
        """The socket ended, told once and only after `on_open`."""
        ...


async def open_socket(url: str, listener: SocketListener, library: str = "picows", timeout: float = 10.0) -> None:
    """Connect to ``url`` (ws or wss) and call ``listener`` from then on.

    Raises OSError (also TimeoutError) with a sentence when there is no answer or the answer is no WebSocket.
    """
    try:
        async with asyncio.timeout(timeout):
            if library == "picows" and _have_picows():
                await _open_picows(url, listener)
            else:
                await _open_websockets(url, listener)
    except TimeoutError:
        raise TimeoutError(f"no answer from {url} within {timeout:g} s; check the address or your network") from None


@cache
def _have_picows() -> bool:
    try:
        import picows  # noqa: F401
    except ImportError as error:
        _log.warning("picows cannot be used (%s); the websockets library takes its place", error)
        return False
    return True


def refusal(url: str, error: BaseException) -> OSError:
    """What ``error`` means for whoever wanted to connect to ``url``, in a sentence."""
    if isinstance(error, ConnectionRefusedError):
        reason = "connection refused"
    elif isinstance(error, ssl.SSLError):
        reason = f"no secure connection ({error.reason or error})"
    elif isinstance(error, OSError):
        reason = error.strerror or str(error) or type(error).__name__
    else:
        reason = str(error) or type(error).__name__
    return OSError(f"no connection to {url}: {reason}; check the address or your network")


def is_loopback(url: str) -> bool:
    """Whether ``url`` names this machine, which no proxy can reach."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _secured(url: str) -> ssl.SSLContext | None:
    # reading the certificates takes long enough to be felt
    return await asyncio.to_thread(_trust) if url.startswith("wss:") else None


@cache
def _trust() -> ssl.SSLContext:
    import certifi

    # the system's certificates (a company's own are there), and the usual ones where a system has none
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


async def _connected(host: str, port: int) -> socket.socket:
    from aiohappyeyeballs import start_connection

    addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await start_connection(addresses, happy_eyeballs_delay=0.25)


async def _open_picows(url: str, listener: SocketListener) -> None:
    import picows

    class Frames(picows.WSListener):
        """Hands whole text messages on; control frames are answered by the library."""

        def __init__(self) -> None:
            self._parts: list[bytes] = []
            self._size = 0
            self._read: Callable[[], None] = lambda: None
            self._portions: Portions

        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            loop = asyncio.get_running_loop()
            reading = Batching(transport.underlying_transport, loop)
            self._read, self._portions = reading.frame, Portions(listener.on_text, reading, loop)
            listener.on_open(_Picows(transport, self._portions))

        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            self._read()
            kind = frame.msg_type
            if kind == text and frame.fin:
                self._portions.put(frame.get_payload_as_bytes())
            elif kind in (text, more):
                self._parts.append(frame.get_payload_as_bytes())
                self._size += len(self._parts[-1])
                if self._size > _MOST_BYTES:
                    # the library bounds a frame, not the message that frames make
                    self._parts = []
                    transport.disconnect(graceful=False)
                elif frame.fin:
                    whole, self._parts, self._size = b"".join(self._parts), [], 0
                    self._portions.put(whole)
            elif kind == close:
                transport.send_close(frame.get_close_code())
                transport.disconnect()

        def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
            # the library keeps its own reason where it is asked for it, and complains when nobody asks
            task = asyncio.get_running_loop().create_task(self._end(transport), name="socket end")
            endings.add(task)
            task.add_done_callback(endings.discard)

        async def _end(self, transport: picows.WSTransport) -> None:
            reason = _close_sentence(getattr(transport.close_handshake, "recv", None))
            try:
                await transport.wait_disconnected()
            except Exception as error:  # noqa: BLE001 - whatever ended it, it ended
                reason = f"the connection was given up ({str(error) or type(error).__name__})"
            self._portions.finish()
            listener.on_close(reason)

    async def connected(where: picows.WSParsedURL) -> socket.socket:
        sockets.append(await _connected(where.host, where.port))
        return sockets[-1]

    # it tells of every connection and its end, which is told here by whoever uses it
    logging.getLogger("picows").setLevel(logging.WARNING)
    sockets: list[socket.socket] = []
    endings: set[asyncio.Task[None]] = set()
    text, more, close = picows.WSMsgType.TEXT, picows.WSMsgType.CONTINUATION, picows.WSMsgType.CLOSE
    try:
        await picows.ws_connect(
            Frames,
            url,
            ssl_context=await _secured(url),
            max_frame_size=_MOST_BYTES,
            websocket_handshake_timeout=None,
            # the loop's own connections: Qt's loop and Windows' are supported by these
            use_aiofastnet=False,
            socket_factory=connected,
        )
    except asyncio.CancelledError:
        # the library forgets a socket whose handshake is cancelled: end it, and let the loop see that
        for opened in sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
        for _ in range(3):
            await asyncio.sleep(0)
        raise
    except (OSError, picows.WSError, ValueError) as error:
        raise refusal(url, error) from error


def _close_sentence(said: Any) -> str:
    """Why a socket ended; ``said`` is the closing frame (code, reason) or None."""
    if said is None:
        return "the connection broke"
    code = getattr(said.code, "value", said.code)
    return f"closed by the exchange (code {code}{', ' + said.reason if said.reason else ''})"


class _Picows:
    def __init__(self, transport: Any, portions: Portions) -> None:
        import picows

        self._transport, self._portions = transport, portions
        self._text = picows.WSMsgType.TEXT

    def send(self, text: bytes) -> None:
        if not self._transport.is_disconnected:
            self._transport.send(self._text, text)

    def abort(self) -> None:
        self._portions.forget()
        self._transport.disconnect(graceful=False)


async def _open_websockets(url: str, listener: SocketListener) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidURI, WebSocketException

    try:
        opened = await connect(
            url,
            compression=None,
            ping_interval=None,
            open_timeout=None,
            close_timeout=1,
            max_size=_MOST_BYTES,
            ssl=await _secured(url),
            proxy=None if is_loopback(url) else True,
        )
    except (OSError, WebSocketException, InvalidURI, ValueError) as error:
        raise refusal(url, error) from error
    _Websockets(opened, listener)


class _Websockets:
    def __init__(self, opened: Any, listener: SocketListener) -> None:
        self._socket = opened
        self._listener = listener
        self._tasks: set[asyncio.Task[None]] = set()
        listener.on_open(self)
        self._start(self._read())

    def send(self, text: bytes) -> None:
        self._start(self._send(text))

    def abort(self) -> None:
        self._socket.transport.abort()

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, name="socket")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, text: bytes) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            await self._socket.send(text, text=True)
        except ConnectionClosed:
            return  # the reader tells it

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        receive, hand_on = self._socket.recv, self._listener.on_text
        try:
            while True:
                hand_on(await receive(decode=False))
        except ConnectionClosed as end:
            self._listener.on_close(_close_sentence(end.rcvd))
