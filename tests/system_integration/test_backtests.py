"""The queue of backtests and their history, with real worker processes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.clock import SystemClock
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.events import RunChanged, RunHistoryChanged
from shared_modules.core.market import Category, Market
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.extras import Extra, ExtraKind, Table, write_extra
from shared_modules.matching import Margin
from shared_modules.system_integration import BacktestRequest, BarSource
from shared_modules.system_integration.backtests import Backtests, Run, RunState
from shared_modules.system_integration.jobs import Jobs
from tests.strategies.markets import random_bars

SLOW = '''
"""Waits for a file, so that a test knows where the run is."""
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from shared_modules.core.parameters import param
from shared_modules.strategies import Signals, Strategy, register


@register
@dataclass(frozen=True)
class Waits(Strategy):
    """Wait until the gate is open."""
    name: ClassVar[str] = "waits"
    title: ClassVar[str] = "Waits"
    gate: str = param("", "A file to wait for")

    def signals(self, view):
        while not Path(self.gate).exists():
            time.sleep(0.01)
        return Signals.none(len(view.bars))
'''


class World:
    """What Backtests needs of the engine."""

    def __init__(self, folder: Path, jobs: Jobs) -> None:
        self.paths = DataPaths(folder).ready()
        self.bus = EventBus()
        self.jobs = jobs
        self.notices: list[str] = []
        self.candles = {"BTCUSDT": random_bars(800, 1)}

    def notice(self, level: str, text: str) -> None:
        self.notices.append(text)

    def market(self, symbol: str) -> Market:
        return Market("fake", Category.LINEAR, symbol)

    async def bars(self, series, start=None, end=None, limit=None):  # type: ignore[no-untyped-def]
        symbol, frame = series.market.symbol, series.timeframe.name
        return self.candles[frame if frame in self.candles else symbol].between(start, end)

    async def opened(self) -> Backtests:
        backtests = Backtests(self, SystemClock())  # type: ignore[arg-type]
        await backtests.open()
        return backtests


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """Workers for all tests: each has to load the compiled kernel, which takes longer than any of them."""
    jobs = Jobs()
    yield jobs
    asyncio.run(jobs.close())


@pytest.fixture
def world(data_dir: Path, jobs: Jobs) -> World:
    return World(data_dir, jobs)


@pytest.fixture
async def backtests(world: World) -> AsyncIterator[Backtests]:
    backtests = await world.opened()
    yield backtests
    await backtests.close()


def request(**options) -> BacktestRequest:  # type: ignore[no-untyped-def]
    given = {"strategy": "sma_cross", "sources": (BarSource("BTCUSDT", "5m", bars=random_bars(800, 1)),)}
    return BacktestRequest(**{**given, **options})


def waiting(world: World, name: str) -> tuple[BacktestRequest, Path]:
    """A backtest that goes on once its gate, a file, is there."""
    world.paths.strategies.mkdir(exist_ok=True)
    (world.paths.strategies / "waits.py").write_text(SLOW, encoding="utf-8")
    gate = world.paths.root / name
    return request(strategy="waits", parameters={"gate": str(gate)}), gate


async def until(world: World, run: Run, *states: RunState) -> None:
    reached = asyncio.Event()

    def look(_: RunChanged) -> None:
        if run.state in states or run.state.final:
            reached.set()

    undo = world.bus.subscribe(RunChanged, look)
    look(RunChanged(run.id))
    await reached.wait()
    undo()
    assert run.state in states, run.error


async def test_a_run_goes_from_the_queue_to_the_history(world: World, backtests: Backtests) -> None:
    told: list[RunState] = []
    world.bus.subscribe(RunChanged, lambda event: told.append(backtests.run(event.run).state))
    listed: list[RunHistoryChanged] = []
    world.bus.subscribe(RunHistoryChanged, listed.append)
    run = backtests.start(request())
    assert await run.done() is RunState.DONE
    assert list(dict.fromkeys(told)) == [RunState.QUEUED, RunState.RUNNING, RunState.DONE]
    assert run.report is not None
    assert run.report.share == 1.0
    assert listed
    (record,) = await backtests.history()
    assert (record.id, record.title, record.state) == (run.id, "sma_cross · BTCUSDT", "done")
    assert record.summary["metrics"]["trades"] == run.result.metrics["trades"]
    kept = await backtests.kept.load(run.id)
    assert kept.trades == run.result.trades
    assert kept.equity.tobytes() == run.result.equity.tobytes()
    assert kept.passport == run.result.passport


async def test_runs_wait_their_turn_and_a_stopped_one_makes_room(world: World, backtests: Backtests) -> None:
    backtests.at_once = 1
    first, gate = waiting(world, "gate")
    a, b, c = backtests.start(first), backtests.start(request()), backtests.start(request(), "Last")
    await until(world, a, RunState.RUNNING)
    assert (b.state, c.state) == (RunState.QUEUED, RunState.QUEUED)
    backtests.stop(b.id)
    assert await b.done() is RunState.STOPPED
    gate.touch()
    assert await a.done() is RunState.DONE, a.error
    assert await c.done() is RunState.DONE
    assert {r.title: r.state for r in await backtests.history()}["Last"] == "done"


async def test_a_paused_run_lets_others_pass_and_then_goes_on(world: World, backtests: Backtests) -> None:
    backtests.at_once = 1
    first, gate = waiting(world, "gate")
    a = backtests.start(first)
    await until(world, a, RunState.RUNNING)
    backtests.pause(a.id)
    assert a.state is RunState.PAUSED
    gate.touch()
    b = backtests.start(request())
    assert await b.done() is RunState.DONE
    assert a.state is RunState.PAUSED
    assert a.result is None
    backtests.resume(a.id)
    assert await a.done() is RunState.DONE, a.error


async def test_a_paused_run_can_be_stopped(world: World, backtests: Backtests) -> None:
    first, gate = waiting(world, "gate")
    a = backtests.start(first)
    await until(world, a, RunState.RUNNING)
    backtests.pause(a.id)
    gate.touch()
    backtests.stop(a.id)
    assert await a.done() is RunState.STOPPED


async def test_a_run_that_waits_can_be_paused_before_it_begins(world: World, backtests: Backtests) -> None:
    backtests.at_once = 1
    first, gate = waiting(world, "gate")
    a, b, c = backtests.start(first), backtests.start(request()), backtests.start(request())
    backtests.pause(b.id)
    gate.touch()
    assert await c.done() is RunState.DONE
    assert b.state is RunState.PAUSED
    backtests.resume(b.id)
    assert await b.done() is RunState.DONE
    assert a.state is RunState.DONE


async def test_a_failed_run_keeps_its_sentence(backtests: Backtests) -> None:
    run = backtests.start(request(strategy="sma_cros"))
    assert await run.done() is RunState.FAILED
    assert "'sma_cross'" in run.error
    (record,) = await backtests.history()
    assert (record.state, record.error) == ("failed", run.error)
    with pytest.raises(InvalidInput, match="has no result: it is failed"):
        await backtests.load(run.id)


async def test_the_history_outlives_the_program_and_marks_what_it_cut(world: World) -> None:
    first = await world.opened()
    done = first.start(request(), "Kept")
    await done.done()
    await first.kept.begin("deadbeef", "Never ended", 1, {})
    await first.kept.close()
    again = await world.opened()
    assert {r.title: r.state for r in await again.history()} == {"Kept": "done", "Never ended": "cut"}
    assert (await again.load(done.id)).trades == done.result.trades
    assert "cut off" in world.notices[0]
    await again.close()


async def test_kept_runs_are_renamed_noted_and_deleted(backtests: Backtests) -> None:
    run = backtests.start(request())
    await run.done()
    await backtests.rename(run.id, "  My  best\nrun ")
    await backtests.note(run.id, "before the fee change")
    (record,) = await backtests.history()
    assert (record.title, record.note) == ("My best run", "before the fee change")
    await backtests.delete(run.id)
    assert await backtests.history() == ()
    with pytest.raises(UnknownName):
        await backtests.load(run.id)


async def test_what_runs_can_not_be_deleted(world: World, backtests: Backtests) -> None:
    first, gate = waiting(world, "gate")
    run = backtests.start(first)
    with pytest.raises(InvalidInput, match="stop it first"):
        await backtests.delete(run.id)
    gate.touch()
    await run.done()


async def test_kept_runs_are_compared_exported_and_made_again(
    world: World, backtests: Backtests, tmp_path: Path
) -> None:
    a, b = backtests.start(request(), "A"), backtests.start(request(parameters={"fast": 10}), "B")
    await a.done()
    await b.done()
    comparison = await backtests.compare([a.id, b.id]).result()
    assert comparison.names == ("A", "B")
    (file,) = await backtests.export(a.id, tmp_path / "a.json").result()
    assert file.stat().st_size > 1000
    assert (await (await backtests.reproduce(a.id)).result()).same
    lines = await (await backtests.plotted(a.id, "BTCUSDT")).result()
    assert len(lines.time) == len(world.candles["BTCUSDT"])
    assert all(line.of_prices for line in lines.lines)
    world.candles["BTCUSDT"].close[400] *= 1.01
    changed = await (await backtests.reproduce(a.id)).result()
    assert not changed.same
    assert any("BTCUSDT 5m are not the same" in text for text in changed.differences)


async def test_detail_and_funding_are_read_again_over_the_old_spans(world: World, backtests: Backtests) -> None:
    minutes = random_bars(4000, 9, TIMEFRAMES["1m"], spread=0.003)
    hours = np.arange(minutes.time[0], minutes.time[-1], 3_600_000)
    extra = Extra(world.market("BTCUSDT"), ExtraKind.FUNDING)
    whole = minutes.resampled(TIMEFRAMES["5m"])
    world.candles = {"1m": minutes, "5m": whole}
    sources = (
        BarSource("BTCUSDT", "5m", bars=whole[:600], detail=minutes[:3000], funding_time=hours[:40],
                  funding_rate=np.full(40, 1e-4)),
    )  # fmt: skip
    run = backtests.start(request(sources=sources, stop_loss=0.004, take_profit=0.004))
    assert await run.done() is RunState.DONE, run.error
    # by now the folder knows more
    write_extra(world.paths, extra, Table(hours, np.full((len(hours), 1), 1e-4)))
    found = await (await backtests.reproduce(run.id)).result()
    assert found.differences == ()
    assert found.same


async def test_stored_mark_prices_and_files_beside_stored_candles_are_read_again(
    world: World, backtests: Backtests, tmp_path: Path
) -> None:
    bars = world.candles["BTCUSDT"]
    series = Extra(world.market("BTCUSDT"), ExtraKind.MARK, TIMEFRAMES["1h"])
    whole = bars.resampled(TIMEFRAMES["1h"])
    prices = np.column_stack([whole.open, whole.high * 1.01, whole.low * 0.99, whole.close])
    write_extra(world.paths, series, Table(whole.time, prices))
    marks = Bars.of(whole.time, *prices.T)
    minutes = random_bars(4000, 9, TIMEFRAMES["1m"])
    write_candle_file(tmp_path / "BTCUSDT_1m.csv", minutes)
    made = BarSource("BTCUSDT", "5m", bars=bars, mark=marks, mark_timeframe="1h")
    beside = BarSource("BTCUSDT", "5m", bars=bars, detail_path=str(tmp_path / "BTCUSDT_1m.csv"))
    for asked in (request(sources=(made,), timeframe="1h", margin=Margin(5.0)), request(sources=(beside,))):
        run = backtests.start(asked)
        assert await run.done() is RunState.DONE, run.error
        assert (await (await backtests.reproduce(run.id)).result()).differences == ()


async def test_an_unchecked_run_has_no_verdicts(backtests: Backtests) -> None:
    run = backtests.start(request(), checks=False)
    assert await run.done() is RunState.DONE, run.error
    assert (await backtests.load(run.id)).honesty == ()


async def test_clear_forgets_what_ended_and_the_history_keeps_it(backtests: Backtests) -> None:
    run = backtests.start(request())
    await run.done()
    backtests.clear()
    assert backtests.runs == ()
    assert len(await backtests.history()) == 1


async def test_closing_stops_what_runs_and_writes_it_down(world: World) -> None:
    backtests = await world.opened()
    backtests.at_once = 1
    first, gate = waiting(world, "gate")
    run, queued = backtests.start(first), backtests.start(request())
    await until(world, run, RunState.RUNNING)
    gate.touch()
    await backtests.close()
    assert queued.state is RunState.STOPPED
    assert run.state in (RunState.STOPPED, RunState.DONE)
    again = await world.opened()
    assert {r.state for r in await again.history()} <= {"stopped", "done"}
    await again.close()
