"""Candles in whole numbers: prices in ticks, volumes in steps, turnover in tick-steps.

Whole numbers add up exactly in any order, so a long candle is the sum of its short ones to the last digit, and a
replayed number leaves as it came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import grouped
from shared_modules.core.timeframes import Timeframe

from .noise import Ints

NAMES = ("time", "open", "high", "low", "close", "volume", "turnover")


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """Columns of int64 of equal length; ``time`` is the open in ms, rising."""

    time: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    turnover: Ints

    def __len__(self) -> int:
        return len(self.time)

    def columns(self) -> tuple[Ints, ...]:
        return (self.time, self.open, self.high, self.low, self.close, self.volume, self.turnover)

    def __getitem__(self, rows: slice) -> Ticks:
        return Ticks(*(c[rows] for c in self.columns()))

    @classmethod
    def empty(cls) -> Ticks:
        return cls(*(np.empty(0, np.int64) for _ in NAMES))

    @classmethod
    def joined(cls, parts: list[Ticks]) -> Ticks:
        """``parts`` one after the other."""
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate(columns) for columns in zip(*(p.columns() for p in parts), strict=True)))

    def between(self, start: int, end: int) -> Ticks:
        """Candles that open in [start, end)."""
        a, b = np.searchsorted(self.time, (start, end))
        return self[int(a) : int(max(a, b))]

    def rows(self) -> list[Row]:
        return [Row(*values) for values in zip(*(c.tolist() for c in self.columns()), strict=True)]

    def grouped(self, to: Timeframe) -> Ticks:
        """Candles of the longer timeframe ``to`` from these."""
        if not len(self):
            return self
        return Ticks(*grouped(self.columns(), to))

    def whole(self, time: int) -> Row | None:
        """All of it as one candle that opens at ``time``; None when there is nothing."""
        if not len(self):
            return None
        return Row(
            time, int(self.open[0]), int(self.high.max()), int(self.low.min()), int(self.close[-1]),
            int(self.volume.sum()), int(self.turnover.sum()),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One candle in whole numbers."""

    time: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    turnover: int

    def then(self, later: Row | None) -> Row:
        """This candle continued by ``later``."""
        if later is None:
            return self
        return Row(
            self.time, self.open, max(self.high, later.high), min(self.low, later.low), later.close,
            self.volume + later.volume, self.turnover + later.turnover,
        )  # fmt: skip


def shortest(value: int, decimals: int) -> str:
    """``value`` / 10^decimals without trailing zeros and without an exponent."""
    if decimals <= 0:
        return str(value * 10**-decimals)
    text = f"{value / 10**decimals:.{decimals}f}" if abs(value) < 2**53 else _long(value, decimals)
    return text.rstrip("0").rstrip(".")


def padded(value: int, decimals: int) -> str:
    """``value`` / 10^decimals with all its decimals."""
    if decimals <= 0:
        return str(value * 10**-decimals)
    return f"{value / 10**decimals:.{decimals}f}" if abs(value) < 2**53 else _long(value, decimals)


def _long(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
