import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import Throttled
from shared_modules.exchanges.base import Priority
from shared_modules.exchanges.throttle import Throttle


async def grants(rate, burst, arrivals, seconds=30.0):
    """Moments of the granted turns when somebody asks at each moment of ``arrivals``."""
    clock = ManualClock()
    throttle = Throttle(rate, burst, clock=clock)
    moments = []

    async def ask(at):
        await clock.sleep(at)
        await throttle.take(Priority.HISTORY)
        moments.append(clock.monotonic())

    asks = [asyncio.ensure_future(ask(at)) for at in arrivals]
    await clock.advance(seconds)
    await asyncio.gather(*asks)
    return moments


@given(
    rate=st.floats(2, 40),
    burst=st.integers(1, 10),
    arrivals=st.lists(st.floats(0, 5), min_size=1, max_size=40),
)
def test_no_span_of_time_sees_more_turns_than_burst_and_rate_allow(rate, burst, arrivals):
    moments = asyncio.run(grants(rate, burst, arrivals))
    assert len(moments) == len(arrivals)
    for i, first in enumerate(moments):
        for n, last in enumerate(moments[i:], start=1):
            assert n <= burst + rate * (last - first) + 1e-6


async def queue(clock, throttle, priorities):
    """Who was served, in order, once all of ``priorities`` were waiting."""
    served = []

    async def ask(name, priority):
        await throttle.take(priority)
        served.append(name)

    await throttle.take(Priority.HISTORY)
    asks = [asyncio.ensure_future(ask(i, p)) for i, p in enumerate(priorities)]
    await clock.advance(100)
    await asyncio.gather(*asks)
    return served


@given(st.lists(st.sampled_from(list(Priority)), max_size=12))
def test_the_waiting_are_served_by_priority_and_then_in_the_order_of_asking(priorities):
    clock = ManualClock()
    served = asyncio.run(queue(clock, Throttle(1, 1, clock=clock), priorities))
    rank = [Priority.ORDER, Priority.ACCOUNT, Priority.LIVE, Priority.HISTORY].index
    assert served == sorted(range(len(priorities)), key=lambda i: (rank(priorities[i]), i))


async def test_slots_bound_how_many_are_under_way_and_let_an_order_pass_the_queue():
    clock = ManualClock()
    throttle = Throttle(100, slots=2, clock=clock)
    under_way, started = [], []
    leave = asyncio.Event()

    async def work(name, priority):
        async with throttle.turn(priority):
            started.append(name)
            under_way.append(name)
            assert len(under_way) <= 2
            await leave.wait()
            under_way.remove(name)

    tasks = [asyncio.ensure_future(work(f"history {i}", Priority.HISTORY)) for i in range(4)]
    await clock.advance(1)
    tasks.append(asyncio.ensure_future(work("order", Priority.ORDER)))
    await clock.advance(1)
    assert started == ["history 0", "history 1"]
    leave.set()
    await asyncio.gather(*tasks)
    assert started[2] == "order"


async def test_a_short_pause_is_waited_for():
    clock = ManualClock()
    throttle = Throttle(10, clock=clock)
    throttle.pause(2.0)
    ask = asyncio.ensure_future(throttle.take(Priority.LIVE))
    await clock.advance(1.9)
    assert not ask.done()
    await clock.advance(0.2)
    assert ask.done()


async def test_a_long_pause_refuses_those_who_wait_and_those_who_come():
    clock = ManualClock()
    throttle = Throttle(1, 1, clock=clock)
    await throttle.take(Priority.LIVE)
    waiting = asyncio.ensure_future(throttle.take(Priority.LIVE))
    await clock.advance(0.1)
    throttle.pause(clock.monotonic() + 600, "too many requests")
    with pytest.raises(Throttled, match="too many requests; requests are possible again in 600 s"):
        await waiting
    with pytest.raises(Throttled) as late:
        await throttle.take(Priority.ORDER)
    assert late.value.retry_after == pytest.approx(600)
    await clock.advance(601)
    await throttle.take(Priority.LIVE)


async def test_a_shorter_pause_does_not_end_a_longer_one():
    clock = ManualClock()
    throttle = Throttle(10, clock=clock)
    throttle.pause(20.0)
    throttle.pause(5.0)
    assert throttle.paused == 20.0


async def test_a_cancelled_waiter_takes_nobodys_turn():
    clock = ManualClock()
    throttle = Throttle(1, 1, slots=1, clock=clock)
    await throttle.take(Priority.LIVE)
    first, second = (asyncio.ensure_future(throttle.take(Priority.LIVE)) for _ in range(2))
    await clock.advance(0.5)
    first.cancel()
    await clock.advance(0.6)
    assert second.done()
    assert throttle.waiting == 0
