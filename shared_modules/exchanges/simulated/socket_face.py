"""The public socket: subscribe, unsubscribe and ping in the exchange's words."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from .connection import Connection
from .fault_desk import FaultDesk
from .options import VenueOptions
from .publisher import Publisher

CATEGORIES = ("linear", "inverse", "spot")
_MOST_CHARACTERS = 21_000
_SPOT_ARGS = 10


class SocketFace:
    """Serves ``/v5/public/{category}``."""

    def __init__(self, publisher: Publisher, options: VenueOptions, desk: FaultDesk | None = None) -> None:
        self._publisher, self._options, self._desk = publisher, options, desk or FaultDesk()
        self._open: set[web.WebSocketResponse] = set()
        self.served = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/v5/public/{category}", self._serve)]

    @property
    def connections(self) -> int:
        return len(self._publisher.connections)

    async def close(self) -> None:
        """Say goodbye to everybody with code 1001."""
        for connection in list(self._publisher.connections):
            connection.cut = True
        for socket in list(self._open):
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(socket.close(code=1001, message=b"going away"), 2)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        category = request.match_info["category"]
        if category not in CATEGORIES:
            raise web.HTTPNotFound
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=2.0)
        try:
            await socket.prepare(request)
        except ConnectionError:  # who called has hung up
            return socket
        connection = Connection(socket, request, category, self._options.queue, self._delay)
        if self._desk.present("half_open"):
            connection.silence()
        self._open.add(socket)
        self.served += 1
        self._publisher.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and not connection.deaf:
                    await self._answer(connection, message.data)
        finally:
            self._publisher.unsubscribe(connection, connection.topics)
            self._publisher.connections.discard(connection)
            self._open.discard(socket)
            connection.cut = True
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return socket

    def _delay(self) -> float:
        fault = self._desk.present("slow")
        return 0.0 if fault is None else fault.delay

    async def _answer(self, connection: Connection, text: str) -> None:
        try:
            request = orjson.loads(text)
        except orjson.JSONDecodeError:
            request = None
        if not isinstance(request, dict):
            self._say(connection, {}, "", "error:invalid request")
            return
        op, args = request.get("op"), request.get("args", [])
        if op == "ping":
            self._say(connection, request, "ping", "pong", True)
        elif op not in ("subscribe", "unsubscribe"):
            self._say(connection, request, str(op or ""), "error:invalid op")
        elif not isinstance(args, list) or not args or not all(isinstance(a, str) for a in args):
            self._say(connection, request, str(op), "error:invalid args")
        else:
            await self._change(connection, request, str(op), args)

    async def _change(self, connection: Connection, request: dict[str, Any], op: str, args: list[str]) -> None:
        problem = self._refusal(connection, args) if op == "subscribe" else None
        if op == "subscribe" and any(self._desk.strikes("no_ack", topic) for topic in args):
            return
        if problem is None and op == "subscribe" and self._snapshot_first(args):
            self._start(connection, args)
            await asyncio.sleep(self._options.ack_delay)
            self._done(connection, request, op)
            return
        await asyncio.sleep(self._options.ack_delay)
        if problem is not None:
            self._say(connection, request, op, problem)
            return
        self._done(connection, request, op)
        if op == "subscribe":
            self._start(connection, args)
        else:
            self._publisher.unsubscribe(connection, args)

    def _snapshot_first(self, args: list[str]) -> bool:
        return self._options.snapshot_first or any(self._desk.strikes("snapshot_first", topic) for topic in args)

    def _start(self, connection: Connection, args: list[str]) -> None:
        for frame in self._publisher.subscribe(connection, args):
            connection.send(frame)

    def _done(self, connection: Connection, request: dict[str, Any], op: str) -> None:
        self._say(connection, request, op, op if connection.category == "spot" else "", True)

    def _refusal(self, connection: Connection, args: list[str]) -> str | None:
        """Why the whole batch is refused: one bad topic is enough."""
        spot = connection.category == "spot"
        if spot and len(args) > _SPOT_ARGS:
            return "args size >10"
        if sum(map(len, args)) + sum(map(len, connection.topics)) > _MOST_CHARACTERS:
            return f"error:args length exceeds {_MOST_CHARACTERS}"
        seen = set(connection.topics)
        for topic in args:
            if (
                connection.category != "linear"
                or not self._publisher.known(topic)
                or self._desk.strikes("refuse_topic", topic)
            ):
                return f"Invalid symbol :[{topic}]" if spot else f"error:handler not found,topic:{topic}"
            if topic in seen:
                return f"error:already subscribed,topic:{topic}"
            seen.add(topic)
        return None

    def _say(self, connection: Connection, request: dict[str, Any], op: str, text: str, success: bool = False) -> None:
        answer = {"success": success, "ret_msg": text, "conn_id": connection.id, "req_id": request.get("req_id", "")}
        if connection.category == "spot" and op == "ping":
            del answer["req_id"]
        connection.send(orjson.dumps({**answer, "op": op}))
