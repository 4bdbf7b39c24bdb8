"""The ports of an exchange: REST-like questions (`MarketData`) and a live feed (`MarketStream`).

An adapter is named by its ``name``, which is also the folder of its candles. What differs between exchanges is data
(`Capabilities`), never an `if` at the caller. All times are ms UTC of the exchange's clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from shared_modules.core.bars import Bars
from shared_modules.core.events import ConnectionState, Disconnected
from shared_modules.core.market import (
    Candle,
    Category,
    FundingRate,
    Instrument,
    Market,
    OpenInterest,
    OrderBook,
    PublicTrade,
    Series,
    Ticker,
)
from shared_modules.core.timeframes import Timeframe


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an exchange can do."""

    timeframes: tuple[Timeframe, ...]
    categories: tuple[Category, ...]
    candles_per_request: int
    book_depths: tuple[int, ...]
    funding: bool = True
    open_interest: bool = True


class Priority(StrEnum):
    """Who goes first when requests must wait; orders before anything."""

    ORDER = "order"
    ACCOUNT = "account"
    LIVE = "live"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class CandlePage:
    """One answer to a candle request.

    ``bars``: the finished candles, oldest first. ``unfinished``: the running one when the span reaches now.
    ``server_time``: the exchange's clock at the answer.
    """

    bars: Bars
    unfinished: Candle | None
    server_time: int


class CandleKind(StrEnum):
    TRADED = "traded"
    MARK = "mark"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class RequestHealth:
    """How requests are doing: ``waiting`` for their turn, ``paused`` for so many more seconds by the exchange's wish.

    ``took_ms``: round trip of the newest answer; ``error``: the newest failure in words, '' when none since an answer.
    """

    made: int
    failed: int
    waiting: int
    paused: float
    took_ms: float | None
    error: str


class MarketData(Protocol):
    """Market data on request. Raises `Unreachable`, `Throttled` or `Rejected`; retries of what may pass are inside."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def server_time(self) -> int: ...

    async def clock_offset(self) -> float:
        """Exchange time minus ours in ms, measured now; the best of a few samples."""
        ...

    async def instruments(self, category: Category) -> list[Instrument]: ...

    async def candles(
        self,
        series: Series,
        start: int,
        end: int,
        *,
        kind: CandleKind = CandleKind.TRADED,
        priority: Priority = Priority.HISTORY,
    ) -> CandlePage:
        """Candles with open times in [start, end), at most ``capabilities.candles_per_request``: the newest of them."""
        ...

    async def tickers(self, category: Category) -> list[Ticker]: ...

    async def order_book(self, market: Market, depth: int = 50) -> OrderBook: ...

    async def recent_trades(self, market: Market, limit: int = 500) -> list[PublicTrade]:
        """The newest trades, oldest first."""
        ...

    async def funding_history(self, market: Market, start: int, end: int) -> list[FundingRate]:
        """Settled funding rates in [start, end), oldest first; pages are followed inside."""
        ...

    async def open_interest(self, market: Market, start: int, end: int, interval: Timeframe) -> list[OpenInterest]:
        """Open interest in [start, end), oldest first; pages are followed inside."""
        ...

    def requests(self) -> RequestHealth:
        """How the requests of this session are doing; cheap enough for every second."""
        ...

    async def close(self) -> None: ...


class CandleTopic(msgspec.Struct, frozen=True):
    series: Series


class TickerTopic(msgspec.Struct, frozen=True):
    market: Market


class TradeTopic(msgspec.Struct, frozen=True):
    market: Market


class BookTopic(msgspec.Struct, frozen=True):
    market: Market
    depth: int


Topic = CandleTopic | TickerTopic | TradeTopic | BookTopic

# what a topic delivers: candles (old and new may come together), a merged ticker, trades oldest first, a whole book
Delivery = tuple[Candle, ...] | Ticker | tuple[PublicTrade, ...] | OrderBook


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a stream is doing; ages in seconds, None before the first message."""

    state: ConnectionState
    topics: int
    messages: int
    messages_per_second: float
    last_message_age: float | None
    reconnects: int
    refused: tuple[str, ...]
    exchange_time: int | None
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """How one socket is doing; ``age``: seconds since its last frame, ``up``: since it was connected, None while it is
    not. ``detail`` is a sentence on its state.
    """

    name: str
    url: str
    state: ConnectionState
    detail: str
    topics: int
    messages: int
    per_second: float
    age: float | None
    reconnects: int
    latency_ms: float | None
    up: float | None


class MarketStream(Protocol):
    """A live feed that heals itself: after a drop it reconnects and restores what was subscribed.

    Callbacks run on the event loop's thread, in order of arrival, and must be short. ``clock_offset``: exchange time
    minus ours in ms, told by whoever measures it; latencies need it.
    """

    clock_offset: float | None

    def subscribe(self, topics: Iterable[Topic], deliver: Callable[[Topic, Delivery], None]) -> Callable[[], None]:
        """Deliver messages of ``topics`` until the returned function is called (twice is safe).

        Several subscribers may share a topic; a late one gets the present ticker or book at once. Needs no connection
        yet: topics are (re)subscribed whenever there is one.
        """
        ...

    def on_state(self, listener: Callable[[ConnectionState, str], None]) -> Callable[[], None]:
        """Call ``listener`` with each change of state and a sentence, until the returned function is called.

        `CONNECTED` after a drop means: topics are restored, and what happened in between must be refetched.
        """
        ...

    def health(self) -> StreamHealth: ...

    def connections(self) -> tuple[ConnectionHealth, ...]:
        """Every socket by itself; cheap enough for every second."""
        ...

    def carrier(self, topic: Topic) -> str | None:
        """The name of the socket that carries ``topic``; None when nobody subscribed to it."""
        ...

    def disconnects(self) -> tuple[Disconnected, ...]:
        """The newest times without a connection, oldest first; one that still lasts has no end."""
        ...

    def on_disconnect(self, listener: Callable[[Disconnected], None]) -> Callable[[], None]:
        """Call ``listener`` with each of them when it is over, until the returned function is called."""
        ...

    def recycle(self, reason: str) -> None:
        """Give up every connection and open it anew: what it told meanwhile, or did not, cannot be trusted."""
        ...

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        ...

    async def close(self) -> None: ...
