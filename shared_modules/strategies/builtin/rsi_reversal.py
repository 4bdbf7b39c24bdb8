"""Turning points of the relative strength index."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import param
from shared_modules.indicators import crossed_above, crossed_below, rsi
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.levels import stop_prices, target_prices
from shared_modules.strategies.registry import register


@register
@dataclass(frozen=True)
class RsiReversal(Strategy):
    """Buy when the RSI comes back up out of the oversold zone and leave when it has reached the exit level.

    Shorts mirror it: sold when the RSI comes down out of the overbought zone, left at the mirrored level. Fails: strong
    trends, in which the RSI leaves the zone again and again while the price keeps running; hence the stop. Source:
    Wilder, New Concepts in Technical Trading Systems, 1978.
    """

    name: ClassVar[str] = "rsi_reversal"
    title: ClassVar[str] = "RSI reversal"

    period: int = param(14, "RSI period, in bars", low=2, high=200, step=1, unit="bars")
    oversold: float = param(30.0, "Below this the market is oversold", low=1.0, high=49.0, step=1.0)
    overbought: float = param(70.0, "Above this the market is overbought", low=51.0, high=99.0, step=1.0)
    leave_at: float = param(55.0, "RSI at which a long is left; shorts at 100 less this", low=2.0, high=99.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_loss: float = param(0.02, "Stop, as a fraction of the close; 0 for none", low=0.0, high=0.9, step=0.005)
    take_profit: float = param(0.0, "Target, as a fraction of the close; 0 for none", low=0.0, high=0.9, step=0.005)

    def __post_init__(self) -> None:
        if not self.oversold < self.leave_at or not 100.0 - self.leave_at < self.overbought:
            raise OutOfRange(
                f"'leave_at' ({self.leave_at:g}) must be above 'oversold' ({self.oversold:g}), and 100 less it below "
                f"'overbought' ({self.overbought:g})",
                parameter="leave_at",
            )

    @property
    def warmup(self) -> int:
        # Wilder's smoothing forgets its start slowly: after ten periods less than a thousandth is left
        return 10 * self.period

    def signals(self, view: MarketView) -> Signals:
        close = view.bars.close
        line = rsi(close, self.period)
        no = np.zeros(len(close), np.bool_)
        enter_short = no if self.side == "long" else crossed_below(line, self.overbought)
        return Signals(
            enter_long=no if self.side == "short" else crossed_above(line, self.oversold),
            exit_long=crossed_above(line, self.leave_at),
            enter_short=enter_short,
            exit_short=crossed_below(line, 100.0 - self.leave_at),
            stop=stop_prices(close, enter_short, self.stop_loss),
            target=target_prices(close, enter_short, self.take_profit),
            plots={f"RSI {self.period}": line},
            reason="the RSI left its extreme",
        )
