"""The offset of the exchange's clock follows it, and costs no request more while nothing moves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from shared_modules.core.clock import ManualClock
from shared_modules.system_integration.exchange_clock import CHECK, RETRY, ExchangeClock


@dataclass
class Exchange:
    """An exchange whose clock is ``ahead`` ms, whose messages take ``line`` ms, and who may not ``answer``."""

    clock: ManualClock = field(default_factory=ManualClock)
    ahead: float = 40.0
    speed: float = 1.0
    line: float = 30.0
    answers: bool = True
    away: bool = False
    offset: float | None = None
    asked: int = 0

    @property
    def true(self) -> float:
        return self.ahead + (self.speed - 1) * self.clock.monotonic() * 1000

    async def measure(self) -> float | None:
        self.asked += 1
        self.offset = self.true if self.answers else self.offset
        return self.offset if self.answers else None

    def latency(self) -> float | None:
        return None if self.offset is None else self.offset - self.true + self.line


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    found = Exchange()
    task = asyncio.create_task(ExchangeClock(found.clock, found.measure, found.latency, lambda: found.away).keep())
    await found.clock.advance(1)
    yield found
    task.cancel()


async def test_a_clock_that_stays_is_measured_every_five_minutes_only(exchange: Exchange) -> None:
    assert exchange.asked == 1
    await exchange.clock.advance(10 * CHECK)
    assert exchange.asked == 11


@pytest.mark.parametrize("ms", [1_500, -90_000])
async def test_a_clock_that_jumped_is_known_within_five_seconds(exchange: Exchange, ms: int) -> None:
    await exchange.clock.advance(100)
    exchange.ahead += ms
    await exchange.clock.advance(5)
    assert exchange.offset == exchange.true
    assert exchange.asked == 2


async def test_a_clock_at_ten_times_the_speed_is_never_more_than_five_seconds_behind(exchange: Exchange) -> None:
    exchange.speed = 10.0
    for _ in range(30):
        await exchange.clock.advance(5)
        assert exchange.offset is not None
        assert abs(exchange.offset - exchange.true) <= 9 * 5_000
    assert exchange.asked <= 2 + 150 / 2


async def test_a_slow_line_is_not_taken_for_a_wrong_clock_over_and_over(exchange: Exchange) -> None:
    exchange.line = 2_500.0
    await exchange.clock.advance(3600)
    assert exchange.asked <= 3600 / CHECK + 8
    exchange.line = 30.0
    await exchange.clock.advance(2 * CHECK)
    exchange.ahead += 60_000
    await exchange.clock.advance(5)
    assert exchange.offset == exchange.true


async def test_an_exchange_that_does_not_answer_is_asked_again_soon(exchange: Exchange) -> None:
    exchange.answers = False
    await exchange.clock.advance(CHECK)
    before = exchange.asked
    await exchange.clock.advance(4 * RETRY)
    assert exchange.asked == before + 4


async def test_a_lost_feed_has_the_exchange_asked_at_once_and_again_when_it_is_back(exchange: Exchange) -> None:
    await exchange.clock.advance(10)
    assert exchange.asked == 1
    exchange.away, exchange.answers = True, False
    await exchange.clock.advance(1)
    assert exchange.asked == 2
    await exchange.clock.advance(3)
    assert exchange.asked == 2
    exchange.away, exchange.answers = False, True
    await exchange.clock.advance(1)
    assert exchange.asked == 3
    await exchange.clock.advance(CHECK / 2)
    assert exchange.asked == 3


async def test_a_feed_that_is_lost_alone_does_not_flood_a_service_that_answers(exchange: Exchange) -> None:
    exchange.away = True
    await exchange.clock.advance(CHECK)
    assert exchange.asked < 12
