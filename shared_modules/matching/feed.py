"""What the loop reads: bars, wishes, and what else is known about each symbol."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats, Times

from .compiled import part, step
from .memory import addresses, byte, lowest_byte, word
from .orders import constant
from .state import LEVELS, SLOTS, Codes

Wishes = NDArray[np.uint8]


class _Columns(NamedTuple):
    times: Codes
    opens: Codes
    highs: Codes
    lows: Codes
    closes: Codes
    wishes: Wishes
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


class Feed(_Columns):
    """Bars and wishes of all symbols; rows ``begin[s]`` to ``end[s]`` are those of symbol ``s``.

    ``times`` to ``closes`` are addresses of each symbol's own columns, which ``kept`` keeps alive: `memory.price` and
    `memory.stamp` read their rows. All other columns are those of the symbols end to end. ``wishes``: the flags of
    each bar, of the bits `ENTER_LONG` to `CANCEL`.

    Every array from ``volume`` on may be empty, which stands for none. ``ladder``: a row of `LEVELS` prices a bar.
    ``unit``: what one base coin moves, for sizing by it. ``impact``: volatility over the root of mean volume.
    ``detail_begin``: the first row of the detail arrays in each bar, and the end. ``fund_*``: rows ``fund_begin[s]`` to
    ``fund_end[s]`` are the fundings of ``s``, ``fund_borrow`` what borrowing costs at these times. ``sub``: the most
    detail bars in one bar, at least 1. ``grid`` and ``grid_targets``: a row of `SLOTS` prices a bar.

    ``wished``: what `wished_of` tells, where it is known already.
    """

    kept: Mapping[str, Sequence[NDArray[Any]]]
    wished: tuple[Codes, Wishes] | None = None


PRICES = ("open", "high", "low", "close")
FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short", "cancel")
ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT, CANCEL = (constant(1 << bit) for bit in range(5))
_INTEGERS = ("detail_begin", "fund_time", "fund_begin", "fund_end")


def new_feed(bars: Mapping[str, Sequence[NDArray[Any]]] | None = None, **columns: Any) -> Feed:
    """A feed of ``columns``; those that are not given are empty.

    ``bars``: the columns 'time', 'open', 'high', 'low' and 'close' of each symbol; without them ``columns`` has them,
    those of all symbols end to end, as it has the flags of ``wishes`` by the names `FLAGS`.
    """
    begin, end = columns["begin"], columns["end"]
    if bars is None:
        whole = {name: np.ascontiguousarray(columns.pop(name)) for name in ("time", *PRICES)}
        bars = {name: [whole[name][a:b] for a, b in zip(begin, end, strict=True)] for name in whole}
    if "wishes" not in columns:
        flags = [columns.pop(name, None) for name in FLAGS]
        columns["wishes"] = wish_column(flagged([flags], [len(flags[0])]), len(flags[0]))
    for name in ("time", *PRICES):
        columns[f"{name}s"] = addresses(bars[name], begin)
    begins = columns.get("detail_begin")
    sub = 1 if begins is None or len(begins) < 2 else max(1, int(np.diff(begins).max()))
    feed = Feed(**(_empty() | {"sub": sub} | columns))
    feed.kept = bars
    return feed


@lru_cache(maxsize=1)
def _empty() -> dict[str, Any]:
    """An empty array for each column; nobody can write to one."""
    empty: dict[str, Any] = {name: np.empty(0) for name in Feed._fields}
    empty.update({name: np.empty(0, np.int64) for name in _INTEGERS})
    empty["ladder"] = np.empty((0, LEVELS))
    empty["grid"] = empty["grid_targets"] = np.empty((0, SLOTS))
    return empty


def flagged(flags: Sequence[Sequence[Flags | None]], lengths: Sequence[int]) -> tuple[Codes, Wishes]:
    """The rows with any wish, of all symbols end to end, and their bits.

    ``flags``: for each symbol the columns of `FLAGS`, the last of which may be None, all of its length of ``lengths``.
    """
    total, count, first = sum(lengths), 0, 0
    # memory that is never written to costs nothing
    rows, wishes = np.empty(total, np.int64), np.empty(total, np.uint8)
    for columns, n in zip(flags, lengths, strict=True):
        own = [np.ascontiguousarray(column) for column in columns if column is not None]
        a, b, c, d, *e = (column.ctypes.data for column in own)
        count = _flagged(a, b, c, d, e[0] if e else 0, n, first, count, rows, wishes)
        first += n
    return rows[:count], wishes[:count]


@step
def _flagged(
    a: int, b: int, c: int, d: int, e: int, n: int, first: int, count: int, rows: Codes, wishes: Wishes
) -> int:  # fmt: skip
    """Eight rows at a time, most of which hold no wish; ``a`` to ``e`` are addresses of flags, the last 0 for none."""
    for k in range(n // 8):
        rest = word(a, k) | word(b, k) << np.uint64(1) | word(c, k) << np.uint64(2) | word(d, k) << np.uint64(3)
        if e != 0:
            rest |= word(e, k) << np.uint64(4)
        while rest != 0:
            bits = lowest_byte(rest)
            rows[count] = first + 8 * k + np.int64(bits >> np.uint64(3))
            wishes[count] = np.uint8(rest >> bits)
            count += 1
            rest &= ~(np.uint64(255) << bits)
    for i in range(n - n % 8, n):
        one = byte(a, i) | byte(b, i) << np.uint8(1) | byte(c, i) << np.uint8(2) | byte(d, i) << np.uint8(3)
        if e != 0:
            one |= byte(e, i) << np.uint8(4)
        if one != 0:
            rows[count], wishes[count] = first + i, one
            count += 1
    return count


def wish_column(wished: tuple[Codes, Wishes], n: int) -> Wishes:
    """The wishes of all ``n`` bars, of which those of `flagged` are ``wished``."""
    column = np.zeros(n, np.uint8)
    column[wished[0]] = wished[1]
    return column


def wished_of(feed: Feed) -> tuple[Codes, Wishes]:
    """The rows of ``feed`` with any wish, and their bits."""
    if feed.wished is not None:
        return feed.wished
    rows = wish_rows(feed.wishes)
    return rows, feed.wishes[rows]


def wish_rows(wishes: Wishes) -> Codes:
    """The rows with any wish."""
    rows, eights = np.empty(np.count_nonzero(wishes) + 1, np.int64), len(wishes) // 8 * 8
    count = _rows(wishes[:eights].view(np.uint64), rows)
    rest = eights + np.flatnonzero(wishes[eights:])
    return np.concatenate((rows[:count], rest))


@step
def _rows(eights: NDArray[np.uint64], rows: Codes) -> int:
    count = 0
    for i in range(len(eights)):
        rest = eights[i]
        while rest != 0:
            bits = lowest_byte(rest)
            rows[count] = 8 * i + np.int64(bits >> np.uint64(3))
            count += 1
            rest &= ~(np.uint64(255) << bits)
    return count


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
        feed.wishes[row] & ENTER_LONG != 0, feed.wishes[row] & EXIT_LONG != 0,
        feed.wishes[row] & ENTER_SHORT != 0, feed.wishes[row] & EXIT_SHORT != 0, feed.wishes[row] & CANCEL != 0,
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
