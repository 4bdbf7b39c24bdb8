import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.clock import ManualClock, SystemClock


@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=12))
def test_sleepers_wake_in_the_order_of_their_deadlines(naps: list[float]) -> None:
    async def scene() -> None:
        clock, woken = ManualClock(), list[tuple[float, float]]()

        async def nap(seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append((seconds, clock.monotonic()))

        tasks = [asyncio.create_task(nap(s)) for s in naps]
        await clock.advance(101)
        assert [s for s, _ in woken] == sorted(naps)
        assert all(at == s for s, at in woken)
        await asyncio.gather(*tasks)

    asyncio.run(scene())


async def test_nobody_wakes_before_the_time() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(10))
    await clock.advance(9.99)
    assert not sleeper.done()
    await clock.advance(0.01)
    assert sleeper.done()


async def test_one_who_sleeps_again_wakes_again_within_the_same_step() -> None:
    clock, beats = ManualClock(), list[float]()

    async def heart() -> None:
        while True:
            await clock.sleep(2)
            beats.append(clock.monotonic())

    task = asyncio.create_task(heart())
    await clock.advance(7)
    assert beats == [2, 4, 6]
    task.cancel()


async def test_a_cancelled_sleeper_keeps_nobody_from_waking() -> None:
    clock = ManualClock()
    first, second = asyncio.create_task(clock.sleep(1)), asyncio.create_task(clock.sleep(2))
    await asyncio.sleep(0)
    first.cancel()
    await clock.advance(3)
    assert first.cancelled()
    assert second.done()


async def test_sleeping_no_time_gives_others_their_turn_only() -> None:
    clock = ManualClock(5)
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.now() == 5


async def test_a_step_moves_the_wall_clock_and_no_age() -> None:
    clock = ManualClock(1_000)
    await clock.advance(1.5)
    assert (clock.now(), clock.monotonic()) == (2_500, 1.5)
    clock.step(-2_000)
    assert (clock.now(), clock.monotonic()) == (500, 1.5)


async def test_time_does_not_run_back() -> None:
    with pytest.raises(ValueError, match="does not run back"):
        await ManualClock().advance(-1)


async def test_an_age_never_falls_even_by_a_rounding_error() -> None:
    clock = ManualClock()
    ages = [0.0]

    async def sleeper() -> None:
        await clock.sleep(0.3 + 5e-10)
        ages.append(clock.monotonic())

    task = asyncio.create_task(sleeper())
    for _ in range(3):
        await clock.advance(0.1)
        ages.append(clock.monotonic())
    assert ages == sorted(ages)
    await task


async def test_the_system_clock_tells_milliseconds_and_sleeps() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.now() > 1_600_000_000_000
    assert clock.monotonic() >= before
