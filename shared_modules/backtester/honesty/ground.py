"""Histories that a strategy is asked about twice: the real one, and one whose future is another."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.backtester.data import SymbolData, resampled
from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators.align import close_times
from shared_modules.strategies.base import MarketView, Signals, Strategy

Column = NDArray[Any]
Columns = dict[str, Column]
PLOT = "plot "
FUTURES = ("taken away", "half as high", "twice as high", "mirrored", "shuffled")
_RELATIVE, _OF_COLUMN = 1e-6, 1e-9


@dataclass(frozen=True)
class Ground:
    """A stretch of one symbol's history; ``source`` may be of a shorter timeframe than ``frame``, which is traded.

    ``begin``: bars that open before it (ms UTC) only warm up. ``own``: whether ``source`` is nobody else's, so that a
    strategy may be given it without a copy.
    """

    symbol: str
    source: Bars
    source_frame: Timeframe
    frame: Timeframe
    higher: tuple[Timeframe, ...] = ()
    begin: int = 0
    own: bool = False

    @classmethod
    def of(cls, strategy: Strategy, data: SymbolData) -> Ground:
        """The whole history of ``data``."""
        begin = int(data.bars.time[data.first]) if data.first else 0
        return cls(data.symbol, data.source, data.source_frame, data.frame, strategy.timeframes, begin)

    def view(self) -> MarketView:
        """What a strategy sees, in arrays of its own: one that changes them harms nobody."""
        bars = resampled(self.source, self.source_frame, self.frame)
        if bars is self.source and not self.own:
            bars = bars.copy()
        # longer bars are made of copies, too: a strategy that changes its bars must not find them changed there
        higher = {frame: resampled(self.source, self.source_frame, frame) for frame in self.higher}
        first = int(np.searchsorted(bars.time, self.begin))
        return MarketView(self.symbol, self.frame, bars, higher, first)

    def bars(self) -> Bars:
        """The bars traded."""
        return resampled(self.source, self.source_frame, self.frame)

    def rows(self, first: int, last: int) -> Ground:
        """The stretch of the traded bars ``first`` to ``last`` (exclusive)."""
        time = self.bars().time
        start = int(time[first])
        end = None if last >= len(time) else int(time[last])
        return replace(self, source=self.source.between(start, end), own=False)

    def end_of(self, row: int) -> int:
        """When the traded bar ``row`` closes, in ms UTC."""
        return int(close_times(self.bars().time[row : row + 1], self.frame)[0])

    def with_future(self, known: int, kind: str, seed: int = 0) -> Ground:
        """The same history up to the close of the first ``known`` bars, and after it a future of ``kind``."""
        at = int(np.searchsorted(self.source.time, self.end_of(known - 1)))
        past, future = self.source[:at], self.source[at:]
        if kind == FUTURES[0] or not len(future):
            return replace(self, source=past, own=False)
        return replace(self, source=past.merged(_other(future, kind, seed)), own=True)


def _other(future: Bars, kind: str, seed: int) -> Bars:
    """``future`` at the same times with other prices and volumes, all of them possible candles."""
    if not len(future):
        return future
    columns = {name: getattr(future, name).copy() for name in ("open", "high", "low", "close", "volume")}
    if kind in ("half as high", "twice as high"):
        by = 2.0 if kind == "twice as high" else 0.5
        columns = {name: values * (by * by if name == "volume" else by) for name, values in columns.items()}
    elif kind == "mirrored":
        around = columns["open"][0] ** 2
        upside = {"open": "open", "high": "low", "low": "high", "close": "close"}
        columns = {name: around / columns[of] for name, of in upside.items()} | {"volume": columns["volume"][::-1]}
    else:
        order = np.random.default_rng(seed).permutation(len(future))
        columns = {name: values[order] for name, values in columns.items()}
    return Bars.of(future.time, **columns)


def columns_of(signals: Signals) -> Columns:
    """Every array of ``signals`` by name: the wishes, then what belongs to them, then the lines for the chart."""
    found: Columns = {}
    for field in fields(signals):
        value = getattr(signals, field.name)
        if isinstance(value, np.ndarray):
            found[field.name] = value
    for name in ("ladder", "grid", "grid_targets"):
        found |= {f"{name}[{k}]": prices for k, prices in enumerate(getattr(signals, name))}
    return found | {PLOT + name: np.asarray(line) for name, line in signals.plots.items()}


def alike(a: Column, b: Column) -> bool:
    """Whether two arrays have the same values, NaN for NaN; of those with the same bits it takes little to tell."""
    whole = a.dtype == b.dtype == np.float64 and a.flags.c_contiguous and b.flags.c_contiguous
    same = whole and np.array_equal(a.view(np.int64), b.view(np.int64))
    return same or np.array_equal(a, b, equal_nan=True)


def differing(one: Column, other: Column, known: int) -> NDArray[np.int64]:
    """The rows before ``known`` at which two arrays tell something else, by more than rounding."""
    known = min(known, len(one), len(other))
    a, b = one[:known], other[:known]
    if a.dtype.kind != "f" or b.dtype.kind != "f":
        return np.flatnonzero(a != b).astype(np.int64)
    if alike(a, b):
        return np.empty(0, np.int64)
    sizes = np.abs(a[np.isfinite(a)])
    allowed = _RELATIVE * np.abs(a) + _OF_COLUMN * (float(sizes.max()) if len(sizes) else 0.0)
    with np.errstate(invalid="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= allowed)
    return np.flatnonzero(~same).astype(np.int64)
