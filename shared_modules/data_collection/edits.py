"""What a person does to stored series: deleting, importing and resampling, each of which can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.errors import DataSourceError, InvalidInput
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import Timeframe

from .checks import Span, differing, nests, spans_of
from .csv_rows import read_rows
from .provenance import DELETE, IMPORT, RESAMPLE, Entry, record
from .repair_files import free_id, keep_rows
from .series_file import SeriesFile
from .store import CandleStore


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What was done to ``series``: candles ``added``, ``replaced``, ``removed``, ``kept`` as they were.

    ``id`` takes it back; None when nothing changed. ``notes``: sentences on what a person should know.
    """

    series: Series
    id: str | None = None
    added: int = 0
    replaced: int = 0
    removed: int = 0
    kept: int = 0
    notes: tuple[str, ...] = ()


def delete(
    paths: DataPaths, store: CandleStore, series: Series, now: int, start: int | None = None, end: int | None = None
) -> EditOutcome:
    """Remove the candles of ``series`` with open times in [start, end), all when both are None; they are kept aside.

    A series without candles loses its file. Raises `DataSourceError` when nothing is stored there, `StoreError` when
    the disk refuses.
    """
    if start is not None and end is not None and end <= start:
        raise InvalidInput("the end must lie after the start")
    store.flush()
    before = read_rows(paths.series(series)).bars.between(start, end)
    if not len(before):
        raise DataSourceError(f"nothing of {series} is stored there")
    span = (int(before.time[0]), int(before.time[-1]) + 1)
    ident = _change(paths, store, series, (span,), before, Bars.empty(), Entry(DELETE, "", now, "person"))
    return EditOutcome(series, ident, removed=len(before))


def import_bars(
    paths: DataPaths, store: CandleStore, series: Series, bars: Bars, source: str, now: int, replace: bool = False
) -> EditOutcome:
    """Bring ``bars`` of the file ``source`` into ``series``; where both have a candle ours stays unless ``replace``.

    From then on all rows of the series are kept, whatever the retention.
    """
    return _bring(paths, store, series, bars, replace, Entry(IMPORT, "", now, Path(source).name))


def resample(paths: DataPaths, store: CandleStore, series: Series, to: Timeframe, now: int) -> EditOutcome:
    """Build the series of the longer timeframe ``to`` from ``series``; candles that are stored already stay.

    Only candles whose every part is there are built. Raises `InvalidInput` for a timeframe that cannot be built.
    """
    if not nests(series.timeframe, to):
        raise InvalidInput(f"{to} candles cannot be built from {series.timeframe} candles")
    store.flush()
    bars = read_rows(paths.series(series)).bars
    if not len(bars):
        raise DataSourceError(f"nothing of {series} is stored")
    whole, left_out = whole_candles(bars, series.timeframe, to)
    notes = (f"{left_out} candles were not built, because parts of them are missing",) if left_out else ()
    target = Series(series.market, to)
    return _bring(paths, store, target, whole, False, Entry(RESAMPLE, "", now, str(series)), notes)


def whole_candles(bars: Bars, frame: Timeframe, to: Timeframe) -> tuple[Bars, int]:
    """Candles of ``to`` of which ``bars`` has every part, and how many others there would be."""
    summed = bars.resampled(to)
    # each candle ends where the next begins or where the data end
    edges = np.searchsorted(bars.time, [*summed.time.tolist(), np.iinfo(np.int64).max])
    needed = np.array([frame.count(t, to.next(t)) for t in summed.time.tolist()])
    whole = np.diff(edges) == needed
    return _rows(summed, whole), int((~whole).sum())


def _bring(
    paths: DataPaths,
    store: CandleStore,
    series: Series,
    bars: Bars,
    replace: bool,
    entry: Entry,
    notes: tuple[str, ...] = (),
) -> EditOutcome:
    store.flush()
    ours = read_rows(paths.series(series)).bars
    changed = differing(ours, bars)
    fresh = ~np.isin(bars.time, ours.time, assume_unique=True)
    wanted = fresh | np.isin(bars.time, changed) if replace else fresh
    news = _rows(bars, wanted)
    kept = len(bars) - len(news)
    if not len(news):
        return EditOutcome(series, kept=kept, notes=notes)
    spans = spans_of(news.time, series.timeframe)
    before = _rows(ours, np.isin(ours.time, news.time))
    ident = _change(paths, store, series, spans, before, news, entry)
    store.keep_all(series)
    return EditOutcome(series, ident, len(news) - len(before), len(before), 0, kept, notes)


def _change(
    paths: DataPaths,
    store: CandleStore,
    series: Series,
    spans: Sequence[Span],
    before: Bars,
    after: Bars,
    entry: Entry,
) -> str:
    ident = free_id(paths, series, entry.at)
    saved = keep_rows(paths, series, ident, before)
    added = len(np.setdiff1d(after.time, before.time, assume_unique=True))
    replaced = len(after) - added
    counts = (added, replaced, len(before) - replaced)
    # before the change: what cannot be taken back must not happen
    record(paths, series, Entry(entry.kind, ident, entry.at, entry.source, tuple(spans), *counts, saved=saved))

    def work(file: SeriesFile) -> None:
        file.replace(spans, after)
        if not file.rows:
            file.remove()

    store.exclusively(series, work)
    return ident


def _rows(bars: Bars, wanted: np.ndarray) -> Bars:
    return Bars(*(getattr(bars, name)[wanted] for name in COLUMNS))
