"""Trades and refused signals as columns, which a thread can make and a frame can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared_modules.core.market import Side
from shared_modules.core.trading import Trade

from .ticks import Zone, number


@dataclass(frozen=True, slots=True)
class TradeMarker:
    """One round trip; times in ms UTC, ``pnl`` in quote coin."""

    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    long: bool
    pnl: float
    qty: float = math.nan
    note: str = ""
    bars: int = 0
    fees: float = math.nan

    @classmethod
    def of(cls, trade: Trade) -> TradeMarker:
        return cls(
            trade.entry_time, trade.entry_price, trade.exit_time, trade.exit_price, trade.side is Side.BUY, trade.pnl,
            trade.qty, trade.exit_reason.value.replace("_", " "), trade.bars, trade.fees,
        )  # fmt: skip

    def text(self, decimals: int, zone: Zone, still_open: bool = False) -> str:
        """What the hover says; of one ``still_open`` nothing of how it ends."""
        size = "" if math.isnan(self.qty) else f" {self.qty:.8g}"
        if still_open:
            entry = f"In   {zone.moment(self.entry_time)}  {number(self.entry_price, decimals)}"
            return f"{'Long' if self.long else 'Short'}{size}\n{entry}\nStill open"
        left = f" ({self.note})" if self.note else ""
        sign = "+" if self.pnl > 0 else ""
        lines = [
            f"{'Long' if self.long else 'Short'}{size}",
            f"In   {zone.moment(self.entry_time)}  {number(self.entry_price, decimals)}",
            f"Out  {zone.moment(self.exit_time)}  {number(self.exit_price, decimals)}{left}",
            f"{'Win' if self.pnl > 0 else 'Loss'}  {sign}{number(self.pnl, 2)}{self._share()}",
        ]
        if self.bars:
            fees = "" if math.isnan(self.fees) else f", fees {number(self.fees, 2)}"
            lines.append(f"Held {self.bars:,} {'candle' if self.bars == 1 else 'candles'}{fees}")
        return "\n".join(lines)

    def _share(self) -> str:
        value = self.qty * self.entry_price
        if not (math.isfinite(value) and value > 0):
            return ""
        share = self.pnl / value * 100
        return f"  ({'+' if share > 0 else ''}{number(share, 2)} %)"


@dataclass(frozen=True, eq=False)
class MarkerSet:
    """Round trips in order of their entries as columns; one is made a `TradeMarker` when it is pointed at."""

    sources: Sequence[TradeMarker | Trade] = ()
    entry_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    exit_time: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    entry_price: np.ndarray = field(default_factory=lambda: np.empty(0))
    exit_price: np.ndarray = field(default_factory=lambda: np.empty(0))
    long: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    pnl: np.ndarray = field(default_factory=lambda: np.empty(0))
    _made: dict[int, TradeMarker] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Sequence[TradeMarker | Trade]) -> MarkerSet:
        """The columns of ``sources``; worth doing in a thread for thousands."""
        ordered = sorted(sources, key=lambda t: t.entry_time)
        long = [t.long if isinstance(t, TradeMarker) else t.side is Side.BUY for t in ordered]
        return cls(
            ordered,
            np.array([t.entry_time for t in ordered], np.int64),
            np.array([t.exit_time for t in ordered], np.int64),
            np.array([t.entry_price for t in ordered], np.float64),
            np.array([t.exit_price for t in ordered], np.float64),
            np.array(long, bool),
            np.array([t.pnl for t in ordered], np.float64),
        )

    def __len__(self) -> int:
        return len(self.sources)

    def marker(self, row: int) -> TradeMarker:
        """The trade of ``row``, the same object each time."""
        source = self.sources[row]
        if isinstance(source, TradeMarker):
            return source
        if row not in self._made:
            self._made[row] = TradeMarker.of(source)
        return self._made[row]


@dataclass(frozen=True, eq=False)
class SignalSet:
    """Wishes to enter that became no trade: at the bar of ``time``, ``side`` +1, -1 or 0 (both), ``words`` by code."""

    time: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    side: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    code: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    words: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.time)

    def text(self, row: int, zone: Zone) -> str:
        """What the hover says."""
        side = {1: "long", -1: "short"}.get(int(self.side[row]), "long and short")
        return f"No trade ({side})\n{zone.moment(float(self.time[row]))}\nWhy: {self.words[int(self.code[row])]}"

    @classmethod
    def of(cls, outcomes: Any, symbol: str, traded: Sequence[str]) -> SignalSet:
        """The rows of ``outcomes`` of ``symbol`` whose outcome is none of the words ``traded``."""
        if symbol not in outcomes.symbols:
            return cls()
        words = outcomes.words
        done = np.array([word in traded for word in words])
        rows = np.flatnonzero((outcomes.symbol == outcomes.symbols.index(symbol)) & ~done[outcomes.code])
        return cls(outcomes.time[rows], outcomes.side[rows], outcomes.code[rows], words)
