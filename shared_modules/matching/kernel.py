"""The rules of docs/fills.md as compiled steps; the backtest's `run` and a live stepper call the same ones.

Per bar and in this order: `pay_funding`, `exits_at_open` for every symbol with a bar at that time, `entry_at_open` in
the order of `ranked`, `on_bar_range` (once for each detail bar where there are any), `on_close`. ``s`` is a symbol's
slot, ``row`` its bar's number, ``time`` the bar's open time. Prices cross the steps before them as volumes do: what a
market is not known to have had is given as infinity.
"""

from typing import Any

import numpy as np

from shared_modules.core.bars import Flags, Floats, Times

from .accounting import drop_order, equity_of, liquidate, pay_borrow, pay_funding, set_levels
from .coasting import (
    Walk,
    catch_up,
    coast,
    doze,
    equity_awake,
    fill_flat,
    first_event,
    foresee,
    idle,
    mark_free,
    new_walk,
    set_free,
    wake,
)
from .compiled import apart, forget_cache, inner, part, step, step_part
from .entering import enter_at_open, enter_in_range
from .feed import ENTER_LONG, ENTER_SHORT, Feed, Wish, heard, new_feed, wish_at
from .held import hold
from .leaving import close_out, exits_at_open, held_in_range, leave_if_gapped
from .memory import fetch, price, stamp
from .orders import CODES, NO, Outcome
from .resting import orders_at_open, orders_in_range, settle_orders
from .rounding import on_tick
from .slots import ENTRIES_ONLY, drop_rungs, free_slot, new_order
from .state import LEVELS, NONE, REVERSE, SIGNAL, SLOTS, Codes, Ledger, Rules, State

__all__ = [
    "Feed",
    "Walk",
    "Wish",
    "close_out",
    "entry_at_open",
    "equity_of",
    "exits_at_open",
    "forget_cache",
    "new_feed",
    "new_walk",
    "on_bar_range",
    "on_close",
    "pay_borrow",
    "pay_funding",
    "ranked",
    "run",
    "wish_at",
]

_ALWAYS = int(np.iinfo(np.int64).max)
_HELD, _BOTH = CODES[Outcome.HELD], CODES[Outcome.BOTH_WAYS]
_LINES = 24  # rows: three lines of memory ahead
_AHEAD = 4  # wishes: about what is dealt with while memory answers
_REPLACED, _CANCELLED = CODES[Outcome.REPLACED], CODES[Outcome.CANCELLED]


@step_part
def entry_at_open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, impact: float
) -> None:
    """Fill the entry that ``s`` waits with at the open ``price``, if its kind and the cash allow."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    entered = p.slots > 0 and orders_at_open(state, ledger, rules, s, time, row, price, volume, impact, NO)
    if enter_at_open(state, ledger, rules, s, time, row, price, volume, impact) or entered:
        leave_if_gapped(state, ledger, rules, s, time, row, price, volume, impact)


@step
def on_bar_range(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, open: float, high: float, low: float,
    close: float, mark_high: float, mark_low: float, volume: float, impact: float,
) -> None:  # fmt: skip
    """Fill what of ``s`` lies between ``low`` and ``high``: entries first, then stops and targets."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    fresh = 0
    if p.want != 0:
        fresh = enter_in_range(state, ledger, rules, s, time, row, open, high, low, volume, impact)
    if p.slots > 0:
        by = orders_in_range(state, ledger, rules, s, time, row, open, high, low, volume, impact)
        fresh = by if fresh == 0 else fresh
    if p.qty != 0.0:
        held_in_range(
            state, ledger, rules, s, time, row, open, high, low, close, mark_high, mark_low, volume, impact, fresh
        )  # fmt: skip
    if p.slots > 0:
        settle_orders(p)


@inner
def _within_detail(
    state: State, ledger: Ledger, rules: Rules, feed: Feed, s: int, time: int, row: int, impact: float
) -> None:
    """Let the detail bars of ``row`` decide, one after the other (F70)."""
    p: Any = state.book[s]
    for d in range(feed.detail_begin[row], feed.detail_begin[row + 1]):
        high, low, volume = feed.detail_high[d], feed.detail_low[d], feed.detail_volume[d]
        if d > feed.detail_begin[row]:
            # each part has a volume of its own (F41)
            p.sold_row = p.filled_row = -1
        if p.qty != 0.0 and d > feed.detail_begin[row]:
            opened = feed.detail_open[d]
            if rules.cross:
                set_levels(state, rules, s)
            sign = 1.0 if p.qty > 0.0 else -1.0
            if len(feed.mark_high) == 0 and sign * opened <= sign * p.liquidation:
                liquidate(state, ledger, rules, s, time, row, opened, impact)
            if p.qty != 0.0:
                leave_if_gapped(state, ledger, rules, s, time, row, opened, volume, impact)
        # a mark price is known for the whole bar only: its extremes count in each part
        marks = (high, low) if len(feed.mark_high) == 0 else (feed.mark_high[row], feed.mark_low[row])
        on_bar_range(
            state, ledger, rules, s, time, row, feed.detail_open[d], high, low, feed.detail_close[d], marks[0],
            marks[1], volume, impact,
        )  # fmt: skip
        p.mark = feed.detail_close[d]


@step_part
def on_close(state: State, ledger: Ledger, rules: Rules, s: int, row: int, close: float, wish: Wish) -> None:
    """Take the wishes at the close of a bar of ``s``; they fill at its next open or later (F1, F8 to F10, F33)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    wish = hold(wish)
    p: Any = state.book[s]
    p.mark = close
    enter = 0 if wish.enter_long == wish.enter_short else (1 if wish.enter_long else -1)
    held = 0 if p.qty == 0.0 else (1 if p.qty > 0.0 else -1)
    if wish.cancel or (p.want > 0 and wish.exit_long) or (p.want < 0 and wish.exit_short):
        drop_order(state, ledger, s, _CANCELLED)
    if p.grid_side != 0 and (wish.cancel or (wish.exit_long if p.grid_side > 0 else wish.exit_short)):
        drop_rungs(state, ledger, s, _CANCELLED, ENTRIES_ONLY)
    if held != 0 and (wish.exit_long if held > 0 else wish.exit_short):
        _decide(p, SIGNAL, wish.exit_limit, wish.exit_trigger, wish.exit_share)
    elif held != 0 and enter == -held:
        _decide(p, REVERSE, np.nan, np.nan, np.nan)
    outcome = 0
    if wish.enter_long and wish.enter_short:
        outcome = _BOTH
    elif enter != 0 and (held == 0 or p.leave != NONE or (enter == held and p.entries < rules.max_entries)):
        _place(state, ledger, rules, s, row, enter, held == enter and p.leave == NONE, wish)
    elif enter != 0:
        outcome = _HELD
    if outcome != 0 and row < len(ledger.outcomes):
        ledger.outcomes[row] = outcome


@part
def _decide(p: Any, reason: int, limit: float, trigger: float, share: float) -> None:
    """Have ``p`` leave at its next open, or from then on at a limit, once a trigger trades, or both."""
    p.leave, p.leave_limit, p.leave_trigger, p.leave_share = reason, limit, trigger, share
    p.leave_qty, p.leave_rested = 0.0, 0


@inner
def _place(state: State, ledger: Ledger, rules: Rules, s: int, row: int, enter: int, adds: bool, wish: Wish) -> None:
    """Have ``s`` wait with an entry in the direction ``enter``, in place of what waited before (F33)."""
    p: Any = state.book[s]
    drop_order(state, ledger, s, _REPLACED)
    if p.grid_side != 0:
        drop_rungs(state, ledger, s, _REPLACED, ENTRIES_ONLY)
    p.want, p.want_row, p.adds, p.rested, p.want_qty = enter, row, adds, 0, 0.0
    p.want_stop, p.want_target, p.want_strength = wish.stop, wish.target, wish.strength
    p.want_limit, p.want_trigger = on_tick(enter, wish.limit, p.tick), wish.trigger
    p.want_trail, p.want_break, p.want_bars = wish.trail, wish.break_even, wish.max_bars
    p.want_confidence, p.want_unit = wish.confidence, wish.unit
    for k in range(LEVELS):
        p.want_ladder[k] = wish.ladder[k] if k < len(wish.ladder) else np.nan
    if len(wish.grid) > 0:
        _place_grid(p, rules, row, enter, wish)


@inner
def _place_grid(p: Any, rules: Rules, row: int, enter: int, wish: Wish) -> None:
    """Let the wish wait with an order at each price of its grid in place of one (F92)."""
    apart()
    for n in range(len(wish.grid)):
        price, k = wish.grid[n], free_slot(p)
        if np.isnan(price) or not rules.grid_shares[n] > 0.0 or k < 0:
            continue
        if p.want != 0:
            p.want, p.adds, p.grid_side, p.grid_row, p.grid_all, p.grid_met = 0, 0, enter, row, 0, 0
        new_order(p, k, enter, 0.0, on_tick(enter, price, p.tick), np.nan)
        p.o_share[k], p.o_tif[k] = rules.grid_shares[n], rules.time_in_force
        p.o_target[k] = on_tick(-enter, wish.grid_targets[n], p.tick) if len(wish.grid_targets) > 0 else np.nan
        p.grid_all |= 1 << k


@part
def _stronger(a: float, b: float) -> bool:
    return a > b or (np.isnan(b) and not np.isnan(a))


@step_part
def ranked(state: State, present: Flags, order: Codes) -> int:
    """Fill ``order`` with the present symbols that wait to enter, strongest first (F7); returns how many."""
    state = hold(state)
    n = 0
    for s in range(len(present)):
        if not present[s] or (state.book[s].want == 0 and state.book[s].slots == 0):
            continue
        k = n
        while k > 0 and _stronger(state.book[s].want_strength, state.book[order[k - 1]].want_strength):
            order[k] = order[k - 1]
            k -= 1
        order[k] = s
        n += 1
    return n


@inner
def _fund(state: State, ledger: Ledger, rules: Rules, feed: Feed, s: int, until: int) -> None:
    """Pay the fundings of ``s`` that are due by ``until`` (F55)."""
    p: Any = state.book[s]
    at = feed.fund_begin[s] + p.funded
    while at < feed.fund_end[s] and feed.fund_time[at] <= until:
        pay_funding(state, ledger, rules, s, feed.fund_time[at], feed.fund_rate[at], feed.fund_price[at])
        if len(feed.fund_borrow) > 0:
            pay_borrow(state, ledger, rules, s, feed.fund_time[at], feed.fund_borrow[at], feed.fund_price[at])
        p.funded += 1
        at += 1


@part
def _quiet_at_open(p: Any, price: float, row: int) -> bool:
    """Whether nothing of the position ``p`` can fill at the open ``price``."""
    if p.leave != NONE or p.slots != 0 or row - p.entry_row >= p.max_bars:
        return False
    sign = 1.0 if p.qty > 0.0 else -1.0
    at = sign * price
    if at <= sign * p.stop or at <= sign * p.liquidation or at >= sign * p.target:
        return False
    return not (at >= sign * p.ladder[0] or at >= sign * p.ladder[1] or at >= sign * p.ladder[2]
                or at >= sign * p.ladder[3])  # fmt: skip


@part
def _quiet_in_range(p: Any, high: float, low: float, mark_high: float, mark_low: float) -> bool:
    """Whether nothing of the position ``p`` can fill or move between ``low`` and ``high``."""
    if p.want != 0 or p.slots != 0 or p.leave != NONE or not (np.isnan(p.trail) and np.isnan(p.break_even)):
        return False
    sign, worst, best, mark = (1.0, low, high, mark_low) if p.qty > 0.0 else (-1.0, high, low, mark_high)
    at = sign * best
    if sign * worst <= sign * p.stop or sign * mark <= sign * p.liquidation or at >= sign * p.target:
        return False
    return not (at >= sign * p.ladder[0] or at >= sign * p.ladder[1] or at >= sign * p.ladder[2]
                or at >= sign * p.ladder[3])  # fmt: skip


@step
def run(
    state: State, ledger: Ledger, rules: Rules, feed: Feed, walk: Walk, times: Times, equity: Floats, start: int,
    stop: int,
) -> int:  # fmt: skip
    """Step from time number ``start`` to before ``stop``; returns where it stopped, earlier when the ledger is full.

    ``times`` are the distinct open times of all symbols, ``equity`` is filled at each, ``walk`` is where each symbol
    is. A step that can't change anything is left out, for speed.
    """
    state, ledger, rules, feed, walk = hold(state), hold(ledger), hold(rules), hold(feed), hold(walk)
    account: Any = state.account[0]
    static = not rules.cross and np.isnan(rules.trailing)
    still = walk.skips and static
    funded, detailed, marked = len(feed.fund_time) > 0, len(feed.detail_begin) > 0, len(feed.mark_high) > 0
    measured, slipping = len(feed.volume) > 0, len(feed.impact) > 0
    # what one more time can write at most
    most = len(walk.cursor) * feed.sub * (1 + SLOTS if len(feed.grid) > 0 else 1)
    trades, fills = len(ledger.trades) - 3 * most, len(ledger.fills) - 12 * most
    rows = len(ledger.cash) - 24 * most - len(feed.fund_time)
    event, events = first_event(walk, start), len(walk.event_time)
    i = start
    while i < stop:
        while event < events and walk.event_time[event] < i:
            event += 1
        until = min(stop, walk.event_time[event]) if event < events else stop
        if walk.active[0] == 0:
            fill_flat(equity, account.cash, i, until)
            i = until
        elif still and walk.active[0] == 1:
            i = coast(state, feed, walk, times, equity, i, until)
        if i == stop:
            break
        if account.trades > trades or account.fills > fills or account.rows > rows:
            return i
        time = times[i]
        waiting, at_once = 0, 0
        for k in range(walk.active[0]):
            s = walk.slots[k]
            row = walk.cursor[s]
            walk.present[s] = row < feed.end[s] and (walk.aligned or stamp(feed.times[s], row) == time)
            if not walk.present[s] or walk.free[s]:
                continue
            p: Any = state.book[s]
            if funded:
                due = feed.fund_begin[s] + p.funded
                if due < feed.fund_end[s] and feed.fund_time[due] <= time:
                    _fund(state, ledger, rules, feed, s, time)
            opened = price(feed.opens[s], row)
            p.mark = opened
            waiting += p.want != 0 or p.slots != 0
            at_once += (
                p.want != 0 and p.slots == 0 and p.qty == 0.0 and np.isnan(p.want_limit) and np.isnan(p.want_trigger)
            )
            if p.qty != 0.0 and not (static and _quiet_at_open(p, opened, row)):
                volume = feed.volume[row] if measured else np.inf
                impact = feed.impact[row] if slipping else 0.0
                exits_at_open(state, ledger, rules, s, time, row, opened, volume, impact)
        if waiting > 0:
            full = rules.max_positions > 0 and account.open >= rules.max_positions
            # what is refused at once asks for no equity, of which marks are a part
            if not full or at_once < waiting:
                mark_free(state, feed, walk)
            for k in range(ranked(state, walk.present, walk.order)):
                s = walk.order[k]
                row = walk.cursor[s]
                volume = feed.volume[row] if measured else np.inf
                impact = feed.impact[row] if slipping else 0.0
                entry_at_open(state, ledger, rules, s, time, row, price(feed.opens[s], row), volume, impact)
        account.exposed += account.open > 0
        deciding = 0
        for k in range(walk.active[0]):
            s = walk.slots[k]
            if not walk.present[s]:
                continue
            row = walk.cursor[s]
            walk.cursor[s] = row + 1
            q: Any = state.book[s]
            told = row - rules.latency
            walk.present[s] = row + 1 == feed.end[s] or (told >= feed.begin[s] and feed.wishes[told] != 0)
            deciding += walk.present[s]
            if walk.free[s]:
                q.mark = price(feed.closes[s], row)
                # with several held nobody else sees that the closes are read in order
                fetch(feed.closes[s], row + _LINES)
                if walk.present[s]:
                    catch_up(feed, walk, q, s)
                continue
            impact = feed.impact[row] if slipping else 0.0
            if q.qty != 0.0 or q.want != 0 or q.slots != 0:
                high, low = price(feed.highs[s], row), price(feed.lows[s], row)
                mark_high = feed.mark_high[row] if marked else high
                mark_low = feed.mark_low[row] if marked else low
                if static and q.qty != 0.0 and _quiet_in_range(q, high, low, mark_high, mark_low):
                    q.row, q.low, q.high = row, min(q.low, low), max(q.high, high)
                elif detailed and feed.detail_begin[row + 1] > feed.detail_begin[row]:
                    _within_detail(state, ledger, rules, feed, s, time, row, impact)
                else:
                    volume = feed.volume[row] if measured else np.inf
                    on_bar_range(
                        state, ledger, rules, s, time, row, price(feed.opens[s], row), high, low,
                        price(feed.closes[s], row), mark_high, mark_low, volume, impact,
                    )  # fmt: skip
            # the mark of what is not held tells nobody anything, and its close may be far away in memory
            if q.qty != 0.0:
                q.mark = price(feed.closes[s], row)
        if deciding > 0:
            _decide_all(state, ledger, rules, feed, walk, time)
        while event < events and walk.event_time[event] == i:
            _hear(state, ledger, rules, feed, walk, time, event)
            event += 1
            full = rules.max_positions > 0 and account.open >= rules.max_positions
            foresee(feed, walk, times, event + _AHEAD, full)
        equity[i] = equity_awake(state, walk)
        if walk.skips:
            doze(state, walk)
            if still and not funded and waiting + deciding > 0:
                set_free(state, walk)
        i += 1
    return stop


@inner
def _decide_all(state: State, ledger: Ledger, rules: Rules, feed: Feed, walk: Walk, time: int) -> None:
    """Take the wishes of the symbols that are present, and end those whose last bar this was: after all ranges (F5)."""
    for k in range(walk.active[0]):
        s = walk.slots[k]
        if not walk.present[s]:
            continue
        walk.present[s] = False
        row = walk.cursor[s] - 1
        told = row - rules.latency
        if told >= feed.begin[s] and feed.wishes[told] != 0:
            _told(state, ledger, rules, feed, s, told, price(feed.closes[s], row))
        if row + 1 == feed.end[s]:
            if len(feed.fund_time) > 0:
                _fund(state, ledger, rules, feed, s, _ALWAYS)
            impact = feed.impact[row] if len(feed.impact) > 0 else 0.0
            close_out(state, ledger, rules, s, time, row, price(feed.closes[s], row), impact)


@inner
def _told(state: State, ledger: Ledger, rules: Rules, feed: Feed, s: int, row: int, close: float) -> None:
    """As `on_close`, for the wish of the bar ``row``."""
    apart()
    on_close(state, ledger, rules, s, row, close, heard(feed, row))


@part
def _hear(state: State, ledger: Ledger, rules: Rules, feed: Feed, walk: Walk, time: int, event: int) -> None:
    """Tell a symbol that is asleep the wish number ``event``; one that is awake has heard it."""
    s, row = walk.event_symbol[event], walk.event_row[event]
    if walk.awake[s]:
        return
    told = row - rules.latency
    p: Any = state.book[s]
    if walk.event_wish[event] & (ENTER_LONG | ENTER_SHORT) == 0 and p.grid_side == 0:
        return  # there is nothing to leave and nothing to withdraw
    _told(state, ledger, rules, feed, s, told, p.mark)
    if row + 1 == feed.end[s]:
        close_out(state, ledger, rules, s, time, row, price(feed.closes[s], row), 0.0)
    elif not idle(p):
        wake(walk, s, row + 1)
