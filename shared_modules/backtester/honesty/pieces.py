"""What a value of a strategy's code says about the bars before a cut, so that two runs can be compared."""

from __future__ import annotations

import types
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.strategies.base import MarketView, Signals, Strategy

from .ground import Column, columns_of, differing

_DEEP = 2  # levels of containers looked into
_LONG = 50_000  # items of lists looked at


@dataclass(frozen=True)
class Known:
    """How many rows of arrays of each length lie before the cut; ``end``: when the last known bar closes, ms UTC."""

    rows: dict[int, int]
    bars: int
    end: int

    def of(self, length: int) -> int | None:
        """The known rows of an array of ``length``; None where it can't be told."""
        if length in self.rows:
            return self.rows[length]
        short = self.bars - length
        # a difference or a window without its start: its rows belong to bars a little earlier or later
        return max(0, self.rows[self.bars] - short) if 0 < short <= self.bars // 2 else None


@dataclass(frozen=True)
class Piece:
    """An array out of a value; ``aligned`` when its rows are bars (only those before the cut are in it)."""

    values: Column
    aligned: bool


Pieces = dict[str, Piece]


def pieces(value: Any, known: Known, depth: int = 0) -> Pieces:
    """The comparable parts of ``value`` by a label; none of what is no data."""
    found: Pieces = {}
    for label, array, times in _arrays(value, depth):
        if times is not None:
            limit = known.end if len(times) and times[-1] >= known.bars else known.rows[known.bars]
            found[label] = Piece(array[: int(np.searchsorted(times, limit))].copy(), True)
            continue
        rows = known.of(len(array)) if array.ndim else None
        found[label] = Piece(array.copy() if rows is None else array[:rows].copy(), rows is not None)
    return found


def _arrays(value: Any, depth: int) -> Iterator[tuple[str, Column, Column | None]]:
    """Label, array and, where the value carries them in order, the times (ms) or numbers of its rows."""
    if isinstance(value, (MarketView, Bars, Strategy, type, types.ModuleType, types.FunctionType, types.MethodType)):
        return
    if isinstance(value, Signals):
        yield from ((name, column, None) for name, column in columns_of(value).items())
    elif isinstance(value, np.ndarray):
        if value.dtype.kind == "c":
            yield from ((".real", value.real, None), (".imag", value.imag, None))
        elif value.dtype.kind in "fiubM":
            yield "", value.view(np.int64) if value.dtype.kind == "M" else value, None
    elif isinstance(value, (bool, int, float, np.generic)):
        yield "", np.asarray(value), None
    elif type(value).__module__.startswith("pandas"):
        yield from _pandas(value)
    elif isinstance(value, (list, tuple)) and depth < _DEEP:
        yield from _items(value, depth)
    elif isinstance(value, dict) and depth < _DEEP:
        for key, item in list(value.items())[:100]:
            yield from ((f"[{key!r}]{label}", array, times) for label, array, times in _arrays(item, depth + 1))
    elif hasattr(value, "__dict__") and not callable(value) and depth < _DEEP:
        for key, item in list(vars(value).items())[:100]:
            yield from ((f".{key}{label}", array, times) for label, array, times in _arrays(item, depth + 1))


def _items(value: Any, depth: int) -> Iterator[tuple[str, Column, Column | None]]:
    if not value or len(value) > _LONG:
        return
    if all(isinstance(item, (bool, int, float, np.generic)) for item in value):
        yield "", np.asarray(value), None
    elif len(value) <= 50:
        for i, item in enumerate(value):
            yield from ((f"[{i}]{label}", array, times) for label, array, times in _arrays(item, depth + 1))


def _pandas(value: Any) -> Iterator[tuple[str, Column, Column | None]]:
    import pandas as pd

    if isinstance(value, pd.Series):
        columns = {"": value}
    elif isinstance(value, pd.DataFrame):
        columns = {f"[{name!r}]": value[name] for name in value.columns if isinstance(value[name], pd.Series)}
    else:
        return
    index, times = value.index, None
    if isinstance(index, pd.DatetimeIndex) and index.is_monotonic_increasing and not index.hasnans:
        times = (index.tz_localize(None) if index.tz is not None else index).as_unit("ms").asi8
    elif index.dtype.kind == "i" and index.is_monotonic_increasing:
        times = index.to_numpy()
    for label, column in columns.items():
        if column.dtype.kind in "fiub":
            yield label, column.to_numpy(), times
        elif column.dtype.kind in "mM":
            yield label, column.astype("int64").to_numpy(), times


def stamp(value: Any) -> Any:
    """Something cheap that changes when ``value`` does."""
    if isinstance(value, (bool, int, float, str, np.generic, type(None))):
        return value
    parts = []
    for label, array, _ in _arrays(value, 0):
        parts.append((label, array.shape, zlib.adler32(np.ascontiguousarray(array).tobytes())))
    return (id(value), tuple(parts))


def apart(one: Pieces, other: Pieces) -> str:
    """'rows' when values of the same past bars differ, 'whole' when a value that is of no bar does, else ''."""
    worst = ""
    for label, a in one.items():
        b = other.get(label)
        if b is None or _same(a, b):
            continue
        if a.aligned and b.aligned:
            return "rows"
        worst = "whole"
    return worst


def _same(a: Piece, b: Piece) -> bool:
    if a.values.ndim != b.values.ndim or a.values.shape[1:] != b.values.shape[1:]:
        return False
    if len(a.values.reshape(-1)) != len(b.values.reshape(-1)) and not (a.aligned and b.aligned):
        return False
    if a.values.ndim > 1:
        rows = min(len(a.values), len(b.values))
        one, other = a.values[:rows].reshape(-1), b.values[:rows].reshape(-1)
    else:
        one, other = a.values.reshape(-1), b.values.reshape(-1)
    return not len(differing(one, other, len(one)))
