"""Buying in steps on the way down, selling each step on the way up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

REASON = "a grid around a new middle"


@register
@dataclass(frozen=True)
class Grid(Strategy):
    """Keep limit orders at even steps under the price, sell what each has bought one step higher, and begin again.

    The grid hangs from the close at which it was made. When the price has risen so many steps over it, all is sold and
    a new grid is made there. When it has fallen some steps below the lowest order, all is given up at a loss and a new
    grid is made there too; with 0 nothing is ever given up. The size of a position is shared evenly between the orders.
    Each step must be worth more than two fees. Fails: falls without a turn, in which everything is bought and then
    lost; and long rises, in which it holds nothing. Source: the pay-off of a grid is that of a seller of volatility,
    Perold and Sharpe, Dynamic Strategies for Asset Allocation, Financial Analysts Journal 44, 1988 (concave rules).
    """

    name: ClassVar[str] = "grid"
    title: ClassVar[str] = "Grid"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "fine, for quiet hours": {"levels": 16, "step": 0.003, "follow": 2.0, "give_up": 4.0},
        "wide, never give up": {"levels": 10, "step": 0.03, "give_up": 0.0},
    }

    levels: int = param(8, "Orders under the price", low=1, high=16, step=1)
    step: float = param(0.01, "Distance from one order to the next, as a share", low=0.0005, high=0.2, step=0.0005,
                        percent=True)  # fmt: skip
    follow: float = param(1.0, "Steps of a rise after which the grid moves up", low=0.5, high=50.0, step=0.5)
    give_up: float = param(3.0, "Steps below the lowest order at which all is sold", low=0.0, high=50.0,
                           step=0.5, zero="never")  # fmt: skip

    @property
    def warmup(self) -> int:
        return 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        steps, close = _Steps(self), view.bars.close
        moves = np.zeros(len(close))
        moves[view.first :] = [steps.move(c) for c in close[view.first :].tolist()]
        up, down = moves > 0.0, moves < 0.0
        no = np.zeros(len(close), np.bool_)
        return Signals(
            enter_long=up | down,
            exit_long=down,
            enter_short=no,
            exit_short=no,
            grid=tuple(close * rung for rung in self.rungs),
            grid_shares=self.shares,
            grid_targets=tuple(close * target for target in self.targets),
            grid_repeat=True,
            reason=REASON,
        )

    @property
    def rungs(self) -> tuple[float, ...]:
        """Each order's price as a share of the grid's middle."""
        return tuple((1.0 + self.step) ** -(k + 1) for k in range(self.levels))

    @property
    def targets(self) -> tuple[float, ...]:
        """The price at which each is sold, as a share of the grid's middle."""
        return tuple((1.0 + self.step) ** -k for k in range(self.levels))

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the size that each order buys."""
        return (1.0 / self.levels,) * self.levels


class _Steps(Stepper):
    def __init__(self, p: Grid) -> None:
        self._p, self._top, self._bottom = p, 0.0, 0.0
        self._rise = (1.0 + p.step) ** p.follow
        self._fall = (1.0 + p.step) ** -(p.levels + p.give_up) if p.give_up else 0.0
        self._rungs, self._targets, self._shares = p.rungs, p.targets, p.shares
        self._traded = False

    def begin(self) -> None:
        self._traded = True

    def move(self, close: float) -> float:
        """1 where a grid is made at the start or further up, -1 further down, else 0."""
        if self._bottom < close < self._top:
            return 0.0
        moved = -1.0 if close <= self._bottom else 1.0
        self._top, self._bottom = close * self._rise, close * self._fall
        return moved

    def on_bar(self, bar: Candle) -> Decision | None:
        close = bar.close
        moved = self.move(close) if self._traded else 0.0
        if moved == 0.0:
            return None
        return Decision(
            True, moved < 0.0, False, False, reason=REASON, grid=tuple(close * rung for rung in self._rungs),
            grid_shares=self._shares, grid_targets=tuple(close * target for target in self._targets), grid_repeat=True,
        )  # fmt: skip
