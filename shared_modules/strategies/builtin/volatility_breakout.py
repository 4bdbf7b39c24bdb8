"""A move larger than usual, while it lasts."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    atr,
    highest_before,
    indicator,
    lowest_before,
)
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "a bar moved more than usual"


@register
@dataclass(frozen=True)
class VolatilityBreakout(Strategy):
    """Follow a bar that moved more than some average true ranges, and leave when the move's force has decayed.

    The force is the largest of the last moves, each worth less with every bar since: it halves in ``half_life`` bars.
    Below ``spent`` a position is left; so is it at a close under the lowest low of the last bars. Shorts mirror it.
    Fails: news that is taken back, and markets so quiet that any bar is large. Source: Williams, Long-Term Secrets to
    Short-Term Trading, 1999; Wilder, New Concepts in Technical Trading Systems, 1978 (volatility system).
    """

    name: ClassVar[str] = "volatility_breakout"
    title: ClassVar[str] = "Volatility breakout"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "large moves only": {"enter_ranges": 2.5, "half_life": 20, "side": "both"},
    }

    period: int = param(14, "Average true range, in bars", low=2, high=500, step=1, unit="bars")
    enter_ranges: float = param(1.5, "Move of a bar, in average true ranges", low=0.2, high=10.0, step=0.1)
    half_life: int = param(8, "Bars in which the force of a move halves", low=1, high=200, step=1, unit="bars")
    spent: float = param(
        0.4, "Force at which to leave, as a share of the move to enter", low=0.05, high=0.95, step=0.05
    )
    trail: int = param(10, "Bars whose lowest low ends a long", low=2, high=500, step=1, unit="bars")
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(2.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    @property
    def warmup(self) -> int:
        return max(10 * self.period, self.trail, 8 * self.half_life) + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        move = self._move(bars.high, bars.low, close)
        up, down = self._force(move), self._force(-move)
        left = self.spent * self.enter_ranges
        no = np.zeros(len(bars), np.bool_)
        with np.errstate(invalid="ignore"):
            rise, fall = move >= self.enter_ranges, -move >= self.enter_ranges
            under, over = close < lowest_before(bars.low, self.trail), close > highest_before(bars.high, self.trail)
            enter_short = no if self.side == "long" else fall
            return Signals(
                enter_long=no if self.side == "short" else rise,
                exit_long=(up <= left) | under,
                enter_short=enter_short,
                exit_short=(down <= left) | over,
                stop=range_stops(bars, enter_short, self.stop_ranges, self.period),
                strength=np.nan_to_num(np.abs(move)),
                plots={"Force of rises": up, "Force of falls": down},
                reason=REASON,
            )

    def _move(self, high: Floats, low: Floats, close: Floats) -> Floats:
        """Each close's change in average true ranges of the bar before."""
        move = np.full(len(close), np.nan)
        usual = atr(high, low, close, self.period)[:-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            move[1:] = np.where(usual > 0.0, np.diff(close) / usual, 0.0)
        move[1:][np.isnan(usual)] = np.nan
        return move

    def _force(self, move: Floats) -> Floats:
        """The largest of the last moves after decay; further back than eight half-lives nothing counts."""
        force = np.nan_to_num(np.maximum(move, 0.0))
        decayed = force.copy()
        for k in range(1, min(8 * self.half_life, len(move) - 1) + 1):
            np.maximum(decayed[k:], force[:-k] * 0.5 ** (k / self.half_life), out=decayed[k:])
        return np.where(np.isnan(move), np.nan, decayed)


class _Steps(Stepper):
    def __init__(self, p: VolatilityBreakout) -> None:
        self._p, self._close, self._usual, self._high, self._low = p, NAN, NAN, NAN, NAN
        self._range, self._look = indicator("atr").line(period=p.period), indicator("donchian").line(period=p.trail)
        self._rise, self._fall = _Force(p.half_life), _Force(p.half_life)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        move = self._move(close)
        one = self._range(bar.high, bar.low, close)[0]
        under, over = close < self._low, close > self._high
        self._close, self._usual = close, one
        self._high, _, self._low = self._look(bar.high, bar.low)
        up, down = self._rise(move), self._fall(-move)
        left, rise, fall = p.spent * p.enter_ranges, move >= p.enter_ranges, -move >= p.enter_ranges
        stop = range_away(close, fall and p.side != "long", p.stop_ranges, one)
        return wish(p.side, rise, up <= left or under, fall, down <= left or over, REASON, stop, strength=abs(move))

    def _move(self, close: float) -> float:
        if self._usual != self._usual:
            return NAN
        return (close - self._close) / self._usual if self._usual > 0.0 else 0.0


class _Force:
    """The largest of the last moves after decay; NaN where the newest is not known."""

    def __init__(self, half_life: int) -> None:
        self._half_life, self._bar = half_life, 0
        self._moves: deque[tuple[int, float]] = deque()  # each worth more than all that came later

    def __call__(self, move: float) -> float:
        self._bar += 1
        moves = self._moves
        if move > 0.0:
            while moves and self._worth(*moves[-1]) <= move:
                moves.pop()
            moves.append((self._bar, move))
        if moves and self._bar - moves[0][0] > 8 * self._half_life:
            moves.popleft()
        if move != move:
            return NAN
        return self._worth(*moves[0]) if moves else 0.0

    def _worth(self, bar: int, move: float) -> float:
        return move * math.pow(0.5, (self._bar - bar) / self._half_life)
