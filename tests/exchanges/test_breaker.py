import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import Rejected, Throttled, Unreachable
from shared_modules.exchanges.breaker import Breaker, BreakerState


class Service:
    """Requests through a breaker; ``down`` makes them fail."""

    def __init__(self, **options):
        self.clock, self.asked, self.down = ManualClock(), 0, False
        self.breaker = Breaker(clock=self.clock, **options)

    async def ask(self, error=None, wait=0.0):
        async with self.breaker.guard():
            self.asked += 1
            await self.clock.sleep(wait)
            if self.down:
                raise error or Unreachable("nobody answers")

    async def fail(self, times, error=None):
        self.down = True
        for _ in range(times):
            with pytest.raises(type(error or Unreachable(""))):
                await self.ask(error)
        self.down = False


async def test_after_five_failures_nobody_is_asked_for_half_a_minute():
    service = Service()
    await service.fail(5)
    assert service.breaker.state is BreakerState.OPEN
    await service.clock.advance(29)
    with pytest.raises(Unreachable, match="nobody answers; the next attempt is in 1 s"):
        await service.ask()
    assert service.asked == 5
    await service.clock.advance(1)
    await service.ask()
    assert (service.asked, service.breaker.state) == (6, BreakerState.HALF_OPEN)


async def test_three_successes_close_it():
    service = Service()
    await service.fail(5)
    await service.clock.advance(30)
    states = []
    for _ in range(3):
        await service.ask()
        states.append(service.breaker.state)
    assert states == [BreakerState.HALF_OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]
    await service.fail(4)
    assert service.breaker.state is BreakerState.CLOSED


async def test_a_failed_try_opens_it_for_another_half_minute():
    service = Service()
    await service.fail(5)
    await service.clock.advance(30)
    await service.fail(1)
    await service.clock.advance(29)
    assert service.breaker.state is BreakerState.OPEN


async def test_only_one_request_tries_at_a_time():
    service = Service()
    await service.fail(5)
    await service.clock.advance(30)
    trying = asyncio.ensure_future(service.ask(wait=5))
    await service.clock.advance(0)
    with pytest.raises(Unreachable, match="an attempt is under way"):
        await service.ask()
    await service.clock.advance(5)
    await trying
    await service.ask()


async def test_a_try_that_is_cancelled_leaves_room_for_the_next():
    service = Service()
    await service.fail(5)
    await service.clock.advance(30)
    trying = asyncio.ensure_future(service.ask(wait=5))
    await service.clock.advance(0)
    trying.cancel()
    await asyncio.wait([trying])
    await service.ask()


@pytest.mark.parametrize("error", [Throttled("slow down"), Rejected("no such symbol")])
async def test_an_exchange_that_refuses_is_one_that_answers(error):
    service = Service()
    for _ in range(4):
        await service.fail(4)
        await service.fail(1, error)
    assert service.breaker.state is BreakerState.CLOSED


@given(st.lists(st.booleans(), max_size=60))
def test_the_service_is_never_asked_more_than_five_times_in_a_row_in_vain(outcomes):
    async def work():
        service = Service()
        vain = most = 0
        for good in outcomes:
            service.down = not good
            before = service.asked
            try:
                await service.ask()
                vain = 0
            except Unreachable:
                vain += service.asked - before
            most = max(most, vain)
        return most

    assert asyncio.run(work()) <= 5
