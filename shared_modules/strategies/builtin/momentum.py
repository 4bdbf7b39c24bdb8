"""Four witnesses of momentum, and how many agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.errors import OutOfRange
from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    above,
    crossed_above,
    crossed_below,
    ema,
    indicator,
    is_above,
    macd,
    rsi,
    volume_sma,
)
from shared_modules.strategies.base import NAN, Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops, range_targets
from .wish import range_away, wish

REASON = "RSI, MACD, volume and trend agree"


@register
@dataclass(frozen=True)
class Momentum(Strategy):
    """Enter when RSI, MACD, volume and trend agree with at least the asked confidence, leave when they no longer do.

    Each of the four says up, down or nothing; the confidence is the weighted share that agrees, ranks entries that
    compete and, if asked, scales their size. Volume only ever confirms the bar's own direction. Fails: turning
    points, which all four see late together: they read the same prices and are no independent witnesses. Source:
    Jegadeesh and Titman, Returns to Buying Winners and Selling Losers, Journal of Finance 48, 1993; the combination
    as in Murphy, Technical Analysis of the Financial Markets, 1999.
    """

    name: ClassVar[str] = "momentum"
    title: ClassVar[str] = "Momentum with confidence"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "all four agree": {"confidence": 1.0, "leave_below": 0.2, "side": "both"},
        "three are enough, sized by how many": {"confidence": 0.75, "sized": True},
    }

    rsi_period: int = param(14, "RSI, in bars", low=2, high=200, step=1, unit="bars")
    rsi_mark: float = param(55.0, "RSI over which it says up; down under 100 less this", low=50.0, high=90.0, step=1.0)
    trend: int = param(50, "Average that tells the trend, in bars", low=2, high=1000, step=1, unit="bars")
    volume_factor: float = param(1.2, "Volume that confirms, as a multiple of its mean", low=0.0, high=10.0, step=0.1)
    confidence: float = param(0.75, "Least confidence to enter", low=0.1, high=1.0, step=0.05)
    leave_below: float = param(0.0, "Confidence at which to leave", low=-1.0, high=0.9, step=0.05)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(2.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")
    sized: bool = param(False, "Scale the size by the confidence")
    target_ranges: float = param(0.0, "Target, in average true ranges", low=0.0, high=50.0, step=0.5, zero="none")

    def __post_init__(self) -> None:
        if self.leave_below >= self.confidence:
            raise OutOfRange(
                f"'leave_below' ({self.leave_below:g}) must be below 'confidence' ({self.confidence:g})",
                parameter="leave_below",
            )

    @property
    def warmup(self) -> int:
        return max(10 * self.rsi_period, 4 * self.trend, 140)

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars = view.bars
        score = self.score(bars)
        known = ~np.isnan(score)
        no = np.zeros(len(bars), np.bool_)
        # a little under the mark, so that a sum of weights that equals it on paper does so here
        enter_at, leave_at = self.confidence - 1e-9, self.leave_below + 1e-9
        enter_short = no if self.side == "long" else known & crossed_below(score, -enter_at)
        with np.errstate(invalid="ignore"):
            faded_long, faded_short = score <= leave_at, score >= -leave_at
        return Signals(
            enter_long=no if self.side == "short" else known & crossed_above(score, enter_at),
            exit_long=faded_long,
            enter_short=enter_short,
            exit_short=faded_short,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            target=range_targets(bars, enter_short, self.target_ranges),
            strength=np.nan_to_num(np.abs(score)),
            confidence=np.abs(score) if self.sized else None,
            plots={"Confidence": score},
            reason=REASON,
        )

    def score(self, bars: Bars) -> Floats:
        """Confidence in rising prices, -1 to 1; NaN until all four are known."""
        close = bars.close
        line, (fast, slow, _) = rsi(close, self.rsi_period), macd(close)
        trend, usual = ema(close, self.trend), volume_sma(bars.volume, 20)
        with np.errstate(invalid="ignore"):
            busy = bars.volume >= self.volume_factor * usual
            strength = _vote(line > self.rsi_mark, line < 100.0 - self.rsi_mark)
            volume = _vote(busy & (close > bars.open), busy & (close < bars.open))
        crossing = _vote(above(fast, slow), above(slow, fast))
        direction = _vote(above(close, trend), above(trend, close))
        missing = np.isnan(line) | np.isnan(slow) | np.isnan(trend) | np.isnan(usual)
        score: Floats = np.where(missing, np.nan, 0.25 * (strength + crossing + volume + direction))
        return score


def _vote(up: Flags, down: Flags) -> Floats:
    return up.astype(np.float64) - down


class _Steps(Stepper):
    def __init__(self, p: Momentum) -> None:
        self._p, self._up, self._down = p, Crossing(), Crossing()
        self._rsi, self._macd = indicator("rsi").line(period=p.rsi_period), indicator("macd").line()
        self._trend, self._volume = indicator("ema").line(period=p.trend), indicator("volume_sma").line(period=20)
        self._range = indicator("atr").line(period=14)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        score, one = self._score(bar), self._range(bar.high, bar.low, close)[0]
        enter_at, leave_at = p.confidence - 1e-9, p.leave_below + 1e-9
        up, down = self._up(score, enter_at) > 0, self._down(score, -enter_at) < 0
        short, sure = down and p.side != "long", abs(score)
        return wish(
            p.side, up, score <= leave_at, down, score >= -leave_at, REASON,
            range_away(close, short, p.stop_ranges, one), range_away(close, not short, p.target_ranges, one), sure,
            confidence=sure if p.sized else NAN,
        )  # fmt: skip

    def _score(self, bar: Candle) -> float:
        p, close = self._p, bar.close
        line, (fast, slow, _) = self._rsi(close)[0], self._macd(close)
        trend, usual = self._trend(close)[0], self._volume(bar.volume)[0]
        busy = bar.volume >= p.volume_factor * usual
        votes = (line > p.rsi_mark) - (line < 100.0 - p.rsi_mark)
        votes += (busy and close > bar.open) - (busy and close < bar.open)
        votes += is_above(fast, slow) - is_above(slow, fast) + is_above(close, trend) - is_above(trend, close)
        # NaN in one of them is NaN in the score
        return 0.25 * votes + 0.0 * (line + slow + trend + usual)
