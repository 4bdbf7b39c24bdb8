"""Figures of long columns in one pass each. Importing this module loads numba."""

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.compiling import uncounted


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
def falls(equity: Floats, cash: float, first: int, time: Times, lasting: int, drawdown: Floats) -> tuple[float, float]:
    """The deepest fall below the highest so far and the longest time until it was seen again; fills ``drawdown``.

    The curve is ``cash`` at ``first``, then ``equity[i]`` at ``time[i] + lasting``.
    """
    peak, deepest, longest = cash, 0.0, 0
    seen, seen_row, n = first, -1, len(equity)
    for i in range(n):
        value = equity[i]
        if value >= peak:
            peak = value
            # highs one bar apart are no drawdown between them
            if i - seen_row > 1:
                longest = max(longest, time[i] + lasting - seen)
            seen, seen_row = time[i] + lasting, i
        fall = value / peak - 1.0
        drawdown[i] = fall
        deepest = min(deepest, fall)
    if seen_row < n - 1:
        longest = max(longest, time[n - 1] + lasting - seen)
    return deepest, float(longest)
