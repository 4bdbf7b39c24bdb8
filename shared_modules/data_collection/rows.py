"""Candles on their way to the disk: one that just closed, or bars.

When a minute ends thousands of series close one candle each. As arrays that would be seven objects for every number
in them; a candle stays what it is until its line is written.
"""

from __future__ import annotations

from struct import Struct

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.candle_files import format_candle, format_rows
from shared_modules.core.market import Candle

Rows = Bars | Candle
# the time as int64 and six float64, little-endian
ROW = Struct("<q6d")
_TABLE = np.dtype([(name, "<i8" if name == "time" else "<f8") for name in COLUMNS])


def count(rows: Rows) -> int:
    """How many candles ``rows`` are."""
    return 1 if isinstance(rows, Candle) else len(rows)


def first_time(rows: Rows) -> int:
    """Open time of the first of ``rows``, of which there is one at least."""
    return rows.time if isinstance(rows, Candle) else int(rows.time[0])


def last_time(rows: Rows) -> int:
    """Open time of the last of ``rows``, of which there is one at least."""
    return rows.time if isinstance(rows, Candle) else int(rows.time[-1])


def as_bars(rows: Rows) -> Bars:
    """``rows`` as bars."""
    return Bars.from_candles((rows,)) if isinstance(rows, Candle) else rows


def joined(older: Rows, newer: Rows) -> Bars:
    """Both in time order; where both have a time, ``newer`` wins."""
    return as_bars(older).merged(as_bars(newer))


def as_lines(rows: Rows) -> str:
    """The lines of ``rows`` in a candle file."""
    return format_candle(rows) if isinstance(rows, Candle) else format_rows(rows)


def packed(rows: Rows) -> bytes:
    """``rows`` as `ROW` after `ROW`."""
    if isinstance(rows, Candle):
        c = rows
        return ROW.pack(c.time, c.open, c.high, c.low, c.close, c.volume, c.turnover)
    table = np.empty(len(rows), _TABLE)
    for name in COLUMNS:
        table[name] = getattr(rows, name)
    return table.tobytes()


def unpacked(data: bytes) -> Bars:
    """The bars of which ``data`` is the packed form."""
    table = np.frombuffer(data, _TABLE)
    return Bars.of(*(table[name] for name in COLUMNS))
