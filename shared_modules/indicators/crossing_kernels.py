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
def _running(part: Floats, sums: Floats) -> bool:
    """Fill ``sums`` with those of all values before each row and after the last; False for values not above 0.

    Each addition waits for the one before: four chains side by side take a quarter of the time of one.
    """
    n = len(part)
    each = n // 4
    a = b = c = d = sums[0] = 0.0
    good = True
    for i in range(each):
        u, v, x, y = part[i], part[each + i], part[2 * each + i], part[3 * each + i]
        good &= (u > 0.0) & (v > 0.0) & (x > 0.0) & (y > 0.0)
        a, b, c, d = a + u, b + v, c + x, d + y
        sums[i + 1], sums[each + i + 1], sums[2 * each + i + 1], sums[3 * each + i + 1] = a, b, c, d
    for i in range(4 * each, n):
        good &= part[i] > 0.0
        d += part[i]
        sums[i + 1] = d
    _raised(sums[each + 1 : 2 * each + 1], a)
    _raised(sums[2 * each + 1 : 3 * each + 1], a + b)
    _raised(sums[3 * each + 1 : n + 1], a + b + c)
    return good


@uncounted
def _raised(values: Floats, by: float) -> None:
    for i in range(len(values)):
        values[i] += by


@uncounted
def _far_apart(sums: Floats, fast: int, slow: int, tie: float, above: Flags, below: Flags) -> bool:
    """As `_standing` by running ``sums`` that begin ``slow`` values before; False where a mean comes near the other.

    Running sums carry rounding along, at most one part in 2 to the 53 of the last for each value: what is further
    apart than that stands as the exact means do.
    """
    far, per_fast, per_slow, n = True, 1.0 / fast, 1.0 / slow, len(above)
    rounding = 4.0 * len(sums) * 1.2e-16 * sums[n + slow - 1] * per_fast
    # the same column begun at three places: the compiler takes many values at once
    ends, middles, begins = sums[slow:], sums[slow - fast :], sums
    for i in range(n):
        x = (ends[i] - middles[i]) * per_fast
        gap = x - (ends[i] - begins[i]) * per_slow
        above[i], below[i] = gap > 0.0, gap < 0.0
        far &= abs(gap) > 2.1 * tie * x + rounding
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
def _stood(
    part: Floats, powers: Matrix, rooms: Matrix, fast: int, slow: int, tie: float, above: Flags, below: Flags
) -> bool:
    """As `_standing` of ``part``, which begins ``slow - 1`` values before; False where there is a NaN."""
    levels = 1
    while slow >> levels:
        half, length = 1 << (levels - 1), len(part) + 1 - (1 << levels)
        lower = part if levels == 1 else powers[levels - 1, : length + half]
        added(lower[:length], lower[half : half + length], powers[levels, :length])
        levels += 1
    x = _total(part, powers, fast, slow - fast, rooms[0, : len(above)])
    y = _total(part, powers, slow, 0, rooms[1, : len(above)])
    if _standing(x, y, fast, slow, tie, above, below):
        return True
    return _standing_exactly(x, y, fast, slow, tie, above, below)


@compiled
def means_crossed(values: Floats, fast: int, slow: int, tie: float, up: Flags, down: Flags) -> bool:
    """As `crossed_both` of the means over ``fast`` and the more ``slow`` values; False, and nothing, with a NaN.

    Where the means are far apart, running sums tell which is above; the exact sums are made for the few blocks alone in
    which they come near each other.
    """
    n, block, levels = len(values), max(_BLOCK, 4 * slow), 1
    while slow >> levels:
        levels += 1
    up[: min(n, slow)] = False
    down[: min(n, slow)] = False
    powers, rooms, sums = np.empty((levels, block + slow)), np.empty((2, block)), np.empty(block + slow)
    # the bar before the block; before the first there is none, and no crossing then
    above, below = np.ones(block + 1, np.bool_), np.ones(block + 1, np.bool_)
    for a in range(slow - 1, n, block):
        count = min(block, n - a)
        part = values[a - slow + 1 : a + count]
        over, under = above[1 : count + 1], below[1 : count + 1]
        far = _running(part, sums) and _far_apart(sums, fast, slow, tie, over, under)
        if not far and not _stood(part, powers, rooms, fast, slow, tie, over, under):
            return False
        _changed(over, above[:count], up[a : a + count])
        _changed(under, below[:count], down[a : a + count])
        above[0], below[0] = above[count], below[count]
    return True
