"""An order book kept up to date by the stream's deltas."""

from bisect import bisect_left, insort
from collections.abc import Iterable

from shared_modules.core.market import OrderBook

Levels = Iterable[tuple[float, float]]


class BookSide:
    """Levels of one side; ``prices`` rise, whatever the side."""

    def __init__(self, best_is_highest: bool, depth: int) -> None:
        self._best_is_highest, self._depth = best_is_highest, depth
        self.sizes: dict[float, float] = {}
        self.prices: list[float] = []

    def replace(self, levels: Levels) -> None:
        self.sizes = {price: size for price, size in levels if size > 0}
        self.prices = sorted(self.sizes)
        self._trim()

    def change(self, levels: Levels) -> None:
        """Insert, replace, or delete (size 0) levels; deleting one that is not there is harmless."""
        sizes, prices = self.sizes, self.prices
        for price, size in levels:
            if size > 0:
                if price not in sizes:
                    insort(prices, price)
                sizes[price] = size
            elif sizes.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]
        self._trim()

    @property
    def best(self) -> float | None:
        return (self.prices[-1] if self._best_is_highest else self.prices[0]) if self.prices else None

    def levels(self) -> tuple[tuple[float, float], ...]:
        """Best first."""
        sizes = self.sizes
        prices = reversed(self.prices) if self._best_is_highest else self.prices
        return tuple([(price, sizes[price]) for price in prices])

    def _trim(self) -> None:
        excess = len(self.prices) - self._depth
        if excess <= 0:
            return
        worst = slice(0, excess) if self._best_is_highest else slice(self._depth, None)
        for price in self.prices[worst]:
            del self.sizes[price]
        del self.prices[worst]


class LocalBook:
    """Both sides and the number of the last update; without a snapshot there is no book."""

    def __init__(self, symbol: str, depth: int) -> None:
        self._symbol = symbol
        self._bids, self._asks = BookSide(True, depth), BookSide(False, depth)
        self.update_id: int | None = None
        self.gaps = 0

    def snapshot(self, bids: Levels, asks: Levels, update_id: int) -> None:
        """Begin anew, whatever the update number was before."""
        self._bids.replace(bids)
        self._asks.replace(asks)
        self.update_id = update_id

    def delta(self, bids: Levels, asks: Levels, update_id: int) -> bool:
        """Apply a change; False when it is older than the book or there is none yet.

        Update numbers are not promised to be in sequence: a jump is counted in ``gaps`` and accepted.
        """
        if self.update_id is None or update_id <= self.update_id:
            return False
        self.gaps += update_id > self.update_id + 1
        self._bids.change(bids)
        self._asks.change(asks)
        self.update_id = update_id
        return True

    def drop(self) -> None:
        self.update_id = None

    @property
    def crossed(self) -> bool:
        bid, ask = self._bids.best, self._asks.best
        return bid is not None and ask is not None and bid >= ask

    def at(self, time: int) -> OrderBook:
        """The book as a value, stamped ``time``."""
        return OrderBook(self._symbol, time, self.update_id or 0, self._bids.levels(), self._asks.levels())
