"""Requests that go wrong, and the limits per address, in front of both faces of the exchange."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from .fault_desk import FaultDesk
from .fault_frames import add_unknown_fields, candle_key
from .faults import Fault, Limits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MARKET, _PUBLIC = "/v5/market", "/v5/public"
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class AddressLimits:
    """Requests and new sockets of one address, counted in sliding windows."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._now = limits, now
        self._requests: dict[str, deque[float]] = {}
        self._sockets: dict[str, deque[float]] = {}
        self._banned: dict[str, float] = {}
        self.bans = 0

    def request(self, address: str) -> bool:
        """Count a request; False when it is over the limit, and for as long as the ban lasts."""
        now = self._now()
        if self._banned.get(address, now) > now:
            return False
        if self._fits(self._requests, address, self._limits.requests, self._limits.seconds):
            return True
        self._banned[address] = now + self._limits.ban
        self.bans += 1
        return False

    def socket(self, address: str) -> bool:
        """Count a new socket; False when there are too many."""
        return self._fits(self._sockets, address, self._limits.connections, self._limits.connection_seconds)

    def _fits(self, counts: dict[str, deque[float]], address: str, most: int, seconds: float) -> bool:
        now, moments = self._now(), counts.setdefault(address, deque())
        while moments and moments[0] <= now - seconds:
            moments.popleft()
        if len(moments) >= most:
            return False
        moments.append(now)
        return True


class RequestFaults:
    """Stands between the server and its handlers."""

    def __init__(self, desk: FaultDesk, limits: Limits | None, now: Callable[[], int]) -> None:
        self._desk, self._now = desk, now
        self.limits = None if limits is None else AddressLimits(limits)

    def middleware(self) -> Any:
        """The function that the server calls around every handler."""

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(_PUBLIC):
                return await self._socket(request, handler)
            if request.path.startswith(_MARKET):
                return await self._request(request, handler)
            return await handler(request)

        return around

    async def _socket(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = self._desk.present("refuse")
        over = self.limits is not None and not self.limits.socket(request.remote or "")
        if over or (fault is not None and fault.how == "503") or self._desk.present("maintenance"):
            return _html(503, "Service Unavailable")
        if fault is not None:
            return _cut(request)
        return await handler(request)

    async def _request(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        subject = request.path.removeprefix(_MARKET)
        if self.limits is not None and not self.limits.request(request.remote or ""):
            return web.Response(status=403, text="access too frequent")
        if self._desk.quiet:
            return await handler(request)
        if (refusal := self._refusal(subject)) is not None:
            return refusal
        if (fault := self._desk.strikes("timeout", subject)) is not None:
            await asyncio.sleep(fault.delay)
        reply = await handler(request)
        assert isinstance(reply, web.Response)
        body = self._edited(request, subject, reply)
        if (fault := self._desk.strikes("cut_reply", subject)) is not None:
            return await self._broken(request, body, fault)
        kind = "application/json"
        if (fault := self._desk.strikes("wrong_type", subject)) is not None:
            kind = "text/html" if fault.how == "html" else "text/plain"
            body = _PAGE.format("Welcome").encode() if fault.how == "html" else body
        return web.Response(body=body, content_type=kind, headers={"X-Bapi-Limit": "50", "X-Bapi-Limit-Status": "49"})

    def _refusal(self, subject: str) -> web.Response | None:
        desk = self._desk
        if desk.present("maintenance"):
            return _html(503, "Service Unavailable")
        if desk.strikes("ban", subject):
            return web.Response(status=403, text="access too frequent")
        if (fault := desk.strikes("busy", subject)) is not None:
            wait = {"Retry-After": str(max(1, round(fault.delay)))} if fault.how == "retry_after" else {}
            return web.Response(status=429, text="too many requests", headers=wait)
        if (fault := desk.strikes("server_error", subject)) is not None:
            return _html(fault.status, "Bad Gateway")
        if (fault := desk.strikes("too_many_visits", subject)) is not None:
            return self._too_many(fault)
        return None

    def _too_many(self, fault: Fault) -> web.Response:
        now = self._now()
        body = {"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "retExtInfo": {}, "time": now}
        headers = {}
        if fault.how != "none":
            # the client compares this with its own clock, which is the computer's
            reset = time.time() + (fault.delay if fault.how == "reset" else -5)
            headers = {"X-Bapi-Limit": "50", "X-Bapi-Limit-Status": "0"}
            headers["X-Bapi-Limit-Reset-Timestamp"] = str(int(reset * 1000))
        return web.Response(body=orjson.dumps(body), content_type="application/json", headers=headers)

    def _edited(self, request: web.Request, subject: str, reply: web.Response) -> bytes:
        body = bytes(reply.body) if isinstance(reply.body, bytes) else b""
        skew, unknown = self._desk.strikes("skew", subject), self._desk.strikes("unknown_fields", subject)
        if skew is None and unknown is None and subject != "/kline":
            return body
        message = orjson.loads(body)
        if subject == "/kline" and message["retCode"] == 0:
            topic = f"kline.{request.query['interval']}.{request.query['symbol']}"
            message["result"]["list"] = [r for r in message["result"]["list"] if self._told(topic, int(r[0]))]
        if skew is not None:
            _shift(message, skew.ms)
        if unknown is not None:
            add_unknown_fields(message)
        return orjson.dumps(message)

    def _told(self, topic: str, start: int) -> bool:
        key = candle_key(topic, start)
        fault = self._desk.struck("missing", key)
        if fault is not None and fault.how == "both":
            return False
        fault = self._desk.strikes("missing", topic, key)
        return fault is None or fault.how == "stream"

    async def _broken(self, request: web.Request, body: bytes, fault: Fault) -> web.StreamResponse:
        if fault.how == "reset":
            return _cut(request)
        reply = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
        await reply.prepare(request)
        await reply.write(body[: len(body) // 2])
        _cut(request)
        return reply


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere


def _html(status: int, title: str) -> web.Response:
    return web.Response(status=status, text=_PAGE.format(f"{status} {title}"), content_type="text/html")


def _shift(message: dict[str, Any], ms: int) -> None:
    message["time"] += ms
    result = message["result"]
    if "timeNano" in result:
        result["timeNano"] = str(int(result["timeNano"]) + ms * 1_000_000)
        result["timeSecond"] = str(int(result["timeNano"]) // 1_000_000_000)
