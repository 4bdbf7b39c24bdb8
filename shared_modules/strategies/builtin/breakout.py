"""Through a level, out of a tight range, with volume, and not back at once."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import atr, highest_before, indicator, lowest_before, support_resistance, volume_sma
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .wish import wish

REASON = "the close broke a level and stayed beyond it"


@register
@dataclass(frozen=True)
class Breakout(Strategy):
    """Enter when the close breaks a level out of a tight range on high volume and stays beyond it.

    A level is where several confirmed swings turned. The range of the bars before must be at most so many average true
    ranges high. False breaks are filtered by waiting until ``hold`` further closes are still beyond the level. The stop
    lies half the range's height behind the level, the target so many heights ahead; a move that has already gone so far
    is not joined. Shorts mirror it. Fails: thin markets, where a few orders break any level, and ranges inside a larger
    one. Source: Edwards and Magee, Technical Analysis of Stock Trends, 1948 (rectangles, measured move); Brock,
    Lakonishok and LeBaron, Journal of Finance 47, 1992 (trading range break).
    """

    name: ClassVar[str] = "breakout"
    title: ClassVar[str] = "Level breakout"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tight ranges only": {"range_bars": 40, "tight": 5.0, "volume_factor": 2.0, "side": "both"},
    }

    swing: int = param(5, "Bars on each side of a swing", low=1, high=50, step=1, unit="bars")
    touches: int = param(2, "Swings that make a level", low=1, high=10, step=1)
    tolerance: float = param(0.5, "Swings so near in percent are one level", low=0.01, high=10.0, step=0.05)
    range_bars: int = param(30, "Bars of the range", low=5, high=500, step=1, unit="bars")
    tight: float = param(8.0, "Largest height of the range, in average true ranges", low=1.0, high=50.0, step=0.5)
    volume_factor: float = param(1.3, "Least volume, as a multiple of its mean", low=0.0, high=10.0, step=0.1)
    hold: int = param(1, "Closes after the break that must stay beyond", low=0, high=20, step=1, unit="bars")
    target_heights: float = param(1.0, "Target, in heights of the range", low=0.0, high=10.0, step=0.1, zero="none")
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))

    @property
    def warmup(self) -> int:
        # the levels come from the last twenty swings, some of which are far back
        return max(self.range_bars, 140, 40 * self.swing) + self.hold + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars = view.bars
        support, resistance = support_resistance(
            bars.high, bars.low, bars.close, self.swing, self.swing, 20, self.tolerance, self.touches
        )
        top, bottom = highest_before(bars.high, self.range_bars), lowest_before(bars.low, self.range_bars)
        height = _before(top - bottom, self.hold)
        up, ceiling = self._broken(bars, _before(resistance, 1), top - bottom, 1.0)
        down, floor = self._broken(bars, _before(support, 1), top - bottom, -1.0)
        target, ahead = None, self.target_heights * height
        if self.target_heights > 0.0:  # a move that has already gone its way is not joined
            up, down = up & (ceiling + ahead > bars.close), down & (floor - ahead < bars.close)
        no = np.zeros(len(bars), np.bool_)
        enter_short = no if self.side == "long" else down
        level, way = np.where(enter_short, floor, ceiling), np.where(enter_short, -1.0, 1.0)
        if self.target_heights > 0.0:
            target = level + way * ahead
            target = np.where(target > 0.0, target, np.nan)
        return Signals(
            enter_long=no if self.side == "short" else up,
            exit_long=bars.close < bottom,
            enter_short=enter_short,
            exit_short=bars.close > top,
            stop=level - way * height / 2.0,
            target=target,
            plots={"Resistance": resistance, "Support": support},
            reason=REASON,
        )

    def _broken(self, bars: Bars, level: Floats, height: Floats, way: float) -> tuple[Flags, Floats]:
        """Where a break was held to this bar, and the level it went through; ``way`` is 1 upwards, -1 downwards."""
        close = bars.close
        with np.errstate(invalid="ignore"):
            tight = height <= self.tight * atr(bars.high, bars.low, close, 14)
            busy = bars.volume >= self.volume_factor * volume_sma(bars.volume, 20)
            found = (way * (close - level) > 0.0) & (way * (_before(close, 1) - level) <= 0.0) & tight & busy
            found = _before(found.astype(np.float64), self.hold) == 1.0
            level = _before(level, self.hold)
            for k in range(self.hold):
                found &= way * (_before(close, k) - level) > 0.0
        return found, level


def _before(values: Floats, bars: int) -> Floats:
    """At each bar the value of ``bars`` bars before."""
    if bars == 0:
        return values
    moved = np.full(len(values), np.nan)
    moved[bars:] = values[:-bars]
    return moved


class _Steps(Stepper):
    def __init__(self, p: Breakout) -> None:
        self._p = p
        self._levels = indicator("support_resistance").line(
            left=p.swing, right=p.swing, kept=20, tolerance=p.tolerance, touches=p.touches
        )
        self._look, self._range = indicator("donchian").line(period=p.range_bars), indicator("atr").line(period=14)
        self._volume = indicator("volume_sma").line(period=20)
        self._top = self._bottom = self._support = self._resistance = self._close = NAN
        # breaks that may still be held: level and height of the range, the one of this bar last
        self._up: deque[tuple[float, float]] = deque([(NAN, NAN)] * p.hold)
        self._down: deque[tuple[float, float]] = deque([(NAN, NAN)] * p.hold)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        one, usual = self._range(bar.high, bar.low, close)[0], self._volume(bar.volume)[0]
        height = self._top - self._bottom
        fit = height <= p.tight * one and bar.volume >= p.volume_factor * usual
        ceiling, rise = self._held(self._up, self._resistance, height, 1.0, fit, close)
        floor, fall = self._held(self._down, self._support, height, -1.0, fit, close)
        under, over = close < self._bottom, close > self._top
        self._support, self._resistance = self._levels(bar.high, bar.low, close)
        self._top, _, self._bottom = self._look(bar.high, bar.low)
        self._close = close
        up, down = ceiling == ceiling, floor == floor
        short = down and p.side != "long"
        level, reach, way = (floor, fall, -1.0) if short else (ceiling, rise, 1.0)
        target = level + way * (p.target_heights * reach) if p.target_heights > 0.0 else NAN
        return wish(p.side, up, under, down, over, REASON, level - way * reach / 2.0, target if target > 0.0 else NAN)

    def _held(
        self, breaks: deque[tuple[float, float]], level: float, height: float, way: float, fit: bool, close: float
    ) -> tuple[float, float]:
        """Level and height of the break that was held to this bar; NaN without."""
        broken = fit and way * (close - level) > 0.0 and way * (self._close - level) <= 0.0
        for k, (earlier, _) in enumerate(breaks):
            if way * (close - earlier) <= 0.0:
                breaks[k] = (NAN, NAN)
        breaks.append((level, height) if broken else (NAN, NAN))
        level, height = breaks.popleft()
        if self._p.target_heights > 0.0 and not way * (level + way * (self._p.target_heights * height) - close) > 0.0:
            return NAN, NAN
        return level, height
