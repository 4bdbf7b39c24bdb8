"""Renko: bricks of one height, each made when the close has gone that far; time has no say in their width.

A brick continues the way of the one before when a close is a whole box beyond it, and turns when a close is a whole box
beyond its other end. Bricks stand on multiples of the box, so that older history changes none but the first.
"""

from __future__ import annotations

import math

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle

# a wick of bad data must not make a chart of a million bricks
MOST_PER_BAR = 1000


class Renko:
    """The bricks of a series; bars are fed in order, finished ones only.

    A brick's time is that of the bar in which it began, and one ms later for each that began in the same bar before
    it. Its volume is that of the bars while it was made, shared evenly where a bar made several.
    """

    def __init__(self, box: float) -> None:
        if not (box > 0 and math.isfinite(box)):
            raise ValueError(f"a Renko box must be a height above zero, not {box}")
        self.box = box
        self._bricks: list[tuple[float, ...]] = []  # time, open, close, volume, turnover
        self._low = self._high = 0  # the ends of the last brick, in boxes
        self._began: int | None = None
        self._volume = self._turnover = 0.0  # of the brick under way
        self._close = 0.0

    def __len__(self) -> int:
        return len(self._bricks)

    @property
    def bars(self) -> Bars:
        """The bricks so far, as bars."""
        return self.since(0)

    def since(self, start: int) -> Bars:
        """The bricks from number ``start`` on, as bars."""
        if len(self._bricks) <= start:
            return Bars.empty()
        time, opened, close, volume, turnover = np.array(self._bricks[start:]).T
        return Bars(
            time.astype(np.int64), opened, np.maximum(opened, close), np.minimum(opened, close), close, volume, turnover
        )

    def feed(self, bars: Bars) -> int:
        """Take in finished ``bars``; the number of bricks they made."""
        if not len(bars):
            return 0
        before = len(self._bricks)
        up = np.floor(bars.close / self.box + 1e-9).astype(np.int64)
        down = np.ceil(bars.close / self.box - 1e-9).astype(np.int64)
        if self._began is None:
            self._began = int(bars.time[0])
            self._low = self._high = int(up[0])
        volume, turnover = np.cumsum(bars.volume), np.cumsum(bars.turnover)
        held, taken = (self._volume, self._turnover), -1
        # most bars make none: they cost two comparisons each
        for row, (rise, fall) in enumerate(zip(up.tolist(), down.tolist(), strict=True)):
            if rise > self._high or fall < self._low:
                start = (volume[taken], turnover[taken]) if taken >= 0 else (0.0, 0.0)
                self._volume = held[0] + float(volume[row] - start[0])
                self._turnover = held[1] + float(turnover[row] - start[1])
                self._make(int(bars.time[row]), rise - self._high, self._low - fall)
                held, taken = (0.0, 0.0), row
        start = (volume[taken], turnover[taken]) if taken >= 0 else (0.0, 0.0)
        self._volume, self._turnover = held[0] + float(volume[-1] - start[0]), held[1] + float(turnover[-1] - start[1])
        self._close = float(bars.close[-1])
        return len(self._bricks) - before

    def forming(self, running: Candle | None = None) -> Candle | None:
        """The brick under way, as far as the last close or ``running`` has brought it; None before the first bar."""
        if self._began is None and running is None:
            return None
        if self._began is None and running is not None:
            level = math.floor(running.close / self.box + 1e-9) * self.box
            return _brick(running.time, level, running.close, running.volume, running.turnover)
        assert self._began is not None
        price = self._close if running is None else running.close
        edge = min(max(price, self._low * self.box), self._high * self.box)
        more = (0.0, 0.0) if running is None else (running.volume, running.turnover)
        return _brick(self._began, edge, price, self._volume + more[0], self._turnover + more[1])

    def _make(self, time: int, up: int, down: int) -> None:
        """Bricks of a bar whose close is so many boxes beyond the last brick's upper or lower end."""
        assert self._began is not None
        count = min(max(up, down), MOST_PER_BAR)
        for _ in range(count):
            start = self._high if up > 0 else self._low
            end = start + (1 if up > 0 else -1)
            self._bricks.append(
                (self._began, start * self.box, end * self.box, self._volume / count, self._turnover / count)
            )
            self._low, self._high = min(start, end), max(start, end)
            self._began = max(time, self._began + 1)


def _brick(time: int, start: float, price: float, volume: float, turnover: float) -> Candle:
    return Candle(time, start, max(start, price), min(start, price), price, volume, turnover, False)
