"""Oscillators."""

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .memo import remembered
from .trend import sma


@remembered
def rsi(values: Floats, period: int = 14) -> Floats:
    """Relative strength index, 0 to 100, with Wilder's smoothing (Wilder 1978)."""
    return on_finite(lambda x: (ta().RSI(x, period),), 1, values)[0]


@remembered
def stoch_rsi(values: Floats, period: int = 14, stoch: int = 14, smooth_k: int = 3, smooth_d: int = 3) -> Outputs:
    """K and D of the stochastic RSI, 0 to 100: where the RSI stands between its extremes of ``stoch`` bars.

    K is smoothed over ``smooth_k``, D is the mean of K over ``smooth_d``. 50 where the RSI has not moved at all
    (Chande and Kroll 1994).
    """
    return stoch_of(rsi(values, period), stoch, smooth_k, smooth_d)


def stoch_of(values: Floats, stoch: int, smooth_k: int, smooth_d: int) -> Outputs:
    """K and D of any line: where it stands between its own extremes of ``stoch`` bars, smoothed."""
    raw = on_finite(lambda x: (_place(x, stoch),), 1, values)[0]
    k = sma(raw, smooth_k)
    return k, sma(k, smooth_d)


def _place(values: Floats, period: int) -> Floats:
    low, high = ta().MIN(values, period), ta().MAX(values, period)
    span = high - low
    with np.errstate(invalid="ignore", divide="ignore"):
        place = 100.0 * ((values - low) / span)
    return np.where(span == 0.0, 50.0, place)


@remembered
def stochastic(
    high: Floats, low: Floats, close: Floats, period: int = 14, smooth_k: int = 3, smooth_d: int = 3
) -> Outputs:
    """K and D of the slow stochastic, 0 to 100: where the close stands between its extremes (Lane)."""
    return on_finite(lambda h, lo, c: ta().STOCH(h, lo, c, period, smooth_k, 0, smooth_d, 0), 2, high, low, close)


@remembered
def cci(high: Floats, low: Floats, close: Floats, period: int = 20) -> Floats:
    """Commodity channel index: distance of the typical price from its mean in mean deviations (Lambert 1980)."""
    return on_finite(lambda h, lo, c: (ta().CCI(h, lo, c, period),), 1, high, low, close)[0]
