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
    once found it holds until the series changes.
    """

    def __init__(self, box: float, decimals: int) -> None:
        self._asked, self._decimals = box, decimals
        self._renko: Renko | None = None
        self.bars = Bars.empty()  # finished candles
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
    def candles(self) -> tuple[Bars, Candle | None]:
        """What it was given: finished candles and the one still forming."""
        return self.bars, self._running

    def set(self, bars: Bars, running: Candle | None) -> None:
        """Take these candles in place of all."""
        self.bars, self._running = bars, running
        box = self.box or self._asked or average_range(bars, self._decimals)
        self._renko = Renko(box) if box > 0 else None
        if self._renko is not None:
            self._renko.feed(bars)

    def update(self, candle: Candle) -> list[Candle]:
        """Take the newest state of ``candle``; the bricks that it finished, and the one under way."""
        if len(self.bars) and candle.time <= self.bars.time[-1]:
            return []
        self._running = None if candle.confirmed else candle
        before = 0 if self._renko is None else len(self._renko)
        if candle.confirmed:
            one = Bars.from_candles([candle])
            if self._renko is None:
                self.set(self.bars.merged(one), None)
            else:
                self.bars = self.bars.merged(one)
                self._renko.feed(one)
        made = self.shown[before:]
        forming = self.forming
        return [made.candle(row) for row in range(len(made))] + ([] if forming is None else [forming])

    def prepend(self, bars: Bars) -> None:
        """Take in older candles."""
        self.set(bars.merged(self.bars), self._running)


def candles_of(data: ChartData) -> tuple[Bars, Candle | None]:
    """The finished candles of ``data`` and the one still forming."""
    if data.unfinished:
        return data.finished(), data.candle(data.last)
    return data.pyramid.bars(), None


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
