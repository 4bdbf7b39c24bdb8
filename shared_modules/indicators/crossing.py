"""One line above another, and the bars at which it gets there."""

import numpy as np

from shared_modules.core.bars import Flags, Floats

from .trend import sma

# averages that are equal on paper differ in floats by some 1e-16 of their size per summand; a real difference of
# prices, one tick in windows of hundreds of bars, is far larger than this
_TIE = 1e-13
# for fewer bars numba is not worth its loading
_LONG = 20_000


def above(a: Floats, b: Floats | float) -> Flags:
    """Where ``a`` is above ``b`` by more than rounding; False where either is NaN."""
    with np.errstate(invalid="ignore"):
        result: Flags = a - b > _TIE * np.maximum(np.abs(a), np.abs(b))
    return result


def is_above(a: float, b: float) -> bool:
    """`above` of two single values."""
    return a - b > _TIE * max(abs(a), abs(b))


def crossed_above(a: Floats, b: Floats | float) -> Flags:
    """Where ``a`` is above ``b`` and at the bar before, both defined, it was not."""
    return _crossed(a, b, 1.0)


def crossed_below(a: Floats, b: Floats | float) -> Flags:
    """Where ``a`` is below ``b`` and at the bar before, both defined, it was not."""
    return _crossed(a, b, -1.0)


def crossings(a: Floats, b: Floats) -> tuple[Flags, Flags]:
    """`crossed_above` and `crossed_below` of two lines."""
    if len(a) < _LONG:
        return crossed_above(a, b), crossed_below(a, b)
    from .crossing_kernels import crossed_both

    up, down = np.empty((2, len(a)), np.bool_)
    crossed_both(np.ascontiguousarray(a, np.float64), np.ascontiguousarray(b, np.float64), _TIE, up, down)
    return up, down


def sma_crossings(values: Floats, fast: int, slow: int) -> tuple[Flags, Flags]:
    """`crossings` of the means over ``fast`` and the more ``slow`` newest values, without making the two lines."""
    if len(values) >= _LONG and 0 < fast < slow:
        from .crossing_kernels import means_crossed

        up, down = np.empty((2, len(values)), np.bool_)
        if means_crossed(np.ascontiguousarray(values, np.float64), fast, slow, _TIE, up, down):
            return up, down
    return crossings(sma(values, fast), sma(values, slow))


def _crossed(a: Floats, b: Floats | float, sign: float) -> Flags:
    if len(a) < _LONG:
        now = above(sign * a, sign * b)
        defined = ~(np.isnan(a) | np.isnan(b))
        result = np.zeros(len(now), np.bool_)
        result[1:] = now[1:] & ~now[:-1] & defined[:-1]
        return result
    from .crossing_kernels import crossed, crossed_level

    found = np.empty(len(a), np.bool_)
    line = np.ascontiguousarray(a, np.float64)
    if np.ndim(b) == 0:
        crossed_level(line, float(b), sign, _TIE, found)
    else:
        crossed(line, np.ascontiguousarray(b, np.float64), sign, _TIE, found)
    return found


class Crossing:
    """`crossed_above` and `crossed_below` of one pair of lines, bar by bar.

    Called with both values at the next bar it gives 1 where the first crossed above the second, -1 where below, else 0.
    """

    __slots__ = ("_side",)

    def __init__(self) -> None:
        # 1 above, -1 below, 0 level, None where one of them is missing
        self._side: int | None = None

    def __call__(self, a: float, b: float) -> int:
        side: int | None
        if a > b:
            side = 1 if a - b > _TIE * (a if a > -b else -b) else 0
        elif a < b:
            side = -1 if b - a > _TIE * (b if b > -a else -a) else 0
        else:
            side = 0 if a == b else None
        before = self._side
        if side == before:
            return 0  # as at nearly every bar
        self._side = side
        return 0 if before is None or side is None else side
