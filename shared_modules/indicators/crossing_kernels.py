"""The compiled form of crossings, for long lines. Importing this module loads numba."""

from shared_modules.core.bars import Flags, Floats
from shared_modules.core.compiling import uncounted


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
