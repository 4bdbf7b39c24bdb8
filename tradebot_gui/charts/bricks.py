"""Renko on the chart: the candles it is given become bricks, which are then its bars."""

from __future__ import annotations

import math

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from shared_modules.indicators.catalogue import indicator
from tradebot_gui.view_models.renko import Renko

from .data import ChartData

ATR_PERIOD = 14
_ATR_BARS = 1000  # enough for the average to forget where it began


class Bricks:
    """The candles of a series and the bricks made of them.

    ``box`` is the height a person chose, 0 for the average true range of the newest candles, rounded to ``decimals``;
    ``known`` is the one that was found before. It holds until the series changes.
    """

    def __init__(self, box: float, decimals: int, known: float = 0.0) -> None:
        self._asked, self._decimals, self._known = box, decimals, known
        self._renko: Renko | None = None
        self._bars = Bars.empty()  # finished candles, but for the few since
        self._since: list[Candle] = []
        self._running: Candle | None = None

    @property
    def box(self) -> float:
        """The height of a brick; 0 while nothing is known."""
        return self._renko.box if self._renko is not None else 0.0

    @property
    def shown(self) -> Bars:
        """The finished bricks."""
        return Bars.empty() if self._renko is None else self._renko.bars

    @property
    def forming(self) -> Candle | None:
        return None if self._renko is None else self._renko.forming(self._running)

    @property
    def newest(self) -> float:
        """When the newest candle opened, ms UTC; 0 without any."""
        if self._running is not None:
            return float(self._running.time)
        return float(self._since[-1].time if self._since else self._bars.time[-1] if len(self._bars) else 0)

    @property
    def candles(self) -> tuple[Bars, Candle | None]:
        """What it was given: finished candles and the one still forming."""
        if self._since:
            self._bars, self._since = self._bars.merged(Bars.from_candles(self._since)), []
        return self._bars, self._running

    def set(self, bars: Bars, running: Candle | None) -> None:
        """Take these candles in place of all."""
        self._bars, self._since, self._running = bars, [], running
        box = self.box or self._known or self._asked or average_range(bars, self._decimals)
        self._renko = Renko(box) if box > 0 else None
        if self._renko is not None:
            self._renko.feed(bars)

    def update(self, candle: Candle) -> list[Candle]:
        """Take the newest state of ``candle``; the bricks that it finished, and the one under way."""
        if candle.time <= (self._since[-1].time if self._since else self._bars.time[-1] if len(self._bars) else -1):
            return []
        self._running = None if candle.confirmed else candle
        before = 0 if self._renko is None else len(self._renko)
        if candle.confirmed:
            self._since.append(candle)
            if self._renko is None:
                self.set(*self.candles)
            else:
                self._renko.feed(Bars.from_candles([candle]))
        made = Bars.empty() if self._renko is None else self._renko.since(before)
        forming = self.forming
        return [made.candle(row) for row in range(len(made))] + ([] if forming is None else [forming])


def candles_of(data: ChartData) -> tuple[Bars, Candle | None]:
    """The finished candles of ``data`` and the one still forming."""
    if data.unfinished:
        return data.finished(), data.candle(data.last)
    return data.bars(), None


def average_range(bars: Bars, decimals: int) -> float:
    """The average true range of the newest of ``bars``, at least one unit of the last of ``decimals``."""
    least = 10.0**-decimals
    if len(bars) < 2:
        return 0.0
    of = bars.tail(_ATR_BARS)
    if len(of) > ATR_PERIOD:
        found = float(indicator("atr").compute(of, period=ATR_PERIOD)["atr"][-1])
    else:
        found = float(np.mean(of.high - of.low))
    return max(least, round(found, decimals)) if math.isfinite(found) and found > 0 else 0.0
