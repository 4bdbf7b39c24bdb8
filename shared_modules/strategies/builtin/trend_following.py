"""Averages, momentum and volume in one direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import param
from shared_modules.indicators import (
    above,
    atr,
    crossed_above,
    crossed_below,
    highest_before,
    lowest_before,
    rsi,
    sma,
    volume_sma,
)
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.registry import register

from .ranges import range_stops


@register
@dataclass(frozen=True)
class TrendFollowing(Strategy):
    """Enter where the RSI joins a trend of two averages on more than usual volume, and trail it by average ranges.

    A long needs the fast average above the slow one, the RSI crossing its upper mark and the bar's volume above its
    mean. It is left when the close falls some average ranges under the highest high of the last bars, or the averages
    turn. Shorts mirror it. Fails: sideways markets, and trends that begin on thin volume. Source: Covel, Trend
    Following, 2004; the trailing exit after LeBeau's chandelier, in Elder, Come Into My Trading Room, 2002.
    """

    name: ClassVar[str] = "trend_following"
    title: ClassVar[str] = "Trend following"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "patient, on 4h": {"fast": 20, "slow": 100, "trail_ranges": 5.0, "side": "both"},
    }

    fast: int = param(20, "Fast average, in bars", low=2, high=499, step=1, unit="bars")
    slow: int = param(50, "Slow average, in bars", low=3, high=1000, step=1, unit="bars")
    rsi_period: int = param(14, "RSI, in bars", low=2, high=200, step=1, unit="bars")
    strong: float = param(60.0, "RSI a long must rise over; shorts at 100 less this", low=50.0, high=95.0, step=1.0)
    volume_factor: float = param(1.0, "Least volume, as a multiple of its mean", low=0.0, high=10.0, step=0.1)
    trail: int = param(22, "Bars whose extreme the exit trails", low=2, high=500, step=1, unit="bars")
    trail_ranges: float = param(3.0, "Distance of the exit, in average true ranges", low=0.5, high=20.0, step=0.5)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(3.0, "Stop, in average true ranges; 0 for none", low=0.0, high=20.0, step=0.5)

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise OutOfRange(f"'fast' ({self.fast}) must be below 'slow' ({self.slow})", parameter="fast")

    @property
    def warmup(self) -> int:
        return max(self.slow, 10 * self.rsi_period, self.trail, 140) + 1

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        fast, slow, line = sma(close, self.fast), sma(close, self.slow), rsi(close, self.rsi_period)
        away = self.trail_ranges * atr(bars.high, bars.low, close, 14)
        long_exit, short_exit = highest_before(bars.high, self.trail) - away, lowest_before(bars.low, self.trail) + away
        with np.errstate(invalid="ignore"):
            busy = bars.volume >= self.volume_factor * volume_sma(bars.volume, 20)
            low, high = close < long_exit, close > short_exit
        no = np.zeros(len(close), np.bool_)
        up = crossed_above(line, self.strong) & above(fast, slow) & busy & ~low
        down = crossed_below(line, 100.0 - self.strong) & above(slow, fast) & busy & ~high
        enter_short = no if self.side == "long" else down
        return Signals(
            enter_long=no if self.side == "short" else up,
            exit_long=low | above(slow, fast),
            enter_short=enter_short,
            exit_short=high | above(fast, slow),
            stop=range_stops(bars, enter_short, self.stop_ranges),
            plots={f"SMA {self.fast}": fast, f"SMA {self.slow}": slow, "Exit of longs": long_exit},
            reason="momentum and volume joined the trend",
        )
