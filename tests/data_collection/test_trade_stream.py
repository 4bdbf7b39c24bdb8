"""A series followed by trades alone: gapless, and only with candles that are known."""

import asyncio

import pytest

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import ManualClock
from shared_modules.core.events import ConnectionState
from shared_modules.core.market import Candle, PublicTrade, Side
from shared_modules.data_collection.store import CandleStore
from shared_modules.data_collection.trade_stream import TradeCandleStream
from shared_modules.exchanges.base import CandleTopic, TickerTopic, TradeTopic
from tests.data_collection.world import World
from tests.fakes import NOW, FakeMarketData, FakeStream, candle_at, series_of

SERIES = series_of()
MINUTE = 60_000


class Tape:
    """A feed of trades only, and what comes out as candles."""

    def __init__(self) -> None:
        self.feed, self.clock = FakeStream(), ManualClock(NOW)
        self.feed.clock_offset = None  # type: ignore[attr-defined]
        self.stream = TradeCandleStream(self.feed, self.clock)  # type: ignore[arg-type]
        self.candles: list[Candle] = []

    def trade(self, time: int, price: float = 10.0, size: float = 1.0) -> None:
        self.feed.exchange_time = max(time, self.feed.exchange_time or 0)
        self.feed.deliver(TradeTopic(SERIES.market), (PublicTrade(time, price, size, Side.SELL, f"{time}"),))

    async def time(self, now: int) -> None:
        self.feed.exchange_time = now
        await self.clock.advance(1.0)

    def confirmed(self) -> list[int]:
        return [(c.time - NOW) // MINUTE for c in self.candles if c.confirmed]


@pytest.fixture
async def tape():
    tape = Tape()
    await tape.stream.start()
    tape.undo = tape.stream.subscribe([CandleTopic(SERIES)], lambda _, found: tape.candles.extend(found))  # type: ignore
    yield tape
    await tape.stream.close()


async def test_candles_with_all_their_trades_are_confirmed_and_others_are_left_out(tape):
    tape.trade(NOW + 30_000)  # joined in the middle of this one
    tape.trade(NOW + MINUTE + 5)
    tape.trade(NOW + 2 * MINUTE + 5)
    # nobody trades in the fourth minute
    await tape.time(NOW + 4 * MINUTE + 2_000)
    tape.trade(NOW + 4 * MINUTE + 3_000)
    await tape.time(NOW + 5 * MINUTE + 2_000)
    assert tape.confirmed() == [1, 2, 4]


async def test_a_candle_around_a_drop_of_the_connection_is_left_out(tape):
    tape.trade(NOW)
    tape.trade(NOW + MINUTE)
    tape.feed.change(ConnectionState.RECONNECTING)
    await tape.time(NOW + MINUTE + 30_000)
    tape.feed.change(ConnectionState.CONNECTED)
    tape.trade(NOW + MINUTE + 40_000)
    tape.trade(NOW + 2 * MINUTE)
    await tape.time(NOW + 3 * MINUTE + 2_000)
    assert tape.confirmed() == [2]


async def test_other_topics_pass_and_an_ended_subscription_leaves_nothing(tape):
    got: list[object] = []
    undo = tape.stream.subscribe([TickerTopic(SERIES.market)], lambda topic, _: got.append(topic))
    tape.feed.deliver(TickerTopic(SERIES.market), ())
    assert got == [TickerTopic(SERIES.market)]
    undo()
    tape.undo()
    tape.undo()
    assert tape.feed.topics == set()


async def test_a_hybrid_system_on_trades_has_no_seam_and_asks_for_what_it_cannot_know(paths):
    tape, data = Tape(), FakeMarketData()
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    world = World(paths, data, tape.stream, store, EventBus(), tape.clock)  # type: ignore[arg-type]
    await tape.stream.start()
    await world.hybrid.start()
    watching = asyncio.ensure_future(world.hybrid.watch(SERIES, 5))
    await world.settle()
    await watching
    for minute in range(4):
        opened = NOW + minute * MINUTE
        candle = candle_at(opened)
        for part, price in enumerate((candle.open, candle.high, candle.low, candle.close)):
            tape.trade(opened + part * 1000 + (7 if minute == 0 else 0), price, candle.volume / 4)
        data.now = opened + MINUTE
        await tape.time(opened + MINUTE + 2_000)
        await world.settle()
        await tape.clock.advance(3.0)
        await world.settle()
    await tape.time(NOW + 4 * MINUTE + 2_000)
    await world.settle()
    closes = world.closes(SERIES)
    assert closes == list(range(NOW, NOW + (len(closes)) * MINUTE, MINUTE))
    assert len(closes) >= 3
    await world.hybrid.close()
    await tape.stream.close()
    store.close()
