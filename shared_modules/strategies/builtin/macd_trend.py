"""MACD crossings along the trend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    crossed_above,
    crossed_below,
    ema,
    indicator,
    macd,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "the MACD crossed its signal line with the trend"


@register
@dataclass(frozen=True)
class MacdTrend(Strategy):
    """Enter when the MACD crosses its signal line on the trend's side of a slow average, leave when it crosses back.

    A long needs the close above the slow average, a short below it. Fails: markets without a trend, where the lines
    cross often and late; and at the end of a trend, which the averages notice after much of the gain is gone. Source:
    Appel, Technical Analysis: Power Tools for Active Investors, 2005; the filter as in Murphy, Technical Analysis of
    the Financial Markets, 1999.
    """

    name: ClassVar[str] = "macd_trend"
    title: ClassVar[str] = "MACD trend"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "swing on 1h": {"fast": 12, "slow": 26, "signal": 9, "trend": 200, "side": "both"},
    }

    fast: int = param(12, "Fast average, in bars", low=2, high=499, step=1, unit="bars")
    slow: int = param(26, "Slow average, in bars", low=3, high=500, step=1, unit="bars")
    signal: int = param(9, "Signal line, in bars", low=1, high=200, step=1, unit="bars")
    trend: int = param(200, "Average whose side the trade must be on, in bars", low=2, high=1000, step=1, unit="bars")
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(3.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise OutOfRange(f"'fast' ({self.fast}) must be below 'slow' ({self.slow})", parameter="fast")

    @property
    def warmup(self) -> int:
        return 4 * max(self.slow + self.signal, self.trend)

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        line, signal, _ = macd(close, self.fast, self.slow, self.signal)
        trend = ema(close, self.trend)
        up, down = crossed_above(line, signal), crossed_below(line, signal)
        no = np.zeros(len(close), np.bool_)
        enter_short = no if self.side == "long" else down & (close < trend)
        return Signals(
            enter_long=no if self.side == "short" else up & (close > trend),
            exit_long=down,
            enter_short=enter_short,
            exit_short=up,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            plots={f"EMA {self.trend}": trend, "MACD": line, "MACD signal": signal},
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: MacdTrend) -> None:
        self._p, self._cross = p, Crossing()
        self._macd = indicator("macd").line(fast=p.fast, slow=p.slow, signal=p.signal)
        self._trend, self._range = indicator("ema").line(period=p.trend), indicator("atr").line(period=14)

    def on_bar(self, bar: Candle) -> Decision | None:
        close = bar.close
        line, signal, _ = self._macd(close)
        trend, one = self._trend(close)[0], self._range(bar.high, bar.low, close)[0]
        crossed = self._cross(line, signal)
        if crossed == 0:
            return None
        p, up, down = self._p, crossed > 0 and close > trend, crossed < 0 and close < trend
        stop = range_away(close, down and p.side != "long", p.stop_ranges, one)
        return wish(p.side, up, crossed < 0, down, crossed > 0, REASON, stop)
