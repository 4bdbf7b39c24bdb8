"""Stand-ins for Bybit: a REST server with scripted answers, and sockets without a network."""

import asyncio
import json
from contextlib import asynccontextmanager

from aiohttp import web

from shared_modules.core.clock import SystemClock
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import timeframe

MINUTE = 60_000
T0 = 1_700_000_040_000  # a whole minute
BTC = Market("bybit", Category.LINEAR, "BTCUSDT")


def series(symbol="BTCUSDT", name="1m"):
    return Series(Market("bybit", Category.LINEAR, symbol), timeframe(name))


def envelope(result, time=T0, code=0, text="OK"):
    return {"retCode": code, "retMsg": text, "result": result, "retExtInfo": {}, "time": time}


class HastyClock(SystemClock):
    """The PC's clock, whose sleeps take no time and are kept in ``slept``."""

    def __init__(self):
        self.slept = []

    def monotonic(self):
        return super().monotonic() + sum(self.slept)

    async def sleep(self, seconds):
        self.slept.append(seconds)
        await asyncio.sleep(0)


class FakeRest:
    """Answers requests to /v5/market/<name> by ``answers[name](query)`` or in turn by the items of a list."""

    def __init__(self):
        self.answers, self.requests, self.url = {}, [], ""

    @asynccontextmanager
    async def serving(self):
        app = web.Application()
        app.router.add_get("/v5/market/{name:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    def asked(self, name):
        return [query for asked, query in self.requests if asked == name]

    async def _serve(self, request):
        name, query = request.match_info["name"], dict(request.query)
        self.requests.append((name, query))
        answer = self.answers[name]
        found = answer.pop(0) if isinstance(answer, list) else answer(query)
        if isinstance(found, web.StreamResponse):
            return found
        if isinstance(found, Exception):
            request.transport.abort()
            return web.Response()
        return web.json_response(found)


class FakeSockets:
    """Stands in for `open_socket`: each connection is a `FakeSocket`, ``refuse`` makes attempts fail."""

    def __init__(self):
        self.opened, self.attempts, self.refuse, self.acknowledge = [], 0, False, True

    async def __call__(self, url, listener, library, timeout):
        self.attempts += 1
        if self.refuse:
            raise OSError(f"no connection to {url}: connection refused")
        self.opened.append(FakeSocket(url, listener, self))
        listener.on_open(self.opened[-1])

    @property
    def last(self):
        return self.opened[-1]


class FakeSocket:
    """One connection: what was sent is in ``sent``; subscriptions are acknowledged unless ``refusals`` name a topic."""

    def __init__(self, url, listener, venue):
        self.url, self.listener, self.venue = url, listener, venue
        self.sent, self.topics, self.refusals, self.open, self.pongs = [], set(), {}, True, True

    def send(self, text):
        assert self.open
        frame = json.loads(text)
        self.sent.append(frame)
        if frame["op"] == "ping":
            if self.pongs:
                self.say({"success": True, "ret_msg": "pong", "conn_id": "c", "req_id": "", "op": "ping"})
        elif self.venue.acknowledge:
            asyncio.get_running_loop().call_soon(self.answer, frame)

    def answer(self, frame):
        bad = next((t for t in frame["args"] if t in self.refusals), None)
        if frame["op"] == "unsubscribe":
            self.topics -= set(frame["args"])
        elif bad is None:
            self.topics |= set(frame["args"])
        done = bad is None or frame["op"] == "unsubscribe"
        text = "" if done else self.refusals[bad]
        self.say({"success": done, "ret_msg": text, "conn_id": "c", "req_id": frame["req_id"], "op": frame["op"]})

    def say(self, message):
        if self.open:
            self.listener.on_text(message if isinstance(message, bytes) else json.dumps(message).encode())

    def abort(self):
        self.drop("aborted")

    def drop(self, reason="the connection broke"):
        if self.open:
            self.open = False
            self.listener.on_close(reason)

    def frames(self, op):
        return [f for f in self.sent if f["op"] == op]


def kline(symbol="BTCUSDT", start=T0, close="10", confirm=False, interval="1", ts=None):
    return {
        "topic": f"kline.{interval}.{symbol}", "type": "snapshot", "ts": ts or start + 500,
        "data": [{
            "start": start, "end": start + MINUTE - 1, "interval": interval, "open": "9", "close": close, "high": "11",
            "low": "8.5", "volume": "2.5", "turnover": "25", "confirm": confirm, "timestamp": start + 400,
        }],
    }  # fmt: skip


def ticker(kind="snapshot", symbol="BTCUSDT", ts=T0, **data):
    return {"topic": f"tickers.{symbol}", "type": kind, "ts": ts, "cs": 1, "data": {"symbol": symbol, **data}}


def book(kind, u, bids, asks, symbol="BTCUSDT", depth=50, ts=T0):
    return {
        "topic": f"orderbook.{depth}.{symbol}", "type": kind, "ts": ts, "cts": ts,
        "data": {"s": symbol, "b": bids, "a": asks, "u": u, "seq": u},
    }  # fmt: skip


def settings(**changes):
    base = {"public_ws_url": "ws://exchange.test/v5/public", "rest_url": "http://exchange.test"}
    return ExchangeSettings(**base | changes)
