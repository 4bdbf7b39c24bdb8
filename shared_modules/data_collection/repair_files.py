"""The files that make repairs undoable: rows that were replaced, and damaged files set aside."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import format_rows, write_candle_file
from shared_modules.core.errors import InvalidInput, StoreError, UnknownName
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths, patiently, write_whole

from .csv_rows import lines_of, parse, read_rows
from .folders import series_touched
from .provenance import CHANGES, QUARANTINE, UNDO, Entry, entries, record, undone
from .series_file import SeriesFile
from .store import CandleStore


def free_id(paths: DataPaths, series: Series, now: int) -> str:
    """A name for what is done to ``series`` at ``now`` (ms UTC), used by nothing else."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    used = {entry.id for entry in entries(paths, series)}
    n = 0
    while True:
        ident = f"{at:%Y%m%d-%H%M%S}-{zlib.crc32(f'{series.market} {series.timeframe.name} {n}'.encode()):08x}"
        if ident not in used:
            return ident
        n += 1


def keep_rows(paths: DataPaths, series: Series, ident: str, bars: Bars) -> str:
    """Write ``bars`` beside ``series``, under ``ident``; returns where, relative to the market's folder."""
    name = f"repairs/{_stem(paths, series)}-{ident}.csv"
    write_candle_file(paths.market_dir(series.market) / name, bars)
    return name


def set_aside(paths: DataPaths, series: Series, file: SeriesFile, now: int) -> str | None:
    """Keep a damaged, disordered or foreign file as it is elsewhere and write what can be saved; the id, or None."""
    try:
        data = patiently(file.path.read_bytes)
    except FileNotFoundError:
        return None
    lines = lines_of(data)
    found = parse(data)
    if found.orderly and lines.standard and lines.header and not lines.damaged and not lines.torn:
        return None
    ident = free_id(paths, series, now)
    name = f"quarantine/{_stem(paths, series)}-{ident}.csv"
    write_whole(paths.market_dir(series.market) / name, data)
    lost = len(lines.damaged) + lines.torn
    span = ((int(found.bars.time[0]), int(found.bars.time[-1]) + 1),) if len(found.bars) else ()
    why = f"{lost} lines could not be read" if lost else "out of order, or saved by another program"
    record(paths, series, Entry(QUARANTINE, ident, now, "file", span, removed=lost, reason=why, saved=name))
    file.write(found.bars)
    return ident


def undo(paths: DataPaths, store: CandleStore, ident: str, now: int) -> tuple[Series, Entry]:
    """Take back the repair ``ident``: the rows it replaced stand where they stood; returns what was taken back.

    Raises `UnknownName` for an id that is none, `InvalidInput` where it was taken back already or newer rows would be
    lost.
    """
    series, entry, past = _entry(paths, ident)
    if ident in undone(past):
        raise InvalidInput(f"{ident} was taken back already")
    saved = paths.market_dir(series.market) / entry.saved
    if not saved.is_file():
        raise StoreError(f"{ident} cannot be taken back: the file {saved} is gone", path=str(saved))
    if entry.kind in CHANGES:
        _put_back(store, series, entry, read_rows(saved).bars)
    else:
        store.exclusively(series, lambda file: _restore(file.path, saved, ident))
    record(paths, series, Entry(UNDO, f"undo {ident}", now, "person", entry.spans, reason=ident))
    return series, entry


def _put_back(store: CandleStore, series: Series, entry: Entry, rows: Bars) -> None:
    def work(file: SeriesFile) -> bool:
        file.replace(entry.spans, rows)
        if not file.rows:  # as before an import that made the series
            file.remove()
        return not file.rows

    if store.exclusively(series, work):
        store.keep_as_others(series)


def _restore(path: Path, saved: Path, ident: str) -> None:
    """Put the file set aside back as it was, with the candles that closed since below it."""
    data = patiently(saved.read_bytes)
    now, then = read_rows(path).bars, parse(data).bars
    last = int(then.time[-1]) if len(then) else -1
    newer = now.between(last + 1, None)
    kept = now.between(None, last + 1)  # retention may have taken the oldest meanwhile
    if not kept.equals(then.tail(len(kept))) or (len(newer) and not (len(kept) and lines_of(data).standard)):
        raise InvalidInput(
            f"{ident} cannot be taken back: the series was changed since; take back later repairs first, or take what "
            f"you need from {saved}"
        )
    if len(newer):
        data += (b"" if data.endswith(b"\n") else b"\n") + format_rows(newer).encode()
    write_whole(path, data)


def _entry(paths: DataPaths, ident: str) -> tuple[Series, Entry, list[Entry]]:
    known: list[str] = []
    for series in series_touched(paths):
        past = entries(paths, series)
        for entry in past:
            if entry.kind == QUARANTINE or entry.kind in CHANGES:
                known.append(entry.id)
                if entry.id == ident:
                    return series, entry, past
    raise UnknownName.of("change", ident, known)


def _stem(paths: DataPaths, series: Series) -> str:
    return paths.series(series).stem
