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
from shared_modules.backtester.trades import column, sides, trades_of
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
        trades = trades_of(result.trades, d.symbol)
        if not trades:
            continue
        side = sides(trades)
        own += float((side * (column(trades, "exit_price") / column(trades, "entry_price") - 1.0)).sum())
        held = np.maximum(1, column(trades, "bars"))
        path = np.r_[d.traded.open, d.traded.close[-1]]
        room += max(0, len(d.traded) - int(held.sum()))
        block = max(1, _BLOCK // len(trades))
        for k in range(0, draws, block):
            progress.step((i + k / draws) / len(data), f"Random entries: {k:,} of {draws:,} draws")
            drawn[k : k + block] += _draws(path, held * side, min(block, draws - k), rng)
    if not room:
        return None
    below = float((drawn < own).mean()) + 0.5 * float((drawn == own).mean())
    return Chance(own, drawn, below)


def _draws(path: Array, spans: NDArray[np.int64], count: int, rng: np.random.Generator) -> Array:
    """Sums of returns of the same trades in other orders at other times; ``path``: the opens, and the last close."""
    from shared_modules.backtester.passes import random_gains

    words = rng.integers(0, 1 << 32, (count, len(spans)), np.uint32)
    gaps, found = rng.standard_exponential((count, len(spans) + 1)), np.empty(count)
    random_gains(path, spans.astype(np.int32), words, gaps, found)
    return found


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
