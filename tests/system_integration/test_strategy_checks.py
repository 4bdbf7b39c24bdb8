import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared_modules.backtester.honesty import Verdict
from shared_modules.core.bus import EventBus
from shared_modules.core.errors import Cancelled, InvalidInput
from shared_modules.core.events import StrategiesChanged, StrategyChecked
from shared_modules.core.progress import Progress
from shared_modules.system_integration.jobs import Job, Jobs
from shared_modules.system_integration.strategy_checks import StrategyChecks, strategy_check

PEEK = '''
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from shared_modules.strategies import Signals, Strategy, register

@register
@dataclass(frozen=True)
class Peek(Strategy):
    """Peeks."""
    name: ClassVar[str] = "peek"
    title: ClassVar[str] = "Peek"

    def signals(self, view):
        close = view.bars.close
        up = np.roll(close, -1) > close
        never = np.zeros(len(close), np.bool_)
        return Signals(up, ~up, never, never)
'''
GOOD, BAD = Verdict("look-ahead", "good", "None."), Verdict("look-ahead", "bad", "It does.", ("Why.",))
WARM = Verdict("warm-up", "good", "Enough.")


class HeldJobs(Jobs):
    """Jobs that a test ends."""

    def __init__(self) -> None:
        super().__init__(1)
        self.made: list[Job] = []

    def start(self, title, work, *args):
        job: Job = Job(title, asyncio.get_running_loop())
        job._cancel = lambda: job._ended(None, Cancelled())
        self.made.append(job)
        return job


@pytest_asyncio.fixture
async def checks(data_dir: Path) -> AsyncIterator[StrategyChecks]:
    bus = EventBus()
    made = StrategyChecks(data_dir, bus, HeldJobs())
    made.said = []
    bus.subscribe(StrategyChecked, made.said.append)
    made.bus, made.jobs = bus, made._jobs
    yield made


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_is_saved_is_checked_and_the_worst_verdict_is_told(checks) -> None:
    checks.bus.publish(StrategiesChanged(added=("mine",)))
    assert set(checks.running) == {"mine"}
    checks.jobs.made[0]._ended((BAD, WARM), None)
    await settled()
    assert checks.said == [StrategyChecked("mine", "bad", "It does.", ("It does.", "Why."))]
    assert checks.found["mine"] is checks.said[0]
    assert not checks.running


async def test_a_second_save_ends_the_check_before_it(checks) -> None:
    checks.bus.publish(StrategiesChanged(added=("mine",)))
    checks.bus.publish(StrategiesChanged(changed=("mine",)))
    first, second = checks.jobs.made
    await settled()
    assert isinstance(first.error, Cancelled)
    assert checks.running["mine"] is second
    second._ended((GOOD, WARM), None)
    await settled()
    assert [s.level for s in checks.said] == ["good"]


async def test_what_lay_in_the_folder_at_the_start_is_not_checked_until_it_is_saved(data_dir: Path) -> None:
    (data_dir / "old.py").write_text(PEEK, encoding="utf-8")
    bus, jobs = EventBus(), HeldJobs()
    StrategyChecks(data_dir, bus, jobs)
    bus.publish(StrategiesChanged(added=("peek",)))
    assert jobs.made == []
    bus.publish(StrategiesChanged(changed=("peek",)))
    assert len(jobs.made) == 1


async def test_a_check_that_fails_is_unknown_with_its_reason_and_a_stopped_one_says_nothing(checks) -> None:
    checks.check("one")._ended(None, InvalidInput("too many bars"))
    checks.check("two").cancel()
    await settled()
    assert checks.said == [StrategyChecked("one", "unknown", "It could not be checked: too many bars")]
    assert not checks.running


async def test_what_is_removed_is_forgotten(checks) -> None:
    checks.check("mine")._ended((GOOD, WARM), None)
    await settled()
    checks.bus.publish(StrategiesChanged(removed=("mine",)))
    assert checks.found == {}


def test_the_work_finds_the_line_of_a_strategy_in_the_folder(data_dir: Path) -> None:
    (data_dir / "peek.py").write_text(PEEK, encoding="utf-8")
    first, _ = strategy_check("peek", {}, data_dir, Progress())
    assert first.level == "bad"
    assert "peek.py, line 16: np.roll(close, -1)" in first.text


def test_the_work_refuses_parameters_that_cannot_be(data_dir: Path) -> None:
    with pytest.raises(InvalidInput):
        strategy_check("sma_cross", {"fast": 90}, data_dir, Progress())
