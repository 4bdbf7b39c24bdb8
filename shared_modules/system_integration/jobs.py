"""Long work in worker processes, with progress, ETA, Pause and Stop.

A work is a module-level function of plain picklable values whose last argument is a `Progress`. Workers are spawned
(as on Windows), kept for the next work, and replaced when they die.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

import psutil

from shared_modules.core.errors import Cancelled, ExecutionError, TradeBotError
from shared_modules.core.log import operation
from shared_modules.core.progress import Progress, ProgressReport
from shared_modules.core.shared_bars import Parcel, opened

T = TypeVar("T")
_log = logging.getLogger(__name__)
# a work that does not look at its progress for this long after Stop loses its process
STOP_GRACE = 5.0
# after so long without work, s, one process stays ready, and none that holds more memory than this, bytes
REST, MOST_MEMORY = 60.0, 300_000_000


class Job(Generic[T]):
    """A work under way; everything of it happens on the event loop's thread."""

    def __init__(self, title: str, loop: asyncio.AbstractEventLoop) -> None:
        self.title = title
        self.report: ProgressReport | None = None
        self._begun = time.perf_counter()
        with operation("job") as self.operation:
            _log.info("'%s' started", title)
        self._future: asyncio.Future[T] = loop.create_future()
        # a job nobody awaits must not complain when it fails: its state says so
        self._future.add_done_callback(lambda f: f.cancelled() or f.exception())
        self._listeners: dict[Callable[[ProgressReport], None], None] = {}
        self._cancel: Callable[[], None] = lambda: None
        self._pause: Callable[[bool], None] = lambda _: None
        self._paused = False

    @property
    def paused(self) -> bool:
        """Whether the work was asked to wait; it does at its next report, or before it begins."""
        return self._paused and not self.done

    def pause(self) -> None:
        """Have the work wait at its next report; its worker does not count until it goes on."""
        self._set_paused(True)

    def resume(self) -> None:
        """Let the work go on."""
        self._set_paused(False)

    def _set_paused(self, wish: bool) -> None:
        if not self.done and wish != self._paused:
            self._paused = wish
            self._pause(wish)

    @property
    def done(self) -> bool:
        return self._future.done()

    @property
    def error(self) -> BaseException | None:
        """What went wrong; None while running and after success; `Cancelled` when stopped."""
        return self._future.exception() if self._future.done() else None

    async def result(self) -> T:
        """What the work returned; raises what it raised, or `Cancelled`."""
        return await asyncio.shield(self._future)

    @property
    def value(self) -> T:
        """What the work returned, once it is done without an error."""
        return self._future.result()

    async def settled(self) -> None:
        """Return when the job has ended in any way."""
        await asyncio.wait([self._future])

    def cancel(self) -> None:
        """Stop the work at its next report, or with its process when it does not listen."""
        if not self.done:
            self._cancel()

    def on_report(self, listener: Callable[[ProgressReport], None]) -> Callable[[], None]:
        """Call ``listener`` with each report until the returned function is called."""
        self._listeners[listener] = None

        def undo() -> None:
            self._listeners.pop(listener, None)

        return undo

    def on_done(self, listener: Callable[[Job[T]], None]) -> None:
        """Call ``listener`` once when the job has ended in any way."""
        self._future.add_done_callback(lambda _: listener(self))

    def _reported(self, report: ProgressReport) -> None:
        self.report = report
        for listener in tuple(self._listeners):
            listener(report)

    def _ended(self, value: Any, error: BaseException | None) -> None:
        if self._future.done():
            return
        with operation("job", self.operation):
            _log.info("'%s' %s after %.2f s", self.title, _ending(error), time.perf_counter() - self._begun)
            if isinstance(error, TradeBotError) and "trace" in error.details:
                _log.error("'%s' failed: %s", self.title, error.details["trace"])
        if error is None:
            self._future.set_result(value)
        else:
            self._future.set_exception(error)


class Jobs:
    """Runs works in at most ``workers`` processes; what does not fit waits in order."""

    def __init__(self, workers: int = 2, rest: float = REST, most_memory: int = MOST_MEMORY) -> None:
        self._most, self._rest, self._most_memory = workers, rest, most_memory
        self._ready: Callable[..., None] | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._waiting: deque[tuple[Job[Any], Callable[..., Any], tuple[Any, ...]]] = deque()
        self._closed = False

    def start(self, title: str, work: Callable[..., T], *args: Any) -> Job[T]:
        """Begin ``work(*args, progress)`` in a worker process; returns at once."""
        if self._closed:
            raise ExecutionError(f"'{title}' cannot start: the terminal is closing")
        job: Job[T] = Job(title, asyncio.get_running_loop())
        entry = (job, work, args)
        self._waiting.append(entry)

        def forget() -> None:
            with contextlib.suppress(ValueError):
                self._waiting.remove(entry)
            job._ended(None, Cancelled())

        job._cancel = forget
        self._pump()
        return job

    def warm(self, work: Callable[..., None]) -> Job[None] | None:
        """Have one worker ready that has run ``work(progress)``, so that the first real work starts quickly.

        Returns the job that makes it ready; None where a worker is there already.
        """
        self._ready = work
        return None if self._idle or self._busy else self.start("Preparing backtests", work)

    async def close(self) -> None:
        """Stop everything and wait for the processes to end."""
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
        for job, _, _ in tuple(self._waiting):
            job.cancel()
        workers = [*self._busy, *self._idle]
        for worker in workers:
            worker.dismiss()
        await asyncio.gather(*(asyncio.to_thread(worker.join) for worker in workers))
        await asyncio.sleep(0)  # let what the readers posted arrive

    def _pump(self) -> None:
        while self._waiting and not self._closed:
            resting = sum(worker.resting for worker in self._busy)
            if len(self._busy) - resting >= self._most:
                return
            worker = self._idle.pop() if self._idle else _Worker()
            job, work, args = self._waiting.popleft()
            self._busy.add(worker)
            worker.run(job, work, args, self._freed, self._pump)

    def _freed(self, worker: _Worker) -> None:
        self._busy.discard(worker)
        if worker.alive and not self._closed:
            self._idle.append(worker)
        else:
            worker.dismiss()
        self._pump()
        if not self._closed and not self._busy:
            if self._resting is not None:
                self._resting.cancel()
            self._resting = asyncio.get_running_loop().call_later(self._rest, self._tidy)

    def _tidy(self) -> None:
        """Give memory back that nobody uses: what a compile or a large backtest took stays with its process."""
        if self._busy or self._closed:
            return
        light = [worker for worker in self._idle if worker.memory <= self._most_memory]
        gone = [worker for worker in self._idle if worker not in light[-1:]]
        self._idle = light[-1:]
        for worker in gone:
            worker.dismiss()
            threading.Thread(target=worker.join, name="worker's end", daemon=True).start()
        if gone and not self._idle and self._ready is not None:
            self.warm(self._ready)


class _Worker:
    """One process and the thread that starts it and listens to it."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Connection | None = None
        self._stop: Any = None
        self._hold: Any = None
        self._job: Job[Any] | None = None
        self._asked_to_stop = False
        self._dismissed = False
        self._reader: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def memory(self) -> int:
        """Resident bytes of its process; 0 when it is gone."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    @property
    def resting(self) -> bool:
        """Whether its work is paused, so that another may have its share of the processor."""
        return self._job is not None and self._job.paused

    def run(
        self,
        job: Job[Any],
        work: Callable[..., Any],
        args: tuple[Any, ...],
        freed: Callable[..., None],
        pump: Callable[[], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._asked_to_stop = False
        self._job = job
        if self._stop is not None:
            self._stop.clear()
            self._tell_to_wait(job.paused)
        job._cancel = self._stopper(job, loop)

        def hold(wish: bool) -> None:
            self._tell_to_wait(wish)
            pump()

        job._pause = hold
        self._reader = threading.Thread(
            target=self._listen, args=(job, work, args, loop, freed), name=f"job {job.title}", daemon=True
        )
        self._reader.start()

    def _open(self) -> None:
        # starting a process takes tens of milliseconds, which the loop does not have
        context = multiprocessing.get_context("spawn")
        pipe, far = context.Pipe()
        stop, hold = context.Event(), context.Event()
        process = context.Process(target=_serve, args=(far, stop, hold), daemon=True)
        process.start()
        far.close()
        self._pipe, self._stop, self._hold, self._process = pipe, stop, hold, process

    def _stopper(self, job: Job[Any], loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        def stop() -> None:
            self._tell_to_stop()
            loop.call_later(STOP_GRACE, lambda: None if job.done or not self.alive else self._process.kill())

        return stop

    def _tell_to_stop(self) -> None:
        self._asked_to_stop = True  # first the wish, then the signal: a process just being started looks for the wish
        if self._stop is not None:
            self._stop.set()

    def _tell_to_wait(self, wish: bool) -> None:
        if self._hold is None:
            return
        if wish:
            self._hold.set()
        else:
            self._hold.clear()

    def _listen(
        self,
        job: Job[Any],
        work: Callable[..., Any],
        args: tuple[Any, ...],
        loop: asyncio.AbstractEventLoop,
        freed: Callable[[_Worker], None],
    ) -> None:
        value: Any = None
        error: BaseException | None = None
        parcel: Parcel | None = None
        try:
            if self._process is None:
                self._open()
            if self._asked_to_stop:
                self._stop.set()
            self._tell_to_wait(job.paused)
            parcel = Parcel((work, args))
            value, error = self._answers(job, loop, parcel)
        except (EOFError, OSError) as failure:
            if self._process is None:
                error = ExecutionError(f"'{job.title}' could not start a process: {failure}")
            else:
                self._process.join(1)
                error = Cancelled() if self._asked_to_stop else _died(job.title, self._process.exitcode)
        except Exception as failure:  # noqa: BLE001 - handed to whoever awaits the job
            error = failure
        finally:
            if parcel is not None:
                parcel.release()
            if self._dismissed:
                self._let_go()
        with contextlib.suppress(RuntimeError):  # the loop closed first
            loop.call_soon_threadsafe(self._finish, job, value, error, freed)

    def _answers(
        self, job: Job[Any], loop: asyncio.AbstractEventLoop, parcel: Parcel
    ) -> tuple[Any, BaseException | None]:
        assert self._pipe is not None
        self._pipe.send_bytes(parcel.data)
        while True:
            kind, value = opened(self._pipe.recv_bytes())
            if kind == "report":
                loop.call_soon_threadsafe(job._reported, value)
            elif kind == "received":
                parcel.release()
            elif kind == "done":
                return value, None
            else:
                return None, value

    def _finish(self, job: Job[Any], value: Any, error: BaseException | None, freed: Callable[[_Worker], None]) -> None:
        self._job = None
        # first the worker is free, then whoever waits learns it: a next work finds it
        freed(self)
        job._ended(value, error)

    def dismiss(self) -> None:
        """Ask the process to end, after what it is doing has stopped."""
        self._dismissed = True
        self._tell_to_stop()
        self._let_go()

    def _let_go(self) -> None:
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                self._pipe.send_bytes(b"")

    def join(self) -> None:
        """Wait until the process has ended, with force if it must be."""
        if self._process is None and self._reader is not None:
            self._reader.join(STOP_GRACE)
        if self._process is not None:
            self._process.join(STOP_GRACE)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
        if self._reader is not None:
            self._reader.join(1)
        if self._pipe is not None:
            self._pipe.close()


def _ending(error: BaseException | None) -> str:
    if error is None:
        return "ended"
    return "was stopped" if isinstance(error, Cancelled) else "failed"


def _died(title: str, code: int | None) -> ExecutionError:
    return ExecutionError(
        f"'{title}' ended because its process died (exit code {code}); see the log, then start it again"
    )


def _serve(pipe: Connection, stop: Any, hold: Any) -> None:
    """The worker process: one work after another until an empty message or a closed pipe."""
    # Ctrl+C in a console reaches the children too; the parent decides when they end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            data = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        if not data:
            return
        try:
            _answer(pipe, stop, hold, data)
        except OSError:
            return  # the parent is gone


def _answer(pipe: Connection, stop: Any, hold: Any, data: bytes) -> None:
    def tell(kind: str, value: Any) -> None:
        pipe.send_bytes(pickle.dumps((kind, value), protocol=5))

    try:
        work, args = opened(data)
        tell("received", None)
        progress = Progress(lambda report: tell("report", report), stop, pause=hold)
        outcome = ("done", work(*args, progress))
    except (Cancelled, TradeBotError) as error:
        outcome = ("error", error)
    except Exception as error:  # noqa: BLE001 - told to the parent, which logs it
        sentence = f"the work failed unexpectedly ({type(error).__name__}: {error}); the log has the details"
        outcome = ("error", ExecutionError(sentence, trace=traceback.format_exc()))
    try:
        answer = pickle.dumps(outcome, protocol=5)
    except Exception as error:  # noqa: BLE001 - any object may refuse to be pickled, in its own way
        sentence = f"the outcome of the work cannot travel between processes ({type(error).__name__}: {error})"
        answer = pickle.dumps(("error", ExecutionError(sentence)), protocol=5)
    pipe.send_bytes(answer)
