"""Where the loop is, and the bars it need not look at: those of symbols that neither hold nor wait, and quiet ones.

Leaving them out changes nothing in a result; tests run both ways and compare every byte.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats, Times
from shared_modules.core.compiling import higher, lower
from shared_modules.core.lanes import (
    WIDTH,
    all_lanes,
    highers,
    highest_of,
    lanes_at,
    lowers,
    lowest_of,
    plus,
    product,
    put_lanes,
)

from .compiled import part, step
from .feed import Feed, Wishes, wished_of
from .memory import fetch, price, row_of, stamp
from .state import LEVELS, NONE, Codes, State

# where a word has a symbol and flags above the number of a wish
_SYMBOL, _WISH = np.uint64(36), np.uint64(56)
_NUMBERS, _SYMBOLS = np.uint64((1 << 36) - 1), np.uint64((1 << 20) - 1)


class Walk(NamedTuple):
    """The loop's own memory, changed in place.

    ``cursor``: the next row of each symbol that is awake. ``awake``: which hold or wait; their slots are the first
    ``active[0]`` of ``slots``, rising. ``present``, ``order``: room for one time.
    ``event_*``: each wish by the number of the time at whose close it is told, the row of that close, the symbol and
    the flags. ``free``: whose position no price can touch; its ranges from ``seen`` on are not looked at yet.
    ``aligned``: every symbol has a bar at every time. ``skips``: whether bars may be left out.
    """

    cursor: Codes
    awake: Flags
    slots: Codes
    active: Codes
    present: Flags
    order: Codes
    event_time: Codes
    event_row: Codes
    event_symbol: Codes
    event_wish: Wishes
    free: Flags
    seen: Codes
    aligned: bool
    skips: bool


class Events(NamedTuple):
    """Wishes in the order of the times at whose closes they are told, then of their symbols.

    ``row``: that of the close at which a wish is told. ``order``: for each the number of its row among those with any
    wish, None where they are the same.
    """

    time: Codes
    row: Codes
    symbol: Codes
    wish: Wishes
    order: Codes | None


def events_of(feed: Feed, times: Times, latency: int, wished: Codes, asked: Wishes) -> Events:
    """What is told of the wishes ``asked`` at the rows ``wished`` of ``feed``, ``latency`` bars later."""
    symbols, rows = len(feed.begin), wished + latency if latency else wished
    if symbols == 1:
        last = int(np.searchsorted(rows, len(times)))
        return Events(rows[:last], rows[:last], np.zeros(last, np.int64), asked[:last], None)
    if latency == 0 and len(times) * symbols == len(feed.wishes):
        told, row, symbol, order = np.empty((4, len(rows)), np.int64)
        wish, packed = np.empty(len(rows), np.uint8), np.empty(len(rows), np.uint64)
        begins = np.zeros(len(times) + 1, np.int64)
        _merged(rows, asked, feed.begin, feed.end, begins, packed, told, row, symbol, wish, order)
        return Events(told, row, symbol, wish, order)
    symbol, kept = symbols_of(feed, wished), np.arange(len(rows))
    reached = rows < feed.end[symbol]
    if not reached.all():
        kept = np.flatnonzero(reached)
        rows, symbol, asked = rows[kept], symbol[kept], asked[kept]
    told = rows - feed.begin[symbol]
    if len(times) * symbols != len(feed.wishes):
        stamps = [feed.kept["time"][s][told[symbol == s]] for s in range(symbols)]
        told = np.searchsorted(times, np.concatenate(stamps))
    order = np.empty(len(told), np.int64)
    in_order(told, np.zeros(len(times) + 1, np.int64), order)
    return Events(told[order], rows[order], symbol[order], asked[order], kept[order])


@step
def _merged(
    rows: Codes, asked: Wishes, begin: Codes, end: Codes, begins: Codes, packed: NDArray[np.uint64], told: Codes,
    row: Codes, symbol: Codes, wish: Wishes, order: Codes,
) -> None:  # fmt: skip
    """Fill the columns of `Events` where every symbol has a bar at every time; ``begins``: zeros, one more than times.

    As `in_order` counts: no wish is compared with another. What each needs is one word of ``packed``, since to write to
    one place out of turn takes less time than to five: its number, its symbol above `_SYMBOL`, its flags above `_WISH`.
    """
    j = 0
    for s in range(len(begin)):
        while j < len(rows) and rows[j] < end[s]:
            begins[rows[j] - begin[s] + 1] += 1
            j += 1
    for k in range(1, len(begins)):
        begins[k] += begins[k - 1]
    j = 0
    for s in range(len(begin)):
        above = np.uint64(s) << _SYMBOL
        while j < len(rows) and rows[j] < end[s]:
            at = rows[j] - begin[s]
            place = begins[at]
            begins[at] = place + 1
            packed[place] = np.uint64(j) | above | np.uint64(asked[j]) << _WISH
            j += 1
    # each begin has become the end of its time
    k = 0
    for at in range(len(begins) - 1):
        while k < begins[at]:
            found = packed[k]
            own = np.int64(found >> _SYMBOL & _SYMBOLS)
            told[k], row[k], symbol[k], wish[k] = at, begin[own] + at, own, np.uint8(found >> _WISH)
            order[k] = np.int64(found & _NUMBERS)
            k += 1


def new_walk(feed: Feed, times: Times, latency: int = 0, skips: bool = True, events: Events | None = None) -> Walk:
    """A walk over ``feed`` from its beginning; ``times`` are the distinct open times of all symbols.

    ``events``: its wishes, where they are known already.
    """
    symbols = len(feed.begin)
    if events is None:
        events = events_of(feed, times, latency, *wished_of(feed))
    aligned = symbols == 1 or len(times) * symbols == len(feed.wishes)
    # without skipping nobody ever sleeps
    slots = np.arange(symbols)
    active = np.full(1, 0 if skips else symbols)
    return Walk(
        feed.begin.copy(), np.full(symbols, not skips), slots, active, np.zeros(symbols, np.bool_), slots.copy(),
        *events[:4], np.zeros(symbols, np.bool_), slots.copy(), bool(aligned), skips,
    )  # fmt: skip


def symbols_of(feed: Feed, rows: Codes) -> Codes:
    """The symbol that each of the rising ``rows`` of ``feed`` is of."""
    if len(feed.begin) == 1:
        return np.zeros(len(rows), np.int64)
    bounds: Codes = np.searchsorted(rows, np.concatenate((feed.begin, feed.end[-1:])))
    return np.repeat(np.arange(len(feed.begin)), np.diff(bounds))


@step
def in_order(numbers: Codes, begins: Codes, order: Codes) -> None:
    """Fill ``order`` with the rows of ``numbers`` by their values, equal ones as they come.

    ``begins``: zeros, one more than there are values.
    """
    for number in numbers:
        begins[number + 1] += 1
    for k in range(1, len(begins)):
        begins[k] += begins[k - 1]
    for row in range(len(numbers)):
        place = begins[numbers[row]]
        order[place] = row
        begins[numbers[row]] = place + 1


@part
def first_event(walk: Walk, at: int) -> int:
    """The number of the first wish that is told at the time number ``at`` or later."""
    low, high = 0, len(walk.event_time)
    while low < high:
        middle = (low + high) // 2
        if walk.event_time[middle] < at:
            low = middle + 1
        else:
            high = middle
    return low


@part
def foresee(feed: Feed, walk: Walk, times: Times, event: int, full: bool) -> None:
    """Ask for what will be read when the wish number ``event`` fills; while all positions are taken it may not."""
    if event < len(walk.event_time):
        s, row = walk.event_symbol[event], walk.event_row[event]
        fetch(times.ctypes.data, walk.event_time[event] + 1)
        fetch(feed.wishes.ctypes.data, row // 8)
        fetch(feed.opens[s], row + 1)
        if not full:
            for column in (feed.highs[s], feed.lows[s], feed.closes[s]):
                fetch(column, row + 1)


@part
def put_in_order(slots: Codes, count: Codes, s: int) -> None:
    """Add ``s`` to the first ``count[0]`` of ``slots``, which rise."""
    k = count[0]
    count[0] = k + 1
    while k > 0 and slots[k - 1] > s:
        slots[k] = slots[k - 1]
        k -= 1
    slots[k] = s


@part
def wake(walk: Walk, s: int, row: int) -> None:
    """Have the loop look at every bar of ``s`` from ``row`` on."""
    if walk.awake[s]:
        return
    walk.awake[s] = True
    walk.cursor[s] = row
    put_in_order(walk.slots, walk.active, s)


@part
def idle(p: Any) -> bool:
    """Whether the symbol of ``p`` neither holds nor waits: only a wish can change it then."""
    quiet: bool = p.qty == 0.0 and p.want == 0 and p.slots == 0
    return quiet


@part
def doze(state: State, walk: Walk) -> None:
    """Let the symbols sleep that neither hold nor wait."""
    kept = 0
    for k in range(walk.active[0]):
        s = walk.slots[k]
        p: Any = state.book[s]
        if idle(p):
            walk.awake[s] = False
        else:
            walk.slots[kept] = s
            kept += 1
    walk.active[0] = kept


@part
def _untouched(p: Any) -> bool:
    """Whether no price can fill or move anything of the position ``p``."""
    if p.qty == 0.0 or p.want != 0 or p.slots != 0 or p.leave != NONE:
        return False
    for k in range(LEVELS):
        if not np.isnan(p.ladder[k]):
            return False
    still: bool = np.isnan(p.trail) and np.isnan(p.break_even) and np.isnan(p.max_bars)
    return still and np.isnan(p.stop) and np.isnan(p.target) and np.isnan(p.liquidation)


@part
def set_free(state: State, walk: Walk) -> None:
    """Let the positions that no price can touch go on without a look at their ranges."""
    for k in range(walk.active[0]):
        s = walk.slots[k]
        if not walk.free[s] and _untouched(state.book[s]):
            walk.free[s], walk.seen[s] = True, walk.cursor[s]


@part
def catch_up(feed: Feed, walk: Walk, p: Any, s: int) -> None:
    """Have the position ``p`` of ``s``, which was free, see the ranges of its bars before the next row."""
    if walk.free[s]:
        row = walk.cursor[s]
        p.low, p.high = extremes(feed.lows[s], feed.highs[s], walk.seen[s], row, p.low, p.high)
        p.row, walk.free[s] = row - 1, False


@part
def mark_free(state: State, feed: Feed, walk: Walk) -> None:
    """Mark the free positions at the opens of their next bars."""
    for k in range(walk.active[0]):
        s = walk.slots[k]
        if walk.free[s] and walk.present[s]:
            state.book[s].mark = price(feed.opens[s], walk.cursor[s])


@part
def equity_awake(state: State, walk: Walk) -> float:
    """As `accounting.equity_of`: whoever holds is awake."""
    account: Any = state.account[0]
    total: float = account.cash
    if account.open > 0:
        for k in range(walk.active[0]):
            p: Any = state.book[walk.slots[k]]
            if p.qty != 0.0:
                total += p.qty * (p.mark - p.entry_price)
    return total


@part
def _until(feed: Feed, p: Any, s: int, row: int, times: Times, at: int, stop: int) -> int:
    """The time number before which nothing but prices can touch the position ``p`` of ``s``."""
    # the last bar closes it, and a bar that active against `max_bars` may
    stop = min(stop, at + feed.end[s] - 1 - row)
    if not np.isnan(p.max_bars):
        stop = min(stop, at + int(np.ceil(p.max_bars)) + p.entry_row - row)
    due = feed.fund_begin[s] + p.funded if len(feed.fund_begin) > 0 else 0
    if len(feed.fund_begin) > 0 and due < feed.fund_end[s]:
        low, high = at, max(at, stop)
        while low < high:
            middle = (low + high) // 2
            if times[middle] < feed.fund_time[due]:
                low = middle + 1
            else:
                high = middle
        stop = low
    return stop


@part
def coast(state: State, feed: Feed, walk: Walk, times: Times, equity: Floats, at: int, stop: int) -> int:
    """Go over the bars from time number ``at`` that change nothing for the one symbol awake; returns where it stopped.

    Its position must stand still: nothing waits, and neither stop nor margin moves. It ends at a bar that reaches its
    stop, liquidation or a target, before a funding, and before ``stop``.
    """
    s = walk.slots[0]
    row = walk.cursor[s]
    p: Any = state.book[s]
    account: Any = state.account[0]
    catch_up(feed, walk, p, s)
    if (
        p.qty == 0.0
        or p.want != 0
        or p.slots != 0
        or p.leave != NONE
        or not (np.isnan(p.trail) and np.isnan(p.break_even))
    ):
        return at
    end = _until(feed, p, s, row, times, at, stop)
    long = p.qty > 0.0
    lost, target = p.stop, p.target
    for k in range(LEVELS):
        level = p.ladder[k]
        if np.isnan(target) or (level < target if long else level > target):
            target = level
    # what the prices must stay above and below; open and mark prices can also liquidate
    none, all = -np.inf, np.inf
    floor = lost if long else target
    ceiling = target if long else lost
    floor = none if np.isnan(floor) else floor
    ceiling = all if np.isnan(ceiling) else ceiling
    taken_low = p.liquidation if long and not np.isnan(p.liquidation) else none
    taken_high = p.liquidation if not long and not np.isnan(p.liquidation) else all
    open_floor, open_ceiling = max(floor, taken_low), min(ceiling, taken_high)
    i = at + _quiet(
        feed, walk, times, s, row, at, end, (floor, ceiling, open_floor, open_ceiling, taken_low, taken_high)
    )
    if i > at:
        fill_held(equity, feed.closes[s], account.cash, p.qty, p.entry_price, at, row, i - at)
        p.low, p.high = extremes(feed.lows[s], feed.highs[s], row, row + i - at, p.low, p.high)
        row += i - at
        p.row, p.mark = row - 1, price(feed.closes[s], row - 1)
        walk.cursor[s] = row
        account.exposed += i - at
    return i


@part
def _quiet(feed: Feed, walk: Walk, times: Times, s: int, row: int, at: int, end: int, bounds: tuple[float, ...]) -> int:
    """How many bars of ``s`` from ``row`` on, at the time number ``at``, stay within ``bounds``; to ``end`` at most."""
    floor, ceiling, open_floor, open_ceiling, taken_low, taken_high = bounds
    count, marked = max(0, end - at), len(feed.mark_high) > 0
    opens, highs, lows, stamps = feed.opens[s], feed.highs[s], feed.lows[s], feed.times[s]
    free = np.isinf(open_floor) and np.isinf(open_ceiling) and np.isinf(floor) and np.isinf(ceiling)
    if walk.aligned and free:
        return count
    for k in range(count):
        r = row + k
        high, low = price(highs, r), price(lows, r)
        if not (open_floor < price(opens, r) < open_ceiling and low > floor and high < ceiling):
            return k
        if marked:
            high, low = feed.mark_high[row_of(r)], feed.mark_low[row_of(r)]
        if not (low > taken_low and high < taken_high):
            return k
        if not walk.aligned and stamp(stamps, r) != times[row_of(at + k)]:
            return k
    return count


@part
def fill_held(
    equity: Floats, closes: int, cash: float, qty: float, entry: float, at: int, row: int, count: int
) -> None:
    """Tell the equity of ``count`` bars from ``row`` on, from the time number ``at`` on, while ``qty`` is held."""
    if count < WIDTH:
        for k in range(count):
            equity[row_of(at + k)] = cash + qty * (price(closes, row + k) - entry)
        return
    told, own, held, paid = equity.ctypes.data, all_lanes(cash), all_lanes(qty), all_lanes(-entry)
    last = count - WIDTH
    for k in range(0, last, WIDTH):
        put_lanes(told, at + k, plus(own, product(held, plus(lanes_at(closes, row + k), paid))))
    # the last eight bars, some of them once more
    put_lanes(told, at + last, plus(own, product(held, plus(lanes_at(closes, row + last), paid))))


@part
def extremes(lows: int, highs: int, begin: int, end: int, least: float, most: float) -> tuple[float, float]:
    """The lowest and highest of the rows ``begin`` to ``end``, ``least`` and ``most`` among them."""
    last = end - WIDTH
    if begin > last:
        for k in range(begin, end):
            least, most = lower(price(lows, k), least), higher(price(highs, k), most)
        return least, most
    # the last eight bars, some of which the others have too
    low, high = lanes_at(lows, last), lanes_at(highs, last)
    for k in range(begin, last, WIDTH):
        low, high = lowers(lanes_at(lows, k), low), highers(lanes_at(highs, k), high)
    return lower(lowest_of(low), least), higher(highest_of(high), most)


@part
def fill_flat(equity: Floats, cash: float, at: int, until: int) -> None:
    """Tell the equity of the times ``at`` to ``until``, at which nothing is held."""
    for k in range(at, until):
        equity[row_of(k)] = cash
