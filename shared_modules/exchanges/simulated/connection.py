"""One consumer of the public socket: what it subscribed, and a bounded queue that it must keep up with."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from uuid import uuid4

from aiohttp import ClientConnectionError, WSMsgType, web

# a lossless replay waits for a consumer with more than this many frames waiting
_HIGH = 500


class Connection:
    """Frames wait in order; when more than ``most`` wait the consumer is cut off, so that it slows down nobody else."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        category: str,
        most: int,
        delay: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.id = str(uuid4())
        self.category = category
        self.topics: set[str] = set()
        self._socket, self._request, self._most, self._delay = socket, request, most, delay
        self._waiting: deque[bytes] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self.cut = False
        self.deaf = False

    def send(self, frame: bytes) -> None:
        """Queue ``frame``."""
        if self.cut or self.deaf:
            return
        if len(self._waiting) >= self._most:
            self.abort()
            return
        self._waiting.append(frame)
        if len(self._waiting) > _HIGH:
            self._room.clear()
        self._news.set()

    async def room(self, patience: float) -> None:
        """Wait until the consumer has caught up; one that does not move for ``patience`` seconds is cut off."""
        while not self.cut and not self._room.is_set():
            before = len(self._waiting)
            try:
                await asyncio.wait_for(self._room.wait(), patience)
            except TimeoutError:
                if len(self._waiting) >= before:
                    self.abort()

    def abort(self) -> None:
        """Cut the line at once."""
        self.cut = True
        self._waiting.clear()
        self._room.set()
        self._news.set()
        if self._request.transport is not None:
            self._request.transport.abort()

    def silence(self) -> None:
        """Say and hear nothing any more, and keep the line open."""
        self.deaf = True
        self._waiting.clear()
        self._room.set()

    async def goodbye(self, code: int) -> None:
        """End the line with a closing handshake."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(self._socket.close(code=code, message=b"going away"), 2)

    async def write(self) -> None:
        """Send what is queued until the line ends; run as a task beside the reader."""
        with contextlib.suppress(ConnectionError, ClientConnectionError):
            while not self.cut:
                await self._news.wait()
                self._news.clear()
                while self._waiting:
                    if (pause := self._delay()) > 0:
                        await asyncio.sleep(pause)
                        if not self._waiting:
                            break
                    await self._socket.send_frame(self._waiting.popleft(), WSMsgType.TEXT)
                    if len(self._waiting) <= _HIGH // 2:
                        self._room.set()
        self.cut = True
        self._room.set()
