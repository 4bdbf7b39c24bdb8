"""Two moving averages that cross."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    indicator,
    sma,
    sma_crossings,
)
from shared_modules.strategies.base import Decision, MarketView, Plots, Signals, Strategy
from shared_modules.strategies.levels import stop_prices, target_prices
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .wish import share_away, wish

REASON = "the averages crossed"


@register
@dataclass(frozen=True)
class SmaCross(Strategy):
    """Go with the fast average of closes when it crosses the slow one, leave when it crosses back.

    A position is entered at a crossing alone, never because the averages already stand that way. Fails: sideways
    markets, where it buys high and sells low in turns and pays the fee each time. Source: Brock, Lakonishok and
    LeBaron, Simple Technical Trading Rules and the Stochastic Properties of Stock Returns, Journal of Finance 47, 1992.
    """

    name: ClassVar[str] = "sma_cross"
    title: ClassVar[str] = "SMA crossover"

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "slow, both ways": {"fast": 50, "slow": 200, "side": "both"},
        "quick with a stop": {"fast": 9, "slow": 21, "stop_loss": 0.02, "take_profit": 0.04},
    }

    fast: int = param(20, "Fast average, in bars", low=1, high=999, step=1, unit="bars")
    slow: int = param(50, "Slow average, in bars", low=2, high=1000, step=1, unit="bars")
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_loss: float = param(0.0, "Stop, as a share of the close", low=0.0, high=0.9, step=0.005,
                             percent=True, zero="none")  # fmt: skip
    take_profit: float = param(0.0, "Target, as a share of the close", low=0.0, high=0.9, step=0.005,
                               percent=True, zero="none")  # fmt: skip

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise OutOfRange(f"'fast' ({self.fast}) must be below 'slow' ({self.slow})", parameter="fast")

    @property
    def warmup(self) -> int:
        return self.slow

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        close = view.bars.close
        up, down = sma_crossings(close, self.fast, self.slow)
        no = np.zeros(len(close), np.bool_)
        enter_short = no if self.side == "long" else down
        return Signals(
            enter_long=no if self.side == "short" else up,
            exit_long=down,
            enter_short=enter_short,
            exit_short=up,
            stop=stop_prices(close, enter_short, self.stop_loss),
            target=target_prices(close, enter_short, self.take_profit),
            plots=Plots({f"SMA {n}": partial(sma, close, n) for n in (self.fast, self.slow)}),
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: SmaCross) -> None:
        self._p = p
        self._fast, self._slow = indicator("sma").line(period=p.fast), indicator("sma").line(period=p.slow)
        self._cross = Crossing()

    def on_bar(self, bar: Candle) -> Decision | None:
        close = bar.close
        crossed = self._cross(self._fast(close)[0], self._slow(close)[0])
        if crossed == 0:
            return None
        p, up, down = self._p, crossed > 0, crossed < 0
        short = down and p.side != "long"
        return wish(
            p.side, up, down, down, up, REASON,
            share_away(close, short, p.stop_loss), share_away(close, not short, p.take_profit),
        )  # fmt: skip
