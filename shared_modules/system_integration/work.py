"""The works that jobs run in worker processes: thin functions that import what they need when they run.

They stand here so that the window's process can name them without importing pandas, numba or TA-Lib.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared_modules.core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shared_modules.backtester.request import BacktestRequest
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.core.market import Series
    from shared_modules.data_collection.exporting import ExportOutcome
    from shared_modules.data_collection.importing import ImportedFile, ImportMapping
    from shared_modules.data_collection.integrity import SeriesReport

    Span = tuple[int | None, int | None]


def backtest(request: BacktestRequest, progress: Progress) -> BacktestResult:
    """The result of a backtest; its request comes back without the candles, which the asker has."""
    from shared_modules.backtester.run import run_backtest

    result = run_backtest(request, progress)
    sources = tuple(s if s.bars is None else replace(s, bars=s.bars[:0]) for s in request.sources)
    return replace(result, request=replace(request, sources=sources))


def verify(root: Path, only: Sequence[Series] | None, progress: Progress) -> list[SeriesReport]:
    """Reports on every series stored under the data folder ``root``, or on ``only`` some."""
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.integrity import verify_folder

    return verify_folder(DataPaths(root), progress, only)


def read_import(path: Path, mapping: ImportMapping, progress: Progress) -> ImportedFile:
    """The candles of the file at ``path`` as ``mapping`` says."""
    from shared_modules.data_collection.importing import read_import as read

    return read(path, mapping, progress)


def export(
    root: Path, series: Series, path: Path, form: str | None, span: Span, times: str, progress: Progress
) -> ExportOutcome:
    """Write the candles of ``series`` stored under ``root`` to ``path``."""
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.exporting import export as write

    return write(DataPaths(root), series, path, form, *span, times, progress)


def warm_up(progress: Progress) -> None:
    """Import what backtests need and compile the kernels, so that the first one starts at once."""
    from shared_modules.backtester.run import prepare

    prepare()
