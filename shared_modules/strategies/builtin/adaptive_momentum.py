"""Momentum in trends, the reverse in ranges, nothing in between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    choppiness,
    crossed_above,
    crossed_below,
    highest_before,
    indicator,
    lowest_before,
    smoothed,
    zscore,
)
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "momentum in a trend or weakness in a range"


@register
@dataclass(frozen=True)
class AdaptiveMomentum(Strategy):
    """Follow new highs while the market trends, buy weakness while it ranges, and stay out in between.

    The choppiness index tells the regime. In a trend a long is entered at a close above the highest high of ``look``
    bars and left under Kaufman's adaptive average; in a range it is entered far under the mean and left at the mean. A
    position outlives its regime: either exit ends it. Shorts mirror it. Fails: changes of regime, which the index tells
    when they are half over. Source: Kaufman, Trading Systems and Methods, 1995 (adaptive average); Dreiss (choppiness);
    Ang and Bekaert, International Asset Allocation with Regime Shifts, Review of Financial Studies 15, 2002.
    """

    name: ClassVar[str] = "adaptive_momentum"
    title: ClassVar[str] = "Adaptive momentum"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "trends only": {"ranging": 100.0, "trending": 45.0, "side": "both"},
    }

    regime: int = param(28, "Choppiness index, in bars", low=5, high=500, step=1, unit="bars")
    trending: float = param(45.0, "Choppiness up to which the market trends", low=0.0, high=99.0, step=1.0)
    ranging: float = param(60.0, "Choppiness from which it ranges; 100 for never", low=1.0, high=100.0, step=1.0)
    look: int = param(20, "Bars whose highest high must be passed", low=2, high=500, step=1, unit="bars")
    average: int = param(20, "Adaptive average and mean, in bars", low=2, high=500, step=1, unit="bars")
    far: float = param(2.0, "Distance from the mean to enter in a range, in deviations", low=0.5, high=6.0, step=0.1)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(2.5, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    def __post_init__(self) -> None:
        if self.trending >= self.ranging:
            raise OutOfRange(
                f"'trending' ({self.trending:g}) must be below 'ranging' ({self.ranging:g})", parameter="trending"
            )

    @property
    def warmup(self) -> int:
        return max(self.regime, self.look, 20 * self.average, 140) + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        chop = choppiness(bars.high, bars.low, close, self.regime)
        average, apart = smoothed(close, self.average, "kama"), zscore(close, self.average)
        up, down = self._entries(bars, chop, apart)
        no = np.zeros(len(bars), np.bool_)
        enter_short = no if self.side == "long" else down
        return Signals(
            enter_long=no if self.side == "short" else up,
            exit_long=crossed_below(close, average) | crossed_above(apart, 0.0),
            enter_short=enter_short,
            exit_short=crossed_above(close, average) | crossed_below(apart, 0.0),
            stop=range_stops(bars, enter_short, self.stop_ranges),
            strength=np.nan_to_num(np.abs(chop - (self.trending + self.ranging) / 2.0)),
            plots={f"KAMA {self.average}": average, "Choppiness": chop},
            reason=REASON,
        )

    def _entries(self, bars: Bars, chop: Floats, apart: Floats) -> tuple[Flags, Flags]:
        """Entries of longs and shorts."""
        with np.errstate(invalid="ignore"):
            trend, sideways = chop <= self.trending, chop >= self.ranging
            new_high = bars.close > highest_before(bars.high, self.look)
            new_low = bars.close < lowest_before(bars.low, self.look)
        up = (trend & new_high) | (sideways & crossed_below(apart, -self.far))
        down = (trend & new_low) | (sideways & crossed_above(apart, self.far))
        return up, down


class _Steps(Stepper):
    def __init__(self, p: AdaptiveMomentum) -> None:
        self._p, self._high, self._low = p, NAN, NAN
        self._chop = indicator("choppiness").line(period=p.regime)
        self._look = indicator("donchian").line(period=p.look)
        self._average = indicator("kama").line(period=p.average)
        self._apart = indicator("zscore").line(period=p.average)
        self._range = indicator("atr").line(period=14)
        self._of_average, self._of_mean, self._far_under, self._far_over = (Crossing() for _ in range(4))

    def on_bar(self, bar: Candle) -> Decision | None:
        p, high, low, close = self._p, bar.high, bar.low, bar.close
        chop, one = self._chop(high, low, close)[0], self._range(high, low, close)[0]
        apart = self._apart(close)[0]
        average, mean = self._of_average(close, self._average(close)[0]), self._of_mean(apart, 0.0)
        under, over = self._far_under(apart, -p.far) < 0, self._far_over(apart, p.far) > 0
        trend, sideways = chop <= p.trending, chop >= p.ranging
        up = (trend and close > self._high) or (sideways and under)
        down = (trend and close < self._low) or (sideways and over)
        self._high, _, self._low = self._look(high, low)
        stop = range_away(close, down and p.side != "long", p.stop_ranges, one)
        strength = abs(chop - (p.trending + p.ranging) / 2.0)
        return wish(
            p.side, up, average < 0 or mean > 0, down, average > 0 or mean < 0, REASON, stop, strength=strength
        )  # fmt: skip
