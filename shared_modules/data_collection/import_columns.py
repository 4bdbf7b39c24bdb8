"""The numbers of imported rows: read quickly where all is well, cell by cell where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats, Times

from .table_files import Layout, is_number, load

if TYPE_CHECKING:
    import pandas as pd

PRICES = ("open", "high", "low", "close")
AMOUNTS = ("volume", "turnover")
NEEDED = ("time", *PRICES)
COLUMNS = (*NEEDED, *AMOUNTS)
# the orders of columns without names: most exchanges, and Coinbase
_ORDERS = (("time", "open", "high", "low", "close", "volume"), ("time", "low", "high", "open", "close", "volume"))
_TURNOVER_AT = {7: 6, 8: 7, 9: 7, 11: 7, 12: 7}  # by the number of columns: Bybit, OKX, Binance


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """``raw`` columns as they are, ``values`` of those that hold numbers, and the rows in which one is ``bad``."""

    raw: Mapping[str, pd.Series[Any]]
    values: Mapping[str, Floats]
    bad: Flags

    @classmethod
    def of(cls, raw: Mapping[str, pd.Series[Any]]) -> Numbers:
        import pandas as pd

        bad = np.zeros(len(next(iter(raw.values()))), np.bool_)
        found: dict[str, Floats] = {}
        for key in (*PRICES, *AMOUNTS):
            if key not in raw:
                continue
            column = np.asarray(pd.to_numeric(raw[key], errors="coerce"), np.float64)
            if key in AMOUNTS:
                column = np.where(np.isfinite(column), column, 0.0)
            else:
                bad |= ~np.isfinite(column)
            found[key] = column
        return cls(raw, found, bad)

    @classmethod
    def of_texts(cls, cells: Mapping[str, Sequence[str]], decimal: str) -> Numbers:
        """The same of a few rows as texts."""
        import pandas as pd

        def plain(key: str, text: str) -> str:
            return text.replace(",", ".") if decimal == "," and key in (*PRICES, *AMOUNTS) else text

        return cls.of({k: pd.Series([plain(k, text) for text in texts], dtype="str") for k, texts in cells.items()})

    def shown(self, row: int) -> str:
        """The cells of ``row`` for a person."""
        return ", ".join(f"{key} '{column.iloc[row]}'" for key, column in self.raw.items())


def values(path: Path, layout: Layout, columns: Mapping[str, str]) -> Numbers:
    """The ``columns`` (by what they mean) of the table at ``path``; raises what `load` raises."""
    names = tuple(dict.fromkeys(columns.values()))
    frame = load(path, layout, names)
    return Numbers.of({key: frame[name] for key, name in columns.items()})


def ordered(times: Times, columns: Mapping[str, Floats]) -> tuple[Bars, list[str]]:
    """Rows as candles in time order, each time once, with notes on what was put right."""
    notes: list[str] = []
    steps = np.diff(times)
    rows = np.arange(len(times))
    if (steps <= 0).any():
        back = int((steps < 0).sum())
        rows = np.argsort(times, kind="stable")
        last = np.r_[times[rows][1:] != times[rows][:-1], True][: len(rows)]
        if back and back >= len(times) - 1:
            notes.append("the newest rows come first; they were turned round")
        elif back:
            notes.append(f"the rows were not in time order ({back} steps back); they were sorted")
        if not last.all():
            notes.append(f"{int((~last).sum())} rows repeated a time; the last of each was kept")
        rows = rows[last]
    if "volume" not in columns:
        notes.append("there is no volume column; volume is 0")
    volume = columns.get("volume", np.zeros(len(times)))
    turnover = columns.get("turnover", volume * columns["close"])
    parts = [column[rows] for column in (*(columns[name] for name in PRICES), volume, turnover)]
    return Bars(np.ascontiguousarray(times[rows]), *parts), notes


def guessed_by_values(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], decimal: str) -> dict[str, str] | None:
    """What columns without known names hold, told from their order and from what highs and lows must be."""
    whole = [row for row in rows[:50] if len(row) >= 5]
    if len(columns) < 5 or not whole:
        return None
    for first in (0, 1):  # a symbol or a row number may come first
        for order in _ORDERS:
            names = columns[first : first + len(order)]
            if len(names) >= 5 and all(_fits(row[first:], order, decimal) for row in whole):
                found = dict(zip(order, names, strict=False))
                at = _TURNOVER_AT.get(len(columns) - first)
                if at is not None:
                    found["turnover"] = columns[first + at]
                return found
    return None


def _fits(row: Sequence[str], order: Sequence[str], decimal: str) -> bool:
    cells = {key: cell.replace(decimal, ".") for key, cell in zip(order, row, strict=False) if key in PRICES}
    if len(cells) < 4 or not all(map(is_number, cells.values())):
        return False
    open_, high, low, close = (float(cells[name]) for name in PRICES)
    return low <= min(open_, close) and max(open_, close) <= high and low > 0
