"""How many new connections an exchange is asked for."""

from shared_modules.core.clock import Clock, SystemClock


class ConnectBudget:
    """At most ``most`` new connections in any ``seconds``, far below what the exchange allows one address."""

    def __init__(self, most: int = 100, seconds: float = 300.0, clock: Clock | None = None) -> None:
        self._most, self._seconds = most, seconds
        self._clock = clock or SystemClock()
        self._moments: list[float] = []

    def take(self) -> float:
        """Seconds to wait before connecting; counted as done then."""
        now = self._clock.monotonic()
        self._moments = [m for m in self._moments if m > now - self._seconds]
        due = now if len(self._moments) < self._most else max(now, self._moments[-self._most] + self._seconds)
        self._moments.append(due)
        return due - now
