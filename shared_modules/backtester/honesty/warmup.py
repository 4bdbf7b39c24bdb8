"""How much history the wishes need: with less of it, does the strategy still want the same at the same bars?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.errors import Cancelled
from shared_modules.core.progress import Progress
from shared_modules.strategies.base import Strategy

from .ground import PLOT, Columns, Ground, columns_of
from .lookahead import moment
from .verdict import Verdict

CHECK = "warm-up"
_LAST = 50  # bars compared at the end of each history
_FULL = 30_000  # bars of the history that counts as all there is
_ENDS = 6
_LEAST = 300  # bars below which nothing can be told
_NEAR = 1e-4  # prices that agree to a hundredth of a percent agree
_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short")


@dataclass(frozen=True)
class Needed:
    """``bars`` of history after which nothing changes any more, None if that was never so up to ``tried``.

    ``column`` and ``at``: what differed first, at which time, with ``short`` bars of history.
    """

    bars: int | None
    tried: int
    column: str = ""
    at: int = 0
    short: int = 0


def needed_history(strategy: Strategy, ground: Ground, progress: Progress, seed: int = 7) -> Needed | None:
    """What ``strategy`` needs on ``ground``; None where there are too few bars to tell."""
    n = len(ground.bars())
    if n < max(_LEAST, 2 * strategy.warmup_on(ground.frame) + _LAST):
        return None
    ends = _ends(strategy, ground, n, np.random.default_rng(seed))
    lengths = _lengths(strategy.warmup_on(ground.frame), min(_FULL, int(ends.min())))
    settled, found = lengths[0], Needed(lengths[0], lengths[-1])
    for e, end in enumerate(ends):
        whole = _wishes(strategy, ground, max(0, int(end) - _FULL), int(end))
        for length in [one for one in lengths if one >= settled]:
            progress.step(e / len(ends), f"Warm-up: with {length:,} bars of history")
            column, row = _unlike(whole, _wishes(strategy, ground, int(end) - length - _LAST, int(end)))
            if not column:
                break
            at = int(ground.bars().time[int(end) - _LAST + row])
            longer = [one for one in lengths if one > length]
            found = Needed(longer[0] if longer else None, lengths[-1], column, at, length)
            if not longer:
                return found
            settled = longer[0]
    return found


def _ends(strategy: Strategy, ground: Ground, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Where the histories end: soon after wishes, in the later half of the data."""
    first = max(0, n - 2 * _FULL)
    wishes = columns_of(strategy.signals(ground.rows(first, n).view()))
    at = np.flatnonzero(np.logical_or.reduce([wishes[name] for name in _FLAGS])) + first
    at = at[at >= n // 2]
    picked = rng.choice(at, _ENDS) if len(at) else rng.integers(n // 2, n, _ENDS)
    return np.unique(np.minimum(n, picked + rng.integers(1, _LAST, _ENDS)))


def _lengths(declared: int, most: int) -> list[int]:
    """Histories to try, from the declared warm-up on, each half as long again as the one before."""
    room = max(1, most - _LAST)
    found = [min(max(1, declared), room)]
    while found[-1] < room:
        found.append(min(room, max(20, found[-1] * 3 // 2)))
    return found


def _wishes(strategy: Strategy, ground: Ground, first: int, last: int) -> Columns:
    # of all histories the same bars are traded: what begins something there begins it at the same bar
    begin = int(ground.bars().time[max(0, last - _LAST)])
    return columns_of(strategy.signals(replace(ground.rows(max(0, first), last), begin=begin).view()))


def _unlike(whole: Columns, short: Columns) -> tuple[str, int]:
    """The first column, and row among the last, where two histories of one end disagree; '' where they don't."""
    # prices count where something is wished for, and nowhere else
    wanted = np.logical_or.reduce([side[name][-_LAST:] for side in (whole, short) for name in _FLAGS])
    for name in whole:
        if name.startswith(PLOT):
            continue
        if name not in short:
            return name, 0
        a, b = whole[name][-_LAST:], short[name][-_LAST:]
        close = a.dtype.kind == "f"
        same = np.isclose(a, b, rtol=_NEAR, atol=1e-12, equal_nan=True) | ~wanted if close else a == b
        if not same.all():
            return name, int(np.argmin(same))
    return "", 0


def warm_up(strategy: Strategy, grounds: Sequence[Ground], progress: Progress) -> Verdict:
    """The verdict on the declared warm-up of ``strategy``, by the first of ``grounds``."""
    progress.step(0.0, "Trying shorter histories")
    try:
        found = needed_history(strategy, grounds[0], progress)
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - a strategy may refuse a short history in any way
        return Verdict(CHECK, "warning", f"With a shorter history the strategy fails: {type(error).__name__}: {error}.")
    if found is None:
        return Verdict(CHECK, "unknown", "There are too few bars to try the strategy with less history.")
    declared = strategy.warmup_on(grounds[0].frame)
    if not found.column:
        return Verdict(CHECK, "good", f"Its warm-up of {declared:,} bars is enough: more history changes no wish.")
    seen = f"'{found.column}' at {moment(found.at)} is another with {found.short:,} bars before it than with all."
    if found.bars is None:
        text = f"Its wishes depend on where the data begin, even with {found.tried:,} bars of history."
        return Verdict(CHECK, "warning", text, (seen, "Live it will trade otherwise than here."))
    text = f"It needs about {found.bars:,} bars of history, and declares a warm-up of {declared:,}."
    return Verdict(CHECK, "warning", text, (seen, f"Let 'warmup' give {found.bars:,}, so that as many come first."))
