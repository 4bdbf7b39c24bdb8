"""`engine.data`: what is stored, and everything a person does to it; heavy work runs as jobs.

for info in await engine.data.overview():
    print(info.series, info.rows, info.missing)
seen = await engine.data.preview(path)
await engine.data.import_file(path, replace(seen.mapping, symbol="BTCUSDT")).result()
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shared_modules.core.clock import SystemClock
from shared_modules.core.errors import Cancelled, TradeBotError
from shared_modules.core.events import DataChecked
from shared_modules.core.market import Series
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe

from . import work
from .jobs import Job

if TYPE_CHECKING:
    from shared_modules.data_collection.edits import EditOutcome
    from shared_modules.data_collection.exporting import ExportOutcome
    from shared_modules.data_collection.findings import SeriesReport
    from shared_modules.data_collection.import_recordings import RecordingMapping, RecordingPreview
    from shared_modules.data_collection.importing import ImportMapping, ImportPreview
    from shared_modules.data_collection.overview import Coverage, Overview, SeriesInfo
    from shared_modules.data_collection.provenance import Entry
    from shared_modules.data_collection.repair import RepairOutcome

    from .engine import Engine


_log = logging.getLogger(__name__)
CHECKED = "checked.txt"  # among the candles; its time is that of the last check of everything
_LOOK = 60.0  # s between two looks at whether a check is due


class DataCare:
    """Stored candles as a person sees them; its methods belong on the event loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._overview: Overview | None = None
        self._reports: dict[Series, SeriesReport] = {}
        self._clock = SystemClock()
        self._looking = asyncio.Lock()

    # -- looking --------------------------------------------------------------------------------------------------

    async def overview(self) -> list[SeriesInfo]:
        """Every stored series with rows, span, gaps by kind, and the score of its last check."""
        async with self._looking:
            return await asyncio.to_thread(self._look)

    def _look(self) -> list[SeriesInfo]:
        from shared_modules.data_collection.overview import Overview

        self._engine.store.flush()
        if self._overview is None:
            self._overview = Overview(self._engine.paths)
        return self._overview.look(dict(self._reports))

    async def coverage(self, series: Series) -> Coverage:
        """How much of each day of ``series`` is stored, and why the rest is not."""
        from shared_modules.data_collection.overview import coverage

        return await asyncio.to_thread(coverage, self._engine.paths, series)

    async def history(self, series: Series) -> list[Entry]:
        """What was done to ``series``, newest first: repairs, imports, deletions, and what is known of its holes."""
        from shared_modules.data_collection.provenance import entries

        found = await asyncio.to_thread(entries, self._engine.paths, series)
        return found[::-1]

    def report(self, series: Series) -> SeriesReport | None:
        """The last check of ``series`` since the program started."""
        return self._reports.get(series)

    def retention(self, series: Series) -> int | None:
        """How many rows of ``series`` are kept; None for all."""
        return self._engine.store.keep(series)

    async def set_retention(self, series: Series, rows: int | str | None) -> None:
        """Keep ``rows`` of ``series``, None for all of them, 'default' for what the settings say."""
        store = self._engine.store
        if isinstance(rows, str):
            await asyncio.to_thread(store.keep_as_others, series)
        else:
            await asyncio.to_thread(store.set_keep, series, rows)

    # -- checking and mending -------------------------------------------------------------------------------------

    def verify(
        self, series: Series | Sequence[Series] | None = None, rest: bool = False, trades: bool = False
    ) -> Job[list[SeriesReport]]:
        """Check ``series``, or everything stored.

        With ``rest`` each candle is also held against the exchange, with ``trades`` the newest ones are rebuilt from
        its trades too.
        """
        return self._verify(series, rest or trades, trades, False)

    def _verify(
        self, series: Series | Sequence[Series] | None, rest: bool, trades: bool, scheduled: bool
    ) -> Job[list[SeriesReport]]:
        only = None if series is None else _many(series)

        async def check(progress: Progress) -> list[SeriesReport]:
            await asyncio.to_thread(self._engine.store.flush)
            engine = self._engine
            own = progress.part(0.0, 0.3 if rest else 1.0)
            found = await engine.tasks.worker(own, "Check candles", work.verify, self._root, only)
            if rest:
                from shared_modules.data_collection.audit import audit

                found = await audit(engine.market_data, engine.paths, found, progress.part(0.3, 1.0), trades)
            if only is None:
                self._reports.clear()
                await asyncio.to_thread(self._note_check)
            self._reports.update({report.series: report for report in found})
            faulty, lost = sum(not r.clean for r in found), sum(r.unexplained for r in found)
            engine.bus.publish(DataChecked(self._clock.now(), len(found), faulty, lost, scheduled))
            return found

        return self._engine.tasks.start(_title("Check", only), check)

    async def keep_checking(self) -> None:
        """Check everything stored every so many hours of the settings, until cancelled.

        The hours go on while the terminal is closed: who opens it for an hour a day has the candles checked too.
        """
        while True:
            await asyncio.sleep(_LOOK)
            hours = self._engine.settings.data.check_hours
            if not hours or await asyncio.to_thread(self._since_check) < hours * 3600:
                continue
            # also one that fails or is stopped is not begun again at the next look
            await asyncio.to_thread(self._note_check)
            try:
                reports = await self._verify(None, False, False, True).result()
            except (TradeBotError, Cancelled) as error:
                _log.warning("the scheduled check of the candles was not done: %s", error)
                continue
            faulty, lost = sum(not r.clean for r in reports), sum(r.unexplained for r in reports)
            if faulty:
                words = f"{faulty} of {len(reports)} series have something to look at"
                words += f", {lost} candles are missing without a reason" if lost else ""
                self._engine.notice("warning", f"The regular check of the stored candles: {words}. See Data manager.")

    def _since_check(self) -> float:
        """Seconds since everything was checked, also by an earlier start; since the first start when it never was."""
        mark = self._engine.paths.candles / CHECKED
        try:
            return max(0.0, time.time() - mark.stat().st_mtime)
        except OSError:
            self._note_check()
            return 0.0

    def _note_check(self) -> None:
        mark = self._engine.paths.candles / CHECKED
        try:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text("The time of this file is that of the last check of all candles.\n", encoding="utf-8")
        except OSError as error:
            _log.debug("the time of the check cannot be noted: %s", error)

    def repair(
        self, series: Series | Sequence[Series] | None = None, thorough: bool = False
    ) -> Job[list[RepairOutcome]]:
        """Fetch what is missing or wrong in ``series`` again; ``thorough`` compares every candle with the exchange."""
        only = None if series is None else _many(series)

        async def mend(progress: Progress) -> list[RepairOutcome]:
            from shared_modules.data_collection.repair import Repairer

            engine = self._engine
            name = engine.market_data.name
            chosen = [s for s in (only or engine.store.series()) if s.market.exchange == name]
            repairer = Repairer(engine.market_data, engine.store, engine.paths, changed=self._reread)
            return await repairer.repair_all(chosen, thorough=thorough, progress=progress)

        return self._engine.tasks.start(_title("Repair", only), mend)

    def undo(self, ident: str) -> Job[Series]:
        """Take back the repair, import, resampling or deletion called ``ident``; the series that it was of."""

        async def take_back(progress: Progress) -> Series:
            from shared_modules.data_collection.repair_files import undo

            engine = self._engine
            series, _ = await asyncio.to_thread(undo, engine.paths, engine.store, ident, self._clock.now())
            self._reread(series)
            return series

        return self._engine.tasks.start(f"Take back {ident}", take_back)

    # -- bringing in and out --------------------------------------------------------------------------------------

    async def preview(self, path: Path, mapping: ImportMapping | None = None) -> ImportPreview:
        """How the file at ``path`` would be imported: as guessed, or as ``mapping`` says."""
        from shared_modules.data_collection.importing import preview

        return await asyncio.to_thread(preview, Path(path), mapping)

    def import_file(self, path: Path, mapping: ImportMapping) -> Job[EditOutcome]:
        """Bring the candles of ``path`` into the series that ``mapping`` names; can be taken back."""

        async def bring(progress: Progress) -> EditOutcome:
            from shared_modules.data_collection.edits import import_bars

            engine = self._engine
            read = progress.part(0.0, 0.8)
            found = await engine.tasks.worker(read, "Read the file", work.read_import, Path(path), mapping)
            progress.step(0.8, "writing")
            done = await asyncio.to_thread(
                import_bars, engine.paths, engine.store, found.series, found.bars, str(path), self._clock.now(),
                mapping.replace,
            )  # fmt: skip
            self._reread(found.series)
            progress.step(1.0)
            return replace(done, notes=(*found.notes, *done.notes))

        return self._engine.tasks.start(f"Import {Path(path).name}", bring)

    async def is_recording(self, path: Path) -> bool:
        """Whether the file at ``path`` is a recording of another venue's messages and no table."""
        from shared_modules.data_collection.import_recordings import is_recorded

        return await asyncio.to_thread(is_recorded, Path(path))

    def preview_recording(self, path: Path, frame: str = "1m") -> Job[RecordingPreview]:
        """Read the whole recording at ``path``: its markets, and the candles of ``frame`` that their trades make."""

        async def read(progress: Progress) -> RecordingPreview:
            worker = self._engine.tasks.worker
            return await worker(progress, "Read the recording", work.preview_recording, Path(path), frame)

        return self._engine.tasks.start(f"Read {Path(path).name}", read)

    def import_recording(self, path: Path, mapping: RecordingMapping) -> Job[list[EditOutcome]]:
        """Bring what ``mapping`` wants of the recording at ``path`` in; each series can be taken back."""

        async def bring(progress: Progress) -> list[EditOutcome]:
            from shared_modules.data_collection.edits import import_bars

            engine, name = self._engine, str(path)
            read = progress.part(0.0, 0.8)
            built = await engine.tasks.worker(read, "Read the recording", work.read_recording, Path(path), mapping)
            done = []
            for n, (series, bars) in enumerate(built):
                progress.step(0.8 + 0.2 * n / len(built), f"writing {series}")
                arguments = (engine.paths, engine.store, series, bars, name, self._clock.now(), mapping.replace)
                done.append(await asyncio.to_thread(import_bars, *arguments))
                self._reread(series)
            progress.step(1.0)
            return done

        return self._engine.tasks.start(f"Import {Path(path).name}", bring)

    def export(
        self,
        series: Series,
        path: Path,
        form: str | None = None,
        start: int | None = None,
        end: int | None = None,
        times: str = "ms",
    ) -> Job[ExportOutcome]:
        """Write ``series`` to ``path`` as 'csv', 'csv.gz' or 'parquet'; None tells it from the name."""

        async def write(progress: Progress) -> ExportOutcome:
            await asyncio.to_thread(self._engine.store.flush)
            arguments = (self._root, series, Path(path), form, (start, end), times)
            return await self._engine.tasks.worker(progress, f"Write {series}", work.export, *arguments)

        return self._engine.tasks.start(f"Export {series}", write)

    def resample(self, series: Series, timeframe: Timeframe) -> Job[EditOutcome]:
        """Build the longer ``timeframe`` from ``series``; what is stored already stays."""

        def build(now: int) -> EditOutcome:
            from shared_modules.data_collection.edits import resample

            return resample(self._engine.paths, self._engine.store, series, timeframe, now)

        return self._edit(f"Build {timeframe} from {series}", build)

    def delete(self, series: Series, start: int | None = None, end: int | None = None) -> Job[EditOutcome]:
        """Remove candles of ``series`` in [start, end), or all of them; kept aside, so that it can be taken back."""

        def remove(now: int) -> EditOutcome:
            from shared_modules.data_collection.edits import delete

            return delete(self._engine.paths, self._engine.store, series, now, start, end)

        return self._edit(f"Delete from {series}", remove)

    def _edit(self, title: str, edit: Callable[[int], EditOutcome]) -> Job[EditOutcome]:
        async def change(progress: Progress) -> EditOutcome:
            done = await asyncio.to_thread(edit, self._clock.now())
            self._reread(done.series)
            progress.step(1.0)
            return done

        return self._engine.tasks.start(title, change)

    @property
    def _root(self) -> Path:
        return self._engine.paths.root

    def _reread(self, series: Series) -> None:
        self._reports.pop(series, None)
        self._engine.spawn(self._engine.hybrid.reread(series))


def _many(series: Series | Sequence[Series]) -> list[Series]:
    return [series] if isinstance(series, Series) else list(series)


def _title(verb: str, only: Sequence[Series] | None) -> str:
    if only is None:
        return f"{verb} all candles"
    return f"{verb} {only[0]}" if len(only) == 1 else f"{verb} {len(only)} series"
