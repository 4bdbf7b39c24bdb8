"""A lesson: how a strategy is written, on a small one that runs.

Copy this file into the folder `strategies` of your data folder, rename the class, its ``name`` and its ``title``, and
change what you like. The terminal finds it by itself; a mistake is shown with its line and harms nothing else.
"""

# A strategy is a frozen dataclass: its parameters can't change while it runs.
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

# One bar, for the second part of the lesson.
from shared_modules.core.market import Candle

# `param` declares a parameter once; the form, the command line and the presets are made from it.
from shared_modules.core.parameters import param
from shared_modules.core.timeframes import Timeframe

# The catalogue of indicators. All take and give arrays; where a value is not known yet they have NaN.
from shared_modules.indicators import atr, donchian, indicator
from shared_modules.strategies import Decision, MarketView, Signals, Stepper, Strategy, register


@register
@dataclass(frozen=True)
class Template(Strategy):
    """Buy a close above the highest high of the last bars, with a stop some average ranges below it.

    The first sentence appears in the list of strategies. Say also when the idea fails, here: in markets without a
    trend, where breakouts fall back at once. And where it is from: Donchian's channel rule, 1960s; the stop in average
    ranges as in Faith, Way of the Turtle, 2007.
    """

    # The name is for files and the command line, the title for the screen.
    name: ClassVar[str] = "template"
    title: ClassVar[str] = "Template: channel breakout"

    # Further sets of parameters by name; the window offers them beside those that you save.
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "turtle, on 1d": {"channel": 55, "leave": 20, "stop_ranges": 2.0},
    }

    # Type, default, help text and range of each parameter. The range is checked for you.
    channel: int = param(20, "Bars whose highest high must be broken", low=2, high=500, step=1, unit="bars")
    leave: int = param(10, "Bars whose lowest low ends the trade", low=2, high=500, step=1, unit="bars")
    stop_ranges: float = param(3.0, "Distance of the stop in average ranges", low=0.5, high=20.0, step=0.5)

    @property
    def warmup(self) -> int:
        # Bars needed before the first wish can be right; the average range is smoothed over 14 bars.
        return max(self.channel, self.leave, 140) + 1

    def stepper(self, symbol: str, timeframe: Timeframe) -> Stepper:
        # Optional: the same strategy bar by bar, see the end of this file. Without it all is computed anew at each bar.
        return TemplateSteps(self)

    def signals(self, view: MarketView) -> Signals:
        # All bars at once, oldest first. The wish at bar i may use the bars up to and including i, nothing later.
        # It is carried out at the open of bar i + 1.
        bars = view.bars
        highest, _, _ = donchian(bars.high, bars.low, self.channel)
        _, _, lowest = donchian(bars.high, bars.low, self.leave)

        # A bar can't close above a high that includes its own, so both lines are those of the bar before.
        highest, lowest = before(highest), before(lowest)

        # Comparisons with NaN are False: nothing is wanted before the channels are known.
        enter = bars.close > highest
        leave = bars.close < lowest

        # The price at which an entry of this bar gives up. It rests in the market from the entry on.
        stop = bars.close - self.stop_ranges * atr(bars.high, bars.low, bars.close, 14)

        # No shorts here; the check for look-ahead watches `plots`, too.
        never = np.zeros(len(bars), np.bool_)
        return Signals(
            enter_long=enter,
            exit_long=leave,
            enter_short=never,
            exit_short=never,
            stop=stop,
            plots={"Channel high": highest, "Channel low": lowest},
            reason="the close broke the channel",
        )


def before(values: np.ndarray) -> np.ndarray:
    """``values`` one bar later: at each bar the value of the bar before."""
    moved = np.full(len(values), np.nan)
    moved[1:] = values[:-1]
    return moved


class TemplateSteps(Stepper):
    """The strategy bar by bar: what it must remember from one bar to the next is kept here.

    A test of the terminal compares its trades with those of `signals`, bar for bar; do the same with yours.
    """

    def __init__(self, parameters: Template) -> None:
        self.parameters = parameters
        # `line` follows an indicator of the catalogue: called with its inputs at each bar it gives the values there.
        self.enter = indicator("donchian").line(period=parameters.channel)
        self.leave = indicator("donchian").line(period=parameters.leave)
        self.range = indicator("atr").line(period=14)
        self.highest = self.lowest = float("nan")

    def on_bar(self, bar: Candle) -> Decision | None:
        # The lines of the bar before, then those of this bar for the next one.
        highest, lowest = self.highest, self.lowest
        self.highest, _, _ = self.enter(bar.high, bar.low)
        _, _, self.lowest = self.leave(bar.high, bar.low)
        (average_range,) = self.range(bar.high, bar.low, bar.close)

        enter, leave = bar.close > highest, bar.close < lowest
        if not enter and not leave:
            return None
        stop = bar.close - self.parameters.stop_ranges * average_range
        return Decision(enter, leave, False, False, stop=stop, reason="the close broke the channel")
