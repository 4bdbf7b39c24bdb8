import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import ClockSkew, Rejected, Throttled, Unreachable
from shared_modules.exchanges.retry import patiently


class Asked:
    """Fails with each of ``errors`` in turn, then answers."""

    def __init__(self, *errors):
        self.errors, self.moments, self.clock = list(errors), [], ManualClock()

    async def __call__(self):
        self.moments.append(self.clock.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    async def outcome(self, **options):
        task = asyncio.ensure_future(patiently(self, clock=self.clock, jitter=lambda: 1.0, **options))
        await self.clock.advance(1000)
        return await task


async def test_what_may_pass_is_asked_again_with_growing_pauses():
    asked = Asked(Unreachable("a"), Unreachable("b"), Unreachable("c"))
    assert await asked.outcome() == "answer"
    assert asked.moments == [0, 0.5, 1.5, 3.5]


async def test_the_last_error_comes_out_when_the_attempts_are_used_up():
    asked = Asked(*(Unreachable(str(i)) for i in range(9)))
    with pytest.raises(Unreachable, match="3"):
        await asked.outcome(attempts=4)
    assert len(asked.moments) == 4


@pytest.mark.parametrize("error", [Rejected("no"), ClockSkew("late"), ValueError("bug")])
async def test_what_will_not_pass_is_not_asked_again(error):
    asked = Asked(error)
    with pytest.raises(type(error)):
        await asked.outcome()
    assert len(asked.moments) == 1


async def test_throttled_waits_as_long_as_it_says():
    asked = Asked(Throttled("slow down", retry_after=7.0))
    await asked.outcome()
    assert asked.moments == [0, 7.0]


async def test_a_ban_of_ten_minutes_is_told_at_once():
    asked = Asked(Throttled("banned", retry_after=600.0))
    with pytest.raises(Throttled):
        await asked.outcome()
    assert asked.moments == [0]


@given(st.floats(0, 1), st.integers(1, 6))
def test_no_pause_is_longer_than_the_backoff_or_shorter_than_half_of_it(jitter, failures):
    async def moments():
        asked = Asked(*(Unreachable("x") for _ in range(failures)))
        task = asyncio.ensure_future(patiently(asked, clock=asked.clock, jitter=lambda: jitter, attempts=7))
        await asked.clock.advance(1000)
        await task
        return asked.moments

    times = asyncio.run(moments())
    for n, pause in enumerate(b - a for a, b in pairwise(times)):
        whole = min(8.0, 0.5 * 2**n)
        assert whole / 2 - 1e-9 <= pause <= whole + 1e-9
