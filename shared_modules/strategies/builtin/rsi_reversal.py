"""Turning points of the relative strength index."""

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
    indicator,
    rsi,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.levels import stop_prices, target_prices
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .wish import share_away, wish

REASON = "the RSI left its extreme"


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

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "deep extremes, both ways": {"oversold": 20.0, "overbought": 80.0, "leave_at": 50.0, "side": "both"},
        "two bars (Connors)": {"period": 2, "oversold": 10.0, "overbought": 90.0, "leave_at": 70.0},
    }

    period: int = param(14, "RSI period, in bars", low=2, high=200, step=1, unit="bars")
    oversold: float = param(30.0, "Below this the market is oversold", low=1.0, high=49.0, step=1.0)
    overbought: float = param(70.0, "Above this the market is overbought", low=51.0, high=99.0, step=1.0)
    leave_at: float = param(55.0, "RSI at which a long is left; shorts at 100 less this", low=2.0, high=99.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_loss: float = param(0.02, "Stop, as a share of the close", low=0.0, high=0.9, step=0.005,
                             percent=True, zero="none")  # fmt: skip
    take_profit: float = param(0.0, "Target, as a share of the close", low=0.0, high=0.9, step=0.005,
                               percent=True, zero="none")  # fmt: skip

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

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

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
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: RsiReversal) -> None:
        self._p, self._rsi = p, indicator("rsi").line(period=p.period)
        marks = (p.oversold, p.leave_at, p.overbought, 100.0 - p.leave_at)
        self._crossings = tuple((Crossing(), mark) for mark in marks)

    def on_bar(self, bar: Candle) -> Decision | None:
        line = self._rsi(bar.close)[0]
        oversold, leave_long, overbought, leave_short = [cross(line, mark) for cross, mark in self._crossings]
        p, down = self._p, overbought < 0
        short = down and p.side != "long"
        return wish(
            p.side, oversold > 0, leave_long > 0, down, leave_short < 0, REASON,
            share_away(bar.close, short, p.stop_loss), share_away(bar.close, not short, p.take_profit),
        )  # fmt: skip
