"""The past played again shows what was known at each moment, and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.clock import ManualClock
from shared_modules.core.replay import BarReplay, ReplayClock
from shared_modules.core.timeframes import TIMEFRAMES

MINUTE = 60_000
START = 1_700_000_100_000 // (5 * MINUTE) * (5 * MINUTE)


def candles(count: int, step: int = MINUTE, start: int = START) -> Bars:
    close = 100.0 + np.arange(count)
    return Bars.of(start + np.arange(count) * step, close, close + 1, close - 1, close, np.full(count, 2.0))


@pytest.fixture
def base() -> ManualClock:
    return ManualClock()


async def test_virtual_time_runs_as_many_times_faster_as_was_asked_for(base):
    clock = ReplayClock(START, base, speed=60)
    await base.advance(5)
    assert clock.now() == START  # paused at first
    clock.play()
    await base.advance(2)
    assert clock.now() == START + 120_000
    clock.set_speed(1000)
    await base.advance(1)
    assert clock.now() == START + 120_000 + 1_000_000
    clock.pause()
    await base.advance(9)
    assert clock.now() == START + 1_120_000
    assert clock.monotonic() == pytest.approx(1120)


@pytest.mark.parametrize(("asked", "given"), [(0, 0.1), (1e9, 1000)])
def test_the_speed_has_limits(asked, given):
    assert ReplayClock(START, ManualClock(), asked).speed == given


def test_a_candle_is_shown_when_it_has_closed_and_not_before(base):
    bars = candles(10)
    replay = BarReplay(bars, TIMEFRAMES["1m"], ReplayClock(START + 3 * MINUTE, base))
    assert len(replay.bars) == 3
    assert len(replay.jump(START + 4 * MINUTE - 1).closed) == 0
    assert replay.jump(START + 4 * MINUTE).closed.close.tolist() == [103.0]


def test_a_step_goes_to_the_next_close_over_any_hole(base):
    bars = Bars.of(*(np.delete(getattr(candles(10), c), slice(4, 8)) for c in ("time", "open", "high", "low", "close")),
                   np.ones(6))  # fmt: skip
    replay = BarReplay(bars, TIMEFRAMES["1m"], ReplayClock(START + 4 * MINUTE, base))
    step = replay.step(1)
    assert step.closed.time.tolist() == [START + 8 * MINUTE]
    assert replay.clock.now() == START + 9 * MINUTE
    back = replay.step(-1)
    assert back.anew
    assert len(back.closed) == 4


def test_the_clock_waits_at_the_end_of_what_is_known_and_goes_on_when_more_comes(base):
    replay = BarReplay(candles(5), TIMEFRAMES["1m"], ReplayClock(START, base))
    assert len(replay.jump(START + 90 * MINUTE).closed) == 5
    assert replay.clock.now() == START + 5 * MINUTE
    assert replay.left == 0
    replay.extend(candles(9))
    assert replay.left == 4
    assert len(replay.step(2).closed) == 2


def test_the_candle_under_way_is_made_of_the_finer_ones_that_have_closed(base):
    minutes = candles(20)
    replay = BarReplay(
        minutes.resampled(TIMEFRAMES["5m"]), TIMEFRAMES["5m"], ReplayClock(START + 5 * MINUTE, base), minutes
    )
    forming = replay.jump(START + 7 * MINUTE + 30_000).forming
    assert forming is not None
    assert (forming.time, forming.open, forming.high, forming.low, forming.close) == (
        START + 5 * MINUTE, 105.0, 107.0, 104.0, 106.0,
    )  # fmt: skip
    assert forming.volume == 4.0
    assert not forming.confirmed
    assert replay.jump(START + 10 * MINUTE).forming is None


@given(st.lists(st.tuples(st.sampled_from(["jump", "step", "wait"]), st.integers(-40, 60)), max_size=12))
def test_what_is_shown_is_exactly_what_had_closed(acts):
    bars, minute = candles(30), TIMEFRAMES["1m"]
    replay = BarReplay(bars, minute, ReplayClock(START + 10 * MINUTE, ManualClock()))
    shown = replay.bars
    for act, amount in acts:
        if act == "step":
            step = replay.step(amount)
        else:
            step = replay.jump(START + amount * 37_000) if act == "jump" else replay.advance()
        shown = step.closed if step.anew else shown.merged(step.closed) if len(shown) else step.closed
        known = bars.time + MINUTE <= replay.clock.now()
        assert shown.time.tolist() == bars.time[known].tolist() == replay.bars.time.tolist()
