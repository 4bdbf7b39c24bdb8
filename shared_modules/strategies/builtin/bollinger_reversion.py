"""Returning into the Bollinger bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    adx,
    bollinger,
    crossed_above,
    crossed_below,
    indicator,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "the close came back into the bands"


@register
@dataclass(frozen=True)
class BollingerReversion(Strategy):
    """Buy a close that comes back over the lower band while no trend is strong, and leave at the middle.

    Shorts mirror it at the upper band. Fails: the start of a trend, when the price walks along the band and each return
    is a pause; the ADX notices it late, hence the stop. Source: Bollinger, Bollinger on Bollinger Bands, 2001 (method
    III, reversals); the ADX filter as in Wilder, New Concepts in Technical Trading Systems, 1978.
    """

    name: ClassVar[str] = "bollinger_reversion"
    title: ClassVar[str] = "Bollinger reversion"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "wide bands, calm only": {"width": 2.5, "quiet": 20.0, "side": "both"},
    }

    period: int = param(20, "Bands, in bars", low=2, high=500, step=1, unit="bars")
    width: float = param(2.0, "Width in standard deviations", low=0.5, high=5.0, step=0.1)
    quiet: float = param(25.0, "ADX up to which there is no strong trend; 100 always", low=1.0, high=100.0, step=1.0)
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(2.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    @property
    def warmup(self) -> int:
        return max(self.period, 140) + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        upper, middle, lower = bollinger(close, self.period, self.width)
        with np.errstate(invalid="ignore"):
            calm = adx(bars.high, bars.low, close, 14) <= self.quiet
            under, over = close < middle, close > middle
        no = np.zeros(len(close), np.bool_)
        enter_short = no if self.side == "long" else crossed_below(close, upper) & over & calm
        return Signals(
            enter_long=no if self.side == "short" else crossed_above(close, lower) & under & calm,
            exit_long=close >= middle,
            enter_short=enter_short,
            exit_short=close <= middle,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            plots={"Upper band": upper, "Middle": middle, "Lower band": lower},
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: BollingerReversion) -> None:
        self._p, self._above, self._below = p, Crossing(), Crossing()
        self._bands = indicator("bollinger").line(period=p.period, width=p.width)
        self._adx, self._range = indicator("adx").line(period=14), indicator("atr").line(period=14)

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        upper, middle, lower = self._bands(close)
        calm = self._adx(bar.high, bar.low, close)[0] <= p.quiet
        one = self._range(bar.high, bar.low, close)[0]
        up = self._above(close, lower) > 0 and close < middle and calm
        down = self._below(close, upper) < 0 and close > middle and calm
        stop = range_away(close, down and p.side != "long", p.stop_ranges, one)
        return wish(p.side, up, close >= middle, down, close <= middle, REASON, stop)
