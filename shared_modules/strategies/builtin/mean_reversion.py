"""Far from the mean, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags
from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    atr,
    crossed_above,
    crossed_below,
    indicator,
    percent_rank,
    volume_zscore,
    zscore,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "the close is far from its mean"


@register
@dataclass(frozen=True)
class MeanReversion(Strategy):
    """Buy when the close is many standard deviations under its mean, and leave when it is nearly back.

    Not bought into a volume shock or while volatility is at the top of its recent range: there the price is on its way
    to another mean. Shorts mirror it. The farther away, the higher the entry ranks. Fails: trends and news, in which
    the mean comes to the price and not the price to the mean. Source: Poterba and Summers, Mean Reversion in Stock
    Prices, Journal of Financial Economics 22, 1988; Chan, Algorithmic Trading, 2013.
    """

    name: ClassVar[str] = "mean_reversion"
    title: ClassVar[str] = "Mean reversion (z-score)"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "calm markets only": {"enter_at": 2.5, "volatility_limit": 60.0, "side": "both"},
    }

    period: int = param(20, "Mean and deviation, in bars", low=3, high=500, step=1, unit="bars")
    enter_at: float = param(2.0, "Distance at which to enter, in deviations", low=0.5, high=6.0, step=0.1)
    leave_at: float = param(0.5, "Distance at which to leave, in deviations", low=-2.0, high=5.0, step=0.1)
    volume_limit: float = param(3.0, "Volume z-score up to which to enter", low=0.0, high=20.0, step=0.5)
    volatility_limit: float = param(90.0, "Percent rank of the ATR up to which to enter", low=1.0, high=100.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(3.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    def __post_init__(self) -> None:
        if self.leave_at >= self.enter_at:
            raise OutOfRange(
                f"'leave_at' ({self.leave_at:g}) must be below 'enter_at' ({self.enter_at:g})", parameter="leave_at"
            )

    @property
    def warmup(self) -> int:
        return max(self.period, 240) + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars = view.bars
        line = zscore(bars.close, self.period)
        usual = self._usual(bars)
        no = np.zeros(len(bars), np.bool_)
        enter_short = no if self.side == "long" else crossed_above(line, self.enter_at) & usual
        with np.errstate(invalid="ignore"):
            back_up, back_down = line >= -self.leave_at, line <= self.leave_at
        return Signals(
            enter_long=no if self.side == "short" else crossed_below(line, -self.enter_at) & usual,
            exit_long=back_up,
            enter_short=enter_short,
            exit_short=back_down,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            strength=np.nan_to_num(np.abs(line)),
            plots={"Z-score": line},
            reason=REASON,
        )

    def _usual(self, bars: Bars) -> Flags:
        """Where neither volume nor volatility is out of the ordinary."""
        rank = percent_rank(atr(bars.high, bars.low, bars.close, 14), 100)
        with np.errstate(invalid="ignore"):
            return (rank <= self.volatility_limit) & (volume_zscore(bars.volume, 50) <= self.volume_limit)


class _Steps(Stepper):
    def __init__(self, p: MeanReversion) -> None:
        self._p, self._under, self._over = p, Crossing(), Crossing()
        self._score, self._range = indicator("zscore").line(period=p.period), indicator("atr").line(period=14)
        self._rank, self._volume = indicator("percentrank").line(period=100), indicator("volume_zscore").line(period=50)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        score, one = self._score(close)[0], self._range(bar.high, bar.low, close)[0]
        rank, volume = self._rank(one)[0], self._volume(bar.volume)[0]
        usual = rank <= p.volatility_limit and volume <= p.volume_limit
        up, down = self._under(score, -p.enter_at) < 0 and usual, self._over(score, p.enter_at) > 0 and usual
        stop = range_away(close, down and p.side != "long", p.stop_ranges, one)
        back_up, back_down = score >= -p.leave_at, score <= p.leave_at
        return wish(p.side, up, back_up, down, back_down, REASON, stop, strength=abs(score))
