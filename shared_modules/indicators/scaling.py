"""Lines made smooth, comparable or a matter of yes and no."""

import numpy as np

from shared_modules.core.bars import Flags, Floats
from shared_modules.core.errors import UnknownName

from .crossing import crossed_above, crossed_below
from .finite import Outputs, on_finite, ta
from .talib_table import AVERAGES
from .windows import ratio, window_highest, window_lowest


def oversold(line: Floats, level: float = 30.0) -> Flags:
    """Where ``line`` is under ``level``; False where it is NaN."""
    with np.errstate(invalid="ignore"):
        found: Flags = line < level
    return found


def overbought(line: Floats, level: float = 70.0) -> Flags:
    """Where ``line`` is over ``level``; False where it is NaN."""
    return oversold(-line, -level)


def left_oversold(line: Floats, level: float = 30.0) -> Flags:
    """Where ``line`` came back over ``level`` from below."""
    return crossed_above(line, level)


def left_overbought(line: Floats, level: float = 70.0) -> Flags:
    """Where ``line`` came back under ``level`` from above."""
    return crossed_below(line, level)


def recently(flags: Flags, bars: int) -> Flags:
    """Where ``flags`` is true at the bar or one of the ``bars`` before it."""
    found = flags.copy()
    for k in range(1, min(bars, len(flags) - 1) + 1):
        found[k:] |= flags[:-k]
    return found


def held(flags: Flags, bars: int) -> Flags:
    """Where ``flags`` is true at the bar and the ``bars`` before it."""
    found = ~recently(~flags, bars)
    found[:bars] = False
    return found


def smoothed(values: Floats, period: int, kind: str = "ema") -> Floats:
    """``values`` by one of TA-Lib's moving averages: sma, ema, wma, dema, tema, trima, kama, mama, t3, hma, zlema, rma.

    Raises `UnknownName` for another.
    """
    if kind not in AVERAGES:
        raise UnknownName.of("moving average", kind, AVERAGES)
    return on_finite(lambda x: (ta().MA(x, period, AVERAGES[kind]),), 1, values)[0]


def normalised(values: Floats, period: int = 100) -> Floats:
    """Where each value is between the least and largest of the newest ``period``: 0 to 1; 0.5 where all are equal."""

    def line(x: Floats) -> Outputs:
        bottom, top = window_lowest(x, period), window_highest(x, period)
        return (ratio(x - bottom, top - bottom, 0.5),)

    return on_finite(line, 1, values)[0]


def percent_rank(values: Floats, period: int = 100) -> Floats:
    """Percent of the ``period`` values before that are under each value, as TA-Lib's PERCENTRANK."""
    return on_finite(lambda x: (ta().PERCENTRANK(x, period),), 1, values)[0]
