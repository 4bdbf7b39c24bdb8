"""What is stored: each series at a glance, and day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.errors import StoreError
from shared_modules.core.events import Gap, GapKind
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import DAY, Timeframe

from .checks import gap_spans
from .findings import SeriesReport
from .folders import series_in
from .gaps import known_gaps, opens_in
from .provenance import absent, ledger_path
from .sidecar import cached_rows

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """A stored series at a glance; times in ms UTC, ``changed`` that of the file, ``size`` in bytes.

    ``missing``: candles that lack between ``first`` and ``last``, ``gaps``: where, with the kind as far as known.
    ``score`` and ``report`` come from the last check since the program started, else None. ``error``: why the file
    cannot be read.
    """

    series: Series
    rows: int = 0
    first: int | None = None
    last: int | None = None
    missing: int = 0
    gaps: tuple[Gap, ...] = ()
    size: int = 0
    changed: int = 0
    report: SeriesReport | None = None
    error: str = ""

    @property
    def score(self) -> float | None:
        """Quality from 0 to 100 as of the last check; None when it was not checked."""
        return None if self.report is None else self.report.score

    @property
    def unexplained(self) -> int:
        """Missing candles that neither an outage nor a lack of trades accounts for."""
        explained = (GapKind.EXCHANGE, GapKind.NO_TRADES)
        return self.missing - sum(gap.missing for gap in self.gaps if gap.kind in explained)


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How much of each day is stored: one entry a UTC day from the first candle to the last.

    ``days``: starts, ms UTC. ``share``: part of the candles opening that day that are there, 0 to 1; NaN for a day in
    which none opens (weeks, months). ``kinds``: what most of the missing ones lack for, None for a whole day.
    """

    series: Series
    days: Times
    share: Floats
    kinds: tuple[GapKind | None, ...]
    gaps: tuple[Gap, ...]


class Overview:
    """Looks at stored series; what did not change since the last look is not read again. For one thread at a time."""

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths
        self._seen: dict[Series, tuple[Stamp, SeriesInfo]] = {}

    def look(self, reports: Mapping[Series, SeriesReport] | None = None) -> list[SeriesInfo]:
        """Every stored series, with its report out of ``reports``."""
        found = series_in(self._paths)
        for gone in self._seen.keys() - set(found):
            del self._seen[gone]
        return [replace(self._one(series), report=(reports or {}).get(series)) for series in found]

    def _one(self, series: Series) -> SeriesInfo:
        try:
            stamp = self._stamp(series)
        except OSError as error:
            return SeriesInfo(series, error=f"the file cannot be read: {error.strerror or error}")
        known = self._seen.get(series)
        if known is not None and known[0] == stamp:
            return known[1]
        info = _look(self._paths, series, stamp)
        self._seen[series] = stamp, info
        return info

    def _stamp(self, series: Series) -> Stamp:
        file = self._paths.series(series).stat()
        ledger = ledger_path(self._paths, series)
        return file.st_size, file.st_mtime_ns, ledger.stat().st_size if ledger.exists() else 0


def coverage(paths: DataPaths, series: Series) -> Coverage:
    """How much of each day of ``series`` is stored. Raises `StoreError` when the file cannot be read."""
    try:
        times = cached_rows(paths.series(series)).time
    except OSError as error:
        raise StoreError(f"cannot read the candles of {series}: {error.strerror or error}") from error
    frame = series.timeframe
    if not len(times):
        return Coverage(series, np.empty(0, np.int64), np.empty(0), (), ())
    gaps = known_gaps(series, gap_spans(times, frame), absent(paths, series))
    first = int(times[0]) // DAY * DAY
    days = np.arange(first, int(times[-1]) // DAY * DAY + 1, DAY, dtype=np.int64)
    present = np.bincount((times - first) // DAY, minlength=len(days)).astype(np.float64)
    lacking = np.zeros(len(days))
    weight: dict[GapKind, Floats] = {}
    for gap in gaps:
        missing = _per_day(gap.start, gap.end, frame, days)
        lacking += missing
        weight[gap.kind] = weight.get(gap.kind, np.zeros(len(days))) + missing
    expected = present + lacking
    share = np.divide(present, expected, out=np.full(len(days), np.nan), where=expected > 0)
    return Coverage(series, days, share, _dominant(weight, lacking), gaps)


def _dominant(weight: Mapping[GapKind, Floats], lacking: Floats) -> tuple[GapKind | None, ...]:
    if not weight:
        return (None,) * len(lacking)
    kinds = list(weight)
    most = np.argmax(np.stack([weight[kind] for kind in kinds]), axis=0)
    return tuple(kinds[k] if n else None for k, n in zip(most.tolist(), lacking.tolist(), strict=True))


def _per_day(start: int, end: int, frame: Timeframe, days: Times) -> Floats:
    """Opens of ``frame`` in [start, end) by day."""
    counts = np.zeros(len(days))
    rows = (opens_in(frame, start, end) - days[0]) // DAY
    np.add.at(counts, rows[(rows >= 0) & (rows < len(days))], 1)
    return counts


def _look(paths: DataPaths, series: Series, stamp: Stamp) -> SeriesInfo:
    try:
        times = cached_rows(paths.series(series)).time
    except OSError as error:
        return SeriesInfo(series, size=stamp[0], error=f"the file cannot be read: {error.strerror or error}")
    spans = gap_spans(times, series.timeframe)
    gaps = known_gaps(series, spans, absent(paths, series))
    return SeriesInfo(
        series, len(times),
        int(times[0]) if len(times) else None, int(times[-1]) if len(times) else None,
        sum(gap.missing for gap in gaps), gaps, stamp[0], stamp[1] // 1_000_000,
    )  # fmt: skip
