"""The compiled form of crossings, for long lines. Importing this module loads numba."""

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats
from shared_modules.core.compiling import uncounted
from shared_modules.core.lanes import (
    WIDTH,
    all_lanes,
    highers,
    highest_of,
    lanes_at,
    last_lanes,
    lowers,
    lowest_of,
    mark_above,
    plus,
    product,
    running_lanes,
    total_of,
)

from .window_kernels import added

Matrix = NDArray[np.float64]
_BLOCK = 512  # six columns of so many sums stay in the processor's first cache


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


@uncounted
def _total(part: Floats, powers: Matrix, period: int, begin: int, room: Floats) -> None:
    """Fill ``room`` with sums of ``period`` values from each row on, the first of which is ``begin``.

    ``powers[k]`` has the sums of 2 to the k values. The order of additions is that of `windows.window_sums`.
    """
    count = len(room)
    start, first, k = begin, True, 0
    while period >> k:
        if (period >> k) & 1:
            more = part[start : start + count] if k == 0 else powers[k, start : start + count]
            if first:
                for i in range(count):
                    room[i] = more[i]
            else:
                added(room, more, room)
            start, first = start + (1 << k), False
        k += 1


@uncounted
def _mean_of(values: Floats, begin: int, count: int) -> tuple[float, float, float]:
    """The mean, the lowest and the highest of ``count`` values from the row ``begin`` on."""
    address = values.ctypes.data
    sums, lows, highs = all_lanes(0.0), all_lanes(np.inf), all_lanes(-np.inf)
    whole = count - count % WIDTH
    for k in range(begin, begin + whole, WIDTH):
        more = lanes_at(address, k)
        sums, lows, highs = plus(sums, more), lowers(more, lows), highers(more, highs)
    total, least, most = total_of(sums), lowest_of(lows), highest_of(highs)
    for k in range(begin + whole, begin + count):
        value = values[k]
        total, least, most = total + value, min(least, value), max(most, value)
    return total / count, least, most


@uncounted
def _far_apart(values: Floats, a: int, fast: int, slow: int, tie: float, above: Flags, below: Flags) -> bool:
    """As `_standing` of the bars from row ``a`` on, by the way from one to the next; False where the means come near.

    The gap between the means changes by three values of each bar. Summed up, that carries rounding along, for each bar
    some parts in 2 to the 53 of the highest value: what is further apart than that stands as the exact means do.
    """
    address, flags, n = values.ctypes.data, above.ctypes.data, len(above)
    mean, least, most = _mean_of(values, a - slow + 1, slow)
    fresh, _, _ = _mean_of(values, a - fast + 1, fast)
    gap = fresh - mean
    above[0] = gap > 0.0
    in_both, out_of_fast, out_of_slow = 1.0 / fast - 1.0 / slow, -1.0 / fast, 1.0 / slow
    x, y, z, turned = all_lanes(in_both), all_lanes(out_of_fast), all_lanes(out_of_slow), all_lanes(-1.0)
    carried, lows, highs = all_lanes(gap), all_lanes(least), all_lanes(most)
    nearest = all_lanes(abs(gap))
    whole = (n - 1) - (n - 1) % WIDTH
    for k in range(0, whole, WIDTH):
        row = a + 1 + k
        newest = lanes_at(address, row)
        change = plus(product(newest, x), plus(product(lanes_at(address, row - fast), y),
                                             product(lanes_at(address, row - slow), z)))  # fmt: skip
        gaps = plus(carried, running_lanes(change))
        mark_above(flags, 1 + k, gaps)
        carried = last_lanes(gaps)
        lows, highs = lowers(newest, lows), highers(newest, highs)
        nearest = lowers(highers(gaps, product(gaps, turned)), nearest)
    gap, near, least, most = lowest_of(carried), lowest_of(nearest), lowest_of(lows), highest_of(highs)
    for k in range(1 + whole, n):
        row = a + k
        value = values[row]
        gap += value * in_both + (values[row - fast] * out_of_fast + values[row - slow] * out_of_slow)
        above[k] = gap > 0.0
        near, least, most = min(near, abs(gap)), min(least, value), max(most, value)
    for k in range(n):
        below[k] = not above[k]
    # a NaN on the way is in the last gap too
    far: bool = gap == gap and least > 0.0 and near > (2.1 * tie + 24.0 * (n + slow) * 1.2e-16) * most
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


@uncounted
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
    x, y = rooms[0, : len(above)], rooms[1, : len(above)]
    _total(part, powers, fast, slow - fast, x)
    _total(part, powers, slow, 0, y)
    if _standing(x, y, fast, slow, tie, above, below):
        return True
    return _standing_exactly(x, y, fast, slow, tie, above, below)


def means_crossed(values: Floats, fast: int, slow: int, tie: float, up: Flags, down: Flags) -> bool:
    """As `crossed_both` of the means over ``fast`` and the more ``slow`` values; False, and nothing, with a NaN.

    Where the means are far apart, their gap is followed from bar to bar; the exact sums are made for the few blocks
    alone in which they come near each other.
    """
    block = max(_BLOCK, 4 * slow)
    powers, rooms = np.empty((slow.bit_length(), block + slow)), np.empty((2, block))
    # the bar before the block; before the first there is none, and no crossing then
    above, below = np.ones((2, block + 1), np.bool_)
    return bool(_means_crossed(values, fast, slow, tie, powers, rooms, above, below, up, down))


@uncounted
def _means_crossed(
    values: Floats, fast: int, slow: int, tie: float, powers: Matrix, rooms: Matrix, above: Flags, below: Flags,
    up: Flags, down: Flags,
) -> bool:  # fmt: skip
    """As `means_crossed`, in arrays of the caller: to make them here would load numba's code of arrays, too."""
    n, block = len(values), len(above) - 1
    for k in range(min(n, slow)):
        up[k] = down[k] = False
    for a in range(slow - 1, n, block):
        count = min(block, n - a)
        part = values[a - slow + 1 : a + count]
        over, under = above[1 : count + 1], below[1 : count + 1]
        far = _far_apart(values, a, fast, slow, tie, over, under)
        if not far and not _stood(part, powers, rooms, fast, slow, tie, over, under):
            return False
        _changed(over, above[:count], up[a : a + count])
        _changed(under, below[:count], down[a : a + count])
        above[0], below[0] = above[count], below[count]
    return True
