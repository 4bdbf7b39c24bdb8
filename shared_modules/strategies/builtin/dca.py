"""Buying a little at a time, whatever the price."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

REASON = "the next part was due"


@register
@dataclass(frozen=True)
class Dca(Strategy):
    """Buy an equal part every so many bars, sooner after a fall, and sell all once it is worth enough more.

    A round has a number of parts; each spends that part of the size. A fall of ``dip`` under the last purchase brings
    the next one forward. The round ends when the close is ``target`` above what was paid on average, then the next
    begins; with a target of 0 it only buys, and holds. What was paid is taken from the closes at which it decided: the
    fills, one open later, differ by little. Fails: in a fall that lasts longer than its parts; in a rise it buys too
    late. Source: Graham, The Intelligent Investor, 1949 (dollar-cost averaging); Constantinides, A Note on the
    Suboptimality of Dollar-Cost Averaging, Journal of Financial and Quantitative Analysis 14, 1979, on what it costs.
    """

    name: ClassVar[str] = "dca"
    title: ClassVar[str] = "Cost averaging (DCA)"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "save every day, on 1h": {"every": 24, "parts": 100, "dip": 0.0, "target": 0.0},
        "bot: dips only": {"every": 10_000, "parts": 8, "dip": 0.02, "target": 0.015},
    }

    every: int = param(48, "Bars from one purchase to the next", low=1, high=10_000, step=1, unit="bars")
    parts: int = param(10, "Parts of a round", low=1, high=500, step=1)
    dip: float = param(0.03, "Fall under the last purchase that brings the next one", low=0.0, high=0.9,
                       step=0.005, percent=True, zero="none")  # fmt: skip
    target: float = param(0.03, "Gain on the average price at which all is sold", low=0.0, high=10.0,
                          step=0.005, percent=True, zero="never")  # fmt: skip

    @property
    def max_entries(self) -> int:
        return self.parts

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        steps, n = _Steps(self), len(view.bars)
        moves = np.zeros(n)
        moves[view.first :] = [steps.move(close) for close in view.bars.close[view.first :].tolist()]
        no = np.zeros(n, np.bool_)
        return Signals(
            enter_long=moves > 0.0,
            exit_long=moves < 0.0,
            enter_short=no,
            exit_short=no,
            confidence=np.full(n, 1.0 / self.parts),
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: Dca) -> None:
        self._p = p
        self._bought, self._coins, self._last, self._since = 0, 0.0, NAN, 0
        self._traded = False

    def begin(self) -> None:
        self._traded = True

    def move(self, close: float) -> float:
        """1 where a part is bought, -1 where all is sold, else 0."""
        p = self._p
        self._since += 1
        if self._bought and p.target and close * self._coins >= self._bought * (1.0 + p.target):
            self._bought, self._coins = 0, 0.0
            return -1.0
        fell = p.dip > 0.0 and close <= self._last * (1.0 - p.dip)
        if self._bought == p.parts or (self._bought and self._since < p.every and not fell):
            return 0.0
        # parts are equal in money, so what counts is how many coins one unit of money buys
        self._bought, self._coins = self._bought + 1, self._coins + 1.0 / close
        self._last, self._since = close, 0
        return 1.0

    def on_bar(self, bar: Candle) -> Decision | None:
        moved = self.move(bar.close) if self._traded else 0.0
        if moved == 0.0:
            return None
        return Decision(moved > 0.0, moved < 0.0, False, False, confidence=1.0 / self._p.parts, reason=REASON)
