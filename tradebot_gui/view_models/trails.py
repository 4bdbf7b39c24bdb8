"""The way of a price over the last 24 hours, a point every half hour, for the small curves of the market watch."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

EVERY = 30 * 60_000  # ms between two points
POINTS = 48  # of 24 hours


class Trail:
    """Prices of one symbol, oldest first; the last one moves until its half hour is over."""

    __slots__ = ("_prices", "_slot", "complete")

    def __init__(self) -> None:
        self._prices: deque[float] = deque(maxlen=POINTS)
        self._slot = 0
        # whether the past was fetched; until then the trail begins where the terminal did
        self.complete = False

    @property
    def prices(self) -> Sequence[float]:
        return self._prices

    @property
    def change(self) -> float:
        """The last price against the first as a fraction; NaN while there are no two."""
        if len(self._prices) < 2 or not self._prices[0]:
            return float("nan")
        return self._prices[-1] / self._prices[0] - 1.0

    def move(self, time: int, price: float) -> None:
        """The price at ``time`` (ms UTC); an unknown one is left out."""
        if price != price:
            return
        slot = time // EVERY
        if self._prices and slot <= self._slot:
            self._prices[-1] = price
        else:
            self._prices.append(price)
            self._slot = slot

    def begin_with(self, times: Sequence[int], closes: Sequence[float]) -> None:
        """Take over finished half hours; what was seen live since then stays behind them."""
        last = self._prices[-1] if self._prices else None
        now = self._slot
        self._prices.clear()
        self._slot = 0
        for time, close in zip(times, closes, strict=True):
            self.move(int(time), float(close))
        if last is not None:
            self.move(now * EVERY, last)
        self.complete = True
