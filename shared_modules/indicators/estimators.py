"""Volatility as a share of the price, from returns and ranges."""

import math

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite
from .recursion import Recursion
from .windows import ratio, window_lowest, window_means, window_spread

_YEAR_MS = 365 * 86_400_000


def historical_volatility(time: Floats, close: Floats, period: int = 30) -> Floats:
    """Standard deviation of the log returns of ``period`` bars, in percent a year of 365 days.

    The length of a bar is the shortest step of the window, so that gaps do not count.
    """

    def line(t: Floats, c: Floats) -> Outputs:
        returns = np.log(c[1:] / c[:-1])
        unbiased = window_spread(returns, period) * math.sqrt(period / (period - 1))
        return (_yearly(t, unbiased, period),)

    return on_finite(line, 1, time, close)[0]


def parkinson(time: Floats, high: Floats, low: Floats, period: int = 30) -> Floats:
    """Volatility from the ranges of ``period`` bars, in percent a year (Parkinson 1980)."""

    def line(t: Floats, h: Floats, lo: Floats) -> Outputs:
        terms = np.log(h / lo)[1:] ** 2 / (4.0 * math.log(2.0))
        return (_yearly(t, np.sqrt(window_means(terms, period)), period),)

    return on_finite(line, 1, time, high, low)[0]


def garman_klass(time: Floats, open: Floats, high: Floats, low: Floats, close: Floats, period: int = 30) -> Floats:
    """Volatility from range and body of ``period`` bars, in percent a year (Garman and Klass 1980)."""

    def line(t: Floats, o: Floats, h: Floats, lo: Floats, c: Floats) -> Outputs:
        terms = 0.5 * np.log(h / lo) ** 2 - (2.0 * math.log(2.0) - 1.0) * np.log(c / o) ** 2
        return (_yearly(t, np.sqrt(np.maximum(0.0, window_means(terms[1:], period))), period),)

    return on_finite(line, 1, time, open, high, low, close)[0]


def rogers_satchell(time: Floats, open: Floats, high: Floats, low: Floats, close: Floats, period: int = 30) -> Floats:
    """Volatility that a drift does not disturb, in percent a year (Rogers and Satchell 1991)."""

    def line(t: Floats, o: Floats, h: Floats, lo: Floats, c: Floats) -> Outputs:
        return (_yearly(t, np.sqrt(np.maximum(0.0, window_means(_drift_free(o, h, lo, c)[1:], period))), period),)

    return on_finite(line, 1, time, open, high, low, close)[0]


def yang_zhang(time: Floats, open: Floats, high: Floats, low: Floats, close: Floats, period: int = 30) -> Floats:
    """Volatility from gaps between bars, bodies and ranges, in percent a year (Yang and Zhang 2000)."""
    share = 0.34 / (1.34 + (period + 1) / (period - 1))

    def line(t: Floats, o: Floats, h: Floats, lo: Floats, c: Floats) -> Outputs:
        gap, body = np.log(o[1:] / c[:-1]), np.log(c / o)[1:]
        between = window_spread(gap, period) ** 2 * period / (period - 1)
        within = window_spread(body, period) ** 2 * period / (period - 1)
        ranges = window_means(_drift_free(o, h, lo, c)[1:], period)
        return (_yearly(t, np.sqrt(np.maximum(0.0, between + share * within + (1.0 - share) * ranges)), period),)

    return on_finite(line, 1, time, open, high, low, close)[0]


def _drift_free(o: Floats, h: Floats, lo: Floats, c: Floats) -> Floats:
    terms: Floats = np.log(h / c) * np.log(h / o) + np.log(lo / c) * np.log(lo / o)
    return terms


def _yearly(time: Floats, spread: Floats, period: int) -> Floats:
    """``spread`` per bar, which starts at the second bar, in percent a year."""
    step = window_lowest(np.diff(time), period)
    return np.concatenate((np.full(min(1, len(time)), np.nan), 100.0 * spread * np.sqrt(_YEAR_MS / step)))


def bollinger_width(values: Floats, period: int = 20, width: float = 2.0) -> Floats:
    """Distance of the Bollinger bands, in percent of their middle (Bollinger 2001)."""

    def line(x: Floats) -> Outputs:
        return (200.0 * width * ratio(window_spread(x, period), window_means(x, period)),)

    return on_finite(line, 1, values)[0]


def bollinger_place(values: Floats, period: int = 20, width: float = 2.0) -> Floats:
    """Where the close is between the Bollinger bands: 0 at the lower, 1 at the upper (Bollinger's %b)."""

    def line(x: Floats) -> Outputs:
        spread = width * window_spread(x, period)
        return (ratio(x - window_means(x, period) + spread, 2.0 * spread, 0.5),)

    return on_finite(line, 1, values)[0]


garch = Recursion(
    "Deviation of the next log return that a GARCH(1,1) with these parameters expects, in percent (Bollerslev 1986).",
    "variance",
    1,
    state=lambda **_: np.full(2, np.nan),
    numbers=lambda long_run, alpha, beta: (
        (long_run / 100.0) ** 2 * max(0.0, 1.0 - alpha - beta),
        alpha,
        beta,
        (long_run / 100.0) ** 2,
    ),
)
ewma_volatility = Recursion(
    "Deviation of the next log return from exponentially weighted squares, in percent (RiskMetrics 1996).",
    "variance",
    1,
    state=lambda **_: np.full(2, np.nan),
    numbers=lambda decay: (0.0, 1.0 - decay, decay, 0.0),
)
