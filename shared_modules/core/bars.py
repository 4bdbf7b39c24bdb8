"""Candles of one series as arrays: the shape in which every room passes them on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from .errors import DataFormatError
from .market import Candle
from .timeframes import Timeframe

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Flags = NDArray[np.bool_]

COLUMNS = ("time", "open", "high", "low", "close", "volume", "turnover")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Bars:
    """Columns of equal length: ``time`` int64 ms UTC (open times, strictly rising), the others float64.

    Columns do not change once they are bars: what was found out about them may be remembered.
    """

    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    turnover: Floats

    def __post_init__(self) -> None:
        n = len(self.time)
        for name in COLUMNS:
            column = getattr(self, name)
            if column.shape != (n,):
                raise DataFormatError(f"column '{name}' has {len(column)} values, 'time' has {n}")
            wanted = np.int64 if name == "time" else np.float64
            if column.dtype != wanted:
                raise DataFormatError(f"column '{name}' is {column.dtype}, it must be {np.dtype(wanted)}")
        if n > 1 and not (self.time[1:] > self.time[:-1]).all():
            row = int(np.argmin(self.time[1:] > self.time[:-1])) + 1
            raise DataFormatError(f"times must rise; row {row} ({self.time[row]}) does not follow {self.time[row - 1]}")

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> Bars:
        """The rows of ``rows`` as views, without a copy."""
        columns = (getattr(self, name)[rows] for name in COLUMNS)
        if rows.step is not None and rows.step < 0:
            return Bars(*columns)
        # rows in their order rise as the whole does: looking at each time again would cost more than the views
        cut = object.__new__(Bars)
        for name, column in zip(COLUMNS, columns, strict=True):
            object.__setattr__(cut, name, column)
        return cut

    @classmethod
    def empty(cls) -> Bars:
        return cls(np.empty(0, np.int64), *(np.empty(0) for _ in range(6)))

    @classmethod
    def of(
        cls,
        time: Iterable[int] | Times,
        open: Iterable[float] | Floats,
        high: Iterable[float] | Floats,
        low: Iterable[float] | Floats,
        close: Iterable[float] | Floats,
        volume: Iterable[float] | Floats | None = None,
        turnover: Iterable[float] | Floats | None = None,
    ) -> Bars:
        """Bars from anything array-like; without a turnover it is volume times close."""
        t = np.ascontiguousarray(time, np.int64)
        o, h, lo, c = (np.ascontiguousarray(x, np.float64) for x in (open, high, low, close))
        v = np.zeros(len(t)) if volume is None else np.ascontiguousarray(volume, np.float64)
        q = v * c if turnover is None else np.ascontiguousarray(turnover, np.float64)
        return cls(t, o, h, lo, c, v, q)

    @classmethod
    def from_candles(cls, candles: Iterable[Candle]) -> Bars:
        """Bars of ``candles``, which must come in rising time."""
        rows = [(c.time, c.open, c.high, c.low, c.close, c.volume, c.turnover) for c in candles]
        if not rows:
            return cls.empty()
        columns = list(zip(*rows, strict=True))
        return cls(np.array(columns[0], np.int64), *(np.array(x, np.float64) for x in columns[1:]))

    def candle(self, row: int, confirmed: bool = True) -> Candle:
        return Candle(
            int(self.time[row]), float(self.open[row]), float(self.high[row]), float(self.low[row]),
            float(self.close[row]), float(self.volume[row]), float(self.turnover[row]), confirmed,
        )  # fmt: skip

    def between(self, start: int | None, end: int | None) -> Bars:
        """Bars whose open time lies in [start, end); None leaves that side open."""
        a = 0 if start is None else int(np.searchsorted(self.time, start))
        b = len(self) if end is None else int(np.searchsorted(self.time, end))
        return self if (a, b) == (0, len(self)) else self[a : max(a, b)]

    def tail(self, n: int) -> Bars:
        return self[max(0, len(self) - n) :]

    def merged(self, newer: Bars) -> Bars:
        """Both together in time order; where both have a time, ``newer`` wins."""
        if not len(newer):
            return self
        if not len(self):
            return newer
        if newer.time[0] > self.time[-1]:
            return Bars(*(np.concatenate((getattr(self, n), getattr(newer, n))) for n in COLUMNS))
        a = int(np.searchsorted(self.time, newer.time[0]))
        b = int(np.searchsorted(self.time, newer.time[-1], side="right"))
        kept = ~np.isin(self.time[a:b], newer.time, assume_unique=True)
        if not kept.any():
            parts = [(getattr(self, n)[:a], getattr(newer, n), getattr(self, n)[b:]) for n in COLUMNS]
            return Bars(*(np.concatenate(p) for p in parts))
        times = np.concatenate((self.time[a:b][kept], newer.time))
        order = np.argsort(times, kind="stable")
        columns = []
        for n in COLUMNS:
            old = getattr(self, n)
            columns.append(
                np.concatenate((old[:a], np.concatenate((old[a:b][kept], getattr(newer, n)))[order], old[b:]))
            )
        return Bars(*columns)

    def resampled(self, to: Timeframe) -> Bars:
        """Bars of the longer timeframe ``to``; the first and last may be incomplete, the caller knows the source."""
        if not len(self):
            return self
        return Bars(*grouped(tuple(getattr(self, n) for n in COLUMNS), to))

    def equals(self, other: Bars) -> bool:
        """Whether every value of every column is the same; NaN is the same as NaN."""
        return all(np.array_equal(getattr(self, n), getattr(other, n), equal_nan=True) for n in COLUMNS)

    def copy(self) -> Self:
        return type(self)(*(getattr(self, n).copy() for n in COLUMNS))

    def to_frame(self) -> pd.DataFrame:
        """A pandas frame with these columns and a UTC time index."""
        import pandas as pd

        index = pd.to_datetime(self.time, unit="ms", utc=True)
        return pd.DataFrame({n: getattr(self, n) for n in COLUMNS[1:]}, index=index)


def grouped(columns: tuple[NDArray[Any], ...], to: Timeframe) -> list[NDArray[Any]]:
    """The seven ``columns`` of at least one candle, in candles of the longer timeframe ``to``; types stay."""
    time, opens, high, low, close, volume, turnover = columns
    if to.is_month:
        starts = np.array([to.floor(t) for t in time.tolist()], np.int64)
    else:
        anchor = to.floor(int(time[0]))
        starts = (time - anchor) // to.ms * to.ms + anchor
    first = np.flatnonzero(np.r_[True, starts[1:] != starts[:-1]])
    last = np.r_[first[1:] - 1, len(starts) - 1]
    return [
        starts[first],
        opens[first],
        np.maximum.reduceat(high, first),
        np.minimum.reduceat(low, first),
        close[last],
        np.add.reduceat(volume, first),
        np.add.reduceat(turnover, first),
    ]
