"""A stream without a network, and what came out of it."""

from shared_modules.core.clock import ManualClock
from shared_modules.core.market import Category
from shared_modules.exchanges.base import CandleTopic, TickerTopic
from shared_modules.exchanges.bybit import BybitStream

from .fakes import BTC, T0, FakeSockets, series, settings

CANDLES, TICKER = CandleTopic(series()), TickerTopic(BTC)


class StreamWorld:
    """A stream, its sockets, its clock and what it delivered."""

    def __init__(self, **options):
        self.clock, self.sockets, self.got, self.states = ManualClock(T0), FakeSockets(), [], []
        self.stream = BybitStream(
            settings(**options), Category.LINEAR, self.clock, connect=self.sockets, jitter=lambda: 0.5
        )
        self.stream.on_state(lambda state, detail: self.states.append(state))

    def deliver(self, topic, delivery):
        self.got.append((topic, delivery))

    @property
    def socket(self):
        return self.sockets.last


async def started(world, *topics):
    undo = world.stream.subscribe(topics, world.deliver)
    await world.stream.start()
    await world.clock.advance(0.2)
    return undo
