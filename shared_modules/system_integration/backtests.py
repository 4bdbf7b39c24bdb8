"""Backtests as a person works with them: a queue of runs, and the history of those that ended."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.clock import Clock
from shared_modules.core.errors import Cancelled, InvalidInput, StoreError, TradeBotError, UnknownName
from shared_modules.core.events import RunChanged
from shared_modules.core.progress import ProgressReport
from shared_modules.core.timeframes import timeframe
from shared_modules.storage.runs import new_id

from . import work
from .run_history import RunHistory, opened
from .sources import Wanted, gather

if TYPE_CHECKING:
    from shared_modules.backtester.comparison import Comparison
    from shared_modules.backtester.plotted import Plotted
    from shared_modules.backtester.reproduction import Reproduction
    from shared_modules.backtester.request import BacktestRequest, BarSource
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.storage.runs import RunRecord

    from .engine import Engine
    from .jobs import Job

_log = logging.getLogger(__name__)
AT_ONCE = 2
# results held in memory for who asks again; older ones come from the history
HELD = 4
_PATHS = ("detail_path", "funding_path", "mark_path")  # what a source of stored candles may have from files


class RunState(StrEnum):
    """States of a run; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    CUT = "cut"

    @property
    def final(self) -> bool:
        return self in (RunState.DONE, RunState.FAILED, RunState.STOPPED, RunState.CUT)


class Run:
    """One backtest from its start to its end; belongs on the event loop.

    ``id``: the same as in the history. ``checks``: whether its honesty is checked. ``report``: how far it is, with the
    seconds to go. ``error``: why it failed, a sentence. ``result``: there when it is done, until newer ones
    take its place; `Backtests.load` has it then.
    """

    def __init__(self, title: str, request: BacktestRequest, created: int, checks: bool = True) -> None:
        self.id = new_id()
        self.title = title
        self.request = request
        self.created = created
        self.checks = checks
        self.ended: int | None = None
        self.state = RunState.QUEUED
        self.report: ProgressReport | None = None
        self.error = ""
        self.result: BacktestResult | None = None
        self._job: Job[Any] | None = None
        self._final = asyncio.Event()

    async def done(self) -> RunState:
        """Its last state, once it has ended and the history knows."""
        await self._final.wait()
        return self.state


class Backtests:
    """Runs a few backtests at a time, in order, and keeps what became of them; belongs on the event loop.

    Each change is told on the bus: `RunChanged` with a run's id, `RunHistoryChanged` when the history's list changed.
    """

    def __init__(self, engine: Engine, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._engine = engine
        self._clock = clock
        self.at_once = at_once
        self._runs: dict[str, Run] = {}
        self._queue: deque[Run] = deque()
        self._written: set[asyncio.Task[None]] = set()
        self.kept = RunHistory(engine.paths.runs, engine.bus)

    async def open(self) -> None:
        """Open the history; without it backtests still run, and a notice says why they are not kept."""
        try:
            said = await self.kept.open()
        except (StoreError, OSError) as error:
            said = f"Backtests are not kept: {error}"
        if said:
            self._engine.notice("warning", said)

    async def close(self) -> None:
        """Stop what runs and write down what became of it."""
        for run in tuple(self._queue):
            self.stop(run.id)
        jobs = [run._job for run in self._runs.values() if run._job is not None]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*(job.settled() for job in jobs))
        while self._written:
            await asyncio.gather(*self._written)
        await self.kept.close()

    # -- the queue ------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs of this session in the order of their starts."""
        return tuple(self._runs.values())

    def start(self, request: BacktestRequest, title: str = "", checks: bool = True) -> Run:
        """Queue a backtest; it begins as soon as there is room. Returns at once.

        Without ``checks`` nobody looks whether the result can be believed, which is quicker.
        """
        folder = request.strategy_folder or str(self._engine.paths.strategies)
        run = Run(title or _title(request), replace(request, strategy_folder=folder), self._clock.now(), checks)
        self._runs[run.id] = run
        self._queue.append(run)
        self._write(self.kept.begin(run.id, run.title, run.created, _summary(request)))
        self._changed(run)
        self._pump()
        return run

    def run(self, run: str) -> Run:
        """The run of this session with that id; raises `UnknownName`."""
        if run not in self._runs:
            raise UnknownName(f"no run {run} was started since the terminal opened", kind="run", name=run)
        return self._runs[run]

    def pause(self, run: str) -> None:
        """Have a run wait where it is; others take its place. One that has not begun keeps waiting until resumed."""
        self._hold(self.run(run), True)

    def resume(self, run: str) -> None:
        """Let a paused run go on."""
        self._hold(self.run(run), False)

    def _hold(self, run: Run, wish: bool) -> None:
        wanted, other = (RunState.PAUSED, RunState.RUNNING) if wish else (RunState.RUNNING, RunState.PAUSED)
        if run._job is None:
            if run.state in (RunState.QUEUED, RunState.PAUSED):
                self._is_now(run, RunState.PAUSED if wish else RunState.QUEUED)
        elif run.state is other:
            if wish:
                run._job.pause()
            else:
                run._job.resume()
            self._is_now(run, wanted)
        self._pump()

    def stop(self, run: str) -> None:
        """End a run; what it had computed is lost."""
        found = self.run(run)
        if found._job is not None:
            found._job.cancel()
        elif not found.state.final:
            self._queue.remove(found)
            self._end(found, RunState.STOPPED, "")

    def clear(self) -> None:
        """Stop the runs that have not begun and forget those that have ended; the history keeps them."""
        for run in tuple(self._queue):
            self.stop(run.id)
        for run in self.runs:
            if run.state.final:
                del self._runs[run.id]
                self._changed(run)

    def _pump(self) -> None:
        running = sum(run.state is RunState.RUNNING for run in self._runs.values())
        for run in tuple(self._queue):
            if running >= self.at_once:
                return
            if run.state is RunState.QUEUED:
                self._queue.remove(run)
                self._begin(run)
                running += 1

    def _begin(self, run: Run) -> None:
        job = self._engine.jobs.start(run.title, work.kept_backtest, run.request, run.checks)
        run._job = job

        def reported(report: ProgressReport) -> None:
            run.report = report
            self._changed(run)

        job.on_report(reported)
        job.on_done(lambda _: self._job_ended(run, job))
        self._is_now(run, RunState.RUNNING)

    def _job_ended(self, run: Run, job: Job[Any]) -> None:
        error = job.error
        if error is None:
            self._task(self._opened(run, *job.value))
        elif isinstance(error, Cancelled):
            self._end(run, RunState.STOPPED, "")
        else:
            self._end(run, RunState.FAILED, str(error))
        self._pump()

    async def _opened(self, run: Run, payload: bytes, summary: dict[str, Any]) -> None:
        """Have the result at hand, beside the loop, before anybody hears that the run is done."""
        try:
            run.result = await asyncio.to_thread(opened, payload)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for this run for ever
            _log.exception("the result of '%s' could not be opened", run.title)
            self._end(run, RunState.FAILED, f"its result could not be opened ({error}); the log has the details")
            self._pump()
            return
        self._end(run, RunState.DONE, "", payload=payload, summary=summary)
        self._let_go()
        self._pump()

    def _let_go(self) -> None:
        with_result = [run for run in self._runs.values() if run.result is not None]
        for run in sorted(with_result, key=lambda r: r.ended or 0)[:-HELD]:
            run.result = None

    def _end(self, run: Run, state: RunState, error: str, **more: Any) -> None:
        run.state, run.error, run.ended = state, error, self._clock.now()
        self._changed(run)
        self._write(self.kept.finish(run.id, state.value, run.ended, error=error, **more), run)

    def _is_now(self, run: Run, state: RunState) -> None:
        run.state = state
        self._changed(run)
        self._write(self.kept.is_now(run.id, state.value))

    def _changed(self, run: Run) -> None:
        self._engine.bus.publish(RunChanged(run.id))

    def _write(self, writing: Any, ended: Run | None = None) -> None:
        self._task(self._written_down(writing, ended))

    def _task(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._written.add(task)
        task.add_done_callback(self._written.discard)

    async def _written_down(self, writing: Any, ended: Run | None) -> None:
        try:
            await writing
        except TradeBotError as error:
            _log.error("the history of backtests was not written: %s", error)
            if ended is not None and ended.state is RunState.DONE:
                self._engine.notice("error", f"The backtest '{ended.title}' is not kept: {error}")
        finally:
            if ended is not None:
                ended._final.set()

    # -- the history ----------------------------------------------------------------------------------------------

    async def history(self) -> tuple[RunRecord, ...]:
        """All kept runs, the newest first."""
        return await self.kept.list()

    async def load(self, run: str) -> BacktestResult:
        """The whole result of a run; raises `UnknownName` or `InvalidInput` when there is none."""
        here = self._runs.get(run)
        return here.result if here is not None and here.result is not None else await self.kept.load(run)

    async def delete(self, *runs: str) -> None:
        """Forget kept runs; those under way must be stopped first."""
        for run in runs:
            here = self._runs.get(run)
            if here is not None and not here.state.final:
                raise InvalidInput(f"'{here.title}' is still {here.state.value}; stop it first")
        await self.kept.delete(*runs)
        for run in runs:
            self._runs.pop(run, None)

    async def rename(self, run: str, title: str) -> None:
        """Give a run another title."""
        await self.kept.rename(run, title)
        if run in self._runs:
            self._runs[run].title = title
            self._changed(self._runs[run])

    async def note(self, run: str, text: str) -> None:
        """Keep ``text`` with a run."""
        await self.kept.note(run, text)

    def compare(self, runs: Sequence[str]) -> Job[Comparison]:
        """Kept runs side by side, in a worker process."""
        return self._engine.jobs.start(f"Compare {len(runs)} backtests", work.compared, self.kept.file, tuple(runs))

    def export(self, run: str, target: Path, kind: str = "") -> Job[list[Path]]:
        """Write a kept run as ``kind`` 'html', 'xlsx', 'json' or 'csv' (into a folder), by the ending when absent."""
        return self._engine.jobs.start(f"Export to {target.name}", work.exported, self.kept.file, run, target, kind)

    async def reproduce(self, run: str) -> Job[Reproduction]:
        """Make a kept run again and compare; candles that came as bars are read from the store and the exchange."""
        sources = await self._sources(await self.load(run))
        return self._engine.jobs.start("Reproduce", work.reproduced, self.kept.file, run, sources)

    async def plotted(self, run: str, symbol: str) -> Job[Plotted]:
        """The lines that the strategy of a kept run plots for ``symbol``, found again over the candles of the run."""
        sources = await self._sources(await self.load(run), symbol)
        return self._engine.jobs.start(f"Lines of {symbol}", work.plotted, self.kept.file, run, symbol, sources)

    async def _sources(self, result: BacktestResult, symbol: str = "") -> tuple[BarSource, ...]:
        """The sources of ``result``, or of ``symbol`` alone, with their candles as they are now.

        They are cut to the spans that the passport of ``result`` tells.
        """
        from shared_modules.backtester.reproduction import cut, wanted

        if all(source.path for source in result.request.sources):
            return ()
        found = []
        for source in result.request.sources:
            if symbol and source.symbol not in ("", symbol):
                continue
            prints = wanted(result.passport.data, source.symbol)
            if source.path or "candles" not in prints:
                found.append(source)
                continue
            span, detail = prints["candles"], prints.get("detail")
            end = timeframe(source.timeframe).next(span.last)
            from_file = {name: path for name in _PATHS if (path := getattr(source, name)) is not None}
            asked = Wanted(
                (source.symbol,), source.timeframe, start=span.first, end=end,
                detail="" if detail is None or "detail_path" in from_file else detail.timeframe,
                funding="funding" in prints and "funding_path" not in from_file,
                mark="mark" in prints and "mark_path" not in from_file, mark_timeframe=source.mark_timeframe,
            )  # fmt: skip
            (gathered,) = await gather(self._engine, asked)
            found.append(replace(cut(gathered, prints), **from_file))
        return tuple(found)


def _title(request: BacktestRequest) -> str:
    from shared_modules.backtester.request import run_title

    return run_title(request.strategy, [source.symbol for source in request.sources if source.symbol])


def _summary(request: BacktestRequest) -> dict[str, Any]:
    return {
        "strategy": request.strategy,
        "parameters": {name: str(value) for name, value in request.parameters.items()},
        "symbols": [source.symbol for source in request.sources],
        "timeframe": request.timeframe or request.sources[0].timeframe,
        "cash": request.cash,
    }
