"""Averages and trend strength."""

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite, ta
from .memo import remembered
from .windows import window_means


@remembered
def sma(values: Floats, period: int) -> Floats:
    """Mean of the newest ``period`` values; NaN while fewer are in or one of them is NaN."""
    return on_finite(lambda x: (window_means(x, period),), 1, values)[0]


@remembered
def ema(values: Floats, period: int) -> Floats:
    """Exponential mean with weight 2 / (period + 1), started from the mean of the first ``period`` values."""
    return on_finite(lambda x: (ta().EMA(x, period),), 1, values)[0]


@remembered
def wma(values: Floats, period: int) -> Floats:
    """Mean of the newest ``period`` values with weights 1 for the oldest to ``period`` for the newest."""
    return on_finite(lambda x: (ta().WMA(x, period),), 1, values)[0]


@remembered
def macd(values: Floats, fast: int = 12, slow: int = 26, signal: int = 9) -> Outputs:
    """MACD line (fast less slow exponential mean), signal line (its exponential mean), histogram (their difference)."""
    return on_finite(lambda x: ta().MACD(x, fast, slow, signal), 3, values)


@remembered
def adx(high: Floats, low: Floats, close: Floats, period: int = 14) -> Floats:
    """Average directional index, 0 to 100: how strongly prices trend, whichever way (Wilder 1978)."""
    return on_finite(lambda h, lo, c: (ta().ADX(h, lo, c, period),), 1, high, low, close)[0]
