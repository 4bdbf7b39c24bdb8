"""The benchmark: buy once and never sell."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared_modules.core.market import Candle
from shared_modules.core.timeframes import Timeframe
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

HOLD = Decision(True, False, False, False, reason="hold")


@register
@dataclass(frozen=True)
class BuyAndHold(Strategy):
    """Buy at the first chance and hold to the end: what any other strategy has to beat.

    Fails: falls with the market, all the way. Source: Malkiel, A Random Walk Down Wall Street, 1973.
    """

    name: ClassVar[str] = "buy_and_hold"
    title: ClassVar[str] = "Buy and hold"

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps()

    def signals(self, view: MarketView) -> Signals:
        no = np.zeros(len(view.bars), np.bool_)
        return Signals(np.ones(len(view.bars), np.bool_), no, no, no, reason="hold")


class _Steps(Stepper):
    def on_bar(self, bar: Candle) -> Decision | None:
        return HOLD
