"""An order book as a person reads it: grouped levels, running totals, imbalance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isclose

from shared_modules.core.market import OrderBook

# group sizes a person may choose, in ticks
GROUPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


@dataclass(frozen=True, slots=True)
class Level:
    """``size`` in base coin at ``price`` or, grouped, within its step; ``total`` of this and all better levels."""

    price: float
    size: float
    total: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """Both sides, best first. ``imbalance`` from -1 (only asks) to 1 (only bids) over the levels shown.

    ``best_bid`` and ``best_ask`` are the market's own, however levels are grouped. ``cut``: a side ends with the book
    rather than with the room for it, so that its outermost group may lack what lies deeper.
    """

    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    best_bid: float = float("nan")
    best_ask: float = float("nan")
    cut: bool = False

    @property
    def spread(self) -> float:
        return self.best_ask - self.best_bid

    @property
    def depth(self) -> float:
        """The larger total of the two sides."""
        return max((side[-1].total for side in (self.bids, self.asks) if side), default=0.0)

    @property
    def imbalance(self) -> float:
        bid, ask = (side[-1].total if side else 0.0 for side in (self.bids, self.asks))
        return (bid - ask) / (bid + ask) if bid + ask else 0.0


def ladder(book: OrderBook, step: float, rows: int) -> Ladder:
    """The ``rows`` best levels of each side of ``book`` in steps of ``step``.

    Grouped bids are rounded down and asks up, so that no level looks better than it is.
    """
    bids, asks = _levels(book.bids, step, rows, up=False), _levels(book.asks, step, rows, up=True)
    best = (side[0][0] if side else float("nan") for side in (book.bids, book.asks))
    cut = any(len(levels) < rows and len(levels) < len(side) for levels, side in ((bids, book.bids), (asks, book.asks)))
    return Ladder(bids, asks, *best, cut)


def _levels(side: Iterable[tuple[float, float]], step: float, rows: int, up: bool) -> tuple[Level, ...]:
    found: list[list[float]] = []
    last = None
    for price, size in side:
        ticks = _whole(price / step, up)
        if ticks != last:
            if len(found) == rows:
                break
            found.append([ticks * step, 0.0])
            last = ticks
        found[-1][1] += size
    total, levels = 0.0, []
    for price, size in found:
        total += size
        levels.append(Level(price, size, total))
    return tuple(levels)


def _whole(ticks: float, up: bool) -> int:
    nearest = round(ticks)
    # a price on the grid is that many ticks, whatever binary fractions make of it
    if isclose(ticks, nearest, rel_tol=1e-12, abs_tol=1e-6):
        return nearest
    return ceil(ticks) if up else floor(ticks)


def decimals_of(step: float, least: int) -> int:
    """Digits after the point for prices in steps of ``step``; at most ``least``, those of the tick."""
    for digits in range(least + 1):
        if isclose(step * 10**digits, round(step * 10**digits), rel_tol=1e-9, abs_tol=1e-12):
            return digits
    return least
