"""How many messages come in a second."""

from collections import deque


class Rate:
    """Messages a second over the last few whole seconds."""

    def __init__(self, seconds: int = 5) -> None:
        self._seconds = seconds
        self._counts: deque[list[int]] = deque(maxlen=seconds + 1)

    def count(self, now: float) -> None:
        second = int(now)
        if self._counts and self._counts[-1][0] == second:
            self._counts[-1][1] += 1
        else:
            self._counts.append([second, 1])

    def at(self, now: float) -> float:
        second = int(now)
        counted = sum(n for s, n in self._counts if second - self._seconds <= s < second)
        return counted / self._seconds
