"""The compiled form of window sums, for long columns. Importing this module loads numba."""

import numpy as np
from numba import njit

from shared_modules.core.bars import Floats

_BLOCK = 1024  # two blocks and a period of some hundred bars stay in the processor's first cache


@njit(cache=True, nogil=True, error_model="numpy")
def _added(a: Floats, b: Floats, out: Floats) -> None:
    # a function of its own: the compiler takes many values at once only where it can tell the columns apart
    for i in range(len(out)):
        out[i] = a[i] + b[i]


@njit(cache=True, nogil=True, error_model="numpy")
def doubled_sums(values: Floats, period: int, divisor: float, sums: Floats) -> None:
    """Sum of the newest ``period`` values over ``divisor``, by sums of two, four and so on; NaN at first.

    The order of additions is that of `windows.window_sums`: the results are the same to the last bit.
    """
    n = len(values)
    sums[: min(n, period - 1)] = np.nan
    # neighbouring blocks share a period's values: it must not be most of a block
    block = max(_BLOCK, 4 * period)
    one, other = np.empty(block + period), np.empty(block + period)
    for a in range(0, n - period + 1, block):
        length = min(n - a, block + period - 1)
        count = length - period + 1
        total = sums[a + period - 1 : a + period - 1 + count]
        part = values[a : a + length]
        start, width, first = 0, 1, True
        while True:
            if period & width:
                summand = part[start : start + count]
                if first:
                    total[:] = summand
                else:
                    _added(total, summand, total)
                start, first = start + width, False
            width *= 2
            if width > period:
                break
            length -= width // 2
            _added(part[:length], part[width // 2 : width // 2 + length], other[:length])
            part = other[:length]
            one, other = other, one
        if divisor != 1.0:
            for i in range(count):
                total[i] /= divisor
