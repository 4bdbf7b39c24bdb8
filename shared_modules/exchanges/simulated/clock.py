"""The exchange's own time: starts anywhere, runs at any speed, and never runs away from what was told of it."""

from __future__ import annotations

from shared_modules.core.clock import Clock, SystemClock


class VenueClock:
    """``now`` in ms UTC: ``start`` plus ``speed`` times what has passed, and at most ``lead`` ms ahead of `reach`."""

    def __init__(self, start: int, speed: float, lead: int, real: Clock | None = None, held: bool = False) -> None:
        self._real = real or SystemClock()
        self._speed = speed
        self._lead = lead
        self._anchor, self._since = float(start), self._real.monotonic()
        self.told = start
        self.held = held

    def now(self) -> int:
        """The exchange's time; while `held` it stands still."""
        if self.held:
            return self.told
        passed = (self._real.monotonic() - self._since) * self._speed * 1000
        ceiling = self.told + self._lead
        if self._anchor + passed > ceiling:
            return ceiling
        return int(self._anchor + passed)

    def reach(self, time: int) -> None:
        """Everything up to ``time`` has been told; after a wait the clock goes on from here instead of leaping."""
        capped = time >= self.told + self._lead
        self.told = time
        if capped or self.held:
            self._anchor, self._since = float(time), self._real.monotonic()

    def jump(self, ms: int) -> None:
        """Go on ``ms`` later, or earlier."""
        self.told = self.now() + ms
        self._anchor, self._since = float(self.told), self._real.monotonic()

    def hold(self, still: bool) -> None:
        """Let time stand still, or go on."""
        if self.held and not still:
            self._anchor, self._since = float(self.told), self._real.monotonic()
        elif still and not self.held:
            self.told = max(self.told, self.now())
        self.held = still
