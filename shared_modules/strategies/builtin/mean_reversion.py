"""Far from the mean, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags
from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import param
from shared_modules.indicators import (
    atr,
    crossed_above,
    crossed_below,
    percent_rank,
    volume_zscore,
    zscore,
)
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.registry import register

from .ranges import range_stops


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
    stop_ranges: float = param(3.0, "Stop, in average true ranges; 0 for none", low=0.0, high=20.0, step=0.5)

    def __post_init__(self) -> None:
        if self.leave_at >= self.enter_at:
            raise OutOfRange(
                f"'leave_at' ({self.leave_at:g}) must be below 'enter_at' ({self.enter_at:g})", parameter="leave_at"
            )

    @property
    def warmup(self) -> int:
        return max(self.period, 240) + 1

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
            reason="the close is far from its mean",
        )

    def _usual(self, bars: Bars) -> Flags:
        """Where neither volume nor volatility is out of the ordinary."""
        rank = percent_rank(atr(bars.high, bars.low, bars.close, 14), 100)
        with np.errstate(invalid="ignore"):
            return (rank <= self.volatility_limit) & (volume_zscore(bars.volume, 50) <= self.volume_limit)
