"""How many messages come in a second."""

from collections import deque


class Rate:
    """Messages a second over the last few whole seconds."""

    def __init__(self, seconds: int = 5) -> None:
        self._seconds = seconds
        self._counts: deque[list[int]] = deque(maxlen=seconds + 1)
        self._second, self._newest = -1, [0, 0]

    def count(self, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._second, self._newest = second, [second, 0]
            self._counts.append(self._newest)
        self._newest[1] += 1

    def at(self, now: float) -> float:
        second = int(now)
        counted = sum(n for s, n in self._counts if second - self._seconds <= s < second)
        return counted / self._seconds
