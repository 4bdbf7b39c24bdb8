"""The newest trades of one market, filtered by their value."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from shared_modules.core.market import PublicTrade, Side

KEPT = 5_000
# a trade worth so much, in quote coin, is kept when so many small ones have come after it
LARGE = 10_000.0


@dataclass(frozen=True, slots=True)
class Print:
    """A trade as a row; ``number`` counts up, ``value`` is in quote coin."""

    number: int
    time: int
    price: float
    size: float
    side: Side

    @property
    def value(self) -> float:
        return self.price * self.size


class Tape:
    """Keeps the last trades, newest first where they are listed."""

    def __init__(self, kept: int = KEPT) -> None:
        self._prints: deque[Print] = deque(maxlen=kept)
        self._large: deque[Print] = deque(maxlen=kept)
        self._ids: deque[str] = deque(maxlen=kept)
        self._known: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return len(self._prints)

    def add(self, trades: Iterable[PublicTrade]) -> int:
        """Take over ``trades``, oldest first; one that is known by its id counts once. Returns how many were new."""
        new = 0
        for trade in trades:
            if trade.id in self._known:
                continue
            if len(self._ids) == self._ids.maxlen:
                self._known.discard(self._ids[0])
            self._ids.append(trade.id)
            self._known.add(trade.id)
            self._count += 1
            made = Print(self._count, trade.time, trade.price, trade.size, trade.side)
            self._prints.append(made)
            if made.value >= LARGE:
                self._large.append(made)
            new += 1
        return new

    def newest(self, count: int, least_value: float = 0.0) -> list[Print]:
        """At most ``count`` trades of at least ``least_value``, newest first."""
        prints = self._large if least_value >= LARGE else self._prints
        return list(islice((p for p in reversed(prints) if p.value >= least_value), count))

    def bought_share(self, count: int = 500) -> float:
        """Share of the value of the last ``count`` trades that takers bought; NaN without trades."""
        last = list(islice(reversed(self._prints), count))
        total = sum(p.value for p in last)
        return sum(p.value for p in last if p.side is Side.BUY) / total if total else float("nan")

    def clear(self) -> None:
        self._prints.clear()
        self._large.clear()
        self._ids.clear()
        self._known.clear()
