"""TA-Lib's functions of a few operations a bar, with the look for missing values in the same pass.

For long columns: TA-Lib's own loop and a look at each of its inputs would take twice the time. Each writes ``out`` with
TA-Lib's very numbers and tells whether all inputs were finite; where they were not, ``out`` is worth nothing. Importing
this module loads numba.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import compiled, higher, lower, uncounted

_BLOCK = 512  # bars: four columns of so many stay in the processor's first cache
_EPSILON = 1e-14  # TA-Lib's: what is smaller counts as 0


@uncounted
def _typprice(high: Floats, low: Floats, close: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        h, lo, c = high[i], low[i], close[i]
        good &= (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(c) < np.inf)
        out[i] = (h + lo + c) / 3.0
    return good


@uncounted
def _wclprice(high: Floats, low: Floats, close: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        h, lo, c = high[i], low[i], close[i]
        good &= (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(c) < np.inf)
        out[i] = (h + lo + c * 2.0) / 4.0
    return good


@uncounted
def _bop(opened: Floats, high: Floats, low: Floats, close: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        o, h, lo, c = opened[i], high[i], low[i], close[i]
        good &= (abs(o) < np.inf) & (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(c) < np.inf)
        span = h - lo
        out[i] = (c - o) / span if span >= _EPSILON else 0.0
    return good


@uncounted
def _marketfi(high: Floats, low: Floats, volume: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        h, lo, v = high[i], low[i], volume[i]
        good &= (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(v) < np.inf)
        out[i] = (h - lo) / v if abs(v) >= _EPSILON else 0.0
    return good


@uncounted
def _add(a: Floats, b: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        good &= (abs(a[i]) < np.inf) & (abs(b[i]) < np.inf)
        out[i] = a[i] + b[i]
    return good


@uncounted
def _sub(a: Floats, b: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        good &= (abs(a[i]) < np.inf) & (abs(b[i]) < np.inf)
        out[i] = a[i] - b[i]
    return good


@uncounted
def _mult(a: Floats, b: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        good &= (abs(a[i]) < np.inf) & (abs(b[i]) < np.inf)
        out[i] = a[i] * b[i]
    return good


@uncounted
def _div(a: Floats, b: Floats, out: Floats) -> bool:
    good = True
    for i in range(len(out)):
        good &= (abs(a[i]) < np.inf) & (abs(b[i]) < np.inf)
        found = a[i] / b[i]
        # no chart can show what is infinite
        out[i] = found if abs(found) < np.inf else np.nan
    return good


@uncounted
def _trange(high: Floats, low: Floats, close: Floats, out: Floats) -> bool:
    good = True
    if len(out) > 0:
        good = (abs(high[0]) < np.inf) & (abs(low[0]) < np.inf) & (abs(close[0]) < np.inf)
        out[0] = np.nan
    for i in range(1, len(out)):
        h, lo, before = high[i], low[i], close[i - 1]
        good &= (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(close[i]) < np.inf)
        out[i] = max(max(h - lo, abs(before - h)), abs(before - lo))
    return good


@uncounted
def _cdldoji(opened: Floats, high: Floats, low: Floats, close: Floats, out: Floats) -> bool:
    good, total = True, 0.0
    for i in range(len(out)):
        o, h, lo, c = opened[i], high[i], low[i], close[i]
        good &= (abs(o) < np.inf) & (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(c) < np.inf)
        if i < 10:
            out[i] = np.nan
            total += h - lo
            continue
        # a body of at most a tenth of the mean range of the ten bars before
        out[i] = 100.0 if abs(c - o) <= 0.1 * (total / 10.0) else 0.0
        total += (h - lo) - (high[i - 10] - low[i - 10])
    return good


@uncounted
def _ad(high: Floats, low: Floats, close: Floats, volume: Floats, out: Floats) -> bool:
    good, total = True, 0.0
    for i in range(len(out)):
        h, lo, c, v = high[i], low[i], close[i], volume[i]
        good &= (abs(h) < np.inf) & (abs(lo) < np.inf) & (abs(c) < np.inf) & (abs(v) < np.inf)
        span = h - lo
        if span > 0.0:
            total += (((c - lo) - (h - c)) / span) * v
        out[i] = total
    return good


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
PASSES: dict[str, Callable[..., Any]] = {
    "TYPPRICE": _typprice, "WCLPRICE": _wclprice, "BOP": _bop, "MARKETFI": _marketfi, "ADD": _add, "SUB": _sub,
    "MULT": _mult, "DIV": _div, "TRANGE": _trange, "AD": _ad, "ROCR": _rocr,
    "VHF": _vhf, "CDLDOJI": _cdldoji,
}  # fmt: skip
