"""Stochastic RSI on several timeframes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Flags
from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe, timeframe
from shared_modules.indicators import (
    Crossing,
    Line,
    above,
    align,
    crossed_above,
    crossed_below,
    indicator,
    is_above,
    stoch_rsi,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.levels import stop_prices, target_prices
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .wish import share_away, wish

_FRAMES = ("3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")


REASON = "the stochastic RSI turned with the longer timeframes"


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

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "swing: 1h along 4h and 1d": {"middle": "4h", "long_term": "1d", "stop_loss": 0.04, "take_profit": 0.1},
        "both ways": {"side": "both"},
    }

    middle: str = param("15m", "Middle timeframe", choices=_FRAMES)
    long_term: str = param("1h", "Longest timeframe", choices=_FRAMES)
    period: int = param(14, "RSI period, in bars", low=2, high=100, step=1, unit="bars")
    stoch: int = param(14, "Bars of the RSI's extremes", low=2, high=100, step=1, unit="bars")
    smooth_k: int = param(3, "Smoothing of K", low=1, high=20, step=1, unit="bars")
    smooth_d: int = param(3, "Smoothing of D", low=1, high=20, step=1, unit="bars")
    oversold: float = param(20.0, "Below this K is oversold", low=1.0, high=49.0, step=1.0)
    overbought: float = param(80.0, "Above this K is overbought", low=51.0, high=99.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_loss: float = param(0.02, "Stop, as a share of the close", low=0.0, high=0.9, step=0.005,
                             percent=True, zero="none")  # fmt: skip
    take_profit: float = param(0.04, "Target, as a share of the close", low=0.0, high=0.9, step=0.005,
                               percent=True, zero="none")  # fmt: skip

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
        return 4 * self.period + self.stoch + self.smooth_k + self.smooth_d

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

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
            reason=REASON,
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


class _Steps(Stepper):
    def __init__(self, p: StochRsiMtf) -> None:
        self._p, self._cross = p, Crossing()
        self._line, self._higher = self._new(), {frame: self._new() for frame in p.timeframes}
        self._turned = dict.fromkeys(p.timeframes, 0)  # 1 where K is above D, -1 below
        self._low = self._high = False

    def _new(self) -> Line:
        p = self._p
        lengths = {"period": p.period, "stoch": p.stoch, "smooth_k": p.smooth_k, "smooth_d": p.smooth_d}
        return indicator("stoch_rsi").line(**lengths)

    def on_higher(self, timeframe: Timeframe, bar: Candle) -> None:
        k, d = self._higher[timeframe](bar.close)
        self._turned[timeframe] = is_above(k, d) - is_above(d, k)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        k, d = self._line(close)
        crossed, low, high = self._cross(k, d), k < p.oversold, k > p.overbought
        was_low, was_high = low or self._low, high or self._high
        self._low, self._high = low, high
        middle, longest = self._turned.values()
        up, down = crossed > 0 and was_low, crossed < 0 and was_high
        enters_long, enters_short = up and middle > 0 and longest > 0, down and middle < 0 and longest < 0
        short = enters_short and p.side != "long"
        return wish(
            p.side, enters_long, down or longest < 0, enters_short, up or longest > 0, REASON,
            share_away(close, short, p.stop_loss), share_away(close, not short, p.take_profit),
        )  # fmt: skip
