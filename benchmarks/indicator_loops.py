"""Plain compiled loops of the indicators that no package has: each window taken afresh, as one would write it down."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

_YEAR = math.sqrt(365 * 86_400_000 / 60_000)  # the bars are minutes


def _loop(function: Any) -> Any:
    return njit(error_model="numpy")(function)


@_loop
def _returns(x):  # type: ignore[no-untyped-def]
    out = np.full(len(x), np.nan)
    for i in range(1, len(x)):
        out[i] = math.log(x[i] / x[i - 1])
    return out


@_loop
def _moments(x, period, power):  # type: ignore[no-untyped-def]
    """Mean, deviation and standardised moment of each window."""
    n = len(x)
    mean, spread, moment = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    for i in range(period - 1, n):
        m = s = t = 0.0
        for k in range(i - period + 1, i + 1):
            m += x[k]
        m /= period
        for k in range(i - period + 1, i + 1):
            d = x[k] - m
            s += d * d
            if power == 3:
                t += d * d * d
            elif power == 4:
                t += d * d * d * d
        mean[i], spread[i] = m, math.sqrt(s / period)
        if power > 2 and s > 0.0:
            moment[i] = t / period / spread[i] ** power
    return mean, spread, moment


@_loop
def _zscore(x, period):  # type: ignore[no-untyped-def]
    mean, spread, _ = _moments(x, period, 2)
    return (x - mean) / spread


@_loop
def _skewness(x, period):  # type: ignore[no-untyped-def]
    return _moments(_returns(x), period, 3)[2]


@_loop
def _kurtosis(x, period):  # type: ignore[no-untyped-def]
    return _moments(_returns(x), period, 4)[2] - 3.0


@_loop
def _sharpe(x, period):  # type: ignore[no-untyped-def]
    mean, spread, _ = _moments(_returns(x), period, 2)
    return mean / spread


@_loop
def _autocorrelation(x, period, lag):  # type: ignore[no-untyped-def]
    r = _returns(x)
    out = np.full(len(x), np.nan)
    for i in range(period, len(x)):
        m = s = t = 0.0
        for k in range(i - period + 1, i + 1):
            m += r[k]
        m /= period
        for k in range(i - period + 1, i + 1):
            s += (r[k] - m) ** 2
        for k in range(i - period + 1, i + 1 - lag):
            t += (r[k] - m) * (r[k + lag] - m)
        out[i] = t / s
    return out


@_loop
def _variance_ratio(x, period, step):  # type: ignore[no-untyped-def]
    many = np.full(len(x), np.nan)
    for i in range(step, len(x)):
        many[i] = math.log(x[i] / x[i - step])
    a, b = _moments(_returns(x), period, 2)[1], _moments(many, period, 2)[1]
    return b * b / (step * a * a)


@_loop
def _historical(time, x, period):  # type: ignore[no-untyped-def]
    return 100.0 * _YEAR * math.sqrt(period / (period - 1)) * _moments(_returns(x), period, 2)[1]


@_loop
def _mean(x, period):  # type: ignore[no-untyped-def]
    out = np.full(len(x), np.nan)
    for i in range(period - 1, len(x)):
        m = 0.0
        for k in range(i - period + 1, i + 1):
            m += x[k]
        out[i] = m / period
    return out


@_loop
def _parkinson(time, high, low, period):  # type: ignore[no-untyped-def]
    return 100.0 * _YEAR * np.sqrt(_mean(np.log(high / low) ** 2 / (4.0 * math.log(2.0)), period))


@_loop
def _garman(time, o, h, lo, c, period):  # type: ignore[no-untyped-def]
    terms = 0.5 * np.log(h / lo) ** 2 - (2.0 * math.log(2.0) - 1.0) * np.log(c / o) ** 2
    return 100.0 * _YEAR * np.sqrt(np.maximum(0.0, _mean(terms, period)))


@_loop
def _satchell(time, o, h, lo, c, period):  # type: ignore[no-untyped-def]
    terms = np.log(h / c) * np.log(h / o) + np.log(lo / c) * np.log(lo / o)
    return 100.0 * _YEAR * np.sqrt(np.maximum(0.0, _mean(terms, period)))


@_loop
def _yang_zhang(time, o, h, lo, c, period):  # type: ignore[no-untyped-def]
    share, unbiased = 0.34 / (1.34 + (period + 1) / (period - 1)), period / (period - 1)
    gap = np.full(len(c), np.nan)
    gap[1:] = np.log(o[1:] / c[:-1])
    between, within = _moments(gap, period, 2)[1] ** 2, _moments(np.log(c / o), period, 2)[1] ** 2
    ranges = _mean(np.log(h / c) * np.log(h / o) + np.log(lo / c) * np.log(lo / o), period)
    return 100.0 * _YEAR * np.sqrt(unbiased * (between + share * within) + (1.0 - share) * ranges)


@_loop
def _width(x, period, width):  # type: ignore[no-untyped-def]
    mean, spread, _ = _moments(x, period, 2)
    return 200.0 * width * spread / mean


@_loop
def _place(x, period, width):  # type: ignore[no-untyped-def]
    mean, spread, _ = _moments(x, period, 2)
    return (x - mean + width * spread) / (2.0 * width * spread)


@_loop
def _vwap(high, low, close, volume, period, width):  # type: ignore[no-untyped-def]
    n = len(close)
    middle, upper, lower = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    price = (high + low + close) / 3.0
    for i in range(period - 1, n):
        v = m = s = 0.0
        for k in range(i - period + 1, i + 1):
            v += volume[k]
            m += price[k] * volume[k]
        m /= v
        for k in range(i - period + 1, i + 1):
            s += volume[k] * (price[k] - m) ** 2
        middle[i] = m
        upper[i], lower[i] = m + width * math.sqrt(s / v), m - width * math.sqrt(s / v)
    return middle, upper, lower


@_loop
def _disparity(x, period):  # type: ignore[no-untyped-def]
    mean = _mean(x, period)
    return 100.0 * (x - mean) / mean


@_loop
def _envelope(x, period, percent):  # type: ignore[no-untyped-def]
    mean = _mean(x, period)
    return mean * (1.0 + percent / 100.0), mean, mean * (1.0 - percent / 100.0)


@_loop
def _log_return(x, period):  # type: ignore[no-untyped-def]
    out = np.full(len(x), np.nan)
    for i in range(period, len(x)):
        out[i] = 100.0 * math.log(x[i] / x[i - period])
    return out


@_loop
def _psychological(x, period):  # type: ignore[no-untyped-def]
    out = np.full(len(x), np.nan)
    for i in range(period, len(x)):
        up = 0
        for k in range(i - period + 1, i + 1):
            up += x[k] > x[k - 1]
        out[i] = 100.0 * up / period
    return out


@_loop
def _channel(x, period, width):  # type: ignore[no-untyped-def]
    n, half = len(x), (period - 1) / 2.0
    middle, upper, lower = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    squares = period * (period * period - 1) / 12.0
    for i in range(period - 1, n):
        first = i - period + 1
        m = s = rest = 0.0
        for k in range(period):
            m += x[first + k]
            s += (k - half) * x[first + k]
        m /= period
        slope = s / squares
        for k in range(period):
            rest += (x[first + k] - m - slope * (k - half)) ** 2
        off = width * math.sqrt(rest / period)
        middle[i] = m + slope * half
        upper[i], lower[i] = middle[i] + off, middle[i] - off
    return upper, middle, lower


@_loop
def _donchian(high, low, period):  # type: ignore[no-untyped-def]
    n = len(high)
    upper, middle, lower = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    for i in range(period - 1, n):
        upper[i], lower[i] = high[i], low[i]
        for k in range(i - period + 1, i):
            upper[i], lower[i] = max(upper[i], high[k]), min(lower[i], low[k])
        middle[i] = (upper[i] + lower[i]) / 2.0
    return upper, middle, lower


LOOPS: dict[str, Callable[..., Any]] = {
    "zscore": _zscore, "volume_zscore": _zscore, "skewness": _skewness, "kurtosis": _kurtosis, "sharpe": _sharpe,
    "autocorrelation": _autocorrelation, "variance_ratio": _variance_ratio, "historical_volatility": _historical,
    "parkinson": _parkinson, "garman_klass": _garman, "rogers_satchell": _satchell, "yang_zhang": _yang_zhang,
    "bollinger_width": _width, "bollinger_place": _place, "vwap_rolling": _vwap, "disparity": _disparity,
    "envelope": _envelope, "log_return": _log_return, "psychological_line": _psychological,
    "regression_channel": _channel, "donchian": _donchian,
}  # fmt: skip
