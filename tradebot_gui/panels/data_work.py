"""What a person does to stored data, each as a job with progress, time to go and Stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from shared_modules.core.errors import Cancelled, StoreError
from shared_modules.core.market import Series
from shared_modules.core.timeframes import Timeframe
from shared_modules.system_integration import (
    EditOutcome,
    ExportOutcome,
    ImportMapping,
    Job,
    RecordingMapping,
    SeriesReport,
)
from tradebot_gui.desk import Desk
from tradebot_gui.view_models.stored import edited, megabytes, mended, plural

if TYPE_CHECKING:
    from tradebot_gui.dialogs.data_dialogs import ExportChoice

T = TypeVar("T")
Words = Callable[[Any], str]


class DataWork(QObject):
    """Starts the jobs and says what came out; ``changed`` is told when stored data may be different."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._undo: list[tuple[tuple[str, ...], str]] = []

    @property
    def last(self) -> tuple[tuple[str, ...], str] | None:
        """Ids, the first to go first, and words of what would be taken back next."""
        return self._undo[-1] if self._undo else None

    def verify(self, series: Sequence[Series] | None) -> None:
        """Check ``series``, or everything stored."""
        self._desk.spawn(self._run(self._data.verify(series), _checked))

    def repair(self, series: Sequence[Series] | None, thorough: bool = False) -> None:
        """Fetch what is missing or wrong again; ``thorough`` compares every candle with the exchange."""
        self._desk.spawn(self._repair(series, thorough))

    async def _repair(self, series: Sequence[Series] | None, thorough: bool) -> None:
        found = await self._run(self._data.repair(series, thorough), mended)
        for outcome in found or ():
            # a damaged file was set aside before its rows were mended
            self._remember((outcome.id, outcome.quarantined), f"the repair of {outcome.series}")
        await self._run(self._data.verify(series), None)

    def take_back(self, *idents: str) -> None:
        """Undo the repairs, imports, resamplings or deletions called ``idents``, one after the other."""
        self._undo = [(known, words) for known, words in self._undo if not set(known) & set(idents)]
        self._desk.spawn(self._take_back(idents))

    async def _take_back(self, idents: Sequence[str]) -> None:
        for ident in idents[:-1]:
            if await self._run(self._data.undo(ident), None) is None:
                return
        await self._run(self._data.undo(idents[-1]), lambda series: f"{series} is as it was before.")

    def take_last_back(self) -> None:
        if self._undo:
            self.take_back(*self._undo[-1][0])

    def import_file(self, path: Path, mapping: ImportMapping | RecordingMapping) -> None:
        """Bring candles out of the file at ``path`` in, or out of the trades of a recording."""
        if isinstance(mapping, RecordingMapping):
            self._desk.spawn(self._import_recording(path, mapping))
        else:
            self._desk.spawn(self._edit(self._data.import_file(path, mapping), f"the import of {path.name}"))

    async def _import_recording(self, path: Path, mapping: RecordingMapping) -> None:
        done = await self._run(
            self._data.import_recording(path, mapping), lambda outcomes: " ".join(edited(one) for one in outcomes)
        )
        if done:
            self._remember([one.id for one in done], f"the import of {path.name}")

    def resample(self, series: Series, timeframe: Timeframe) -> None:
        self._desk.spawn(self._edit(self._data.resample(series, timeframe), f"building {timeframe} from {series}"))

    def delete(self, series: Sequence[Series], start: int | None, end: int | None) -> None:
        """Delete candles with open times in [start, end) of each of ``series``; can be taken back."""
        self._desk.spawn(self._delete(tuple(series), start, end))

    async def _delete(self, series: Sequence[Series], start: int | None, end: int | None) -> None:
        for one in series:
            await self._edit(self._data.delete(one, start, end), f"the deletion from {one}")

    def keep(self, series: Sequence[Series], rows: int | str | None) -> None:
        """Keep ``rows`` of each of ``series``: a number, None for all, 'default' for what the settings say."""
        self._desk.spawn(self._keep(tuple(series), rows))

    async def _keep(self, series: Sequence[Series], rows: int | str | None) -> None:
        for one in series:
            await self._data.set_retention(one, rows)
        words = "as many candles as the settings say" if rows == "default" else "all candles"
        words = f"the newest {rows:,} candles" if isinstance(rows, int) else words
        self._desk.notice.emit("info", f"Of {plural(len(series), 'series')} {words} are kept.")

    def export(self, choice: ExportChoice) -> None:
        """Write files as chosen."""
        self._desk.spawn(self._export(choice))

    async def _export(self, choice: ExportChoice) -> None:
        done: list[ExportOutcome] = []
        for series, path in choice.files():
            await asyncio.to_thread(_folder, path.parent)
            job = self._data.export(series, path, choice.form, choice.start, choice.end, choice.times)
            found = await self._run(job, None)
            if found is None:
                return
            done.append(found)
        rows, size = sum(o.rows for o in done), sum(o.size for o in done)
        told = f"{plural(len(done), 'file')} with {plural(rows, 'candle')} ({megabytes(size)})"
        self._desk.notice.emit("info", f"{told} written to {choice.folder}.")

    async def _edit(self, job: Job[EditOutcome], words: str) -> None:
        def said(outcome: EditOutcome) -> str:
            return " ".join((edited(outcome), *outcome.notes))

        outcome = await self._run(job, said)
        if outcome is not None:
            self._remember((outcome.id,), words)

    def _remember(self, idents: Sequence[str | None], words: str) -> None:
        """Note what changed something as one step that can be taken back."""
        changed = tuple(ident for ident in idents if ident is not None)
        if changed:
            self._undo.append((changed, words))
            self.changed.emit()

    async def _run(self, job: Job[T], words: Words | None) -> T | None:
        """The result of ``job``, said in ``words``; None when it was stopped."""
        self._desk.job_started.emit(job)
        try:
            result = await job.result()
        except Cancelled:
            self._desk.notice.emit("info", f"{job.title}: stopped. What was done until then stays.")
            return None
        finally:
            self.changed.emit()
        if words is not None:
            self._desk.notice.emit("info", words(result))
        return result

    @property
    def _data(self) -> Any:
        return self._desk.engine.data


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {path} ({error.strerror or error}); choose another folder") from error


def _checked(reports: list[SeriesReport]) -> str:
    bad = [report for report in reports if not report.clean]
    if not reports:
        return "Nothing is stored yet."
    if not bad:
        return f"{plural(len(reports), 'series')} checked: all in order."
    worst = min(bad, key=lambda report: report.score)
    return (
        f"{len(bad)} of {plural(len(reports), 'series')} have something to look at; "
        f"the worst is {worst.series} with a score of {worst.score:g}."
    )
