"""What the loop reads: bars, wishes, and what else is known about each symbol."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats, Times

from .compiled import part, step
from .state import LEVELS, SLOTS, Codes


class Feed(NamedTuple):
    """Bars and wishes of all symbols end to end; rows ``begin[s]`` to ``end[s]`` are those of symbol ``s``.

    Every array from ``volume`` on may be empty, which stands for none. ``ladder``: a row of `LEVELS` prices a bar.
    ``unit``: what one base coin moves, for sizing by it. ``impact``: volatility over the root of mean volume.
    ``detail_begin``: the first row of the detail arrays in each bar, and the end. ``fund_*``: rows ``fund_begin[s]`` to
    ``fund_end[s]`` are the fundings of ``s``, ``fund_borrow`` what borrowing costs at these times. ``sub``: the most
    detail bars in one bar, at least 1. ``grid`` and ``grid_targets``: a row of `SLOTS` prices a bar.
    """

    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    enter_long: Flags
    exit_long: Flags
    enter_short: Flags
    exit_short: Flags
    begin: Codes
    end: Codes
    volume: Floats
    stop: Floats
    target: Floats
    strength: Floats
    limit: Floats
    trigger: Floats
    trail: Floats
    break_even: Floats
    max_bars: Floats
    exit_limit: Floats
    exit_trigger: Floats
    exit_share: Floats
    confidence: Floats
    ladder: NDArray[np.float64]
    cancel: Flags
    unit: Floats
    impact: Floats
    mark_high: Floats
    mark_low: Floats
    detail_begin: Codes
    detail_open: Floats
    detail_high: Floats
    detail_low: Floats
    detail_close: Floats
    detail_volume: Floats
    fund_time: Times
    fund_rate: Floats
    fund_price: Floats
    fund_begin: Codes
    fund_end: Codes
    sub: int
    fund_borrow: Floats
    grid: NDArray[np.float64]
    grid_targets: NDArray[np.float64]


_INTEGERS = ("detail_begin", "fund_time", "fund_begin", "fund_end")


def new_feed(**columns: Any) -> Feed:
    """A feed of ``columns``; those that are not given are empty."""
    empty: dict[str, Any] = {name: np.empty(0) for name in Feed._fields}
    empty.update({name: np.empty(0, np.int64) for name in _INTEGERS})
    empty["cancel"] = np.empty(0, np.bool_)
    empty["ladder"] = np.empty((0, LEVELS))
    empty["grid"] = empty["grid_targets"] = np.empty((0, SLOTS))
    begins = columns.get("detail_begin")
    empty["sub"] = 1 if begins is None or len(begins) < 2 else max(1, int(np.diff(begins).max()))
    return Feed(**(empty | columns))


class Wish(NamedTuple):
    """What a strategy wants at one close; NaN stands for none.

    ``ladder`` is empty or has `LEVELS` prices, ``grid`` and ``grid_targets`` are empty or have `SLOTS`.
    """

    enter_long: bool
    exit_long: bool
    enter_short: bool
    exit_short: bool
    cancel: bool
    stop: float
    target: float
    strength: float
    limit: float
    trigger: float
    trail: float
    break_even: float
    max_bars: float
    exit_limit: float
    exit_trigger: float
    exit_share: float
    confidence: float
    unit: float
    ladder: Floats
    grid: Floats
    grid_targets: Floats


@part
def _at(values: Floats, row: int) -> float:
    return values[row] if len(values) > 0 else np.nan


@part
def heard(feed: Feed, row: int) -> Wish:
    """As `wish_at`, for steps: it becomes part of them."""
    return Wish(
        feed.enter_long[row], feed.exit_long[row], feed.enter_short[row], feed.exit_short[row],
        len(feed.cancel) > 0 and feed.cancel[row],
        _at(feed.stop, row), _at(feed.target, row), _at(feed.strength, row), _at(feed.limit, row),
        _at(feed.trigger, row), _at(feed.trail, row), _at(feed.break_even, row), _at(feed.max_bars, row),
        _at(feed.exit_limit, row), _at(feed.exit_trigger, row), _at(feed.exit_share, row), _at(feed.confidence, row),
        _at(feed.unit, row),
        feed.ladder[row] if len(feed.ladder) > 0 else feed.stop[:0],
        feed.grid[row] if len(feed.grid) > 0 else feed.stop[:0],
        feed.grid_targets[row] if len(feed.grid_targets) > 0 else feed.stop[:0],
    )  # fmt: skip


@step
def wish_at(feed: Feed, row: int) -> Wish:
    """The wish at the close of bar ``row``."""
    return heard(feed, row)
