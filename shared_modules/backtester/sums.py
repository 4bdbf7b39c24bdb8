"""Sums to the last bit as numpy takes them, in passes that look at more than one thing. Importing this loads numba.

numpy halves a column until at most 128 values are left, which it sums in eight chains; the halves are added in pairs.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats
from shared_modules.core.compiling import higher, lower, uncounted
from shared_modules.core.lanes import WIDTH, highers, highest_of, lanes_at, lowers, lowest_of, plus, total_of

from .metrics import TradeSums

Codes = NDArray[np.int64]
_LEAF = 128
_DEEP = 64  # halves of halves: more than a length has bits


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


class Pairing(NamedTuple):
    """Room to add up in numpy's order: sums that wait for another, lengths to come, how many sums end with each."""

    sums: Floats
    left: Codes
    owed: Codes


def new_pairing() -> Pairing:
    """Room for columns of any length."""
    whole = np.empty((2, _DEEP), np.int64)
    return Pairing(np.empty(_DEEP), whole[0], whole[1])


@uncounted
def next_leaf(room: Pairing, top: int) -> int:
    """Halve the last of the first ``top`` lengths to come until it is a leaf; returns how many there are then."""
    left, owed = room.left, room.owed
    while left[top - 1] > _LEAF:
        n = left[top - 1]
        first = n // 2
        first -= first % 8
        left[top - 1], left[top] = n - first, first
        owed[top - 1], owed[top] = owed[top - 1] + 1, 0
        top += 1
    return top


@uncounted
def added(values: Floats, room: Pairing) -> float:
    """The sum of ``values``."""
    room.left[0], room.owed[0] = len(values), 0
    at, deep, top = 0, 0, 1
    while top > 0:
        top = next_leaf(room, top) - 1
        stop = at + room.left[top]
        total, _, _ = leaf(values[at:stop])
        deep, at = paired(room.sums, deep, total, room.owed[top]), stop
    found: float = room.sums[0]
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """Sums over round trips: the ``value`` of entries and exits, the worst and the best excursions."""

    value: float
    mae: float
    mfe: float


def sums_of(trades: NDArray[Any]) -> tuple[TradeSums, Held]:
    """What figures of the ledger's round trips are made of."""
    n = len(trades)
    columns, totals = np.empty((7, n + 1)), np.empty(3)
    _gathered(trades, columns)
    own = _sums(columns, n)
    _add_up(columns[4:], n, totals, new_pairing())
    value, mae, mfe = totals.tolist()
    return own, Held(value, mae, mfe)


def sums_of_columns(pnl: Floats, fees: Floats) -> TradeSums:
    """What figures of round trips are made of that have these columns."""
    columns = np.empty((4, len(pnl) + 1))
    columns[0, :-1], columns[1, :-1] = pnl, fees
    return _sums(columns, len(pnl))


def _sums(columns: NDArray[np.float64], n: int) -> TradeSums:
    """The sums of ``n`` profits and fees, the first two of ``columns``; the next two are room."""
    counts, found = np.empty(4, np.int64), np.empty(6)
    _counted(columns, n, counts, found, new_pairing())
    wins, losses, winning, losing = counts.tolist()
    best, worst, earned, lost, pnl, fees = found.tolist()
    if not n:
        best = worst = 0.0
    return TradeSums(n, wins, losses, pnl, earned, -lost, fees, best, worst, winning, losing)


@uncounted
def _gathered(trades: Any, columns: Any) -> None:
    """Fill all ``columns`` but the third and the fourth: profit, fees, value, worst and best excursion."""
    for k in range(len(trades)):
        trade: Any = trades[k]
        columns[0, k], columns[1, k], columns[5, k], columns[6, k] = trade.pnl, trade.fees, trade.mae, trade.mfe
        columns[4, k] = abs(trade.qty) * (trade.entry_price + trade.exit_price)


@uncounted
def _add_up(columns: Any, n: int, totals: Floats, room: Pairing) -> None:
    for k in range(len(totals)):
        totals[k] = added(columns[k, :n], room)


@uncounted
def _counted(columns: Any, n: int, counts: Codes, found: Floats, room: Pairing) -> None:
    """``counts``: wins, losses, most in a row; ``found``: best, worst, sums of wins, of losses, of all and of fees."""
    wins = losses = winning = losing = most_wins = most_losses = 0
    best, worst = -np.inf, np.inf
    for k in range(n):
        pnl = columns[0, k]
        best, worst = max(best, pnl), min(worst, pnl)
        won, lost = pnl > 0.0, pnl < 0.0
        # written in any case: a branch on what nobody can foresee takes longer
        columns[2, wins], columns[3, losses] = pnl, pnl
        wins += won
        losses += lost
        winning, losing = (winning + 1) * won, (losing + 1) * lost
        most_wins, most_losses = max(most_wins, winning), max(most_losses, losing)
    counts[0], counts[1], counts[2], counts[3] = wins, losses, most_wins, most_losses
    found[0], found[1] = best, worst
    found[2], found[3] = added(columns[2, :wins], room), added(columns[3, :losses], room)
    found[4], found[5] = added(columns[0, :n], room), added(columns[1, :n], room)
