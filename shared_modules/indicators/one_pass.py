"""TA-Lib's functions that are quicker in another order of work, over long columns.

Each writes ``out`` with TA-Lib's very numbers and tells whether all inputs were finite; where they were not, ``out`` is
worth nothing. Importing this module loads numba.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import compiled, higher, lower, uncounted

_BLOCK = 512  # bars: the four columns that are worked on stay in the processor's first cache


@uncounted
def _rocr(values: Floats, period: float, out: Floats) -> bool:
    good, back = True, min(int(period), len(out))
    for i in range(back):
        good &= abs(values[i]) < np.inf
        out[i] = np.nan
    # columns of their own: rows counted from the end are ruled out, and many are taken at once
    return good & _ratios(values[back:], values[: len(out) - back], out[back:])


@uncounted
def _ratios(values: Floats, before: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        good &= abs(values[i]) < np.inf
        ratio = values[i] / before[i]
        out[i] = ratio if before[i] != 0.0 else 0.0
    return good


@uncounted
def _finite(values: Floats) -> bool:
    good = True
    for i in range(len(values)):
        good &= abs(values[i]) < np.inf
    return good


@uncounted
def _widest(period: int, highs: Floats, lows: Floats) -> None:
    """Turn each value into the highest and the lowest of the ``period`` from it on, by windows of twice the length."""
    length = 1
    while length < period:
        step = min(length, period - length)
        for i in range(len(highs) - step):
            highs[i], lows[i] = higher(highs[i], highs[i + step]), lower(lows[i], lows[i + step])
        length += step


@uncounted
def _moved(period: int, changes: Floats, sums: Floats) -> None:
    """The sum of the ``period`` changes from each on, added one after the other as TA-Lib does; many at once."""
    sums[:] = 0.0
    fours = period // 4 * 4
    for k in range(0, fours, 4):
        p, q, r, s = changes[k:], changes[k + 1 :], changes[k + 2 :], changes[k + 3 :]
        for i in range(len(sums)):
            sums[i] = (((sums[i] + p[i]) + q[i]) + r[i]) + s[i]
    for k in range(fours, period):
        later = changes[k:]
        for i in range(len(sums)):
            sums[i] += later[i]


@compiled
def _vhf(values: Floats, period: float, out: Floats) -> bool:
    if not _finite(values):
        return False
    n, bars = len(out), int(period)
    block = max(_BLOCK, 4 * bars)
    highs, lows, changes, sums = np.empty(block + bars), np.empty(block + bars), np.empty(block + bars), np.empty(block)
    out[: min(bars, n)] = np.nan
    for a in range(bars, n, block):
        count = min(block, n - a)
        size = count + bars - 1
        part, before = values[a - bars + 1 : a + count], values[a - bars : a + count - 1]
        highs[:size], lows[:size] = part, part
        changes[:size] = np.abs(part - before)
        _widest(bars, highs[:size], lows[:size])
        _moved(bars, changes[:size], sums[:count])
        for i in range(count):
            out[a + i] = (highs[i] - lows[i]) / sums[i] if sums[i] > 0.0 else 0.0
    return True


# by TA-Lib's name; the inputs, then the parameters, then where to write
PASSES: dict[str, Callable[..., Any]] = {"ROCR": _rocr, "VHF": _vhf}
