"""The compiled form of crossings, for long lines. Importing this module loads numba."""

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats
from shared_modules.core.compiling import compiled, uncounted

from .window_kernels import added

Matrix = NDArray[np.float64]
_BLOCK = 512  # seven columns of so many sums stay in the processor's first cache


@uncounted
def crossed(a: Floats, b: Floats, sign: float, tie: float, found: Flags) -> None:
    """Mark in ``found`` where ``a`` gets above ``b``, or below it with a ``sign`` of -1.

    Each bar is compared with the one before afresh, so that the loop has no memory and many bars are taken at once.
    """
    if len(found) > 0:
        found[0] = False
    for i in range(1, len(a)):
        x, y, u, v = a[i], b[i], a[i - 1], b[i - 1]
        now = sign * (x - y) > tie * max(abs(x), abs(y))
        before = sign * (u - v) > tie * max(abs(u), abs(v))
        found[i] = now & (not before) & (u == u) & (v == v)


@uncounted
def crossed_both(a: Floats, b: Floats, tie: float, up: Flags, down: Flags) -> None:
    """As `crossed` both ways in one pass."""
    if len(up) > 0:
        up[0] = down[0] = False
    for i in range(1, len(a)):
        x, y, u, v = a[i], b[i], a[i - 1], b[i - 1]
        now, before = tie * max(abs(x), abs(y)), tie * max(abs(u), abs(v))
        defined = (u == u) & (v == v)
        up[i] = (x - y > now) & (not (u - v > before)) & defined
        down[i] = (y - x > now) & (not (v - u > before)) & defined


@uncounted
def crossed_level(a: Floats, b: float, sign: float, tie: float, found: Flags) -> None:
    """As `crossed` with the same value ``b`` at each bar."""
    if len(found) > 0:
        found[0] = False
    for i in range(1, len(a)):
        now = sign * (a[i] - b) > tie * max(abs(a[i]), abs(b))
        before = sign * (a[i - 1] - b) > tie * max(abs(a[i - 1]), abs(b))
        found[i] = now & (not before) & (a[i - 1] == a[i - 1]) & (b == b)


@compiled
def _total(part: Floats, powers: Matrix, period: int, begin: int, room: Floats) -> Floats:
    """Sums of ``period`` values from each row on, the first of which is ``begin``, in ``room`` or where they are.

    ``powers[k]`` has the sums of 2 to the k values. The order of additions is that of `windows.window_sums`.
    """
    count = len(room)
    found, start, first, k = room, begin, True, 0
    while period >> k:
        if (period >> k) & 1:
            more = part[start : start + count] if k == 0 else powers[k, start : start + count]
            if first:
                found = more
            else:
                added(found, more, room)
                found = room
            start, first = start + (1 << k), False
        k += 1
    return found


@uncounted
def _far_apart(a: Floats, b: Floats, fast: int, slow: int, tie: float, above: Flags, below: Flags) -> bool:
    """As `_standing` for means that are nowhere near a tie, in half of its time; False where they might be."""
    far, per_fast, per_slow = True, 1.0 / fast, 1.0 / slow
    for i in range(len(a)):
        x = a[i] * per_fast
        gap = x - b[i] * per_slow
        above[i], below[i] = gap > 0.0, gap < 0.0
        far &= abs(gap) > 2.1 * tie * abs(x)
    return far


@uncounted
def _standing(a: Floats, b: Floats, fast: int, slow: int, tie: float, above: Flags, below: Flags) -> bool:
    """Which mean is above at each bar, by the sums ``a`` and ``b``; False where rounding might decide or a NaN is.

    To multiply takes a fraction of the time of a division; the means differ by less than one part in 10^15 then.
    """
    sure, per_fast, per_slow = True, 1.0 / fast, 1.0 / slow
    for i in range(len(a)):
        x, y = a[i] * per_fast, b[i] * per_slow
        gap, least = x - y, tie * max(abs(x), abs(y))
        above[i], below[i] = gap > least, -gap > least
        sure &= abs(abs(gap) - least) > 0.02 * least
    return sure


@uncounted
def _standing_exactly(a: Floats, b: Floats, fast: int, slow: int, tie: float, above: Flags, below: Flags) -> bool:
    """As `_standing` by the very means; False where there is a NaN or an infinity."""
    finite = True
    for i in range(len(a)):
        x, y = a[i] / fast, b[i] / slow
        least = tie * max(abs(x), abs(y))
        above[i], below[i] = x - y > least, y - x > least
        finite &= abs(b[i]) < np.inf
    return finite


@uncounted
def _changed(now: Flags, before: Flags, found: Flags) -> None:
    for i in range(len(found)):
        found[i] = now[i] & (not before[i])


@compiled
def means_crossed(values: Floats, fast: int, slow: int, tie: float, up: Flags, down: Flags) -> bool:
    """As `crossed_both` of the means over ``fast`` and the more ``slow`` values; False, and nothing, with a NaN.

    The means are held a block at a time, in the processor's first cache, and the sums that both are made of once.
    """
    n, block, levels = len(values), max(_BLOCK, 4 * slow), 1
    while slow >> levels:
        levels += 1
    up[: min(n, slow)] = False
    down[: min(n, slow)] = False
    powers, rooms = np.empty((levels, block + slow)), np.empty((2, block))
    above, below = np.ones(block + 1, np.bool_), np.ones(block + 1, np.bool_)
    for a in range(slow - 1, n, block):
        count = min(block, n - a)
        part = values[a - slow + 1 : a + count]
        for k in range(1, levels):
            half, length = 1 << (k - 1), len(part) + 1 - (1 << k)
            lower = part if k == 1 else powers[k - 1, : length + half]
            added(lower[:length], lower[half : half + length], powers[k, :length])
        x = _total(part, powers, fast, slow - fast, rooms[0, :count])
        y = _total(part, powers, slow, 0, rooms[1, :count])
        # the bar before the block; before the first there is none, and no crossing then
        over, under = above[1 : count + 1], below[1 : count + 1]
        sure = _far_apart(x, y, fast, slow, tie, over, under) or _standing(x, y, fast, slow, tie, over, under)
        if not sure and not _standing_exactly(x, y, fast, slow, tie, over, under):
            return False
        _changed(over, above[:count], up[a : a + count])
        _changed(under, below[:count], down[a : a + count])
        above[0], below[0] = above[count], below[count]
    return True
