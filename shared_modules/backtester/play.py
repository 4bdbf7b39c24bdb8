"""The kernel's loop over all bars, in steps that can be watched and stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pickle import UnpicklingError
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.progress import Progress
from shared_modules.indicators.align import close_times
from shared_modules.matching import Costs, Sizing
from shared_modules.matching.coasting import events_of, new_walk
from shared_modules.matching.compiled import forget_cache
from shared_modules.matching.feed import (
    ENTER_LONG,
    ENTER_SHORT,
    FLAGS,
    PRICES,
    Feed,
    Wishes,
    flagged,
    new_feed,
    wish_column,
    wished_of,
)
from shared_modules.matching.state import (
    ROUND_TRIP,
    Codes,
    Ledger,
    Rules,
    State,
    grown,
    new_ledger,
    new_rules,
    new_state,
)
from shared_modules.strategies.base import Signals

from .data import SymbolData
from .extras import detail_columns, funding_columns, impact_of, mark_columns, unit_of
from .passes import same_times
from .request import BacktestRequest
from .wishes import LISTS, VALUES

_STEP_ROWS = 100_000  # of all symbols, detail bars among them: between two looks at whether to stop, at first
_BRISK, _LONGEST = 0.02, 16  # seconds: after steps shorter than that come some of twice as many rows, up to 16 times
_MOST_ROWS = 1_000_000
_MOST_ROOMS, _MOST_BYTES = 2, 32_000_000  # of ledgers that wait for a run
_ROOMS: list[Ledger] = []
_BLOCK = 31 << 20  # bytes: just under what glibc takes notice of
_NO_TRADES, _NO_OUTCOMES = np.empty(0, ROUND_TRIP), np.empty(0, np.int8)


@dataclass(frozen=True)
class Played:
    """What the kernel left: its state, the filled part of the ledger, and equity at the close of each of ``time``.

    ``wished``: the rows of the feed with any wish, ``asked`` their flags, ``codes`` what became of those to enter
    (`orders.CODES`), 0 of others. ``exposure``: the share of times at whose opens anything was held. ``room``: the
    whole ledger, to be given back by `release` once its fills and changes of cash have been read. ``cash``: the columns
    of the ledger's changes of cash in place of its rows, where a run had a simpler way to write them; it has no fills
    then.
    """

    state: State
    ledger: Ledger
    time: Times
    equity: Floats
    wished: Codes
    asked: Wishes
    codes: NDArray[np.int8]
    exposure: float
    room: Ledger | None
    cash: tuple[NDArray[Any], ...] | None = None


def feed_of(data: Sequence[SymbolData], signals: Sequence[Signals], request: BacktestRequest | None = None) -> Feed:
    """Bars and wishes of all symbols, end to end, with what ``request`` needs beside them.

    The wishes are ``wished`` alone: who reads their column has it `filled` first, which plain runs never need.
    """
    bars = [d.traded for d in data]
    lengths = np.array([len(b) for b in bars], np.int64)
    ends = np.cumsum(lengths)
    begin = ends - lengths
    columns: dict[str, Any] = {name: _optional(signals, name) for name in VALUES}
    wished = flags_of(signals, lengths)
    columns["wishes"] = np.zeros(ends[-1], np.uint8)
    for name, most in LISTS.items():
        if any(getattr(s, name) for s in signals):
            columns[name] = np.concatenate([_prices(getattr(s, name), len(s.enter_long), most) for s in signals])
    if request is not None:
        columns |= _beside(data, bars, request)
    own = {name: [np.ascontiguousarray(getattr(b, name)) for b in bars] for name in PRICES}
    # equal columns are one, which nobody need compare later
    times = [bars[0].time] * len(bars) if together(data) else [b.time for b in bars]
    own["time"] = [np.ascontiguousarray(time) for time in times]
    feed = new_feed(own, **columns, begin=begin, end=ends)
    feed.wished = wished
    return feed


def together(data: Sequence[SymbolData]) -> bool:
    """Whether every symbol is known to have a bar at every time."""
    first = data[0].traded.time
    return (
        all(
            len(d.traded) == len(first) and d.traded.time[0] == first[0] and d.frame == data[0].frame and d.even
            for d in data
        )
        and not data[0].frame.is_month
    )


def filled(feed: Feed, wished: tuple[Codes, Wishes] | None = None) -> Feed:
    """``feed`` with its wishes, or those ``wished`` of other signals that have nothing else, in their column."""
    wished = feed.wished if wished is None else wished
    if wished is None:
        return feed
    other = feed._replace(wishes=wish_column(wished, len(feed.wishes)))
    other.kept, other.wished = feed.kept, wished
    return other


def flags_of(signals: Sequence[Signals], lengths: Codes) -> tuple[Codes, Wishes]:
    """The rows with any wish of all symbols end to end, of so many bars each, and their flags."""
    return flagged([[getattr(s, name) for name in FLAGS] for s in signals], lengths.tolist())


def _prices(columns: Sequence[Floats], rows: int, most: int) -> NDArray[np.float64]:
    prices = np.full((rows, most), np.nan)
    for k, column in enumerate(columns):
        prices[:, k] = column
    return prices


def _beside(data: Sequence[SymbolData], bars: Sequence[Bars], request: BacktestRequest) -> dict[str, Any]:
    frame, extras = data[0].frame, [d.extras for d in data]
    closes = [int(close_times(b.time[-1:], frame)[0]) for b in bars]
    columns = detail_columns(bars, [e.detail for e in extras], frame)
    columns |= mark_columns(bars, extras, frame) | funding_columns(bars, closes, extras, request.borrow)
    if request.fill_rule.kind == "volume":
        columns["volume"] = _joined([b.volume for b in bars])
    if request.slippage is not None and request.slippage.kind == "impact":
        columns["impact"] = _joined([impact_of(d.bars)[d.first : d.last] for d in data])
    units = [unit_of(request.size.kind, d.bars, frame) for d in data]
    if units[0] is not None:
        columns["unit"] = _joined([u[d.first : d.last] for u, d in zip(units, data, strict=True) if u is not None])
    return columns


def _joined(parts: list[NDArray]) -> NDArray:  # type: ignore[type-arg]
    # a read-only or strided array would be another type to the kernel, compiled anew
    if len(parts) == 1 and parts[0].flags.c_contiguous and parts[0].flags.writeable:
        return parts[0]
    return np.concatenate(parts)


def _optional(signals: Sequence[Signals], name: str) -> Floats:
    parts = [getattr(s, name) for s in signals]
    if all(p is None for p in parts):
        return np.empty(0)
    missing = [np.full(len(s.enter_long), np.nan) for s in signals]
    return _joined([m if p is None else p for p, m in zip(parts, missing, strict=True)])


def play(feed: Feed, state: State, rules: Rules, progress: Progress) -> Played:
    """Run the kernel over all of ``feed``; raises `Cancelled` between two steps when asked to stop."""
    from .play_plain import is_plain, load_plain, play_plain

    symbols = len(feed.begin)
    times = times_of(feed.kept["time"])
    wished, asked = wished_of(feed)
    events = events_of(feed, times, rules.latency, wished, asked)
    progress.step(0.0, "Loading the compiled kernel")
    # one of the two loops is all that a run needs: each takes a while to load, and longer to compile
    if is_plain(state, rules, feed, asked, times):
        load_plain()
        return play_plain(feed, state, rules, times, (wished, asked), events, progress)
    load_general()
    from shared_modules.matching.kernel import run

    feed, equity = filled(feed), np.empty(len(times))
    walk = new_walk(feed, times, rules.latency, events=events)
    # room for what the wishes can bring; memory that is never written to costs nothing
    entries = np.count_nonzero(walk.event_wish & (ENTER_LONG | ENTER_SHORT))
    ledger = _room(1024 + 3 * symbols * feed.sub + min(int(entries), _MOST_ROWS), len(feed.wishes))
    step = max(1, _STEP_ROWS // (symbols * feed.sub))
    most = _LONGEST * step
    at = 0
    while at < len(times):
        progress.step(at / len(times), f"Bar {at:,} of {len(times):,}")
        stop, began = min(at + step, len(times)), perf_counter()
        at = run(state, ledger, rules, feed, walk, times, equity, at, stop)
        # handing the kernel all its arrays takes as long as many quiet bars
        if perf_counter() - began < _BRISK:
            step = min(2 * step, most)
        if at < stop:
            ledger = grown(ledger, 2 * len(ledger.trades))
    progress.step(1.0, "Played")
    exposure = float(state.account["exposed"][0]) / len(times)
    return Played(
        state, _filled(ledger, state), times, equity, wished, asked, ledger.outcomes[wished], exposure, ledger
    )


def times_of(times: Sequence[Times]) -> Times:
    """The distinct ones of the ``times`` of all symbols; rising."""
    first = times[0]
    # symbols that trade together need no sorting
    if all(_same(t, first) for t in times[1:]):
        return first if first.flags.writeable else first.copy()
    return np.unique(np.concatenate(times))


def _same(a: Times, b: Times) -> bool:
    return a is b or (len(a) == len(b) and a[0] == b[0] and a[-1] == b[-1] and bool(same_times(a, b)))


def _filled(ledger: Ledger, state: State) -> Ledger:
    account = state.account[0]
    trades, fills, rows = (int(account[name]) for name in ("trades", "fills", "rows"))
    return Ledger(own(ledger.trades, trades), ledger.fills[:fills], ledger.cash[:rows], ledger.outcomes)


def own(rows: NDArray, count: int) -> NDArray:  # type: ignore[type-arg]
    """The first ``count`` of ``rows``, to be kept."""
    # a result keeps the whole column: not one that is mostly room
    return rows[:count] if 2 * count >= len(rows) else rows[:count].copy()


def _room(rows: int, bars: int) -> Ledger:
    """An empty ledger for ``rows`` round trips, its fills and changes of cash in one that was given back, if any was.

    Fresh memory comes page by page from the system, which takes longer than to fill it.
    """
    for _ in range(len(_ROOMS)):
        try:
            known = _ROOMS.pop()
        except IndexError:  # another thread took it
            break
        if len(known.fills) >= 4 * rows:
            return known._replace(trades=np.empty(rows, ROUND_TRIP), outcomes=np.zeros(bars, np.int8))
    return new_ledger(rows, bars)


def release(played: Played) -> None:
    """Let a later run write over the fills and changes of cash of ``played``."""
    room = played.room
    if room is not None and len(_ROOMS) < _MOST_ROOMS and room.fills.nbytes + room.cash.nbytes <= _MOST_BYTES:
        _ROOMS.append(room._replace(trades=_NO_TRADES, outcomes=_NO_OUTCOMES))


def empty_feed(symbols: int) -> Feed:
    """A feed without any bar, for a call that is to compile."""
    none, no, begin = np.empty(0), np.empty(0, np.bool_), np.zeros(symbols, np.int64)
    times: Times = np.empty(0, np.int64)
    return new_feed(
        time=times, open=none, high=none, low=none, close=none,
        enter_long=no, exit_long=no, enter_short=no, exit_short=no, begin=begin, end=begin,
    )  # fmt: skip


def keep_memory() -> None:
    """Have memory that a run gives back stay with the process, for the next: fresh one comes page by page.

    glibc keeps blocks up to the size of the largest that was given back so far. Nothing is written to this one, so it
    takes no memory.
    """
    np.empty(_BLOCK, np.uint8)


def load_compiled(step: Callable[..., Any], *arguments: Any) -> None:
    """Call ``step``, which compiles it or loads it from its cache; a damaged cache is compiled afresh."""
    try:
        step(*arguments)
    except (AttributeError, ImportError, EOFError, UnpicklingError):
        # an index cut short, or of a version whose classes are gone
        forget_cache()
        step(*arguments)


@cache
def load_general() -> None:
    """Compile the loop over bars, or load it from its cache, without any bar; once in a process."""
    from shared_modules.matching.kernel import run

    keep_memory()
    state, rules = emptied()
    feed, times = empty_feed(1), np.empty(0, np.int64)
    load_compiled(run, state, new_ledger(1), rules, feed, new_walk(feed, times), times, np.empty(0), 0, 0)


def emptied() -> tuple[State, Rules]:
    """A state and rules for a call that is to compile."""
    return new_state(1, 1.0, Costs()), new_rules(Costs(), Sizing())
