"""Breaking out of narrow Bollinger bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared_modules.core.market import Candle
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe
from shared_modules.indicators import (
    Crossing,
    bollinger,
    bollinger_width,
    crossed_above,
    crossed_below,
    indicator,
    percent_rank,
    recently,
)
from shared_modules.strategies.base import Decision, MarketView, Signals, Strategy
from shared_modules.strategies.registry import register
from shared_modules.strategies.stepper import Stepper

from .ranges import range_stops
from .wish import range_away, wish

REASON = "the close left narrow bands"


@register
@dataclass(frozen=True)
class BollingerBreakout(Strategy):
    """Follow a close outside the Bollinger bands after they were narrow, until the close is back at the middle.

    Narrow: the width was among the lowest of its recent history in the bars before. Shorts mirror it. Fails: false
    breakouts, which return into the bands at once, and quiet markets that stay quiet. Source: Bollinger, Bollinger on
    Bollinger Bands, 2001 (method I, the squeeze).
    """

    name: ClassVar[str] = "bollinger_breakout"
    title: ClassVar[str] = "Bollinger breakout"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "rare, after long calm": {"narrow": 10.0, "memory": 250, "side": "both"},
    }

    period: int = param(20, "Bands, in bars", low=2, high=500, step=1, unit="bars")
    width: float = param(2.0, "Width in standard deviations", low=0.5, high=5.0, step=0.1)
    memory: int = param(120, "Bars among which the width must be low", low=10, high=1000, step=10, unit="bars")
    narrow: float = param(30.0, "Percent rank under which the width is low", low=1.0, high=100.0, step=1.0)
    within: int = param(10, "Bars the calm may be past", low=0, high=200, step=1, unit="bars")
    side: str = param("long", "Directions traded", choices=("long", "short", "both"))
    stop_ranges: float = param(2.0, "Stop, in average true ranges", low=0.0, high=20.0, step=0.5, zero="none")

    @property
    def warmup(self) -> int:
        return self.period + self.memory + self.within + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        return _Steps(self)

    def signals(self, view: MarketView) -> Signals:
        bars, close = view.bars, view.bars.close
        upper, middle, lower = bollinger(close, self.period, self.width)
        with np.errstate(invalid="ignore"):
            calm = percent_rank(bollinger_width(close, self.period, self.width), self.memory) < self.narrow
        calm = recently(calm, self.within)
        no = np.zeros(len(close), np.bool_)
        enter_short = no if self.side == "long" else crossed_below(close, lower) & calm
        return Signals(
            enter_long=no if self.side == "short" else crossed_above(close, upper) & calm,
            exit_long=close < middle,
            enter_short=enter_short,
            exit_short=close > middle,
            stop=range_stops(bars, enter_short, self.stop_ranges),
            plots={"Upper band": upper, "Middle": middle, "Lower band": lower},
            reason=REASON,
        )


class _Steps(Stepper):
    def __init__(self, p: BollingerBreakout) -> None:
        self._p, self._above, self._below = p, Crossing(), Crossing()
        self._bands = indicator("bollinger").line(period=p.period, width=p.width)
        self._width = indicator("bollinger_width").line(period=p.period, width=p.width)
        self._rank, self._range = indicator("percentrank").line(period=p.memory), indicator("atr").line(period=14)
        self._since_calm = p.within + 1

    def on_bar(self, bar: Candle) -> Decision | None:
        p, close = self._p, bar.close
        upper, middle, lower = self._bands(close)
        rank, one = self._rank(self._width(close)[0])[0], self._range(bar.high, bar.low, close)[0]
        self._since_calm = 0 if rank < p.narrow else self._since_calm + 1
        calm = self._since_calm <= p.within
        up, down = self._above(close, upper) > 0 and calm, self._below(close, lower) < 0 and calm
        stop = range_away(close, down and p.side != "long", p.stop_ranges, one)
        return wish(p.side, up, close < middle, down, close > middle, REASON, stop)
