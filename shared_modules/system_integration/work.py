"""The works that jobs run in worker processes: thin functions that import what they need when they run.

They stand here so that the window's process can name them without importing pandas, numba or TA-Lib.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from shared_modules.core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shared_modules.backtester.comparison import Comparison
    from shared_modules.backtester.plotted import Plotted
    from shared_modules.backtester.reproduction import Reproduction
    from shared_modules.backtester.request import BacktestRequest, BarSource
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.core.bars import Bars
    from shared_modules.core.market import Series
    from shared_modules.data_collection.exporting import ExportOutcome
    from shared_modules.data_collection.import_recordings import RecordingMapping, RecordingPreview
    from shared_modules.data_collection.importing import ImportedFile, ImportMapping
    from shared_modules.data_collection.integrity import SeriesReport
    from shared_modules.data_collection.replaying import ReplayOutcome
    from shared_modules.storage.runs import RunStore

    Span = tuple[int | None, int | None]


def backtest(request: BacktestRequest, progress: Progress) -> BacktestResult:
    """The checked result of a backtest; its request comes back without the candles, which the asker has."""
    from shared_modules.backtester.archive import without_candles
    from shared_modules.backtester.honesty import run_checked

    return without_candles(run_checked(request, progress))


def unchecked_backtest(request: BacktestRequest, progress: Progress) -> BacktestResult:
    """As `backtest`, without a look at whether the result can be believed."""
    from shared_modules.backtester.archive import without_candles
    from shared_modules.backtester.run import run_backtest

    return without_candles(run_backtest(request, progress))


def kept_backtest(request: BacktestRequest, checks: bool, progress: Progress) -> tuple[bytes, dict[str, Any]]:
    """What `backtest` or `unchecked_backtest` gives as the bytes that are kept of it, and what a list tells of it.

    Thousands of trades as objects would stand still whoever receives them; bytes are opened where it does no harm.
    """
    from shared_modules.backtester.archive import pack, summary_of

    result = (backtest if checks else unchecked_backtest)(request, progress)
    return pack(result), summary_of(result)


def compared(file: Path, runs: tuple[str, ...], progress: Progress) -> Comparison:
    """The kept ``runs`` of the history ``file`` side by side."""
    from shared_modules.backtester.archive import unpack
    from shared_modules.backtester.comparison import compare

    with closing(_history(file)) as store:
        results = []
        for i, run in enumerate(runs):
            progress.step(i / len(runs), f"Reading run {run}")
            results.append(unpack(store.load(run)))
        return compare(results, [store.record(run).title for run in runs])


def exported(file: Path, run: str, target: Path, kind: str, progress: Progress) -> list[Path]:
    """The files written of the kept ``run`` of the history ``file``."""
    from shared_modules.backtester.archive import unpack
    from shared_modules.backtester.report import write

    progress.step(0.1, f"Reading run {run}")
    with closing(_history(file)) as store:
        result = unpack(store.load(run))
        title = store.record(run).title
    progress.step(0.4, f"Writing {target.name}")
    return write(result, target, kind, title)


def reproduced(file: Path, run: str, sources: tuple[BarSource, ...], progress: Progress) -> Reproduction:
    """The kept ``run`` of the history ``file`` made again, from ``sources`` where its candles came as bars."""
    from shared_modules.backtester.archive import unpack
    from shared_modules.backtester.reproduction import reproduce

    with closing(_history(file)) as store:
        stored = unpack(store.load(run))
    return reproduce(stored, sources or None, progress)


def plotted(file: Path, run: str, symbol: str, sources: tuple[BarSource, ...], progress: Progress) -> Plotted:
    """The lines of the strategy of the kept ``run`` for ``symbol``; ``sources`` as for `reproduced`."""
    from shared_modules.backtester.archive import unpack
    from shared_modules.backtester.plotted import plotted as lines

    with closing(_history(file)) as store:
        stored = unpack(store.load(run))
    return lines(stored, symbol, sources, progress)


def _history(file: Path) -> RunStore:
    from shared_modules.storage.runs import RunStore

    return RunStore(file)


def verify(root: Path, only: Sequence[Series] | None, progress: Progress) -> list[SeriesReport]:
    """Reports on every series stored under the data folder ``root``, or on ``only`` some."""
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.integrity import verify_folder

    return verify_folder(DataPaths(root), progress, only)


def read_import(path: Path, mapping: ImportMapping, progress: Progress) -> ImportedFile:
    """The candles of the file at ``path`` as ``mapping`` says."""
    from shared_modules.data_collection.importing import read_import as read

    return read(path, mapping, progress)


def preview_recording(path: Path, frame: str, progress: Progress) -> RecordingPreview:
    """What the recording at ``path`` holds, as candles of the timeframe ``frame``."""
    from shared_modules.data_collection.import_recordings import preview_recording as preview

    return preview(path, frame, progress)


def read_recording(path: Path, mapping: RecordingMapping, progress: Progress) -> list[tuple[Series, Bars]]:
    """The candles of the recording at ``path`` as ``mapping`` says."""
    from shared_modules.data_collection.import_recordings import read_recording as read

    return read(path, mapping, progress)


def export(
    root: Path, series: Series, path: Path, form: str | None, span: Span, times: str, progress: Progress
) -> ExportOutcome:
    """Write the candles of ``series`` stored under ``root`` to ``path``."""
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.exporting import export as write

    return write(DataPaths(root), series, path, form, *span, times, progress)


def replay(recording: Path, target: Path, speed: float | None, progress: Progress) -> ReplayOutcome:
    """What came of playing ``recording`` into the candles under ``target``, from nothing."""
    import asyncio
    import shutil

    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.replaying import replay as play

    # candles of an earlier replay would hide what this one lacks
    shutil.rmtree(target, ignore_errors=True)
    return asyncio.run(play(recording, DataPaths(target).ready(), speed=speed, progress=progress))


def warm_up(progress: Progress) -> None:
    """Import what backtests need and compile the kernels, so that the first one starts at once."""
    from shared_modules.backtester.run import prepare

    progress.step(0.0, "Compiling what backtests need; this happens once on a machine")
    prepare()
    progress.step(1.0, "Compiled")
