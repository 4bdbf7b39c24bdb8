"""Funding rates, open interest, mark and index candles on disk: CSV files beside the candles of their market.

    funding.csv                    timestamp,funding_rate          a fraction, positive when longs pay
    open_interest_<interval>.csv   timestamp,open_interest         base coin
    mark_<timeframe>.csv           timestamp,open,high,low,close   the mark price; nobody trades at it
    index_<timeframe>.csv          timestamp,open,high,low,close   the index: what other places trade at

Times are ms UTC, rising, each once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.candle_files import format_number
from shared_modules.core.errors import StoreError
from shared_modules.core.market import Market
from shared_modules.core.paths import DataPaths, patiently, write_whole
from shared_modules.core.timeframes import Timeframe


class ExtraKind(StrEnum):
    FUNDING = "funding"
    OPEN_INTEREST = "open_interest"
    MARK = "mark"
    INDEX = "index"


_COLUMNS = {
    ExtraKind.FUNDING: ("funding_rate",),
    ExtraKind.OPEN_INTEREST: ("open_interest",),
    ExtraKind.MARK: ("open", "high", "low", "close"),
    ExtraKind.INDEX: ("open", "high", "low", "close"),
}


@dataclass(frozen=True, slots=True)
class Extra:
    """What is kept of ``market`` beside its candles; ``interval`` is None for funding alone."""

    market: Market
    kind: ExtraKind
    interval: Timeframe | None = None

    def __str__(self) -> str:
        name = f"{self.market.symbol} {self.kind.value.replace('_', ' ')}"
        return name if self.interval is None else f"{name} {self.interval.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of an extra: ``time`` (n,) rising, ``values`` (n, columns)."""

    time: Times
    values: Floats

    def __len__(self) -> int:
        return len(self.time)

    def merged(self, newer: Table) -> Table:
        """Both together in time order; where both have a time, ``newer`` wins."""
        times = np.concatenate((self.time, newer.time))
        values = np.concatenate((self.values, newer.values))
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last = np.r_[times[1:] != times[:-1], True][: len(times)]
        return Table(times[last], values[last])


def columns(kind: ExtraKind) -> tuple[str, ...]:
    """The names of the values of ``kind``, after the timestamp."""
    return _COLUMNS[kind]


def extra_path(paths: DataPaths, extra: Extra) -> Path:
    """The file of ``extra``."""
    name = extra.kind.value
    if extra.interval is not None:
        name += "_1month" if extra.interval.is_month else f"_{extra.interval.name}"
    return paths.market_dir(extra.market) / f"{name}.csv"


def read_extra(paths: DataPaths, extra: Extra) -> Table:
    """The stored rows of ``extra``, none when there is no file; a line that is cut off or damaged is passed over.

    Raises `StoreError` when the file cannot be read.
    """
    width = len(_COLUMNS[extra.kind])
    path = extra_path(paths, extra)
    try:
        lines = patiently(path.read_bytes).decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        lines = []
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}", path=str(path)) from error
    rows = [row for row in (_row(line, width) for line in lines[:-1]) if row is not None]
    found = Table(np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows]).reshape(len(rows), width))
    return found if (np.diff(found.time) > 0).all() else Table(found.time[:0], found.values[:0]).merged(found)


def write_extra(paths: DataPaths, extra: Extra, newer: Table) -> int:
    """Merge ``newer`` into the file of ``extra``; returns the number of rows now there. Raises `StoreError`.

    Rows after the last are appended, anything else rewrites the file, which a crash leaves old or new.
    """
    path = extra_path(paths, extra)
    stored = read_extra(paths, extra)
    try:
        whole = _ends_well(path)
        if len(stored) and len(newer) and whole and newer.time[0] > stored.time[-1]:
            with open(path, "ab") as file:
                file.write(_text(newer).encode())
                file.flush()
                os.fsync(file.fileno())
            return len(stored) + len(newer)
        merged = stored.merged(newer)
        write_whole(path, f"timestamp,{','.join(_COLUMNS[extra.kind])}\n{_text(merged)}".encode())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}", path=str(path)) from error
    return len(merged)


def _text(table: Table) -> str:
    rows = zip(table.time.tolist(), table.values.tolist(), strict=True)
    return "".join(f"{time},{','.join(map(format_number, values))}\n" for time, values in rows)


def _row(line: str, width: int) -> tuple[int, list[float]] | None:
    cells = line.strip().split(",")
    try:
        found = int(cells[0]), [float(cell) for cell in cells[1:]]
    except ValueError:
        return None
    return found if len(found[1]) == width and np.isfinite(found[1]).all() else None


def _ends_well(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except (FileNotFoundError, OSError):
        return False
