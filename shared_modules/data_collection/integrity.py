"""What is wrong with a stored series: judged on the lines of the file as they are, not on a cleaned reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import HEADER, bad_ohlc
from shared_modules.core.errors import StoreError
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths, patiently
from shared_modules.core.timeframes import Timeframe

from .csv_rows import lines_of
from .folders import series_in


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """The findings of one series.

    ``gaps``: pairs of open times, from the first missing candle to the next one there. ``missing``: candles in them.
    ``duplicates``: lines that repeat a time. ``disorder``: lines older than the one before. ``bad_ohlc``: candles
    whose high is not the highest or low not the lowest, or with a price of zero or less.
    """

    series: Series
    rows: int
    first: int | None
    last: int | None
    gaps: tuple[tuple[int, int], ...]
    missing: int
    duplicates: int
    disorder: int
    bad_ohlc: int
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.missing or self.duplicates or self.disorder or self.bad_ohlc or self.notes)


def verify_series(series: Series, source: Bars | Path) -> SeriesReport:
    """The report on ``source``, candles or the CSV file of ``series``; raises `StoreError` when it cannot be read."""
    if isinstance(source, Bars):
        values = np.column_stack((source.open, source.high, source.low, source.close, source.volume, source.turnover))
        return _judge(series, source.time, values, [])
    try:
        data = patiently(source.read_bytes)
    except OSError as error:
        raise StoreError(f"cannot read {source}: {error.strerror or error}", path=str(source)) from error
    lines = lines_of(data)
    notes = []
    if not lines.header:
        notes.append(f"the header line '{HEADER}' is missing")
    if lines.damaged:
        shown = ", ".join(str(n) for n in lines.damaged[:5])
        notes.append(
            f"{len(lines.damaged)} damaged lines, left out (line {shown}{', …' if len(lines.damaged) > 5 else ''})"
        )
    if lines.torn:
        notes.append("the last line was cut off")
    if not lines.standard:
        notes.append("saved by another program: other separators or line ends")
    return _judge(series, lines.times, lines.values, notes)


def verify_folder(paths: DataPaths) -> list[SeriesReport]:
    """Reports on all series under ``paths``."""
    return [verify_series(series, paths.series(series)) for series in series_in(paths)]


def _judge(series: Series, times: np.ndarray, values: np.ndarray, notes: list[str]) -> SeriesReport:
    steps = np.diff(times)
    distinct, firsts = np.unique(times, return_index=True)
    gaps = _gaps(distinct, series.timeframe)
    off_grid = (
        sum(series.timeframe.floor(t) != t for t in distinct.tolist())
        if series.timeframe.is_month
        else int(((distinct - series.timeframe.floor(0)) % series.timeframe.ms != 0).sum())
    )
    if off_grid:
        notes = [*notes, f"{off_grid} candles open off the {series.timeframe} grid"]
    kept = values[firsts]
    bars = Bars.of(distinct, *(kept[:, i] for i in range(6)))
    prices = np.minimum(bars.low, np.minimum(bars.open, bars.close))
    return SeriesReport(
        series,
        rows=len(times),
        first=int(distinct[0]) if len(distinct) else None,
        last=int(distinct[-1]) if len(distinct) else None,
        gaps=gaps,
        missing=sum(series.timeframe.count(a, b) for a, b in gaps),
        duplicates=len(times) - len(distinct),
        disorder=int((steps < 0).sum()),
        bad_ohlc=int((bad_ohlc(bars) | (prices <= 0)).sum()),
        notes=tuple(notes),
    )


def _gaps(times: np.ndarray, timeframe: Timeframe) -> tuple[tuple[int, int], ...]:
    wide = np.flatnonzero(np.diff(times) > timeframe.ms)
    pairs = ((timeframe.next(int(times[row])), int(times[row + 1])) for row in wide)
    return tuple((a, b) for a, b in pairs if timeframe.count(a, b))
