"""Oscillators beyond TA-Lib's."""

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .incremental import ChainSteps, Steps, TailSteps
from .recursion import Recursion
from .windows import ratio, window_highest, window_lowest, window_means, window_sums, window_weighted


def know_sure_thing(values: Floats, signal: int = 9) -> Outputs:
    """Weighted sum of four smoothed rates of change, and its mean (Pring 1992).

    Rates over 10, 15, 20 and 30 bars, means of 10, 10, 10 and 15, weights 1 to 4.
    """

    def lines(x: Floats) -> Outputs:
        line = np.zeros(len(x))
        for weight, (back, mean) in enumerate(((10, 10), (15, 10), (20, 10), (30, 15)), 1):
            change = 100.0 * (x[back:] / x[:-back] - 1.0) if len(x) > back else np.empty(0)
            line += weight * _later(window_means(change, mean), len(x))
        known = line[~np.isnan(line)]
        return line, _later(window_means(known, signal), len(x))

    return on_finite(lines, 2, values)


def relative_vigor(open: Floats, high: Floats, low: Floats, close: Floats, period: int = 10) -> Outputs:
    """Smoothed body over smoothed range, and its signal line: closes above opens in rising markets (Ehlers 2002)."""
    weights = np.array([1.0, 2.0, 2.0, 1.0]) / 6.0

    def lines(o: Floats, h: Floats, lo: Floats, c: Floats) -> Outputs:
        body, reach = window_weighted(c - o, weights)[3:], window_weighted(h - lo, weights)[3:]
        line = ratio(window_sums(body, period), window_sums(reach, period))
        known = line[~np.isnan(line)]
        return _later(line, len(c)), _later(window_weighted(known, weights), len(c))

    return on_finite(lines, 2, open, high, low, close)


def psychological_line(values: Floats, period: int = 12) -> Floats:
    """Percent of the last ``period`` bars that closed higher than the bar before."""

    def line(x: Floats) -> Outputs:
        return (_later(100.0 * window_means((np.diff(x) > 0.0).astype(np.float64), period), len(x)),)

    return on_finite(line, 1, values)[0]


def connors_rsi(values: Floats, period: int = 3, streak: int = 2, rank: int = 100) -> Floats:
    """Mean of the RSI, the RSI of the streak of rises or falls, and the percent rank of the change (Connors 2012)."""

    def line(x: Floats) -> Outputs:
        if len(x) < 2:
            return (np.full(len(x), np.nan),)
        change = 100.0 * np.diff(x) / x[:-1]
        place = _later(_rank(change, rank), len(x))
        return ((ta().RSI(x, period) + ta().RSI(_streaks(x), streak) + place) / 3.0,)

    return on_finite(line, 1, values)[0]


def _streaks(x: Floats) -> Floats:
    """Bars in a row with rises, negative with falls, 0 where the close stayed."""
    sign = np.r_[0.0, np.sign(np.diff(x))]
    begins = np.r_[True, sign[1:] != sign[:-1]]
    since = np.arange(len(x)) - np.maximum.accumulate(np.where(begins, np.arange(len(x)), 0))
    return np.asarray(sign * (since + 1.0))


def _rank(x: Floats, period: int) -> Floats:
    """Percent of the ``period`` values before that are under each value."""
    found = np.full(len(x), np.nan)
    if len(x) > period:
        found[period:] = 0.0
        for k in range(1, period + 1):
            found[period:] += x[period - k : len(x) - k] < x[period:]
    return found * (100.0 / period)


def wave_trend(high: Floats, low: Floats, close: Floats, channel: int = 10, average: int = 21) -> Outputs:
    """Smoothed distance of the typical price from its mean in mean deviations, and its signal line (LazyBear)."""

    def lines(h: Floats, lo: Floats, c: Floats) -> Outputs:
        price = (h + lo + c) / 3.0
        middle = ta().EMA(price, channel)[channel - 1 :]
        if len(middle) == 0:
            return np.full(len(c), np.nan), np.full(len(c), np.nan)
        off = price[channel - 1 :] - middle
        usual = ta().EMA(np.abs(off), channel)[channel - 1 :]
        index = ratio(off[channel - 1 :], 0.015 * usual)
        line = ta().EMA(index, average) if len(index) else index
        return _later(line, len(c)), _later(window_means(line, 4), len(c))

    return on_finite(lines, 2, high, low, close)


def squeeze(
    high: Floats, low: Floats, close: Floats, period: int = 20, width: float = 2.0, ranges: float = 1.5
) -> Outputs:
    """1 while the Bollinger bands lie inside Keltner's channel, and the slope of the close's distance (Carter 2005)."""

    def lines(h: Floats, lo: Floats, c: Floats) -> Outputs:
        spread = width * ta().STDDEV(c, period)
        reach = ranges * ta().ATR(h, lo, c, period)
        inside = np.where(np.isnan(spread) | np.isnan(reach), np.nan, (spread < reach).astype(np.float64))
        middle = ((window_highest(h, period) + window_lowest(lo, period)) / 2.0 + window_means(c, period)) / 2.0
        off = (c - middle)[period - 1 :]
        return inside, _later(ta().LINEARREG(off, period) if len(off) else off, len(c))

    return on_finite(lines, 2, high, low, close)


def _place(high: Floats, low: Floats, period: int) -> Floats:
    """Where the middle price is between its extremes, 0 to 1."""

    def line(h: Floats, lo: Floats) -> Outputs:
        middle = (h + lo) / 2.0
        bottom, top = window_lowest(middle, period), window_highest(middle, period)
        return (ratio(middle - bottom, top - bottom, 0.5),)

    return on_finite(line, 1, high, low)[0]


_fisher = Recursion(
    "Fisher's transform.", "fisher", 2, state=lambda **_: np.zeros(2), numbers=lambda: ()
)  # fmt: skip


def fisher(high: Floats, low: Floats, period: int = 10) -> Outputs:
    """Fisher's transform of the middle price's place between its extremes, and the bar before's (Ehlers 2002)."""
    first, second = _fisher(_place(high, low, period))
    return first, second


def fisher_steps(period: int) -> Steps:
    """`fisher` bar by bar."""
    return ChainSteps(TailSteps(_place, {"period": period}, 2, period), _fisher.steps(), 2)


def _later(line: Floats, n: int) -> Floats:
    """``line`` with NaN before it to make up ``n`` bars."""
    return np.concatenate((np.full(n - len(line), np.nan), line))
