"""Stored candles written out for other programs: CSV, gzip CSV or Parquet, whole or a part."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.candle_files import HEADER, format_rows
from shared_modules.core.errors import DataSourceError, InvalidInput, StoreError
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths, replace
from shared_modules.core.progress import Progress

from .sidecar import cached_rows

FORMATS = {"csv": ".csv", "csv.gz": ".csv.gz", "parquet": ".parquet"}
TIMES = ("ms", "iso")
_BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """A file that was written: ``rows`` candles of ``series``, ``size`` bytes."""

    series: Series
    path: Path
    rows: int
    size: int
    first: int
    last: int


def format_of(path: Path) -> str:
    """The format that the name of ``path`` asks for; raises `InvalidInput` for another ending."""
    found = next((f for f, ending in FORMATS.items() if path.name.lower().endswith(ending)), None)
    if found is None:
        raise InvalidInput(f"candles are written as {', '.join(FORMATS.values())}, not as '{path.name}'")
    return found


def file_name(series: Series, form: str) -> str:
    """A name for the file of ``series`` that tells symbol and timeframe to whoever reads it."""
    frame = "1month" if series.timeframe.is_month else series.timeframe.name
    return f"{series.market.symbol}_{frame}{FORMATS[form]}"


def export(
    paths: DataPaths,
    series: Series,
    path: Path,
    form: str | None = None,
    start: int | None = None,
    end: int | None = None,
    times: str = "ms",
    progress: Progress | None = None,
) -> ExportOutcome:
    """Write the candles of ``series`` with open times in [start, end) to ``path``; a crash leaves the old file.

    ``form``: one of `FORMATS`, None tells it from the name. ``times``: 'ms' since 1970, or 'iso' as
    2025-03-01T12:00:00Z. Parquet has the columns of the CSV, times as int64 ms. Raises `DataSourceError` when there is
    nothing to write, `InvalidInput` for a place or a format that cannot be.
    """
    chosen = form or format_of(path)
    if chosen not in FORMATS:
        raise InvalidInput(f"'{chosen}' is no format; there are: {', '.join(FORMATS)}")
    if times not in TIMES:
        raise InvalidInput(f"times are written as {' or '.join(TIMES)}, not '{times}'")
    bars = _stored(paths, series, start, end)
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(draft, "wb") as file:
            _write(file, bars, chosen, times, progress or Progress())
        size = draft.stat().st_size
        replace(draft, path)
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            draft.unlink()
    return ExportOutcome(series, path, len(bars), size, int(bars.time[0]), int(bars.time[-1]))


def _stored(paths: DataPaths, series: Series, start: int | None, end: int | None) -> Bars:
    try:
        bars = cached_rows(paths.series(series)).between(start, end)
    except OSError as error:
        raise StoreError(f"cannot read the candles of {series}: {error.strerror or error}") from error
    if not len(bars):
        raise DataSourceError(f"nothing of {series} is stored in that time")
    return bars


def _write(file: BinaryIO, bars: Bars, form: str, times: str, progress: Progress) -> None:
    if form == "parquet":
        progress.step(0.1, "writing Parquet")
        _write_parquet(file, bars)
    elif form == "csv.gz":
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            for block in _lines(bars, times, progress):
                packed.write(block)
    else:
        for block in _lines(bars, times, progress):
            file.write(block)
    progress.step(1.0)


def _lines(bars: Bars, times: str, progress: Progress) -> Iterator[bytes]:
    yield f"{HEADER}\n".encode()
    for at in range(0, len(bars), _BLOCK):
        progress.step(at / len(bars), "writing CSV")
        text = format_rows(bars[at : at + _BLOCK])
        yield (text if times == "ms" else _dated(text)).encode()


def _dated(text: str) -> str:
    lines = []
    for line in text.splitlines():
        time, _, rest = line.partition(",")
        at = datetime.fromtimestamp(int(time) / 1000, UTC)
        lines.append(f"{at.isoformat(timespec='seconds').replace('+00:00', 'Z')},{rest}\n")
    return "".join(lines)


def _write_parquet(file: BinaryIO, bars: Bars) -> None:
    import fastparquet
    import pandas as pd

    columns = {name: np.ascontiguousarray(getattr(bars, name)) for name in COLUMNS}
    frame = pd.DataFrame({HEADER.split(",")[0]: columns.pop("time"), **columns})

    class _Kept:
        """The library closes what it writes to; the file is still wanted."""

        def __init__(self, path: str, mode: str = "wb") -> None:
            pass

        def __enter__(self) -> BinaryIO:
            return file

        def __exit__(self, *_: object) -> None:
            pass

    fastparquet.write("candles.parquet", frame, compression="ZSTD", write_index=False, stats=True,
                      open_with=lambda path, mode="wb": _Kept(path, mode))  # fmt: skip
