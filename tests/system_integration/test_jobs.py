"""Long work in worker processes: results, progress, Stop, failures, the end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Cancelled, DataFormatError, ExecutionError, Throttled
from shared_modules.core.progress import ProgressReport
from shared_modules.core.shared_bars import SMALL
from shared_modules.system_integration import jobs as jobs_module
from shared_modules.system_integration.jobs import Job, Jobs

from . import works


@pytest.fixture
async def jobs() -> AsyncIterator[Jobs]:
    jobs = Jobs(workers=1)
    yield jobs
    await jobs.close()


def rising_bars(n: int) -> Bars:
    close = np.arange(n, dtype=float) + 1
    return Bars.of(np.arange(n) * 60_000, close, close + 1, close - 0.5, close, np.ones(n))


async def first_report(job: Job[object]) -> ProgressReport:
    told: asyncio.Future[ProgressReport] = asyncio.get_running_loop().create_future()
    undo = job.on_report(lambda report: None if told.done() else told.set_result(report))
    report = await told
    undo()
    return report


async def test_a_work_returns_its_result_and_its_progress(jobs: Jobs) -> None:
    job = jobs.start("Add", works.add, 2, 3)
    shares: list[float] = []
    job.on_report(lambda report: shares.append(report.share))
    assert await job.result() == 5
    assert job.done
    assert job.error is None
    assert shares == [0.5, 1.0]


async def test_start_and_end_of_a_work_are_in_the_log(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await jobs.start("Add", works.add, 2, 3).result()
    lines = [r.getMessage() for r in caplog.records if "'Add'" in r.getMessage()]
    assert lines[0] == "'Add' started"
    assert lines[1].startswith("'Add' ended after ")


async def test_workers_are_kept_for_the_next_work(jobs: Jobs) -> None:
    first = await jobs.start("First", works.process_id).result()
    assert await jobs.start("Second", works.process_id).result() == first


async def test_large_bars_arrive_whole_and_come_back_whole(jobs: Jobs) -> None:
    bars = rising_bars(SMALL * 3)
    assert await jobs.start("Mean", works.mean_close, bars).result() == (len(bars), float(bars.close.mean()))
    assert (await jobs.start("Echo", works.echo, bars).result()).equals(bars)


async def test_stop_ends_a_work_at_its_next_report_and_keeps_the_worker(jobs: Jobs) -> None:
    before = await jobs.start("Who", works.process_id).result()
    job = jobs.start("Endless", works.until_stopped)
    await first_report(job)
    job.cancel()
    with pytest.raises(Cancelled):
        await job.result()
    assert await jobs.start("Who", works.process_id).result() == before


async def test_a_work_that_does_not_listen_loses_its_process(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "STOP_GRACE", 0.05)
    job = jobs.start("Deaf", works.deaf)
    await first_report(job)
    job.cancel()
    with pytest.raises(Cancelled):
        await job.result()
    assert await jobs.start("Add", works.add, 1, 1).result() == 2


async def test_what_waits_runs_in_order_and_may_be_stopped_before_it_began(jobs: Jobs) -> None:
    running = jobs.start("Endless", works.until_stopped)
    waiting, last = jobs.start("Waiting", works.add, 1, 1), jobs.start("Last", works.add, 2, 2)
    waiting.cancel()
    with pytest.raises(Cancelled):
        await waiting.result()
    running.cancel()
    assert await last.result() == 4


async def test_an_error_of_ours_arrives_with_its_sentence_and_details(jobs: Jobs) -> None:
    with pytest.raises(DataFormatError, match=r"row 7 of x\.csv") as caught:
        await jobs.start("Refuse", works.refuse).result()
    assert caught.value.details == {"row": 7}
    with pytest.raises(Throttled) as waits:
        await jobs.start("Throttled", works.throttled).result()
    assert waits.value.retry_after == 3.5


async def test_a_defect_arrives_as_a_sentence_and_its_traceback_goes_to_the_log(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ExecutionError, match="ZeroDivisionError: by zero"):
        await jobs.start("Break", works.break_down).result()
    assert "in break_down" in caplog.text


async def test_an_outcome_that_cannot_travel_is_said(jobs: Jobs) -> None:
    with pytest.raises(ExecutionError, match="cannot travel between processes"):
        await jobs.start("Unpicklable", works.unpicklable).result()
    assert await jobs.start("Add", works.add, 3, 4).result() == 7


async def test_a_dead_process_is_told_and_replaced(jobs: Jobs) -> None:
    with pytest.raises(ExecutionError, match="exit code 3"):
        await jobs.start("Die", works.die).result()
    assert await jobs.start("Add", works.add, 3, 4).result() == 7


async def test_close_ends_every_process_and_every_job() -> None:
    jobs = Jobs(workers=2)
    running = jobs.start("Endless", works.until_stopped)
    await first_report(running)
    mine = set(psutil.Process().children())
    await jobs.close()
    with pytest.raises(Cancelled):
        await running.result()
    assert not [child for child in mine if child.is_running() and "spawn_main" in " ".join(child.cmdline())]
    with pytest.raises(ExecutionError, match="closing"):
        jobs.start("Late", works.add, 1, 1)


async def test_a_paused_work_waits_and_another_takes_its_place(jobs: Jobs, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    job = jobs.start("Counts", works.count_files, str(tmp_path))
    await first_report(job)
    job.pause()
    assert job.paused
    assert await jobs.start("Add", works.add, 1, 1).result() == 2
    gate.touch()
    assert not job.done
    job.resume()
    assert await job.result() == 1
    assert not job.paused


async def test_a_work_paused_before_it_begins_does_not_finish_until_it_may(jobs: Jobs) -> None:
    running = jobs.start("Endless", works.until_stopped)
    waiting = jobs.start("Add", works.add, 2, 2)
    waiting.pause()
    running.cancel()
    last = jobs.start("Last", works.add, 3, 3)
    assert await last.result() == 6
    assert not waiting.done
    waiting.resume()
    assert await waiting.result() == 4


async def test_a_paused_work_is_stopped_at_once(jobs: Jobs) -> None:
    job = jobs.start("Endless", works.until_stopped)
    await first_report(job)
    job.pause()
    job.cancel()
    with pytest.raises(Cancelled):
        await job.result()
