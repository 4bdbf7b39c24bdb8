"""The compiled forms of `windows`, for long columns: the same additions in the same order.

Importing this module loads numba.
"""

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import uncounted

_BLOCK = 1024  # two blocks and a period of some hundred bars stay in the processor's first cache


@uncounted
def all_finite(values: Floats) -> bool:
    """Whether no value is NaN or infinite."""
    good = True
    for i in range(len(values)):
        good &= abs(values[i]) < np.inf
    return good


@uncounted
def ratios(a: Floats, b: Floats, otherwise: float, out: Floats) -> None:
    """`windows.ratio` in one pass."""
    for i in range(len(out)):
        quotient = a[i] / b[i]
        out[i] = quotient if b[i] != 0.0 else otherwise if a[i] == a[i] else a[i]


def block_of(period: int) -> int:
    """How many windows are taken at a time; they share a period's values, which must not be most of them."""
    return max(_BLOCK, 4 * period)


# functions of their own: the compiler takes many values at once only where it can tell the columns apart
@uncounted
def _fill(value: float, out: Floats) -> None:
    # an assignment to a slice would link how numba tells of wrong shapes, texts and all
    for i in range(len(out)):
        out[i] = value


@uncounted
def _copy(a: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = a[i]


@uncounted
def added(a: Floats, b: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = a[i] + b[i]


@uncounted
def _added_pairs(a: Floats, b: Floats, c: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = a[i] + (b[i] + c[i])


@uncounted
def _added_fours(a: Floats, b: Floats, c: Floats, d: Floats, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = (a[i] + b[i]) + (c[i] + d[i])


@uncounted
def _divided(a: Floats, divisor: float, out: Floats) -> None:
    for i in range(len(out)):
        out[i] = a[i] / divisor


@uncounted
def doubled_sums(values: Floats, period: int, divisor: float, rooms: Floats, sums: Floats) -> None:
    """Sum of the newest ``period`` values over ``divisor``, by sums of two, four and so on; NaN at first.

    The order of additions is that of `windows.window_sums`: the results are the same to the last bit. Sums of two are
    kept in no column: those of four are made at once, in ``rooms``, three rows of `block_of` and a period's values.
    """
    n, block = len(values), rooms.shape[1] - period
    _fill(np.nan, sums[: min(n, period - 1)])
    one, other, held = rooms[0], rooms[1], rooms[2]
    for a in range(0, n - period + 1, block):
        length = min(n - a, block + period - 1)
        count = length - period + 1
        total = held[:count]
        part = values[a : a + length]
        start, width, first = 0, 1, True
        while True:
            if period & width:
                summand = part[start : start + count]
                if first:
                    _copy(summand, total)
                else:
                    added(total, summand, total)
                start, first = start + width, False
            if period & (2 * width):
                left, right = part[start : start + count], part[start + width : start + width + count]
                if first:
                    added(left, right, total)
                else:
                    _added_pairs(total, left, right, total)
                start, first = start + 2 * width, False
            if 4 * width > period:
                break
            length -= 3 * width
            _added_fours(
                part[:length], part[width : width + length], part[2 * width : 2 * width + length],
                part[3 * width : 3 * width + length], other[:length],
            )  # fmt: skip
            part = other[:length]
            one, other = other, one
            width *= 4
        _divided(total, divisor, sums[a + period - 1 : a + period - 1 + count])


@uncounted
def _add_powers(values: Floats, centre: Floats, power: int, total: Floats) -> None:
    if power == 2:
        for i in range(len(total)):
            off = values[i] - centre[i]
            total[i] += off * off
    elif power == 3:
        for i in range(len(total)):
            off = values[i] - centre[i]
            total[i] += off * off * off
    else:
        for i in range(len(total)):
            off = values[i] - centre[i]
            squared = off * off
            total[i] += squared * squared


@uncounted
def power_sums(values: Floats, centre: Floats, period: int, power: int, sums: Floats) -> None:
    """Sum over each window of the ``power`` (2 to 4) of the distances to ``centre`` at its end; NaN at first."""
    n = len(values)
    _fill(np.nan, sums[: min(n, period - 1)])
    for a in range(period - 1, n, _BLOCK):
        count = min(_BLOCK, n - a)
        total, middle, first = sums[a : a + count], centre[a : a + count], a - period + 1
        _fill(0.0, total)
        for k in range(period):
            _add_powers(values[first + k : first + k + count], middle, power, total)


@uncounted
def _add_products(values: Floats, later: Floats, centre: Floats, total: Floats) -> None:
    for i in range(len(total)):
        total[i] += (values[i] - centre[i]) * (later[i] - centre[i])


@uncounted
def product_sums(values: Floats, centre: Floats, period: int, lag: int, sums: Floats) -> None:
    """Sum over each window of the products of distances to ``centre``, ``lag`` values apart; NaN at first."""
    n = len(values)
    _fill(np.nan, sums[: min(n, period - 1)])
    for a in range(period - 1, n, _BLOCK):
        count = min(_BLOCK, n - a)
        total, middle, first = sums[a : a + count], centre[a : a + count], a - period + 1
        _fill(0.0, total)
        for k in range(first, first + period - lag):
            _add_products(values[k : k + count], values[k + lag : k + lag + count], middle, total)


@uncounted
def _add_squares(values: Floats, centre: Floats, weights: Floats, total: Floats) -> None:
    for i in range(len(total)):
        off = values[i] - centre[i]
        total[i] += weights[i] * (off * off)


@uncounted
def square_sums(values: Floats, centre: Floats, weights: Floats, period: int, sums: Floats) -> None:
    """Sum over each window of the weighted squares of the distances to ``centre`` at its end; NaN at first."""
    n = len(values)
    _fill(np.nan, sums[: min(n, period - 1)])
    for a in range(period - 1, n, _BLOCK):
        count = min(_BLOCK, n - a)
        total, middle = sums[a : a + count], centre[a : a + count]
        _fill(0.0, total)
        for k in range(a - period + 1, a + 1):
            _add_squares(values[k : k + count], middle, weights[k : k + count], total)


@uncounted
def _add_weighted(values: Floats, weight: float, total: Floats) -> None:
    for i in range(len(total)):
        total[i] += values[i] * weight


@uncounted
def weighted_sums(values: Floats, weights: Floats, sums: Floats) -> None:
    """Sum over each window of the values times ``weights``, of which the first is the oldest value's; NaN at first."""
    n, period = len(values), len(weights)
    _fill(np.nan, sums[: min(n, period - 1)])
    for a in range(period - 1, n, _BLOCK):
        count = min(_BLOCK, n - a)
        total, first = sums[a : a + count], a - period + 1
        _fill(0.0, total)
        for k in range(period):
            _add_weighted(values[first + k : first + k + count], weights[k], total)
