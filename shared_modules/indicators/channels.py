"""Lines around and along the price."""

import math

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .recursion import Recursion
from .windows import (
    ratio,
    shifted,
    window_highest,
    window_lowest,
    window_means,
    window_spread,
    window_sums,
    window_weighted,
)  # fmt: skip


def alma(values: Floats, period: int = 20, offset: float = 0.85, sigma: float = 6.0) -> Floats:
    """Mean with weights on a bell curve, whose top lies ``offset`` of the way to the newest bar (Legoux 2009)."""
    place = np.arange(period)
    weights = np.exp(-((place - offset * (period - 1)) ** 2) / (2.0 * (period / sigma) ** 2))
    return on_finite(lambda x: (window_weighted(x, weights / weights.sum()),), 1, values)[0]


def envelope(values: Floats, period: int = 20, percent: float = 2.5) -> Outputs:
    """A moving average and lines a fixed percentage above and below it."""

    def lines(x: Floats) -> Outputs:
        middle = window_means(x, period)
        return middle * (1.0 + percent / 100.0), middle, middle * (1.0 - percent / 100.0)

    return on_finite(lines, 3, values)


def regression_channel(values: Floats, period: int = 50, width: float = 2.0) -> Outputs:
    """End of the line of least squares through ``period`` closes, and ``width`` of their deviations around it."""
    place = np.arange(period) - (period - 1) / 2.0
    slopes = place / (place**2).sum()

    def lines(x: Floats) -> Outputs:
        slope = window_weighted(x, slopes)
        middle = window_means(x, period) + slope * place[-1]
        left = window_spread(x, period) ** 2 - slope**2 * (place**2).mean()
        spread = width * np.sqrt(np.maximum(0.0, left))
        return middle + spread, middle, middle - spread

    return on_finite(lines, 3, values)


def atr_bands(high: Floats, low: Floats, close: Floats, period: int = 14, width: float = 2.0) -> Outputs:
    """Lines ``width`` average true ranges above and below the close."""

    def lines(h: Floats, lo: Floats, c: Floats) -> Outputs:
        ranges = width * ta().ATR(h, lo, c, period)
        return c + ranges, c - ranges

    return on_finite(lines, 2, high, low, close)


def chandelier(high: Floats, low: Floats, close: Floats, period: int = 22, width: float = 3.0) -> Outputs:
    """Stops of a long and a short: ``width`` average true ranges off the highest high and the lowest low (LeBeau)."""

    def lines(h: Floats, lo: Floats, c: Floats) -> Outputs:
        ranges = width * ta().ATR(h, lo, c, period)
        return window_highest(h, period) - ranges, window_lowest(lo, period) + ranges

    return on_finite(lines, 2, high, low, close)


def ichimoku(
    high: Floats, low: Floats, conversion: int = 9, base: int = 26, span: int = 52, shift: int = 26
) -> Outputs:
    """Conversion and base line, and the cloud as it was drawn ``shift`` bars ahead (Hosoda 1969).

    The cloud at a bar was computed ``shift`` bars before it: nothing of it is from later bars.
    """

    def lines(h: Floats, lo: Floats) -> Outputs:
        fast, slow = _middle(h, lo, conversion), _middle(h, lo, base)
        return fast, slow, shifted((fast + slow) / 2.0, shift), shifted(_middle(h, lo, span), shift)

    return on_finite(lines, 4, high, low)


def ichimoku_lagging(close: Floats, shift: int = 26) -> Floats:
    """Ichimoku's lagging span: each close drawn ``shift`` bars back, so a bar shows a close of its future (Hosoda)."""

    def line(c: Floats) -> Outputs:
        back = np.full(len(c), np.nan)
        back[: max(0, len(c) - shift)] = c[shift:]
        return (back,)

    return on_finite(line, 1, close)[0]


def _middle(high: Floats, low: Floats, period: int) -> Floats:
    return (window_highest(high, period) + window_lowest(low, period)) / 2.0


def alligator(high: Floats, low: Floats) -> Outputs:
    """Jaw, teeth and lips: Wilder's averages of 13, 8 and 5 middle prices, drawn 8, 5 and 3 bars ahead (Williams)."""

    def lines(h: Floats, lo: Floats) -> Outputs:
        middle = (h + lo) / 2.0
        return tuple(shifted(ta().RMA(middle, period), ahead) for period, ahead in ((13, 8), (8, 5), (5, 3)))

    return on_finite(lines, 3, high, low)


def choppiness(high: Floats, low: Floats, close: Floats, period: int = 14) -> Floats:
    """Path over range of ``period`` bars on a scale of logarithms: 100 wanders, 0 runs straight (Dreiss)."""

    def line(h: Floats, lo: Floats, c: Floats) -> Outputs:
        path = window_sums(ta().TRANGE(h, lo, c)[1:], period) if len(c) > 1 else np.empty(0)
        reach = window_highest(h[1:], period) - window_lowest(lo[1:], period)
        share = ratio(path, reach, float(period))
        return (np.concatenate((np.full(min(1, len(c)), np.nan), 100.0 * np.log(share) / math.log(period))),)

    return on_finite(line, 1, high, low, close)[0]


def disparity(values: Floats, period: int = 20) -> Floats:
    """Distance of the close from its mean, in percent of the mean."""
    return on_finite(lambda x: (100.0 * (x / window_means(x, period) - 1.0),), 1, values)[0]


def ulcer(values: Floats, period: int = 14) -> Floats:
    """Root mean square of the drawdowns from the highest close of ``period`` bars, in percent (Martin 1987)."""

    def line(x: Floats) -> Outputs:
        down = 100.0 * (x / window_highest(x, period) - 1.0)
        known = window_means(down[period - 1 :] ** 2, period)
        return (np.sqrt(np.concatenate((np.full(len(x) - len(known), np.nan), known))),)

    return on_finite(line, 1, values)[0]


def _super_smoother(period: int) -> tuple[float, ...]:
    a = math.exp(-math.sqrt(2.0) * math.pi / period)
    b = 2.0 * a * math.cos(math.sqrt(2.0) * math.pi / period)
    return 1.0 - b + a * a, b, -a * a


mcginley = Recursion(
    "An average that hurries after falling prices and not after rising ones (McGinley 1990).",
    "mcginley",
    1,
    state=lambda **_: np.full(1, np.nan),
    numbers=lambda period: (period, 0.6),
)
super_smoother = Recursion(
    "A filter that removes cycles shorter than the period with little delay (Ehlers 2013).",
    "two_poles",
    1,
    state=lambda **_: np.full(3, np.nan),
    numbers=_super_smoother,
)
