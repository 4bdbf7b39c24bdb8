"""The candle store: plain CSV files, one per series, with one writer thread and any number of readers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import time_ns
from typing import Any, TypeVar

from shared_modules.core.bars import Bars
from shared_modules.core.errors import StoreError
from shared_modules.core.events import Notice
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths

from .folders import series_in, series_of
from .journal import Journal
from .retention import Exceptions
from .rows import Rows, as_bars, count, joined
from .series_file import SeriesFile
from .sidecar import cached_rows
from .store_health import StoreHealth, WriteMeter
from .writer_lock import WriterLock

T = TypeVar("T")
_log = logging.getLogger(__name__)
_JOURNAL_LIMIT = 8_000_000
_MOST_TOLD = 3  # sentences at once on what the disk refuses
_POOL = 8  # syncs wait for the disk, not for the processor


class CandleStore:
    """Candles on disk; the newest ``retention`` rows per series, or all of them when it is None or a person said so.

    Rows handed to `append` are on the disk at most ``flush_seconds`` later: in a journal by one synced write for all
    series, and in their CSV files. A file that another program holds is tried again until it can be written, its rows
    wait in the journal. ``on_problem`` is called on the writer's thread when the disk refuses and when it works again.
    """

    def __init__(
        self,
        paths: DataPaths,
        retention: int | None,
        flush_seconds: float = 1.0,
        on_problem: Callable[[Notice], None] | None = None,
    ) -> None:
        self.retention = retention
        self._paths = paths
        self._flush_seconds = flush_seconds
        self._on_problem = on_problem
        self._journal = Journal(paths.candles / "journal.log")
        self._lock = WriterLock(paths.candles)
        self._exceptions = Exceptions(paths.candles / "retention.json")
        self._works: list[tuple[Series, Callable[[SeriesFile], Any], Future[Any]]] = []
        self._files: dict[Series, SeriesFile] = {}
        self._untrimmed: set[Series] = set()
        self._written: set[Series] = set()
        self._wake = threading.Condition()
        self._queue: dict[Series, Rows] = {}
        self._writing: dict[Series, Rows] = {}
        self._retry: dict[Series, Rows] = {}
        self._counts: dict[Series, int] = {}
        self._names: dict[Series, str] = {}
        self._asked = 0
        self._done = 0
        self._closing = False
        self._problem = ""
        self._unjournaled = ""
        self._told: set[str] = set()
        self._meter = WriteMeter()
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Bring in what a crash left in the journal, repair torn files, and begin to write.

        Raises `StoreError` when the data folder cannot be used, or another process writes into it.
        """
        if self._thread is not None:
            return
        try:
            self._paths.candles.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            left = self._journal.open()
            self._exceptions.load()
        except OSError as error:
            self._lock.release()
            raise StoreError(
                f"cannot use the candle folder {self._paths.candles}: {error.strerror or error}",
                path=str(self._paths.candles),
            ) from error
        self._pool = ThreadPoolExecutor(_POOL, "candle-files")
        self._recover(left)
        self._thread = threading.Thread(target=self._run, name="candle-store")
        self._thread.start()

    def append(self, series: Series, rows: Rows, *, trim: bool = True) -> None:
        """Queue ``rows`` for writing and return at once; rows already there are corrected, not repeated.

        Without ``trim`` the series keeps all its rows until the store is opened anew.
        """
        if not count(rows):
            return
        self._name(series)  # a symbol that cannot be a file name is refused here, not on the writer's thread
        with self._wake:
            self._written.add(series)
            if not trim:
                self._untrimmed.add(series)
            waiting = self._queue.get(series)
            if not self._queue:  # the writer wakes for the first and then waits for more
                self._wake.notify_all()
            self._queue[series] = rows if waiting is None else joined(waiting, rows)

    def read(
        self, series: Series, start: int | None = None, end: int | None = None, *, limit: int | None = None
    ) -> Bars:
        """Candles with open times in [start, end), with ``limit`` the newest so many of them; waits for the disk.

        What is queued counts as stored. Raises `StoreError` when the file cannot be read.
        """
        with self._wake:  # before the file, so that rows on their way are seen at least once
            waiting = [q[series] for q in (self._retry, self._writing, self._queue) if series in q]
        keep = self.keep(series)
        if end is None and limit is not None:
            keep = limit if keep is None else min(keep, limit)
        whole = start is None and end is None and limit is None
        try:
            bars = cached_rows(self._paths.series(series), limit=keep, start=None if keep is not None else start)
        except OSError as error:
            raise StoreError(
                f"cannot read the candles of {series}: {error.strerror or error}", path=str(self._paths.series(series))
            ) from error
        for newer in waiting:
            bars = bars.merged(as_bars(newer))
        if keep is not None:
            bars = bars.tail(keep)
        if whole:
            self._counts[series] = len(bars)
        bars = bars.between(start, end)
        return bars if limit is None else bars.tail(limit)

    def rows(self, series: Series) -> int:
        """Number of rows of ``series``; reads its file."""
        count = len(self.read(series))
        self._counts[series] = count
        return count

    def counted(self, series: Series) -> int | None:
        """Number of rows as last counted by reading or writing, without touching the disk; None when never."""
        return self._counts.get(series)

    def health(self) -> StoreHealth:
        """How the writing is doing; quick, touches no disk."""
        with self._wake:
            queues = (self._queue, self._writing, self._retry)
            waiting = sum(count(rows) for queue in queues for rows in queue.values())
            series = len({series for queue in queues for series in queue})
            problem = self._problem
        meter = self._meter
        return StoreHealth(waiting, series, meter.last, meter.worst, meter.batch, problem, meter.synced)

    def series(self) -> list[Series]:
        """The series that have a file, in order."""
        return series_in(self._paths)

    def keep(self, series: Series) -> int | None:
        """How many rows of ``series`` are kept; None for all."""
        if self._untrimmed and series in self._untrimmed:
            return None
        return self._exceptions.rows(self._name(series), self.retention) if self._exceptions else self.retention

    def keep_all(self, series: Series) -> None:
        """Keep every row of ``series`` from now on, over restarts too; raises `StoreError`."""
        self.set_keep(series, None)

    def keep_all_of(self, many: Iterable[Series]) -> None:
        """`keep_all` of ``many`` series at once."""
        self._except(lambda: self._exceptions.keep_all([self._name(series) for series in many]))

    def set_keep(self, series: Series, rows: int | None) -> None:
        """Keep ``rows`` of ``series``, None for all, whatever is kept of the others; raises `StoreError`."""
        self._except(lambda: self._exceptions.set(self._name(series), rows))

    def keep_as_others(self, series: Series) -> None:
        """Let ``series`` be kept as all others are; raises `StoreError`."""
        self._except(lambda: self._exceptions.forget(self._name(series)))

    def keeps_own(self, series: Series) -> bool:
        """Whether the rows kept of ``series`` were set for it alone."""
        return self._exceptions.known(self._name(series))

    def _except(self, change: Callable[[], None]) -> None:
        try:
            change()
        except OSError as error:
            raise StoreError(f"cannot note how many candles are kept: {_reason(error)}") from error

    def flush(self) -> None:
        """Wait until everything queued is durable and every file holds exactly what it should.

        Raises `StoreError` while the disk refuses; the rows are kept and tried again.
        """
        with self._wake:
            if self._thread is None or self._closing:
                return
            self._asked += 1
            wanted = self._asked
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._done >= wanted)
            problem = self._problem
        if problem:
            raise StoreError(problem)

    def replace(self, series: Series, spans: Sequence[tuple[int, int]], bars: Bars) -> Bars:
        """Make ``bars`` the only rows of ``series`` in ``spans`` (pairs of times, the second not included).

        Waits for the disk and returns the rows that stood there. Raises `StoreError` when it cannot be done.
        """
        return self.exclusively(series, lambda file: file.replace(spans, bars))

    def exclusively(self, series: Series, work: Callable[[SeriesFile], T]) -> T:
        """The result of ``work`` on the file of ``series``, done by the writer's thread when nothing else waits.

        Raises `StoreError` when the store is closed or the disk refuses.
        """
        future: Future[T] = Future()
        with self._wake:
            if self._thread is None or self._closing:
                raise StoreError("the candle store is not open for writing")
            self._works.append((series, work, future))
            self._wake.notify_all()
        try:
            return future.result()
        except OSError as error:
            raise StoreError(_sentence(series, error), path=str(self._paths.series(series))) from error

    def close(self) -> None:
        """Write everything and stop; twice is safe."""
        thread = self._thread
        if thread is None:
            return
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        thread.join()
        self._thread = None
        self._closing = False
        self._journal.close()
        if self._pool is not None:
            self._pool.shutdown()
        self._lock.release()

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._wake:
                self._wake.wait_for(lambda: self._queue or self._retry or self._hurried())
                self._wake.wait_for(self._hurried, timeout=self._flush_seconds)
                asked, closing = self._asked, self._closing
                self._writing, self._queue = self._queue, {}
                works, self._works = self._works, []
            self._meter.began()
            try:
                written = len(self._writing)
                self._pass(settle=closing or asked > self._done)
                self._meter.wrote(written)
                self._work(works)
                if closing:
                    self._checkpoint()
            except Exception:  # noqa: BLE001 - the one writer must outlive a fault in one batch
                _log.exception("writing candles failed")
                for _, _, future in works:
                    if not future.done():
                        future.set_exception(StoreError("writing candles failed; the log says more"))
            with self._wake:
                self._done = asked
                self._wake.notify_all()

    def _hurried(self) -> bool:
        return self._closing or self._asked > self._done or bool(self._works)

    def _work(self, works: list[tuple[Series, Callable[[SeriesFile], Any], Future[Any]]]) -> None:
        """Do what wants a file for itself."""
        if works:
            # a journal replayed after a crash must not bring back what is replaced now
            self._checkpoint()
        for series, work, future in works:
            try:
                if self._journal.size:
                    raise StoreError("other candles still wait for the disk; try again when they are written")
                result = work(self._file(series))
            except Exception as error:  # noqa: BLE001 - it is raised again for who asked
                future.set_exception(error)
            else:
                self._count(series)
                future.set_result(result)

    def _pass(self, settle: bool) -> None:
        """Write what waits: journal first, then the files; what the disk refuses waits for the next pass."""
        problems: list[str] = []
        batch = self._writing
        if batch:
            try:
                self._journal.write({self._name(series): rows for series, rows in batch.items()})
                self._meter.durable()
                self._unjournaled = ""
            except OSError as error:
                self._unjournaled = f"cannot write the journal of candles: {_reason(error)}"
        work = dict(self._retry)
        for series, rows in batch.items():
            work[series] = joined(work[series], rows) if series in work else rows
        failed = self._apply(work, problems)
        if settle:
            self._settle(problems)
        with self._wake:
            self._retry = failed
            self._writing = {}
        if self._unjournaled and (failed or batch):
            problems.insert(0, self._unjournaled)
        if not failed:
            self._unjournaled = ""  # what the journal lacks is in the files
        self._tell(problems)
        if not failed and self._journal.size > _JOURNAL_LIMIT:
            self._checkpoint()

    def _apply(self, work: Mapping[Series, Rows], problems: list[str]) -> dict[Series, Rows]:
        """Write ``work`` into the files; returns what could not be written."""
        failed: dict[Series, Rows] = {}
        slow: list[Series] = []
        for series, rows in work.items():
            file, keep = self._file(series), self.keep(series)
            try:
                if file.append(rows, keep):
                    self._counts[series] = _shown(file.rows, keep)
                else:
                    slow.append(series)
            except OSError as error:
                failed[series] = rows
                problems.append(_sentence(series, error))
        self._each(slow, lambda s: self._file(s).merge(as_bars(work[s]), self.keep(s)), problems, work, failed)
        for series in slow:
            if series not in failed:
                self._count(series)
        return failed

    def _settle(self, problems: list[str]) -> None:
        """Trim files that hold more than they should; those that were only read are somebody else's."""

        def trim(series: Series) -> None:
            keep = self.keep(series)
            if keep is not None:
                self._file(series).trim(keep)

        # what is remembered of a file tells whether to look at it at all
        if self.retention is None and not self._exceptions:
            return
        mine = [(s, self._files[s].rows) for s in self._written if s in self._files]
        self._each([s for s, rows in mine if rows > (self.keep(s) or rows)], trim, problems)

    def _each(
        self,
        series: list[Series],
        do: Callable[[Series], object],
        problems: list[str],
        work: Mapping[Series, Rows] | None = None,
        failed: dict[Series, Rows] | None = None,
    ) -> None:
        """``do`` for each of ``series``, several at once; failures go to ``problems`` and ``failed``."""
        assert self._pool is not None
        for one, future in [(one, self._pool.submit(do, one)) for one in series]:
            try:
                future.result()
            except OSError as error:
                problems.append(_sentence(one, error))
                if work is not None and failed is not None:
                    failed[one] = work[one]

    def _recover(self, left: Mapping[str, Bars]) -> None:
        known = {self._name(series): series for series in series_in(self._paths)}
        work: dict[Series, Rows] = {}
        for name, bars in left.items():
            series = known.get(name) or series_of(name)
            if series is not None:
                work[series] = bars
        problems: list[str] = []
        self._retry = self._apply(work, problems)
        self._each(list(known.values()), lambda s: self._file(s).repair(), problems)
        if work:
            _log.info("brought candles of %d series back from the journal", len(work))
        self._tell(problems)
        if not self._retry:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """Sync the files and forget the journal, when nothing is missing from them."""
        problems: list[str] = []
        dirty = [series for series, file in self._files.items() if file.unsynced]
        self._each(dirty, lambda s: self._file(s).sync(), problems)
        if self._retry or problems:
            return
        try:
            self._journal.clear()
        except OSError as error:
            self._tell([f"cannot write the journal of candles: {_reason(error)}"])

    def _tell(self, problems: Sequence[str]) -> None:
        """Say what the disk refuses, each sentence once until it takes everything again."""
        found = list(dict.fromkeys(problems))
        more = f"; {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        self._problem = "; ".join(found[:_MOST_TOLD]) + more
        if found and not self._told.issuperset(found[:_MOST_TOLD]):
            self._told.update(found)
            self._say(Notice("error", self._problem, "store"))
        elif not found and self._told:
            self._told.clear()
            self._say(Notice("info", "the disk takes candles again", "store"))

    def _say(self, notice: Notice) -> None:
        _log.log(getattr(logging, notice.level.upper()), "%s", notice.text)
        if self._on_problem is not None:
            self._on_problem(notice)

    def _file(self, series: Series) -> SeriesFile:
        file = self._files.get(series)
        if file is None:
            place = self._paths.series(series)
            file = self._files[series] = SeriesFile(place, lambda found: self._keep_damaged(series, found))
        return file

    def _keep_damaged(self, series: Series, file: SeriesFile) -> None:
        from .repair_files import set_aside  # which takes back with a store

        ident = set_aside(self._paths, series, file, time_ns() // 1_000_000)
        words = (
            f"the file of {series} had lines that cannot be read; it was set aside as {ident}, what could be read stays"
        )
        self._say(Notice("warning", f"{words}. Repair in the data manager fetches the rest.", "store"))

    def _count(self, series: Series) -> None:
        self._counts[series] = _shown(self._file(series).rows, self.keep(series))

    def _name(self, series: Series) -> str:
        name = self._names.get(series)
        if name is None:
            name = self._names[series] = self._paths.series(series).relative_to(self._paths.candles).as_posix()
        return name


def _shown(rows: int, keep: int | None) -> int:
    return rows if keep is None else min(rows, keep)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _sentence(series: Series, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"the file of {series} cannot be written, perhaps another program holds it; its candles wait"
    return f"cannot write candles: {_reason(error)}; they are kept and tried again"
