"""A lesson: how a strategy is written, on a small one that runs.

Copy this file into the folder `strategies` of your data folder, rename the class, its ``name`` and its ``title``, and
change what you like. The terminal finds it by itself; a mistake is shown with its line and harms nothing else.
"""

# A strategy is a frozen dataclass: its parameters can't change while it runs.
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

# `param` declares a parameter once; the form, the command line and the presets are made from it.
from shared_modules.core.parameters import param

# The catalogue of indicators. All take and give arrays; where a value is not known yet they have NaN.
from shared_modules.indicators import atr, donchian
from shared_modules.strategies.base import MarketView, Signals, Strategy
from shared_modules.strategies.registry import register


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

    # Type, default, help text and range of each parameter. The range is checked for you.
    channel: int = param(20, "Bars whose highest high must be broken", low=2, high=500, step=1, unit="bars")
    leave: int = param(10, "Bars whose lowest low ends the trade", low=2, high=500, step=1, unit="bars")
    stop_ranges: float = param(3.0, "Distance of the stop in average ranges", low=0.5, high=20.0, step=0.5)

    @property
    def warmup(self) -> int:
        # Bars needed before the first wish can be right; the average range is smoothed over 14 bars.
        return max(self.channel, self.leave, 140) + 1

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

        # No shorts here; `plots` are drawn on the chart.
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
