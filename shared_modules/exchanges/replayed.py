"""A recording as an exchange: its frames come through a socket that is none, its candles from what was told in it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import math
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from shared_modules.core.bars import Bars
from shared_modules.core.errors import TradeBotError
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe

from .base import CandleKind, CandlePage, Capabilities, Priority
from .bybit import names, parse
from .bybit.feeds import CandleFeed
from .bybit.market_data import split
from .candles_only import CandlesOnly
from .recording import ANSWER, CLOSED, FRAME, MARK, OPENED, Record, read
from .transport import SocketListener

_TOPIC = re.compile(rb'"topic"\s*:\s*"([^"]+)"')
_TIME = re.compile(rb'"(?:ts|time)"\s*:\s*(\d{13})\b')
_FRAMES = {name: frame for frame, name in names.INTERVALS.items()}
_KLINES = "/v5/market/kline"


class ReplayClock:
    """The time of a recording: it passes when `advance` says so, and wakes who sleeps until then, in order."""

    def __init__(self, start: int) -> None:
        self._start = self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self.sleeping: set[asyncio.Task[Any]] = set()

    def now(self) -> int:
        return self._now // 1000

    def monotonic(self) -> float:
        return (self._now - self._start) / 1e6

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        task = asyncio.current_task()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # whole microseconds, and one at least: who sleeps for what is left of less would never wake up later
        due = self._now + max(1, math.ceil(seconds * 1e6 - 1e-3))
        heapq.heappush(self._sleepers, (due, next(self._order), waiter))
        assert task is not None
        self.sleeping.add(task)
        try:
            await waiter
        finally:
            self.sleeping.discard(task)

    async def advance(self, to: int) -> None:
        """Let it be ``to`` (us UTC); it never runs back."""
        while self._sleepers and self._sleepers[0][0] <= to:
            due, _, waiter = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not waiter.done():
                waiter.set_result(None)
                await _settle()
        self._now = max(self._now, to)
        await _settle()


class RecordedMarket(CandlesOnly):
    """`MarketData` out of a recording: every finished candle that was told in it, as of ``now``, and nothing else."""

    def __init__(self, name: str = "bybit") -> None:
        self._name = name
        self._bars: dict[Series, Bars] = {}
        self.now = 0
        self.first = self.last = 0
        self.records = 0
        self.frames = 0
        self.times: list[tuple[int, int]] = []
        self.marks: list[Record] = []
        self.capabilities: Capabilities = names.CAPABILITIES

    @classmethod
    def of(cls, place: Path) -> RecordedMarket:
        """The market in the recording at ``place``; raises what `read` raises."""
        found = cls()
        pieces: dict[Series, list[Bars]] = {}
        categories: dict[str, Category] = {}
        for record in read(place):
            found.first = found.first or record.time
            found.last = record.time
            found.records += 1
            if record.kind == MARK:
                found._name = _exchange(record) or found._name
                found.marks.append(record)
            for series, bars in _told(record, found._name, categories):
                pieces.setdefault(series, []).append(bars)
            if record.kind == ANSWER and (time := told_time(record.payload)):
                found.times.append((record.time, time))
            found.frames += record.kind == FRAME
        for series, parts in pieces.items():
            found._bars[series] = _joined(parts)
        return found

    @property
    def name(self) -> str:
        return self._name

    @property
    def series(self) -> tuple[Series, ...]:
        """The series of which candles were told."""
        return tuple(self._bars)

    def told(self, series: Series, start: int, end: int) -> Bars:
        """Every finished candle in [start, end) that was told anywhere in the recording."""
        return self._bars.get(series, Bars.empty()).between(start, end)

    def note(self, record: Record) -> None:
        """Let the exchange's clock be what ``record`` tells."""
        if record.kind in (FRAME, ANSWER):
            self.now = max(self.now, told_time(record.payload))

    async def server_time(self) -> int:
        return self.now

    async def candles(
        self,
        series: Series,
        start: int,
        end: int,
        *,
        kind: CandleKind = CandleKind.TRADED,
        priority: Priority = Priority.HISTORY,
    ) -> CandlePage:
        """The finished candles in [start, end) that were told in the recording; the newest 1000 of them."""
        page = split(self.told(series, start, end), series.timeframe, self.now)
        return CandlePage(page.bars.tail(self.capabilities.candles_per_request), None, self.now)


class RecordedSockets:
    """Opens sockets that bring the frames of a recording to whoever subscribed to their topics."""

    def __init__(self) -> None:
        self._links: list[_Link] = []
        self._routes: dict[bytes, list[_Link]] = {}
        self._open = 1  # a recording may begin in the middle
        self._begun = False

    async def connect(self, url: str, listener: SocketListener, library: str, timeout: float) -> None:
        """Take the part of `open_socket`; refused while the recording has no connection."""
        if self._open <= 0:
            raise OSError(f"no connection to {url}: there was none in the recording")
        self._links.append(_Link(self, listener))

    def reopen(self) -> None:
        """Let connections be made from now on, whatever the recording had."""
        self._open = max(1, self._open)

    def take(self, record: Record) -> None:
        """Pass a record on: a frame to its subscribers, the end of a socket to all."""
        if record.kind == OPENED:
            self._open = self._open + 1 if self._begun else 1
            self._begun = True
        elif record.kind == CLOSED:
            self._begun = True
            self._open -= 1
            for link in tuple(self._links):
                link.end(record.payload.decode("utf-8", "replace"))
        elif record.kind == FRAME:
            self._frame(record.payload)

    def _frame(self, data: bytes) -> None:
        found = _TOPIC.search(data, 0, 400)
        if found is None:
            if b'"op"' not in data and self._links:  # what cannot be read reached somebody too
                self._links[0].listener.on_text(data)
            return
        links = self._routes.get(found[1])
        if links is None:
            links = self._routes[found[1]] = [link for link in self._links if found[1] in link.topics]
        for link in links:
            link.listener.on_text(data)

    def forget_routes(self) -> None:
        """Topics or sockets changed."""
        self._routes.clear()

    def gone(self, link: _Link) -> None:
        """``link`` ended."""
        with suppress(ValueError):
            self._links.remove(link)
        self.forget_routes()


class _Link:
    """A socket of the replay: answers subscriptions by itself."""

    def __init__(self, sockets: RecordedSockets, listener: SocketListener) -> None:
        self._sockets = sockets
        self.listener = listener
        self.topics: set[bytes] = set()
        self._over = False
        listener.on_open(self)

    def send(self, text: bytes) -> None:
        message = orjson.loads(text)
        op, topics = message["op"], [topic.encode() for topic in message.get("args", ())]
        if op == "subscribe":
            self.topics.update(topics)
        elif op == "unsubscribe":
            self.topics.difference_update(topics)
        self._sockets.forget_routes()
        text_back = "pong" if op == "ping" else ""
        answer = {"success": True, "ret_msg": text_back, "conn_id": "replay", "op": op, "req_id": message.get("req_id")}
        asyncio.get_running_loop().call_soon(self._answer, orjson.dumps(answer))

    def _answer(self, data: bytes) -> None:
        if not self._over:
            self.listener.on_text(data)

    def end(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._sockets.gone(self)
            self.listener.on_close(reason)

    def abort(self) -> None:
        if not self._over:
            asyncio.get_running_loop().call_soon(self.end, "closed")


def told_time(payload: bytes) -> int:
    """The exchange's clock in a frame or an answer, ms; 0 where it tells none."""
    found = _TIME.findall(payload[:300] + payload[-200:] if len(payload) > 500 else payload)
    return max(map(int, found), default=0)


def _exchange(record: Record) -> str | None:
    with suppress(ValueError, AttributeError):
        name = json.loads(record.payload).get("exchange")
        return str(name) if name else None
    return None


def _told(record: Record, name: str, categories: dict[str, Category]) -> Iterable[tuple[Series, Bars]]:
    """The finished candles in ``record``."""
    try:
        if record.kind == FRAME and b'"confirm":true' in record.payload:
            return _of_frame(record, name, categories)
        if record.kind == ANSWER and record.status == 200 and urlsplit(record.name).path == _KLINES:
            return _of_answer(record, name)
        if record.kind == OPENED:
            categories[record.name] = Category(record.name.partition("#")[0].rpartition("/")[2])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, TradeBotError):
        pass  # what the collector could not read either
    return ()


def _of_frame(record: Record, name: str, categories: dict[str, Category]) -> Iterable[tuple[Series, Bars]]:
    message = orjson.loads(record.payload)
    kind, frame, symbol = message["topic"].split(".")
    if kind != "kline":
        return ()
    category = categories.get(record.name) or Category(record.name.partition("#")[0].rpartition("/")[2])
    # a frame may tell one candle twice, or several out of order
    told = {candle.time: candle for candle in CandleFeed().receive(message) or () if candle.confirmed}
    return [
        (Series(Market(name, category, symbol), _timeframe(frame)), Bars.from_candles(told[t] for t in sorted(told)))
    ]


def _of_answer(record: Record, name: str) -> Iterable[tuple[Series, Bars]]:
    asked = {key: found[0] for key, found in parse_qs(urlsplit(record.name).query).items()}
    answer = orjson.loads(record.payload)
    if answer.get("retCode") != 0:
        return ()
    frame = _timeframe(asked["interval"])
    page = split(parse.bars(answer["result"]), frame, int(answer["time"]))
    return [(Series(Market(name, Category(asked["category"]), asked["symbol"]), frame), page.bars)]


def _timeframe(name: str) -> Timeframe:
    return TIMEFRAMES[_FRAMES[name]]


def _joined(parts: list[Bars]) -> Bars:
    """All of ``parts`` together; what was told later wins."""
    while len(parts) > 1:  # in pairs: one by one would copy the first of thousands again and again
        pairs = [parts[n : n + 2] for n in range(0, len(parts), 2)]
        parts = [pair[0].merged(pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


async def _settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)
