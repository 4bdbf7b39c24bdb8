"""A feed whose candles are built from its trades, for markets that stream no candles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

import msgspec

from shared_modules.core.clock import Clock
from shared_modules.core.events import ConnectionState, Disconnected
from shared_modules.core.market import Candle, PublicTrade, Series
from shared_modules.exchanges.base import (
    CandleTopic,
    ConnectionHealth,
    Delivery,
    MarketStream,
    StreamHealth,
    Topic,
    TradeTopic,
)

from .trade_candles import Built, BuiltCandle, CandleBuilder

_EVERY = 0.5
Deliver = Callable[[Topic, Delivery], None]


class TradeCandleStream:
    """``stream`` with candle topics served from trades; every other topic passes through.

    A built candle is delivered as confirmed only when all of its trades were seen and there was one at least. All
    others are left out: whoever follows the series sees a hole and asks the exchange, which knows.
    """

    def __init__(self, stream: MarketStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._builders: dict[Series, tuple[CandleBuilder, dict[int, Deliver]]] = {}
        self._undo: dict[Series, Callable[[], None]] = {}
        self._numbers = iter(range(1 << 62))
        self._task: asyncio.Task[None] | None = None
        self._forget: Callable[[], None] = lambda: None

    @property
    def clock_offset(self) -> float | None:
        return self._stream.clock_offset

    @clock_offset.setter
    def clock_offset(self, offset: float | None) -> None:
        self._stream.clock_offset = offset

    def subscribe(self, topics: Iterable[Topic], deliver: Deliver) -> Callable[[], None]:
        """See `MarketStream.subscribe`."""
        wanted = list(topics)
        plain = [topic for topic in wanted if not isinstance(topic, CandleTopic)]
        undos = [self._stream.subscribe(plain, deliver)] if plain else []
        undos += [self._follow(topic.series, deliver) for topic in wanted if isinstance(topic, CandleTopic)]

        def undo() -> None:
            for one in undos:
                one()

        return undo

    def on_state(self, listener: Callable[[ConnectionState, str], None]) -> Callable[[], None]:
        """See `MarketStream.on_state`."""
        return self._stream.on_state(listener)

    def health(self) -> StreamHealth:
        """See `MarketStream.health`."""
        return self._stream.health()

    def connections(self) -> tuple[ConnectionHealth, ...]:
        """See `MarketStream.connections`."""
        return self._stream.connections()

    def carrier(self, topic: Topic) -> str | None:
        """See `MarketStream.carrier`: of candles, the socket of their trades."""
        return self._stream.carrier(TradeTopic(topic.series.market) if isinstance(topic, CandleTopic) else topic)

    def disconnects(self) -> tuple[Disconnected, ...]:
        """See `MarketStream.disconnects`."""
        return self._stream.disconnects()

    def on_disconnect(self, listener: Callable[[Disconnected], None]) -> Callable[[], None]:
        """See `MarketStream.on_disconnect`."""
        return self._stream.on_disconnect(listener)

    def recycle(self, reason: str) -> None:
        """See `MarketStream.recycle`."""
        self._stream.recycle(reason)

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._forget = self._stream.on_state(self._state)
        self._task = asyncio.create_task(self._closing(), name="candles from trades")
        await self._stream.start()

    async def close(self) -> None:
        self._forget()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._stream.close()

    def _follow(self, series: Series, deliver: Deliver) -> Callable[[], None]:
        number = next(self._numbers)
        if series not in self._builders:
            self._builders[series] = (CandleBuilder(series.timeframe), {})
            self._undo[series] = self._stream.subscribe(
                [TradeTopic(series.market)],
                lambda _, trades: self._trades(series, cast(tuple[PublicTrade, ...], trades)),
            )
        self._builders[series][1][number] = deliver

        def undo() -> None:
            listeners = self._builders.get(series, (None, {}))[1]
            if listeners.pop(number, None) is not None and not listeners:
                del self._builders[series]
                self._undo.pop(series)()

        return undo

    def _trades(self, series: Series, trades: tuple[PublicTrade, ...]) -> None:
        if series in self._builders:
            self._tell(series, self._builders[series][0].add(trades))

    def _tell(self, series: Series, built: Built) -> None:
        candles = [found for one in (*built.closed, *built.revised) if (found := _final(one)) is not None]
        if built.updated is not None:
            candles.append(built.updated)
        if candles:
            for deliver in tuple(self._builders[series][1].values()):
                deliver(CandleTopic(series), tuple(candles))

    def _state(self, state: ConnectionState, _: str) -> None:
        now = self._stream.health().exchange_time
        # up to here trades may be lost, after a reconnect as well as from now on
        for builder, _listeners in self._builders.values():
            builder.interrupt(self._clock.now() if now is None else max(now, self._clock.now()))

    async def _closing(self) -> None:
        """Close candles by the exchange's clock when no trade does."""
        while True:
            await self._clock.sleep(_EVERY)
            now = self._stream.health().exchange_time
            if now is None or self._stream.health().state is not ConnectionState.CONNECTED:
                continue
            for series in list(self._builders):
                self._tell(series, self._builders[series][0].advance(now))


def _final(built: BuiltCandle) -> Candle | None:
    """``built`` as a final candle; None for one that is a guess."""
    if not built.trades or not built.complete:
        return None
    return msgspec.structs.replace(built.candle, confirmed=True)
