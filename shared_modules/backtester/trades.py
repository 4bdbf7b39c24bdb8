"""The round trips of a result: rows of the ledger that become objects when somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats, Times
from shared_modules.core.market import Side
from shared_modules.core.trading import ExitReason, PartialExit, Trade
from shared_modules.matching.state import NONE, REASONS, Records

_COLUMNS = ("symbol", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "pnl", "reason", "bars",
            "mae", "mfe", "funding", "id")  # fmt: skip


class Trades(Sequence[Trade]):
    """Round trips in order of their exits; equal to any sequence of the same trades.

    ``records``: the ledger's `ROUND_TRIP` rows, for whoever reads columns. A result of thousands of trades is often
    asked for its figures alone: the objects are made at the first look.
    """

    __slots__ = ("_made", "_parts", "records", "symbols")

    def __init__(
        self,
        records: Records,
        symbols: Sequence[str],
        fills: Records | None = None,
        parts: Mapping[int, tuple[PartialExit, ...]] | None = None,
    ) -> None:
        """``parts``: the exits of those with several, by their ``id``; from ``fills`` when absent."""
        self.records, self.symbols = records, tuple(symbols)
        self._parts = _partial_exits(records, fills) if parts is None else dict(parts)
        self._made: tuple[Trade, ...] | None = None

    def _all(self) -> tuple[Trade, ...]:
        if self._made is None:
            columns = [self.records[name].tolist() for name in _COLUMNS]
            self._made = tuple(self._one(*row) for row in zip(*columns, strict=True))
        return self._made

    def _one(
        self, symbol: int, qty: float, entered: int, entry: float, left: int, exit_: float, fees: float, pnl: float,
        reason: int, bars: int, mae: float, mfe: float, funding: float, number: int,
    ) -> Trade:  # fmt: skip
        return Trade(
            self.symbols[symbol], Side.BUY if qty > 0 else Side.SELL, abs(qty), entered, entry, left, exit_, fees, pnl,
            REASONS[reason], bars=bars, mae=mae, mfe=mfe, funding=funding, exits=self._parts.get(number, ()),
        )  # fmt: skip

    def of(self, symbol: str) -> Trades:
        """Those of ``symbol``."""
        if self.symbols == (symbol,):
            return self
        slots = [slot for slot, name in enumerate(self.symbols) if name == symbol]
        return Trades(self.records[np.isin(self.records["symbol"], slots)], self.symbols, parts=self._parts)

    def exits(self) -> tuple[Times, Floats] | None:
        """Times and quantities of all exits; None where some have several."""
        return None if self._parts else (column(self, "exit_time"), column(self, "qty"))

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, at: int) -> Trade: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Trade, ...]: ...
    def __getitem__(self, at: int | slice) -> Trade | tuple[Trade, ...]:
        if isinstance(at, slice) and self._made is None:
            return Trades(self.records[at], self.symbols, parts=self._parts)._all()
        return self._all()[at]

    def __iter__(self) -> Iterator[Trade]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and self._all() == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Trades({len(self)} round trips)"

    def __getstate__(self) -> tuple[Any, ...]:
        return self.records, self.symbols, self._parts

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.records, self.symbols, self._parts = state
        self._made = None


def _partial_exits(trades: Records, fills: Records | None) -> dict[int, tuple[PartialExit, ...]]:
    """The exits of the round trips with more than one, by their number."""
    if fills is None or not len(fills):
        return {}
    several = trades["id"][trades["exits"] > 1]
    if not len(several):
        return {}
    found: dict[int, list[PartialExit]] = {int(number): [] for number in several}
    for fill in fills[np.isin(fills["id"], several) & (fills["reason"] != NONE)]:
        time_, price, qty, fee = int(fill["time"]), float(fill["price"]), abs(float(fill["qty"])), float(fill["fee"])
        found[int(fill["id"])].append(PartialExit(time_, price, qty, fee, REASONS[int(fill["reason"])]))
    return {number: tuple(exits) for number, exits in found.items()}


def column(trades: Sequence[Trade], name: str) -> NDArray[Any]:
    """The figure ``name`` of each of ``trades``: int64 for times and bars, else float64; quantities without sign."""
    if isinstance(trades, Trades):
        values = trades.records[name]
        return np.abs(values) if name == "qty" else values.copy()
    whole = name in ("entry_time", "exit_time", "bars")
    return np.array([getattr(t, name) for t in trades], np.int64 if whole else np.float64)


def trades_of(trades: Sequence[Trade], symbol: str) -> Sequence[Trade]:
    """Those of ``trades`` that are of ``symbol``."""
    return trades.of(symbol) if isinstance(trades, Trades) else [t for t in trades if t.symbol == symbol]


def sides(trades: Sequence[Trade]) -> NDArray[np.int64]:
    """1 for each long of ``trades``, -1 for each short."""
    if isinstance(trades, Trades):
        return np.where(trades.records["qty"] > 0, 1, -1)
    return np.array([1 if t.side is Side.BUY else -1 for t in trades], np.int64)


def ended_by(trades: Sequence[Trade], reason: ExitReason) -> NDArray[np.bool_]:
    """Which of ``trades`` ended for ``reason``."""
    if isinstance(trades, Trades):
        codes = [code for code, name in REASONS.items() if name is reason]
        return np.isin(trades.records["reason"], codes)
    return np.array([t.exit_reason is reason for t in trades], np.bool_)
