"""Sums to the last bit as numpy takes them, in passes that look at more than one thing. Importing this loads numba.

numpy halves a column until at most 128 values are left, which it sums in eight chains; the halves are added in pairs.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import higher, lower, uncounted
from shared_modules.core.lanes import WIDTH, highers, highest_of, lanes_at, lowers, lowest_of, plus, total_of

from .metrics import TradeSums

Codes = NDArray[np.int64]
_LEAF = 128
_DEEP = 64  # halves of halves: more than a length has bits


@lru_cache(maxsize=8)
def halves(n: int) -> tuple[Codes, Codes]:
    """Where the leaves of ``n`` values end, and how many pairs of sums are added up after each."""
    ends: list[int] = []
    pairs: list[int] = []
    _halve(n, 0, ends, pairs)
    return np.array(ends, np.int64), np.array(pairs, np.int64)


def _halve(n: int, at: int, ends: list[int], pairs: list[int]) -> None:
    if n <= _LEAF:
        ends.append(at + n)
        pairs.append(0)
        return
    first = n // 2
    first -= first % 8
    _halve(first, at, ends, pairs)
    _halve(n - first, at + first, ends, pairs)
    pairs[-1] += 1


@uncounted
def leaf(values: Floats) -> tuple[float, float, float]:
    """The sum, the lowest and the highest of at most 128 ``values``, none of which is NaN."""
    n, at = len(values), values.ctypes.data
    total, least, most = 0.0, np.inf, -np.inf
    whole = n - n % WIDTH
    if whole > 0:
        sums = lows = highs = lanes_at(at, 0)
        for k in range(WIDTH, whole, WIDTH):
            more = lanes_at(at, k)
            sums, lows, highs = plus(sums, more), lowers(lows, more), highers(highs, more)
        total, least, most = total_of(sums), lowest_of(lows), highest_of(highs)
    for k in range(whole, n):
        total += values[k]
        least, most = lower(values[k], least), higher(values[k], most)
    return total, least, most


@uncounted
def paired(stack: Floats, deep: int, total: float, pairs: int) -> int:
    """Put the ``total`` of a leaf on the ``stack``, ``deep`` high, and add up so many pairs; returns how high it is."""
    stack[deep] = total
    for k in range(deep, deep - pairs, -1):
        stack[k - 1] += stack[k]
    return deep + 1 - pairs


def summed(values: Floats) -> float:
    """The sum of ``values``."""
    return float(_summed(values, *halves(len(values)), np.empty(_DEEP)))


@uncounted
def _summed(values: Floats, ends: Codes, pairs: Codes, stack: Floats) -> float:
    at, deep = 0, 0
    for k in range(len(ends)):
        total, _, _ = leaf(values[at : ends[k]])
        deep, at = paired(stack, deep, total, pairs[k]), ends[k]
    found: float = stack[0]
    return found


def new_stack() -> Floats:
    """Room for `paired`."""
    return np.empty(_DEEP)


@dataclass(frozen=True, slots=True)
class Held:
    """Sums over round trips: the ``value`` of entries and exits, the worst and the best excursions."""

    value: float
    mae: float
    mfe: float


def sums_of(trades: NDArray[Any]) -> tuple[TradeSums, Held]:
    """What figures of the ledger's round trips are made of, in one pass over them."""
    n, found = len(trades), np.empty(6)
    room = np.empty((7, n + 1))
    _gathered(trades, room, found)
    wins, losses, winning, losing = (int(count) for count in found[:4])
    pnl, fees, value, mae, mfe, won, lost = room
    best, worst = (float(found[4]), float(found[5])) if n else (0.0, 0.0)
    totals = summed(pnl[:n]), summed(won[:wins]), -summed(lost[:losses]), summed(fees[:n])
    own = TradeSums(n, wins, losses, *totals, best, worst, winning, losing)
    return own, Held(summed(value[:n]), summed(mae[:n]), summed(mfe[:n]))


@uncounted
def _gathered(trades: Any, room: Any, found: Floats) -> None:
    wins = losses = winning = losing = most_wins = most_losses = 0
    best, worst = -np.inf, np.inf
    for k in range(len(trades)):
        trade: Any = trades[k]
        pnl = trade.pnl
        room[0, k], room[1, k], room[3, k], room[4, k] = pnl, trade.fees, trade.mae, trade.mfe
        room[2, k] = abs(trade.qty) * (trade.entry_price + trade.exit_price)
        best, worst = max(best, pnl), min(worst, pnl)
        won, lost = pnl > 0.0, pnl < 0.0
        # written in any case: a branch on what nobody can foresee takes longer
        room[5, wins], room[6, losses] = pnl, pnl
        wins += won
        losses += lost
        winning, losing = (winning + 1) * won, (losing + 1) * lost
        most_wins, most_losses = max(most_wins, winning), max(most_losses, losing)
    found[0], found[1], found[2], found[3], found[4], found[5] = wins, losses, most_wins, most_losses, best, worst
