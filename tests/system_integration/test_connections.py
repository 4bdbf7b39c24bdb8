"""The log of outages, with what each cost."""

from __future__ import annotations

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import ManualClock
from shared_modules.core.events import (
    ConnectionChanged,
    ConnectionState,
    Disconnected,
    Gap,
    GapFilled,
    GapKind,
    LostMessages,
)
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.base import CandleTopic
from shared_modules.system_integration.connections import REQUESTS, Connections, logged

CUT = Disconnected("public linear 2", 1_000, 3_500, 2.5, "cut", 2, LostMessages.REFETCHED)


def series(symbol: str) -> Series:
    return Series(Market("x", Category.LINEAR, symbol), timeframe("1m"))


class Stream:
    """Symbols with an A travel on the second socket."""

    def __init__(self) -> None:
        self.away: tuple[Disconnected, ...] = ()

    def connections(self):
        return ()

    def disconnects(self):
        return self.away

    def carrier(self, topic):
        assert isinstance(topic, CandleTopic)
        return "public linear 2" if topic.series.market.symbol.startswith("A") else "public linear"


class World:
    def __init__(self) -> None:
        self.bus, self.clock, self.stream = EventBus(), ManualClock(1_000_000), Stream()
        self.connections = Connections(self.bus, self.clock)
        self.connections.attach(self.stream, None)

    def fill(self, symbol: str, candles: int, kind: GapKind = GapKind.OURS) -> None:
        self.bus.publish(GapFilled(Gap(series(symbol), 0, 60_000 * candles, candles, kind), candles))


def test_what_is_fetched_again_is_put_down_to_the_socket_that_was_away():
    world = World()
    world.stream.away = (CUT,)
    world.bus.publish(CUT)
    world.fill("ADA", 2)
    world.fill("ATOM", 1)
    world.fill("BTC", 9)
    world.fill("AVAX", 4, GapKind.NO_TRADES)
    (row,) = world.connections.log()
    assert (row.candles, row.series, row.reason) == (3, 2, "cut")


async def test_a_service_that_is_down_is_a_row_while_it_lasts_and_afterwards():
    world = World()
    world.bus.publish(ConnectionChanged("rest", ConnectionState.DOWN, "no answer"))
    await world.clock.advance(7.0)
    (row,) = world.connections.log()
    assert (row.name, row.ended, row.duration, row.reason) == (REQUESTS, None, 7.0, "no answer")
    world.bus.publish(ConnectionChanged("rest", ConnectionState.CONNECTED))
    (row,) = world.connections.log()
    assert row.ended is not None
    assert row.duration == 7.0


async def test_offline_lasts_from_the_first_bad_state_to_the_connection():
    world = World()
    assert world.connections.offline is None
    world.bus.publish(ConnectionChanged("public feed", ConnectionState.RECONNECTING))
    await world.clock.advance(2.0)
    world.bus.publish(ConnectionChanged("public feed", ConnectionState.DOWN))
    await world.clock.advance(3.0)
    assert world.connections.offline == (1_000_000, 5.0)
    world.bus.publish(ConnectionChanged("public feed", ConnectionState.CONNECTED))
    assert world.connections.offline is None


def test_the_log_as_csv_has_a_line_a_row():
    world = World()
    world.stream.away = (CUT,)
    head, line = logged(world.connections.log(), str).splitlines()
    assert head.startswith("connection,started,ended")
    assert line == "public linear 2,1000,3500,1000,3500,2.5,cut,2,refetched,0,0"
