"""How far prices move."""

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .memo import remembered


@remembered
def atr(high: Floats, low: Floats, close: Floats, period: int = 14) -> Floats:
    """Average true range in price units, with Wilder's smoothing (Wilder 1978)."""
    return on_finite(lambda h, lo, c: (ta().ATR(h, lo, c, period),), 1, high, low, close)[0]


@remembered
def bollinger(values: Floats, period: int = 20, width: float = 2.0) -> Outputs:
    """Upper, middle and lower band: the mean, and ``width`` population standard deviations around it."""
    return on_finite(lambda x: ta().BBANDS(x, period, width, width), 3, values)


@remembered
def donchian(high: Floats, low: Floats, period: int = 20) -> Outputs:
    """Upper, middle and lower line: the highest high, the lowest low of ``period`` bars and the mean of both."""

    def lines(h: Floats, lo: Floats) -> Outputs:
        top, bottom = ta().MAX(h, period), ta().MIN(lo, period)
        return top, (top + bottom) / 2.0, bottom

    return on_finite(lines, 3, high, low)


@remembered
def keltner(high: Floats, low: Floats, close: Floats, period: int = 20, atr: int = 10, width: float = 2.0) -> Outputs:
    """Upper, middle and lower line: an exponential mean of prices, and ``width`` average true ranges around it."""
    return on_finite(lambda h, lo, c: ta().KC(h, lo, c, period, atr, width), 3, high, low, close)


@remembered
def supertrend(high: Floats, low: Floats, close: Floats, period: int = 10, multiplier: float = 3.0) -> Outputs:
    """The trailing line, and the direction it trails: 1 under rising prices, -1 over falling ones (Seban)."""

    def lines(h: Floats, lo: Floats, c: Floats) -> Outputs:
        line, direction = ta().SUPERTREND(h, lo, c, period, multiplier)
        return line, np.where(np.isnan(line), np.nan, direction.astype(np.float64))

    return on_finite(lines, 2, high, low, close)
