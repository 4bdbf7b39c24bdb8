"""Figures of long columns in one pass each. Importing this module loads numba."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats, Times
from shared_modules.core.compiling import uncounted

from .sums import Pairing, leaf, new_pairing, next_leaf, paired

Wishes = NDArray[Any]


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


def falls(equity: Floats, cash: float, first: int, time: Times, lasting: int) -> tuple[float, float, float]:
    """The deepest fall below the highest so far, the longest time (ms) until that was seen again, the sum of equity.

    The curve is ``cash`` at ``first``, then ``equity[i]`` at ``time[i] + lasting``. The sum is numpy's.
    """
    deepest, longest, total = _falls(equity, cash, first, time, lasting, new_pairing())
    return float(deepest), float(longest), float(total)


@uncounted
def _falls(
    equity: Floats, cash: float, first: int, time: Times, lasting: int, room: Pairing
) -> tuple[float, float, float]:
    """Below one high the lowest value is the deepest fall: there is one division for each high."""
    n, i, deep = len(equity), 0, 0
    peak, trough, deepest, longest = cash, cash, 0.0, 0
    seen, seen_row = first, -1
    room.left[0], room.owed[0], top = n, 0, 1
    while top > 0:
        # a block below the high can only bring a new low
        top = next_leaf(room, top) - 1
        stop = i + room.left[top]
        total, lowest, highest = leaf(equity[i:stop])
        deep = paired(room.sums, deep, total, room.owed[top])
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
    return deepest, float(longest), room.sums[0]


@uncounted
def told(
    asked: Wishes, codes: Wishes, entering: int, long: int, short: int, unheard: int, begin: Times, rows: Times,
    time: Times, found: Times,
) -> int:  # fmt: skip
    """Fill the rows of ``found`` with time, symbol, side and code of each wish that is ``entering``; returns how many.

    Every symbol has a bar at every ``time``, the first of them in the row ``begin`` of the wishes' ``rows``. A code of
    0 becomes ``unheard``.
    """
    count, s, last = 0, 0, len(begin) - 1
    for k in range(len(rows)):
        wish, row = asked[k], rows[k]
        if wish & entering == 0:
            continue
        while s < last and row >= begin[s + 1]:
            s += 1
        found[0, count], found[1, count] = time[row - begin[s]], s
        found[2, count] = (wish & long != 0) - np.int64(wish & short != 0)
        found[3, count] = codes[k] if codes[k] != 0 else unheard
        count += 1
    return count


@uncounted
def random_gains(path: Any, spans: Any, words: Any, gaps: Any, found: Floats) -> None:
    """Fill ``found`` with sums of returns of the same trades in random orders at random times.

    ``path``: prices at the times at which trades may begin and end, one row later than the last for the end. ``spans``
    is for how many rows each is held, below 0 for shorts; it is left in another order. A draw takes a row of ``words``,
    random in 32 bits, to shuffle by, and one of ``gaps``, exponential and one more than trades: their running sums over
    their whole one are numbers drawn evenly from 0 to 1 and sorted, with which the free rows are shared out.
    """
    count, last, held = len(spans), len(path) - 1, 0
    for k in range(count):
        held += abs(spans[k])
    free = max(0, last - held)
    for d in range(len(found)):
        whole = gaps[d, count]
        for k in range(count):
            whole += gaps[d, k]
        for k in range(count - 1, 0, -1):
            other = np.int64((np.uint64(words[d, k]) * np.uint64(k + 1)) >> np.uint64(32))
            spans[k], spans[other] = spans[other], spans[k]
        scale, waited, gone, total = (free + 1) / whole, 0.0, 0, 0.0
        for k in range(count):
            span: Any = abs(np.int64(spans[k]))
            waited += gaps[d, k]
            wait: Any = min(np.int64(waited * scale), free)
            begin = min(gone + wait, last - 1)
            gone += span
            gain = path[min(begin + span, last)] / path[begin] - 1.0
            total += gain if spans[k] > 0 else -gain
        found[d] = total
