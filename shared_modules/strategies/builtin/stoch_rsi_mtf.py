"""Stochastic RSI on several timeframes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared_modules.core.bars import Flags
from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe, timeframe
from shared_modules.indicators import above, align, crossed_above, crossed_below, stoch_rsi
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.levels import stop_prices, target_prices
from shared_modules.strategies.registry import register

_FRAMES = ("3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")


@register
@dataclass(frozen=True)
class StochRsiMtf(Strategy):
    """Take the stochastic RSI's turns out of its extremes only where the longer timeframes already turn the same way.

    A long needs K crossing above D from the oversold zone, with K above D on both longer timeframes at their last
    finished bars; it is left when K crosses below D in the overbought zone, or the longest timeframe turns. Shorts
    mirror it. Fails: news and sharp reversals, which the longer timeframes show late; quiet markets, where all lines
    are noise. Source: Chande and Kroll, The New Technical Trader, 1994; several timeframes as in Elder's triple
    screen, 1986.
    """

    name: ClassVar[str] = "stoch_rsi_mtf"
    title: ClassVar[str] = "Multi-timeframe stochastic RSI"

    middle: str = param("15m", "Middle timeframe", choices=_FRAMES)
    long_term: str = param("1h", "Longest timeframe", choices=_FRAMES)
    period: int = param(14, "RSI period, in bars", low=2, high=100, step=1, unit="bars")
    stoch: int = param(14, "Bars of the RSI's extremes", low=2, high=100, step=1, unit="bars")
    smooth_k: int = param(3, "Smoothing of K", low=1, high=20, step=1, unit="bars")
    smooth_d: int = param(3, "Smoothing of D", low=1, high=20, step=1, unit="bars")
    oversold: float = param(20.0, "Below this K is oversold", low=1.0, high=49.0, step=1.0)
    overbought: float = param(80.0, "Above this K is overbought", low=51.0, high=99.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_loss: float = param(0.02, "Stop, as a fraction of the close; 0 for none", low=0.0, high=0.9, step=0.005)
    take_profit: float = param(0.04, "Target, as a fraction of the close; 0 for none", low=0.0, high=0.9, step=0.005)

    def __post_init__(self) -> None:
        if timeframe(self.middle).ms >= timeframe(self.long_term).ms:
            raise OutOfRange(
                f"'middle' ({self.middle}) must be shorter than 'long_term' ({self.long_term})", parameter="middle"
            )

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        return timeframe(self.middle), timeframe(self.long_term)

    @property
    def warmup(self) -> int:
        return 10 * self.period + self.stoch + self.smooth_k + self.smooth_d

    def signals(self, view: MarketView) -> Signals:
        close = view.bars.close
        k, d = stoch_rsi(close, self.period, self.stoch, self.smooth_k, self.smooth_d)
        (middle_up, middle_down), (long_up, long_down) = (self._turned(view, frame) for frame in self.timeframes)
        low, high = _was(k < self.oversold), _was(k > self.overbought)
        no = np.zeros(len(close), np.bool_)
        up, down = crossed_above(k, d), crossed_below(k, d)
        enter_short = no if self.side == "long" else down & high & middle_down & long_down
        return Signals(
            enter_long=no if self.side == "short" else up & low & middle_up & long_up,
            exit_long=(down & high) | long_down,
            enter_short=enter_short,
            exit_short=(up & low) | long_up,
            stop=stop_prices(close, enter_short, self.stop_loss),
            target=target_prices(close, enter_short, self.take_profit),
            plots={"Stochastic RSI K": k, "Stochastic RSI D": d},
            reason="the stochastic RSI turned with the longer timeframes",
        )

    def _turned(self, view: MarketView, frame: Timeframe) -> tuple[Flags, Flags]:
        """Where K is above D, and below it, at the last finished bar of ``frame``."""
        higher = view.higher[frame]
        lines = stoch_rsi(higher.close, self.period, self.stoch, self.smooth_k, self.smooth_d)
        k, d = (align(line, higher.time, frame, view.bars.time, view.timeframe) for line in lines)
        return above(k, d), above(d, k)


def _was(flags: Flags) -> Flags:
    """True where ``flags`` is, at the bar or the one before it."""
    result = flags.copy()
    result[1:] |= flags[:-1]
    return result
