"""What was made last and will be wanted again: a bounded memory that is never emptied at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(dict[K, V]):
    """``recent[key]`` is what ``make(key)`` made, now or before; the newest ``most`` are kept, twice as many at most.

    Figures that move make new texts all day. To throw away all of them when they are many would make one frame pay
    for everything in sight, and leave holes in the memory of the process.
    """

    def __init__(self, make: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most
        self._older: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        # one lookup is all that a hit costs; only what is not among the newest comes here
        found = self._older.pop(key) if key in self._older else self._make(key)
        if len(self) >= self._most:
            self._older = self.copy()
            self.clear()
        self[key] = found
        return found

    def forget(self) -> None:
        """Make everything anew from now on."""
        self.clear()
        self._older.clear()
