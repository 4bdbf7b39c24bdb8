"""How the newest values are spread, and how far the last one is out."""

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite
from .windows import ratio, shifted, window_highest, window_means, window_moments, window_products, window_spread


def zscore(values: Floats, period: int = 20) -> Floats:
    """Distance of the last value from the mean of ``period``, in their standard deviations; 0 where nothing moved."""

    def line(x: Floats) -> Outputs:
        return (ratio(x - window_means(x, period), window_spread(x, period)),)

    return on_finite(line, 1, values)[0]


def skewness(values: Floats, period: int = 50) -> Floats:
    """Third standardised moment of the log returns of ``period`` bars: below 0 where falls are larger than rises."""
    return _standardised(values, period, 3)


def kurtosis(values: Floats, period: int = 50) -> Floats:
    """Fourth standardised moment of the log returns of ``period`` bars, less 3: above 0 where tails are fat."""
    return _standardised(values, period, 4)


def _standardised(values: Floats, period: int, power: int) -> Floats:
    def line(x: Floats) -> Outputs:
        returns = np.log(x[1:] / x[:-1])
        spread = window_spread(returns, period)
        moment = window_moments(returns, window_means(returns, period), period, power)
        return (_later(ratio(moment, spread**power) - (3.0 if power == 4 else 0.0), x),)

    return on_finite(line, 1, values)[0]


def autocorrelation(values: Floats, period: int = 50, lag: int = 1) -> Floats:
    """Correlation of log returns with those ``lag`` bars before, over ``period``: above 0 trends, below 0 reverts."""

    def line(x: Floats) -> Outputs:
        returns = np.log(x[1:] / x[:-1])
        means = window_means(returns, period)
        product = window_products(returns, means, period, min(lag, period - 1))
        return (_later(ratio(product, period * window_spread(returns, period) ** 2), x),)

    return on_finite(line, 1, values)[0]


def variance_ratio(values: Floats, period: int = 100, step: int = 4) -> Floats:
    """Variance of ``step``-bar log returns over ``step`` times that of one-bar ones: 1 for a random walk.

    Over ``period`` bars, means removed (Lo and MacKinlay 1988, without the correction for small samples).
    """

    def line(x: Floats) -> Outputs:
        log = np.log(x)
        one, many = np.diff(log), log[step:] - log[:-step]
        narrow = _later(window_spread(one, period) ** 2, x)
        return (ratio(_later(window_spread(many, period) ** 2, x), step * narrow, np.nan),)

    return on_finite(line, 1, values)[0]


def drawdown(values: Floats, period: int = 200) -> Floats:
    """How far the close is under the highest close of ``period`` bars, in percent (0 or less)."""
    return on_finite(lambda x: (100.0 * (x / window_highest(x, period) - 1.0),), 1, values)[0]


def log_return(values: Floats, period: int = 1) -> Floats:
    """Logarithm of the close over that of ``period`` bars before, in percent."""
    return on_finite(lambda x: (100.0 * np.log(x / shifted(x, period)),), 1, values)[0]


def sharpe(values: Floats, period: int = 50) -> Floats:
    """Mean over standard deviation of the log returns of ``period`` bars, not annualised (Sharpe 1966)."""

    def line(x: Floats) -> Outputs:
        returns = np.log(x[1:] / x[:-1])
        return (_later(ratio(window_means(returns, period), window_spread(returns, period)), x),)

    return on_finite(line, 1, values)[0]


def _later(line: Floats, whole: Floats) -> Floats:
    """``line`` with as many NaN before it as it is shorter than ``whole``."""
    return np.concatenate((np.full(len(whole) - len(line), np.nan), line))
