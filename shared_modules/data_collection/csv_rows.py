"""Reading the lines of a candle CSV: whole or from its end, forgiving what a spreadsheet or a crash did to it."""

from __future__ import annotations

import io
import math
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.paths import patiently

# below this a line by line reading is quicker than the import of pandas is worth
_SMALL = 1 << 18
_BYTES_PER_ROW = 110
# Windows lets nobody replace a file that is open: our own readers and the writer take turns
TURNS = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file held: ``bars`` sorted and without duplicates, ``damaged`` lines left out.

    ``torn``: the last line has no end, so it may be a part of what was meant; it is not in ``bars``. ``orderly``: the
    lines were already in time order, each time once. ``standard``: our own separator and line ends.
    """

    bars: Bars
    damaged: int = 0
    torn: bool = False
    orderly: bool = True
    standard: bool = True


def read_rows(path: Path, *, limit: int | None = None, start: int | None = None) -> Parsed:
    """The candles of the file at ``path``; with ``limit`` or ``start`` at least the newest so many, or from there on.

    A missing file has no candles. Raises OSError when the file cannot be read.
    """
    span = None if limit is None and start is None else max(_SMALL // 4, (limit or 0) * _BYTES_PER_ROW)
    while True:
        try:
            data, whole = patiently(partial(_newest_bytes, path, span))
        except FileNotFoundError:
            return Parsed(Bars.empty())
        if whole or span is None:
            return parse(data)
        parsed = parse(data[data.find(b"\n") + 1 :])
        if parsed.orderly and _reaches(parsed.bars, limit, start):
            return parsed
        # edited by hand out of order: only the whole file tells
        span = None if not parsed.orderly else span * 4


def _newest_bytes(path: Path, span: int | None) -> tuple[bytes, bool]:
    """The last ``span`` bytes of a file and whether that is all of it.

    It is closed at once, before the parsing, which takes longer than the reading.
    """
    with TURNS, open(path, "rb") as file:
        size = file.seek(0, io.SEEK_END)
        whole = span is None or span >= size
        file.seek(0 if whole or span is None else size - span)
        return file.read(), whole


def _reaches(bars: Bars, limit: int | None, start: int | None) -> bool:
    if limit is not None and len(bars) >= limit:
        return True
    return start is not None and len(bars) > 0 and int(bars.time[0]) <= start


@dataclass(frozen=True, slots=True)
class Lines:
    """The candles of a text in the order of its lines; ``damaged`` are the numbers of lines that are none."""

    times: np.ndarray
    values: np.ndarray
    damaged: tuple[int, ...]
    torn: bool
    header: bool
    standard: bool


def parse(data: bytes) -> Parsed:
    """The candles in the text ``data``, with or without a header line."""
    lines = lines_of(data)
    times, values = lines.times, lines.values
    orderly = bool((times[1:] > times[:-1]).all())
    if not orderly:
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last = np.r_[times[1:] != times[:-1], True]
        times, values = times[last], values[last]
    columns = [np.ascontiguousarray(values[:, i]) for i in range(6)]
    return Parsed(Bars(times, *columns), len(lines.damaged), lines.torn, orderly, lines.standard)


def lines_of(data: bytes) -> Lines:
    """The lines of ``data`` as they are: times (n,) and values (n, 6), unsorted and with repetitions."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    end = data.rfind(b"\n") + 1
    torn = end < len(data)
    data = data[:end]
    first = data[: data.find(b"\n") + 1]
    separator = ";" if first.count(b";") > first.count(b",") else "\t" if b"\t" in first else ","
    standard = separator == "," and b"\r" not in first and b'"' not in first
    header = first.lstrip(b' "').lower().startswith(b"timestamp")
    if header:
        data = data[len(first) :]
    if len(data) > _SMALL and standard:
        quick = _parse_large(data)
        if quick is not None:
            return Lines(*quick, (), torn, header, standard)
    elif standard and data:
        plain = _parse_plain(data)
        if plain is not None:
            return Lines(*plain, (), torn, header, standard)
    return Lines(*_parse_lines(data, separator, 1 + header), torn, header, standard)


def _parse_large(data: bytes) -> tuple[np.ndarray, np.ndarray] | None:
    """Times and a table of values; None when some line is not plain."""
    import pandas as pd

    types: dict[str, type] = dict.fromkeys(COLUMNS, np.float64)
    types["time"] = np.int64
    try:
        frame = pd.read_csv(
            io.BytesIO(data), header=None, names=list(COLUMNS), dtype=types, index_col=None,
            skip_blank_lines=True,
        )  # fmt: skip
    except (ValueError, OverflowError):
        return None
    if not isinstance(frame.index, pd.RangeIndex):  # a line had more cells than names
        return None
    values = frame[list(COLUMNS[1:])].to_numpy(np.float64)
    if not np.isfinite(values).all():
        return None
    return frame["time"].to_numpy(np.int64), values


def _parse_plain(data: bytes) -> tuple[np.ndarray, np.ndarray] | None:
    """Times and a table of values of a few lines, without pandas; None when some line is not plain."""
    lines = data.count(b"\n")
    cells = data.replace(b"\n", b",").split(b",")[:-1]
    if len(cells) != 7 * lines or any(line.count(b",") != 6 for line in data.split(b"\n")[:-1]):
        return None
    # a time in any other form than whole milliseconds is judged with more care
    if not b"".join(cells[::7]).isdigit() or max(map(len, cells[::7])) > 15:
        return None
    try:
        table = np.array(cells).astype(np.float64).reshape(lines, 7)
    except ValueError:
        return None
    if not np.isfinite(table).all():
        return None
    return table[:, 0].astype(np.int64), table[:, 1:].copy()


def _parse_lines(data: bytes, separator: str, first: int) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    times: list[int] = []
    values: list[list[float]] = []
    damaged: list[int] = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), first):
        row = parse_line(line, separator)
        if row is not None:
            times.append(row[0])
            values.append(row[1])
        elif line.strip(" \r\t,;"):
            damaged.append(number)
    return np.array(times, np.int64), np.array(values, np.float64).reshape(len(times), 6), tuple(damaged)


def parse_line(line: str, separator: str = ",") -> tuple[int, list[float]] | None:
    """Time and six values of one line; None when it is not a whole candle."""
    cells = line.strip().replace('"', "").split(separator)
    if len(cells) != 7:
        return None
    if separator != ",":
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        # a time shown as 1.73E+12 has lost its minutes and cannot be used
        time = int(cells[0].removesuffix(".0"))
        values = [float(cell) for cell in cells[1:]]
    except ValueError:
        return None
    return (time, values) if all(map(math.isfinite, values)) and abs(time) < 1 << 62 else None
