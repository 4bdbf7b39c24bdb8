"""Random numbers by address: the value at a key and an index never depends on what was asked before.

A counter-based hash (splitmix64) instead of a generator with a state: any stretch of any symbol's history can be
computed alone, in any order and after any restart, and always comes out the same.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_GOLDEN_INT, _M1_INT, _M2_INT, _ALL = int(_GOLDEN), int(_M1), int(_M2), (1 << 64) - 1
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_LOW = np.uint64(0xFFFF)
_SHIFTS = tuple(np.uint64(s) for s in (0, 16, 32, 48))


def key(*parts: object) -> np.uint64:
    """A key for the things named by ``parts``."""
    return np.uint64(int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "little"))


def bits(at: np.uint64, index: Ints) -> Bits:
    """64 random bits for each number in ``index``."""
    x = index.astype(np.uint64) * _GOLDEN
    x += at
    x ^= x >> _S30
    x *= _M1
    x ^= x >> _S27
    x *= _M2
    x ^= x >> _S31
    return x


def word(at: int, index: int) -> int:
    """What `bits` gives for one ``index``, without the cost of an array."""
    x = (index * _GOLDEN_INT + at) & _ALL
    x = (x ^ x >> 30) * _M1_INT & _ALL
    x = (x ^ x >> 27) * _M2_INT & _ALL
    return x ^ x >> 31


def share(random: int, which: int) -> float:
    """What `part` gives for one word."""
    return (random >> 16 * which & 0xFFFF) * 2.0**-16 + 2.0**-17


def part(random: Bits, which: int) -> Floats:
    """Uniform numbers in (0, 1) from the sixteen bits ``which`` (0 to 3) of each word."""
    return np.asarray(((random >> _SHIFTS[which]) & _LOW).astype(np.float64) * 2.0**-16 + 2.0**-17)


def normal(random: Bits) -> Floats:
    """Numbers of mean 0 and variance 1, nearly normal: the sum of four uniform parts."""
    total = (random & _LOW).astype(np.float64)
    for shift in _SHIFTS[1:]:
        total += (random >> shift) & _LOW
    return np.asarray((total * 2.0**-16 - 1.99997) * 1.7320508)


def unit(*parts: object) -> float:
    """One uniform number in (0, 1) for the things named by ``parts``."""
    return (int(key(*parts)) >> 11) * 2.0**-53 + 2.0**-54


def smooth(at: np.uint64, time: Ints | int, period: int) -> Floats:
    """A slow path of mean 0 through random knots (-1 to 1) every ``period`` ms, at each ``time``."""
    t = np.atleast_1d(np.asarray(time, np.int64))
    knot = t // period
    share = (t - knot * period) / period
    a = part(bits(at, knot), 1) * 2 - 1
    b = part(bits(at, knot + 1), 1) * 2 - 1
    return np.asarray(a + (b - a) * share * share * (3 - 2 * share))
