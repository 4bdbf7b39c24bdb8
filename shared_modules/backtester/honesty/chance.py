"""The same trades at random times: how often chance alone does as well.

Each draw keeps the number of trades of every symbol, their sides and how long each was held, so the exposure is the
same too; only when they begin is drawn, without overlap. Compared is the sum of the trades' returns before costs, which
are the same for every draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared_modules.backtester.data import SymbolData
from shared_modules.backtester.result import BacktestResult
from shared_modules.core.market import Side
from shared_modules.core.progress import Progress

from .verdict import Level, Verdict

CHECK = "random entries"
_DRAWS, _FEWEST, _WORK, _BLOCK = 1_000, 100, 3_000_000, 100_000
_TRADES = 10  # with fewer nothing can be told
_GOOD, _POOR = 0.95, 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Chance:
    """``own``: the sum of returns; ``drawn``: those of the draws; ``rank``: the share of draws that are below it."""

    own: float
    drawn: Array
    rank: float


def against_chance(
    result: BacktestResult, data: Sequence[SymbolData], progress: Progress | None = None, seed: int = 7
) -> Chance | None:
    """``result`` among draws of random entries; None with too few trades or without room to move them."""
    progress = Progress() if progress is None else progress
    n = len(result.trades)
    if n < _TRADES:
        return None
    draws = int(np.clip(_WORK // n, _FEWEST, _DRAWS))
    rng = np.random.default_rng(seed)
    own, drawn, room = 0.0, np.zeros(draws), 0
    for i, d in enumerate(data):
        trades = [t for t in result.trades if t.symbol == d.symbol]
        if not trades:
            continue
        side = np.array([1.0 if t.side is Side.BUY else -1.0 for t in trades])
        prices = np.array([(t.entry_price, t.exit_price) for t in trades])
        own += float((side * (prices[:, 1] / prices[:, 0] - 1.0)).sum())
        held = np.maximum(1, np.array([t.bars for t in trades], np.int64))
        path = np.r_[d.traded.open, d.traded.close[-1]]
        room += max(0, len(d.traded) - int(held.sum()))
        block = max(1, _BLOCK // len(trades))
        for k in range(0, draws, block):
            progress.step((i + k / draws) / len(data), f"Random entries: {k:,} of {draws:,} draws")
            drawn[k : k + block] += _draws(path, held, side, min(block, draws - k), rng)
    if not room:
        return None
    below = float((drawn < own).mean()) + 0.5 * float((drawn == own).mean())
    return Chance(own, drawn, below)


def _draws(path: Array, held: NDArray[np.int64], side: Array, count: int, rng: np.random.Generator) -> Array:
    """Sums of returns of the same trades in other orders at other times; ``path``: the opens, and the last close."""
    orders = rng.permuted(np.tile(np.arange(len(held)), (count, 1)), axis=1)
    free = max(0, len(path) - 1 - int(held.sum()))
    waits = rng.integers(0, free + 1, orders.shape)
    # one draw at a time: its columns stay in the processor's cache
    return np.array([_drawn(path, held[order], side[order], wait) for order, wait in zip(orders, waits, strict=True)])


def _drawn(path: Array, lengths: NDArray[np.int64], side: Array, waits: NDArray[np.int64]) -> np.float64:
    """The sum of returns of trades that last ``lengths``, one after the other; all but ``path`` are written over."""
    waits.sort()
    begin = np.cumsum(lengths)
    begin += waits
    begin -= lengths
    np.minimum(begin, len(path) - 2, out=begin)
    lengths += begin
    np.minimum(lengths, len(path) - 1, out=lengths)
    gains = path[lengths]
    gains /= path[begin]
    gains -= 1.0
    gains *= side
    total: np.float64 = gains.sum()
    return total


def random_entries(result: BacktestResult, data: Sequence[SymbolData], progress: Progress) -> Verdict:
    """The verdict on whether entries were better than chance."""
    if len(result.trades) < _TRADES:
        text = f"With fewer than {_TRADES} trades nobody can tell them from chance."
        return Verdict(CHECK, "unknown", text)
    found = against_chance(result, data, progress)
    if found is None:
        return Verdict(CHECK, "unknown", "It is in the market all the time, so there is no other time to compare with.")
    n = len(found.drawn)
    level: Level = "good" if found.rank >= _GOOD else "warning" if found.rank >= _POOR else "bad"
    text = f"Its entries beat {found.rank:.0%} of {n:,} draws of random ones, as many and held as long."
    if level != "good":
        text += " That may be chance." if level == "warning" else " Chance does better."
    low, middle, high = (float(x) for x in np.percentile(found.drawn, (5, 50, 95)))
    details = (f"The sum of its trades' returns before costs is {found.own:+.2%}; of the draws {middle:+.2%}, "
               f"and {low:+.2%} to {high:+.2%} for nine of ten.",)  # fmt: skip
    return Verdict(CHECK, level, text, details)
