"""Which bars are in view: zoom, pan, follow the newest, never move while someone looks at the past."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 8.0
START = 150.0


@dataclass
class Span:
    """The visible bars [x0, x1] of a chart that has bars ``first`` to ``last``."""

    x0: float = -START
    x1: float = 6.0
    first: int = 0
    last: int = -1

    @property
    def size(self) -> float:
        return self.x1 - self.x0

    @property
    def margin(self) -> float:
        """Empty bars kept right of the newest."""
        return max(2.0, self.size * 0.04)

    @property
    def follows(self) -> bool:
        """Whether the newest bar is wholly in view: then the chart moves on with it."""
        return self.x1 >= self.last + 0.5

    def show_last(self, bars: float | None = None) -> None:
        """Move to the newest bar, showing ``bars`` of them when given."""
        size = self.size if bars is None else min(max(bars, LEAST), 1e9)
        self.x0, self.x1 = 0.0, size
        end = self.last + 0.5 + self.margin
        self.x0, self.x1 = end - size, end

    def show_first(self) -> None:
        size = self.size
        self.x0 = self.first - 0.5
        self.x1 = self.x0 + size

    def center(self, x: float) -> None:
        self.pan(x - (self.x0 + self.x1) / 2)

    def zoom(self, factor: float, at: float) -> None:
        """Show ``factor`` times as many bars, the one at ``at`` staying where it is."""
        most = max(4 * LEAST, (self.last - self.first + 1) * 1.25 + 20)
        factor = min(max(self.size * factor, LEAST), max(most, self.size if factor < 1 else most)) / self.size
        self.x0, self.x1 = at + (self.x0 - at) * factor, at + (self.x1 - at) * factor
        self._hold()

    def pan(self, bars: float) -> None:
        self.x0 += bars
        self.x1 += bars
        self._hold()

    def appended(self, last: int) -> None:
        """The newest bar is ``last`` now."""
        follows, added = self.follows, last - self.last
        self.last = last
        if follows and self.x1 < last + 0.5 + self.margin:
            self.x0 += added
            self.x1 += added

    def _hold(self) -> None:
        """Keep some bars in view, whatever is done."""
        kept = min(LEAST / 2, self.size / 2)
        move = 0.0
        if self.x0 > self.last + 1 - kept:
            move = self.last + 1 - kept - self.x0
        elif self.x1 < self.first - 1 + kept:
            move = self.first - 1 + kept - self.x1
        self.x0 += move
        self.x1 += move
