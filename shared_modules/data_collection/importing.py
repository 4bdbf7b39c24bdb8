"""Candles out of files of any vendor: what the columns mean is guessed, shown, corrected by a person, then read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import bad_ohlc, named_columns, opened, symbol_of, timeframe_of
from shared_modules.core.errors import DataFormatError, InvalidInput, TradeBotError
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES, timeframe

from . import import_times
from .checks import gap_spans, off_grid
from .import_columns import COLUMNS, NEEDED, Numbers, guessed_by_values, ordered, values
from .import_trades import is_own_recording, is_recording
from .table_files import Layout, sample

FOLDER = "imported"
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """What a file's columns mean and where its candles go.

    ``columns``: names by 'time', 'open', 'high', 'low', 'close', 'volume', 'turnover', and 'clock' where the hour
    stands in a column of its own. ``time_format``: one of `TIME_FORMATS`. ``time_zone``: of written times without an
    offset, a name like Europe/Berlin or an offset like +01:00. ``closing``: times are those of the closes. ``day``:
    of times that count from midnight, as 2023-03-24. ``replace``: the file wins where a candle is stored already.
    ``skip_bad``: rows that cannot be read are left out instead of ending the import.
    """

    layout: Layout = field(default_factory=Layout)
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str = "auto"
    time_zone: str = "UTC"
    closing: bool = False
    day: str = ""
    exchange: str = FOLDER
    category: str = "spot"
    symbol: str = ""
    timeframe: str = ""
    replace: bool = False
    skip_bad: bool = False

    @property
    def series(self) -> Series:
        """Where the candles go; raises `InvalidInput` for what cannot be."""
        if not self.symbol.strip():
            raise InvalidInput("say which symbol the candles are of")
        if self.category not in set(Category):
            raise InvalidInput(f"'{self.category}' is no kind of market; there are: {', '.join(Category)}")
        market = Market(self.exchange.strip(), Category(self.category), self.symbol.strip().upper())
        return Series(market, timeframe(self.timeframe))


@dataclass(frozen=True, slots=True, eq=False)
class ImportPreview:
    """What a file looks like under a mapping: its columns, first rows as texts, and the first candles they make.

    ``problems``: sentences on why it cannot be imported like this; none when it can. ``notes``: what to look at.
    """

    path: Path
    format: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: ImportMapping
    candles: Bars
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it can be imported like this."""
        return not self.problems


@dataclass(frozen=True, slots=True, eq=False)
class ImportedFile:
    """The candles of a file, with sentences on what was put right and left out."""

    series: Series
    bars: Bars
    notes: tuple[str, ...]


def preview(path: Path, mapping: ImportMapping | None = None) -> ImportPreview:
    """How ``path`` would be imported: as guessed, or as ``mapping`` says; judged on its first rows.

    Raises `DataSourceError` and `DataFormatError` for a file that is no table at all.
    """
    path = Path(path)
    if is_own_recording(path):
        raise DataFormatError(
            f"{path.name} is a recording of this terminal; it is replayed, not imported: in the Data collector under "
            "Recorder, or with `replay` of the command line",
            path=str(path),
        )
    found = sample(path, _SAMPLE)
    if found.columns and is_recording(found.columns[0]):
        raise DataFormatError(
            f"{path.name} is a recording of messages and no table; bring recordings and tables in one after the other",
            path=str(path),
        )
    name = path if not found.member else path.with_name(Path(found.member).name)
    chosen = mapping or _guess(name, found.layout, found.columns, found.rows)
    empty = Bars.empty()
    problems = _lacking(chosen)
    notes: list[str] = []
    if not problems:
        try:
            cells = {key: [_cell(row, found.columns, column) for row in found.rows]
                     for key, column in chosen.columns.items() if column}  # fmt: skip
            bars, told = _candles(path, Numbers.of_texts(cells, chosen.layout.decimal), chosen)
            notes += told
            if not chosen.timeframe:
                chosen = replace(chosen, timeframe=timeframe_of(name, bars.time).name)
            empty = _finished(bars, chosen)[0]
            _ = chosen.series
        except TradeBotError as error:
            problems = [error.message]
    described = found.layout.format.upper() + (f", packed as {found.member}" if found.member else "")
    return ImportPreview(path, described, found.columns, found.rows[:20], chosen, empty, tuple(problems), tuple(notes))


def read_import(path: Path, mapping: ImportMapping, progress: Progress | None = None) -> ImportedFile:
    """The candles of ``path`` as ``mapping`` says. Raises `DataFormatError` naming the row that cannot be read."""
    lacking = _lacking(mapping)
    if lacking:
        raise InvalidInput("; ".join(lacking))
    series = mapping.series
    if progress is not None:
        progress.step(0.05, "reading the file")
    numbers = values(Path(path), mapping.layout, {k: c for k, c in mapping.columns.items() if c})
    if progress is not None:
        progress.step(0.6, "reading the candles")
    bars, notes = _candles(Path(path), numbers, mapping)
    bars, more = _finished(bars, mapping)
    if progress is not None:
        progress.step(1.0)
    return ImportedFile(series, bars, (*notes, *more))


def _candles(path: Path, numbers: Numbers, mapping: ImportMapping) -> tuple[Bars, list[str]]:
    notes: list[str] = []
    times, bad_times = import_times.times(numbers.raw["time"], numbers.raw.get("clock"), mapping)
    bad = numbers.bad | bad_times
    if bad.any():
        row = int(np.argmax(bad))
        place = f"row {row + 1 + mapping.layout.header + mapping.layout.skip}"
        what = numbers.shown(row)
        if not mapping.skip_bad:
            raise DataFormatError(
                f"{path.name}: {int(bad.sum())} rows cannot be read, first {place}: {what}; "
                "choose other columns, or leave such rows out",
                path=str(path),
            )
        notes.append(f"{int(bad.sum())} rows could not be read and are left out, first {place}: {what}")
    bars, told = ordered(times[~bad], {k: v[~bad] for k, v in numbers.values.items()})
    if not len(bars):
        raise DataFormatError(f"{path.name}: no row of it could be read as a candle", path=str(path))
    return bars, [*notes, *told]


def _finished(bars: Bars, mapping: ImportMapping) -> tuple[Bars, list[str]]:
    frame = timeframe(mapping.timeframe)
    notes = []
    if mapping.closing:
        bars = opened(bars, frame)
        notes.append("the times are those of the closes; the times of the opens were computed from them")
    off = off_grid(bars.time, frame)
    if off.any():
        shown = import_times.shown(int(bars.time[int(np.argmax(off))]))
        notes.append(f"{int(off.sum())} candles do not open on the {frame} grid, first {shown}")
    gaps = gap_spans(np.unique([frame.floor(t) for t in bars.time.tolist()]) if off.any() else bars.time, frame)
    if gaps:
        missing = sum(frame.count(a, b) for a, b in gaps)
        notes.append(f"{missing} candles are missing in {len(gaps)} gaps, first {import_times.shown(gaps[0][0])}")
    wrong = bad_ohlc(bars)
    if wrong.any():
        shown = import_times.shown(int(bars.time[int(np.argmax(wrong))]))
        notes.append(f"{int(wrong.sum())} candles have an impossible high or low, first {shown}")
    return bars, notes


def _lacking(mapping: ImportMapping) -> list[str]:
    missing = [key for key in NEEDED if not mapping.columns.get(key)]
    problems = [f"say which column holds the {key}" for key in missing]
    if mapping.time_format == "day" and not mapping.day:
        problems.append("the times count from midnight; say of which day")
    if mapping.timeframe and mapping.timeframe not in TIMEFRAMES:
        problems.append(f"'{mapping.timeframe}' is none of the timeframes {', '.join(TIMEFRAMES)}")
    try:
        import_times.zone(mapping.time_zone)
    except InvalidInput as error:
        problems.append(error.message)
    return problems


def _guess(path: Path, layout: Layout, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> ImportMapping:
    names, closing = named_columns(columns)
    found = {key: name for key, name in names.items() if name is not None}
    if not all(key in found for key in NEEDED):
        found = guessed_by_values(columns, rows, layout.decimal) or found
        closing = False
    _find_times(columns, found, rows)
    _find_volumes(columns, found)
    first = _cell(rows[0], columns, found["time"]) if rows and "time" in found else ""
    form = import_times.guess(first, [_cell(r, columns, found["time"]) for r in rows] if "time" in found else [])
    day = ""
    if form == "day" and (m := re.search(r"(?<!\d)(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)(?!\d)", path.name)):
        day = f"{m[1]}-{m[2]}-{m[3]}"
    linear = re.search(r"perp|futures|swap|linear|usdm|um", path.name.lower())
    category = Category.LINEAR if linear else Category.SPOT
    return ImportMapping(layout, {k: found[k] for k in (*COLUMNS, "clock") if k in found}, form, closing=closing,
                         day=day, category=category.value, symbol=symbol_of(path))  # fmt: skip


def _find_times(columns: tuple[str, ...], found: dict[str, str], rows: Sequence[tuple[str, ...]]) -> None:
    """Correct the column of times where its cells are none, and find that of the hour where the date stands alone."""
    cells = {name: _cell(rows[0], columns, name) for name in columns} if rows else {}
    free = [name for name in columns if name not in found.values()]
    if not import_times.is_time(cells.get(found.get("time", ""), "")):
        better = next((name for name in free if import_times.is_time(cells.get(name, ""))), None)
        if better is not None:
            found["time"] = better
    clocks = [name for name, cell in cells.items() if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", cell)]
    if clocks and "time" in found and clocks[0] != found["time"]:
        found["clock"] = clocks[0]


def _find_volumes(columns: tuple[str, ...], found: dict[str, str]) -> None:
    """'Volume BTC' and 'Volume USDT', where nothing is called volume alone."""
    named = [name for name in columns if name.lower().startswith("volume") and name not in found.values()]
    if named and "volume" not in found:
        found["volume"] = named.pop(0)
        if named and "turnover" not in found:
            found["turnover"] = named[0]


def _cell(row: Sequence[str], columns: tuple[str, ...], column: str) -> str:
    index = columns.index(column) if column in columns else -1
    return row[index] if 0 <= index < len(row) else ""
