"""The benchmark: buy once and never sell."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.registry import register


@register
@dataclass(frozen=True)
class BuyAndHold(Strategy):
    """Buy at the first chance and hold to the end: what any other strategy has to beat.

    Fails: falls with the market, all the way. Source: Malkiel, A Random Walk Down Wall Street, 1973.
    """

    name: ClassVar[str] = "buy_and_hold"
    title: ClassVar[str] = "Buy and hold"

    def signals(self, view: MarketView) -> Signals:
        no = np.zeros(len(view.bars), np.bool_)
        return Signals(np.ones(len(view.bars), np.bool_), no, no, no, reason="hold")
