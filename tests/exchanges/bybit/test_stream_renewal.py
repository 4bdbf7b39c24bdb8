"""A connection that has grown old is renewed before the exchange ends it, and nothing is lost or told twice."""

import asyncio

import pytest

from shared_modules.core.events import ConnectionState
from shared_modules.exchanges.base import TradeTopic

from .fakes import BTC, T0, ticker
from .stream_world import CANDLES, TICKER, StreamWorld, started


async def test_a_connection_is_renewed_after_a_day():
    world = StreamWorld(ping_interval=60.0, silence_limit=300.0)
    await started(world, TradeTopic(BTC))
    await world.clock.advance(24 * 3600 + 1)
    assert len(world.sockets.opened) == 2
    assert world.stream.health().state is ConnectionState.CONNECTED
    await world.stream.close()


@pytest.fixture
def short_life(monkeypatch):
    """Connections grow old in ten minutes: a day of pings is long even on a clock moved by hand."""
    monkeypatch.setattr("shared_modules.exchanges.bybit.connection.LONGEST_LIFE", 600.0)
    monkeypatch.setattr("shared_modules.exchanges.bybit.connection.RENEW_AGAIN", 120.0)


class Old(StreamWorld):
    """A stream whose connection is about to be renewed, with what came on it."""

    def __init__(self):
        super().__init__(ping_interval=60.0, silence_limit=300.0)

    async def speak(self, seconds):
        """Let time pass while every open socket speaks of its topics."""
        for _ in range(seconds):
            for socket in self.sockets.opened:
                if socket.open:
                    socket.say(ticker(lastPrice="7"))
            await self.clock.advance(1)


@pytest.mark.usefixtures("short_life")
async def test_a_renewal_opens_the_new_socket_first_and_nobody_notices():
    world = Old()
    await started(world, TICKER)
    world.states.clear()
    world.socket.venue.acknowledge = True
    while len(world.sockets.opened) == 1:
        world.socket.say(ticker(lastPrice="7"))
        await world.clock.advance(30)
    first, second = world.sockets.opened
    assert first.open
    assert second.topics == {"tickers.BTCUSDT"}
    world.got.clear()
    first.say(ticker("delta", lastPrice="8"))
    second.say(ticker("delta", lastPrice="66"))
    second.say(ticker(lastPrice="9"))
    first.say(ticker("delta", lastPrice="67"))
    second.say(ticker("delta", lastPrice="10"))
    assert [t.last for _, t in world.got] == [8.0, 9.0, 10.0]
    await world.clock.advance(3)
    assert not first.open
    assert world.stream.health().state is ConnectionState.CONNECTED
    assert (world.states, world.stream.disconnects()) == ([], ())
    undo = world.stream.subscribe([CANDLES], world.deliver)
    await world.clock.advance(1)
    assert second.topics == {"tickers.BTCUSDT", "kline.1.BTCUSDT"}
    undo()
    await world.stream.close()
    assert not any(s.open for s in world.sockets.opened)
    assert len(asyncio.all_tasks()) == 1


def trade(i):
    row = {"T": T0 + i, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": "5", "i": f"t{i}"}
    return {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": T0 + i, "data": [row]}


@pytest.mark.usefixtures("short_life")
async def test_trades_that_two_sockets_tell_during_a_renewal_are_delivered_once():
    world = Old()
    await started(world, TradeTopic(BTC))
    while len(world.sockets.opened) == 1:
        await world.clock.advance(30)
    first, second = world.sockets.opened
    first.say(trade(0))
    for i in range(1, 9):
        (first if i % 2 else second).say(trade(i))
        (second if i % 2 else first).say(trade(i))
    await world.clock.advance(3)
    assert not first.open
    second.say(trade(8))
    second.say(trade(9))
    assert [t.id for _, trades in world.got for t in trades] == [f"t{i}" for i in range(10)]
    await world.stream.close()


@pytest.mark.usefixtures("short_life")
async def test_when_no_other_connection_can_be_had_the_old_one_stays():
    world = Old()
    await started(world, TICKER)
    await world.speak(30)
    world.sockets.refuse = True
    for _ in range(30):
        world.socket.say(ticker(lastPrice="7"))
        await world.clock.advance(30)
    assert world.sockets.attempts > 2
    assert [s.open for s in world.sockets.opened] == [True]
    assert world.stream.health().state is ConnectionState.CONNECTED
    assert world.stream.disconnects() == ()
    world.sockets.refuse = False
    await world.speak(130)
    assert [s.open for s in world.sockets.opened] == [False, True]
    await world.stream.close()
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.usefixtures("short_life")
async def test_closing_in_the_middle_of_a_renewal_leaves_nothing_open():
    world = Old()
    await started(world, TICKER)
    while len(world.sockets.opened) == 1:
        world.socket.say(ticker(lastPrice="7"))
        await world.clock.advance(30)
    await world.stream.close()
    assert not any(s.open for s in world.sockets.opened)
    assert len(asyncio.all_tasks()) == 1
