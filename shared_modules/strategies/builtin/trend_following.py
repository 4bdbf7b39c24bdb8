"""Averages, momentum and volume in one direction, joined several times and trailed."""

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
    above,
    atr,
    crossed_above,
    crossed_below,
    indicator,
    is_above,
    rsi,
    sma,
    volume_sma,
)
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "momentum and volume joined the trend"


@register
@dataclass(frozen=True)
class TrendFollowing(Strategy):
    """Enter where the RSI joins a trend of two averages on more than usual volume, add where it does so again.

    A long needs the fast average above the slow one, the RSI crossing its upper mark and the bar's volume above its
    mean. Each further crossing adds to the position, up to ``entries``, every one with an equal part of the size. A
    stop trails the best price by some average ranges; the position is left at the latest when the averages turn or
    its time is over. Shorts mirror it. Fails: sideways markets, and trends that begin on thin volume. Source:
    Covel, Trend Following, 2004; additions and exits in average ranges as in Faith, Way of the Turtle, 2007.
    """

    name: ClassVar[str] = "trend_following"
    title: ClassVar[str] = "Trend following"
    version: ClassVar[str] = "2"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "patient, on 4h": {"fast": 20, "slow": 100, "trail_ranges": 5.0, "side": "both"},
        "one entry, no time limit": {"entries": 1, "hold": 0},
    }

    fast: int = param(20, "Fast average, in bars", low=2, high=499, step=1, unit="bars")
    slow: int = param(50, "Slow average, in bars", low=3, high=1000, step=1, unit="bars")
    rsi_period: int = param(14, "RSI, in bars", low=2, high=200, step=1, unit="bars")
    strong: float = param(60.0, "RSI a long must rise over; shorts at 100 less this", low=50.0, high=95.0, step=1.0)
    volume_factor: float = param(1.0, "Least volume, as a multiple of its mean", low=0.0, high=10.0, step=0.1)
    entries: int = param(3, "Entries of one position at most", low=1, high=10, step=1)
    trail_ranges: float = param(
        3.0,
        "Distance of the trailing stop, in average true ranges",
        low=0.0,
        high=20.0,
        step=0.5,
        zero="none",
    )
    hold: int = param(300, "Bars after which a position is left", low=0, high=10_000, step=10, unit="bars",
                      zero="never")  # fmt: skip
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(3.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise OutOfRange(f"'fast' ({self.fast}) must be below 'slow' ({self.slow})", parameter="fast")

    @property
    def warmup(self) -> int:
        return max(self.slow, 10 * self.rsi_period, 140) + 1

    @property
    def max_entries(self) -> int:
        return self.entries

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        fast, slow, line = sma(close, self.fast), sma(close, self.slow), rsi(close, self.rsi_period)
        with np.errstate(invalid="ignore"):
            busy = bars.volume >= self.volume_factor * volume_sma(bars.volume, 20)
        no = np.zeros(len(close), np.bool_)
        rising, falling = above(fast, slow), above(slow, fast)
        enter_short = no if self.side == "long" else crossed_below(line, 100.0 - self.strong) & falling & busy
        one = atr(bars.high, bars.low, close, 14)
        return Signals(
            enter_long=no if self.side == "short" else crossed_above(line, self.strong) & rising & busy,
            exit_long=falling,
            enter_short=enter_short,
            exit_short=rising,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            trail=self.trail_ranges * one if self.trail_ranges else None,
            max_bars=np.full(len(close), float(self.hold)) if self.hold else None,
            confidence=np.full(len(close), 1.0 / self.entries),
            plots={f"SMA {self.fast}": fast, f"SMA {self.slow}": slow},
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: TrendFollowing) -> None:
        self._p, self._up, self._down = p, Crossing(), Crossing()
        self._fast, self._slow = indicator("sma").line(period=p.fast), indicator("sma").line(period=p.slow)
        self._rsi, self._volume = indicator("rsi").line(period=p.rsi_period), indicator("volume_sma").line(period=20)
        self._range = indicator("atr").line(period=14)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        fast, slow, line = self._fast(close)[0], self._slow(close)[0], self._rsi(close)[0]
        busy = bar.volume >= p.volume_factor * self._volume(bar.volume)[0]
        one = self._range(bar.high, bar.low, close)[0]
        rising, falling = is_above(fast, slow), is_above(slow, fast)
        up = self._up(line, p.strong) > 0 and rising and busy
        down = self._down(line, 100.0 - p.strong) < 0 and falling and busy
        return wish(
            p.side, up, falling, down, rising, REASON,
            range_away(close, down and p.side != "long", p.stop_ranges, one),
            trail=p.trail_ranges * one if p.trail_ranges else NAN,
            max_bars=float(p.hold) if p.hold else NAN,
            confidence=1.0 / p.entries,
        )  # fmt: skip
