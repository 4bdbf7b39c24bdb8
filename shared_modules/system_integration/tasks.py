"""Long work that lives on the event loop, told in the same form as a job in a worker process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from shared_modules.core.errors import Cancelled, ExecutionError, TradeBotError
from shared_modules.core.progress import Progress, ProgressReport

from .jobs import Job, Jobs

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Tasks:
    """Starts coroutines as jobs and ends them with the engine; one loop, one thread."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self, title: str, work: Callable[[Progress], Coroutine[Any, Any, T]]) -> Job[T]:
        """Begin ``work(progress)`` on this loop; Stop ends it at its next report or its next wait."""
        loop = asyncio.get_running_loop()
        job: Job[T] = Job(title, loop)
        if self._closed:
            job._ended(None, ExecutionError(f"'{title}' cannot start: the terminal is closing"))
            return job

        # reports may come from a thread that does the heavy part
        def reported(report: ProgressReport) -> None:
            loop.call_soon_threadsafe(job._reported, report)

        progress = Progress(reported)
        task = loop.create_task(self._run(job, work, progress), name=title)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # a task that is cancelled before its first step never gets as far as telling
        task.add_done_callback(lambda _: job._ended(None, Cancelled()))

        def stop() -> None:
            progress.cancel()
            task.cancel()

        job._cancel = stop
        return job

    async def worker(self, progress: Progress, title: str, work: Callable[..., T], *args: Any) -> T:
        """The result of ``work(*args, progress)`` in a worker process, as a part of a job that runs here."""
        job = self._jobs.start(title, work, *args)
        undo = job.on_report(lambda report: progress.step(report.share, report.text))
        try:
            return await job.result()
        except asyncio.CancelledError:
            job.cancel()
            raise
        finally:
            undo()

    async def close(self) -> None:
        """Stop everything; returns when it has ended."""
        self._closed = True
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, job: Job[T], work: Callable[[Progress], Awaitable[T]], progress: Progress) -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = await work(progress)
        except (asyncio.CancelledError, Cancelled):
            error = Cancelled()
        except TradeBotError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 - handed to whoever awaits the job
            _log.exception("'%s' failed", job.title)
            error = ExecutionError(f"'{job.title}' failed unexpectedly ({type(failure).__name__}: {failure})")
        await asyncio.sleep(0)  # the last report arrives before the end
        with contextlib.suppress(asyncio.InvalidStateError):
            job._ended(value, error)
