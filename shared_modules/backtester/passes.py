"""Figures of long columns in one pass each. Importing this module loads numba."""

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.compiling import higher, lower, uncounted

_BLOCK = 256


@uncounted
def all_prices(a: Floats, b: Floats, c: Floats, d: Floats) -> bool:
    """Whether every value of the four columns is a finite number above 0."""
    good = True
    for i in range(len(a)):
        good &= (a[i] > 0.0) & (a[i] < np.inf) & (b[i] > 0.0) & (b[i] < np.inf)
        good &= (c[i] > 0.0) & (c[i] < np.inf) & (d[i] > 0.0) & (d[i] < np.inf)
    return good


@uncounted
def evenly(time: Times, step: int) -> bool:
    """Whether each time follows the one before by ``step``."""
    good = True
    for i in range(1, len(time)):
        good &= time[i] - time[i - 1] == step
    return good


@uncounted
def same_times(a: Times, b: Times) -> bool:
    """Whether two columns of one length are equal."""
    same = True
    for i in range(len(a)):
        same &= a[i] == b[i]
    return same


@uncounted
def _span(values: Floats) -> tuple[float, float]:
    """The lowest and the highest of ``values``, none of which is NaN; many are looked at at once."""
    lowest, highest = np.inf, -np.inf
    # by number: an iterator is in the compiler's way
    for k in range(len(values)):
        lowest, highest = lower(values[k], lowest), higher(values[k], highest)
    return lowest, highest


@uncounted
def falls(equity: Floats, cash: float, first: int, time: Times, lasting: int) -> tuple[float, float]:
    """The deepest fall below the highest so far, and the longest time (ms) until that was seen again.

    The curve is ``cash`` at ``first``, then ``equity[i]`` at ``time[i] + lasting``. Below one high the lowest value is
    the deepest fall: there is one division for each high.
    """
    n, i = len(equity), 0
    peak, trough, deepest, longest = cash, cash, 0.0, 0
    seen, seen_row = first, -1
    while i < n:
        # a block below the high can only bring a new low
        stop = min(n, i + _BLOCK)
        lowest, highest = _span(equity[i:stop])
        if highest < peak:
            trough, i = min(trough, lowest), stop
            continue
        for k in range(i, stop):
            value = equity[k]
            if value >= peak:
                deepest = min(deepest, trough / peak - 1.0)
                # highs one bar apart are no drawdown between them
                if k - seen_row > 1:
                    longest = max(longest, time[k] + lasting - seen)
                peak = trough = value
                seen, seen_row = time[k] + lasting, k
            elif value < trough:
                trough = value
        i = stop
    deepest = min(deepest, trough / peak - 1.0)
    if seen_row < n - 1:
        longest = max(longest, time[n - 1] + lasting - seen)
    return deepest, float(longest)
