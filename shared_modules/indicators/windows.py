"""Sums over the newest bars, each taken afresh: running sums would carry rounding errors along."""

from collections.abc import Callable

import numpy as np

from shared_modules.core.bars import Floats

from .finite import LONG, ta

# a deviation below this share of the mean is rounding, not movement
ROUNDING = 1e-13
# rows summed at a time, so that they stay in the processor's cache
_BLOCK = 8192


def window_sums(values: Floats, period: int) -> Floats:
    """Sum of the newest ``period`` values at each; NaN until there are so many.

    Sums of two make sums of four and so on, in the same order in every window: equal windows have equal sums.
    """
    if len(values) >= LONG:
        return _doubled_sums(values, period, 1.0)
    sums = np.full(len(values), np.nan)
    for a in range(0, len(values) - period + 1, _BLOCK):
        b = min(len(values), a + _BLOCK + period - 1)
        sums[a + period - 1 : b] = _doubled(values[a:b], period)
    return sums


def _doubled(part: Floats, period: int) -> Floats:
    """The window sums of ``part``, as many as it has whole windows."""
    count, start, width = len(part) - period + 1, 0, 1
    total: Floats | None = None
    while True:
        if period & width:
            summand = part[start : start + count]
            total = summand if total is None else total + summand
            start += width
        width *= 2
        if width > period:
            assert total is not None  # a period has a highest bit
            return total
        part = part[: -width // 2] + part[width // 2 :]


def window_means(values: Floats, period: int) -> Floats:
    """Mean of the newest ``period`` values at each."""
    if len(values) >= LONG:
        return _doubled_sums(values, period, float(period))
    means = window_sums(values, period)
    means /= period
    return means


def _doubled_sums(values: Floats, period: int, divisor: float) -> Floats:
    from .window_kernels import block_of, doubled_sums

    sums, rooms = np.empty(len(values)), np.empty((3, block_of(period) + period))
    doubled_sums(np.ascontiguousarray(values, np.float64), period, divisor, rooms, sums)
    return sums


def _compiled(kernel: Callable[..., None], *arguments: Floats | int) -> Floats:
    """What ``kernel`` writes for the columns and numbers among ``arguments``, the first of which is as long as it."""
    ready = [np.ascontiguousarray(x, np.float64) if isinstance(x, np.ndarray) else x for x in arguments]
    sums = np.empty(np.shape(arguments[0]))
    kernel(*ready, sums)
    return sums


def window_weighted(values: Floats, weights: Floats) -> Floats:
    """Sum of the newest values times ``weights``, of which the first is the oldest value's."""
    if len(values) >= LONG:
        from .window_kernels import weighted_sums

        return _compiled(weighted_sums, values, weights)

    def terms(rows: slice, a: int, b: int) -> Floats:
        k = rows.start - a
        return values[rows] * (weights if _one_window(b - a, len(weights)) else weights[k])

    return _summed(len(values), len(weights), terms)


def window_moments(values: Floats, means: Floats, period: int, power: int) -> Floats:
    """Mean of the 2nd, 3rd or 4th ``power`` of the distances to the window's mean, which ``means`` has at each bar."""
    if len(values) >= LONG:
        from .window_kernels import power_sums

        moments = _compiled(power_sums, values, means, period, power)
        moments /= period
        return moments

    def terms(rows: slice, a: int, b: int) -> Floats:
        off = values[rows] - means[a + period - 1 : b]
        squared = off * off
        return squared if power == 2 else squared * off if power == 3 else squared * squared

    return _summed(len(values), period, terms) / period


def window_squares(values: Floats, centre: Floats, weights: Floats, period: int) -> Floats:
    """Sum over each window of the weighted squares of the distances to ``centre`` at the window's end."""
    if len(values) >= LONG:
        from .window_kernels import square_sums

        return _compiled(square_sums, values, centre, weights, period)

    def terms(rows: slice, a: int, b: int) -> Floats:
        return weights[rows] * (values[rows] - centre[a + period - 1 : b]) ** 2

    return _summed(len(values), period, terms)


def window_products(values: Floats, means: Floats, period: int, lag: int) -> Floats:
    """Sum over each window of a value's distance to the window's mean times that of the value ``lag`` bars before."""
    if len(values) >= LONG:
        from .window_kernels import product_sums

        return _compiled(product_sums, values, means, period, lag)

    def terms(rows: slice, a: int, b: int) -> Floats:
        mean = means[a + period - 1 : b]
        return (values[rows] - mean) * (values[rows.start + lag : rows.stop + lag] - mean)

    return _summed(len(values), period, terms, terms=period - lag)


def window_spread(values: Floats, period: int) -> Floats:
    """Population standard deviation of the newest ``period`` values; 0 where it is rounding alone."""
    means = window_means(values, period)
    spread = np.sqrt(window_moments(values, means, period, 2))
    return np.where(spread <= ROUNDING * np.abs(means), 0.0, spread)


def window_highest(values: Floats, period: int) -> Floats:
    """Highest of the newest ``period`` values."""
    return values.copy() if period == 1 else np.asarray(ta().MAX(values, period))


def window_lowest(values: Floats, period: int) -> Floats:
    """Lowest of the newest ``period`` values."""
    return values.copy() if period == 1 else np.asarray(ta().MIN(values, period))


def ratio(a: Floats, b: Floats, otherwise: float = 0.0) -> Floats:
    """``a / b``, and ``otherwise`` where ``b`` is 0; NaN where either is."""
    if len(a) >= LONG:
        from .window_kernels import ratios

        found = np.empty(len(a))
        ratios(np.ascontiguousarray(a, np.float64), np.ascontiguousarray(b, np.float64), otherwise, found)
        return found
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(b == 0.0, np.where(np.isnan(a), np.nan, otherwise), a / b)


def shifted(values: Floats, bars: int) -> Floats:
    """At each bar the value of ``bars`` bars before; NaN at first."""
    moved = np.full(len(values), np.nan)
    if bars < len(values):
        moved[bars:] = values[: len(values) - bars]
    return moved


def _one_window(bars: int, period: int) -> bool:
    """Whether so many bars are but one window, as when an indicator goes on bar by bar."""
    return bars == period


def _summed(n: int, period: int, term: Callable[[slice, int, int], Floats], terms: int = 0) -> Floats:
    """At each bar the sum over the window of ``term(rows, a, b)``: the k-th value of each window of bars a to b."""
    sums = np.full(n, np.nan)
    for first in range(0, n - period + 1, _BLOCK):
        count = min(_BLOCK, n - period + 1 - first)
        a, b = first, first + count + period - 1
        if _one_window(b - a, period):  # the same sum in the same order, without a loop
            sums[b - 1] = np.cumsum(term(slice(a, a + (terms or period)), a, b))[-1]
            continue
        block = np.array(term(slice(a, a + count), a, b))
        for k in range(1, terms or period):
            block += term(slice(a + k, a + k + count), a, b)
        sums[a + period - 1 : b] = block
    return sums
