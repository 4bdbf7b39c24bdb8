"""An exchange in memory that fits the ports: candles follow from their times, its clock stands until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Rejected
from shared_modules.core.events import ConnectionState, Disconnected
from shared_modules.core.market import Candle, Category, Market, OrderBook, Series
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.exchanges.base import (
    CandleKind,
    CandlePage,
    CandleTopic,
    Capabilities,
    Delivery,
    Priority,
    StreamHealth,
    Topic,
)
from shared_modules.exchanges.candles_only import CandlesOnly

NOW = 1_750_000_000_000 // 3_600_000 * 3_600_000


def series_of(symbol: str = "BTCUSDT", timeframe: str = "1m") -> Series:
    return Series(Market("fake", Category.LINEAR, symbol), TIMEFRAMES[timeframe])


def candle_at(time: int, confirmed: bool = True, share: float = 1.0) -> Candle:
    """The candle that opens at ``time``; unfinished ones have ``share`` of the volume."""
    step = time // 60_000 % 97
    open_, close = 100.0 + step, 100.5 + step * 0.5
    high, low = max(open_, close) + 1.25, min(open_, close) - 0.75
    volume = (1.5 + step / 8) * share
    return Candle(time, open_, high, low, close, volume, volume * 100.0, confirmed)


def bars_at(times: Iterable[int]) -> Bars:
    return Bars.from_candles(candle_at(time) for time in times)


class FakeMarketData(CandlesOnly):
    """REST answers of the exchange; ``missing`` times have no candle, ``errors`` are raised one per request."""

    def __init__(self, now: int = NOW, limit: int = 1000, launch: int = 0) -> None:
        self.now = now
        self.launch = launch
        self.missing: set[int] = set()
        self.errors: list[Exception] = []
        self.unknown: set[str] = set()
        self.asked: list[tuple[Series, int, int, Priority]] = []
        self.most_at_once = 0
        self._at_once = 0
        self.capabilities = Capabilities(tuple(TIMEFRAMES.values()), (Category.LINEAR,), limit, (1, 50))

    @property
    def name(self) -> str:
        return "fake"

    async def server_time(self) -> int:
        await asyncio.sleep(0)
        self._fail()
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
        self.asked.append((series, start, end, priority))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            self._fail()
        finally:
            self._at_once -= 1
        if series.market.symbol in self.unknown:
            raise Rejected(f"no symbol '{series.market.symbol}'")
        return self._page(series.timeframe, max(start, self.launch), end)

    def _page(self, timeframe: Timeframe, start: int, end: int) -> CandlePage:
        time = timeframe.floor(min(end - 1, self.now))
        candles: list[Candle] = []
        while time >= start and len(candles) < self.capabilities.candles_per_request:
            if time not in self.missing:
                candles.append(candle_at(time, timeframe.next(time) <= self.now))
            time = timeframe.floor(time - 1)
        running = candles.pop(0) if candles and not candles[0].confirmed else None
        return CandlePage(Bars.from_candles(reversed(candles)), running, self.now)

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    async def order_book(self, market: Market, depth: int = 50) -> OrderBook:
        return OrderBook(market.symbol, self.now, 1, (), ())


class FakeStream:
    """A feed that says what the test pushes."""

    def __init__(self) -> None:
        self.state = ConnectionState.CONNECTED
        self.exchange_time: int | None = None
        self._subscribers: list[tuple[set[Topic], Callable[[Topic, Delivery], None]]] = []
        self._listeners: dict[Callable[[ConnectionState, str], None], None] = {}

    @property
    def topics(self) -> set[Topic]:
        return set().union(*(topics for topics, _ in self._subscribers))

    def subscribe(self, topics: Iterable[Topic], deliver: Callable[[Topic, Delivery], None]) -> Callable[[], None]:
        entry = (set(topics), deliver)
        self._subscribers.append(entry)

        def undo() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)

        return undo

    def push(self, series: Series, *candles: Candle) -> None:
        """Deliver ``candles`` as one message."""
        self.deliver(CandleTopic(series), candles)

    def deliver(self, topic: Topic, delivery: Delivery) -> None:
        for topics, deliver in list(self._subscribers):
            if topic in topics:
                deliver(topic, delivery)

    def on_state(self, listener: Callable[[ConnectionState, str], None]) -> Callable[[], None]:
        self._listeners[listener] = None

        def undo() -> None:
            self._listeners.pop(listener, None)

        return undo

    def change(self, state: ConnectionState, detail: str = "") -> None:
        """Go into another state and tell."""
        self.state = state
        for listener in list(self._listeners):
            listener(state, detail)

    def health(self) -> StreamHealth:
        return StreamHealth(self.state, len(self.topics), 0, 0.0, None, 0, (), self.exchange_time, None)

    def disconnects(self) -> tuple[Disconnected, ...]:
        return ()

    def on_disconnect(self, listener: Callable[[Disconnected], None]) -> Callable[[], None]:
        return lambda: None

    def recycle(self, reason: str) -> None:
        self.recycled = reason

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass
