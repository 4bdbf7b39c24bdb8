"""Exits as compiled steps: decided ones, stops that stand or move, targets in steps, time, liquidation."""

from typing import Any

import numpy as np

from .accounting import drop_order, exit_price, leave, liquidate, set_levels
from .compiled import apart, inner, part, step, step_part
from .entering import BY_LIMIT, BY_TRIGGER, nearer, reaches, trail_level, volume_cap
from .held import hold
from .orders import CODES, NO, VOLUME, YES, Outcome
from .resting import orders_at_open, sale_in_doubt, sale_reached, sell_orders
from .rounding import rounded
from .slots import drop_all_orders
from .state import BREAK_EVEN, END, LEVELS, MAKER, NONE, TAKER, TARGET, TIME, TRAILING, Ledger, Rules, State

_NO_GAP, _GAP = NO, YES
_NO_NEXT_BAR, _WAITING = CODES[Outcome.NO_NEXT_BAR], CODES[Outcome.WAITING]


@inner
def _market_leave(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, qty: float, price: float, reason: int,
    impact: float,
) -> None:  # fmt: skip
    """Leave with ``qty`` (0: all) as a market order would at ``price``."""
    p: Any = state.book[s]
    size = qty if qty > 0.0 else abs(p.qty)
    got = exit_price(state, rules, s, price, size, impact)
    leave(state, ledger, rules, s, time, row, qty, got, price, reason, TAKER)


@inner
def leave_if_gapped(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, impact: float
) -> None:
    """Stops and targets that the open has passed fill at the open (F14, F16, F18)."""
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    if sign * price <= sign * p.stop:
        _market_leave(state, ledger, rules, s, time, row, 0.0, price, p.stop_kind, impact)
    else:
        _take_targets(state, ledger, rules, s, time, row, price, price, _GAP, volume, impact)


@part
def _decided_qty(state: State, rules: Rules, s: int, volume: float) -> float:
    """How much of what the strategy wants to leave this bar lets go; 0 for nothing."""
    p: Any = state.book[s]
    if p.leave_qty == 0.0:
        share = p.leave_share
        whole = np.isnan(share) or share >= 1.0
        p.leave_qty = abs(p.qty) if whole else rounded(abs(p.qty) * share, p.qty_step)
    return volume_cap(state, rules, s, min(p.leave_qty, abs(p.qty)), volume)


@inner
def _decided(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, maker: bool,
    impact: float,
) -> None:  # fmt: skip
    """Leave as decided, whole or in part; what the volume does not take waits for the next bar (F41, F47)."""
    p: Any = state.book[s]
    reason = p.leave
    qty = _decided_qty(state, rules, s, volume)
    p.sold_row = row
    if qty > 0.0:
        got = price
        if not maker:
            sign = 1.0 if p.qty > 0.0 else -1.0
            got = exit_price(state, rules, s, price, qty, impact)
            # a limit bounds what slippage may do (F36)
            got = p.leave_limit if sign * got < sign * p.leave_limit else got
        leave(state, ledger, rules, s, time, row, qty, got, price, reason, maker)
        p.leave_qty -= qty
    if p.qty == 0.0 or p.leave_qty <= 1e-12 * qty or (qty == 0.0 and p.leave_qty == 0.0):
        p.leave = NONE


@step_part
def exits_at_open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, impact: float
) -> None:
    """Fill what leaves the position of ``s`` at the open ``price``; must have run for all symbols before entries."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    p.mark = price
    if p.qty == 0.0:
        p.leave = NONE
        return
    p.row = row
    if rules.cross:
        set_levels(state, rules, s)
    sign = 1.0 if p.qty > 0.0 else -1.0
    if sign * price <= sign * p.liquidation and p.mark_price == 0.0:
        liquidate(state, ledger, rules, s, time, row, price, impact)
        if p.qty == 0.0:
            p.leave = NONE
            return
    if p.leave != NONE and sign * price <= sign * p.leave_trigger:
        p.leave_trigger, p.leave_rested = np.nan, 0
    if p.leave != NONE and np.isnan(p.leave_trigger):
        rested, p.leave_rested = p.leave_rested, 1
        if np.isnan(p.leave_limit):
            _decided(state, ledger, rules, s, time, row, price, volume, TAKER, impact)
        elif sign * price >= sign * p.leave_limit:
            at = p.leave_limit if rested == 1 and p.printed == 1 else price
            _decided(state, ledger, rules, s, time, row, at, volume, rested == 1, 0.0)
    if p.qty != 0.0 and row - p.entry_row >= p.max_bars:
        _market_leave(state, ledger, rules, s, time, row, 0.0, price, TIME, impact)
    if p.qty != 0.0:
        leave_if_gapped(state, ledger, rules, s, time, row, price, volume, impact)
    if p.qty != 0.0 and p.slots > 0:
        orders_at_open(state, ledger, rules, s, time, row, price, volume, impact, YES)


@inner
def _take_targets(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, best: float, price: float, gap: bool,
    volume: float, impact: float,
) -> None:  # fmt: skip
    """Fill the ladder and the target that ``best`` reaches, at the open ``price`` after a gap, else at their own."""
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    left = abs(p.qty) if rules.market_targets else volume_cap(state, rules, s, abs(p.qty), volume)
    for k in range(LEVELS):
        level = p.ladder[k]
        if not _meets(rules, sign, best, level):
            continue
        p.sold_row = row
        if p.ladder_left[k] == 0.0:
            p.ladder_left[k] = rounded(p.entered * rules.shares[k], p.qty_step)
        qty = min(p.ladder_left[k], left, abs(p.qty))
        p.ladder_left[k] -= qty
        if p.ladder_left[k] <= 1e-12 * p.entered:
            p.ladder[k] = np.nan
        if qty > 0.0:
            left -= qty
            # shares that sum up to the whole leave no crumb of rounding
            whole = abs(p.qty) - qty <= 1e-9 * p.entered
            _sell_at_target(state, ledger, rules, s, time, row, 0.0 if whole else qty, level, price, gap, impact)
        if p.qty == 0.0:
            return
    if left > 0.0 and _meets(rules, sign, best, p.target):
        p.sold_row = row
        qty = min(left, abs(p.qty))
        _sell_at_target(state, ledger, rules, s, time, row, qty, p.target, price, gap, impact)


@inner
def _sell_at_target(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, qty: float, level: float, price: float,
    gap: bool, impact: float,
) -> None:  # fmt: skip
    """Sell ``qty`` (0: all) at ``level``, which rested in the book or becomes a market order when touched (F99)."""
    p: Any = state.book[s]
    if rules.market_targets:
        _market_leave(state, ledger, rules, s, time, row, qty, price if gap else level, TARGET, impact)
        return
    at = price if gap and p.printed == 0 else level
    leave(state, ledger, rules, s, time, row, qty, at, at, TARGET, MAKER)


@part
def _meets(rules: Rules, sign: float, best: float, level: float) -> bool:
    """Whether a target at ``level`` is met: one that is a market order needs a touch only (F99)."""
    return sign * best >= sign * level if rules.market_targets else reaches(rules, sign, best, level)


@inner
def exits_at_quote(state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float) -> None:
    """Fill what leaves the position of ``s`` by limit or by decision when the book offers ``price`` (F101)."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    if p.leave != NONE and np.isnan(p.leave_trigger):
        rested, p.leave_rested = p.leave_rested, 1
        if np.isnan(p.leave_limit):
            _decided(state, ledger, rules, s, time, row, price, np.inf, TAKER, 0.0)
        elif sign * price >= sign * p.leave_limit:
            at = p.leave_limit if rested == 1 else price
            _decided(state, ledger, rules, s, time, row, at, np.inf, rested == 1, 0.0)
    # what becomes a market order when touched looks at trades, as stops do
    if p.qty != 0.0 and not rules.market_targets:
        _take_targets(state, ledger, rules, s, time, row, price, price, _NO_GAP, np.inf, 0.0)


@inner
def _some_target(state: State, rules: Rules, s: int, sign: float, best: float) -> bool:
    """Whether ``best`` reaches any level at which something of ``s`` would be sold."""
    p: Any = state.book[s]
    if _meets(rules, sign, best, p.target):
        return True
    for k in range(LEVELS):
        if _meets(rules, sign, best, p.ladder[k]):
            return True
    return p.leave != NONE and np.isnan(p.leave_trigger) and reaches(rules, sign, best, p.leave_limit)


@inner
def _sell_what_is_reached(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, best: float, volume: float, impact: float
) -> None:
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    if p.leave != NONE and np.isnan(p.leave_trigger) and reaches(rules, sign, best, p.leave_limit):
        _decided(state, ledger, rules, s, time, row, p.leave_limit, volume, MAKER, 0.0)
    if p.qty != 0.0:
        _take_targets(state, ledger, rules, s, time, row, best, best, _NO_GAP, volume, impact)


@inner
def _go_off(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, open: float, volume: float, impact: float
) -> None:
    """The decided exit of ``s`` becomes an order at its trigger, which was touched after ``open`` (F98)."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    price = min(p.leave_trigger, open) if sign > 0.0 else max(p.leave_trigger, open)
    p.leave_trigger, p.leave_rested = np.nan, 1
    if not sign * price < sign * p.leave_limit and not _had_its_volume(rules, p, row):
        _decided(state, ledger, rules, s, time, row, price, volume, TAKER, impact)


@inner
def held_in_range(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, open: float, high: float, low: float,
    close: float, mark_high: float, mark_low: float, volume: float, impact: float, fresh: int,
) -> None:  # fmt: skip
    """Fill the stops and targets of ``s`` between ``low`` and ``high`` (F13 to F17); ``fresh`` tells of its entry."""
    p: Any = state.book[s]
    account: Any = state.account[0]
    if rules.cross:
        set_levels(state, rules, s)
    sign, worst, best, mark = (1.0, low, high, mark_low) if p.qty > 0.0 else (-1.0, high, low, mark_high)
    taken_over = sign * mark <= sign * p.liquidation
    stopped = sign * worst <= sign * p.stop
    touched = p.leave != NONE and sign * worst <= sign * p.leave_trigger
    hit = stopped or taken_over or touched
    level = p.liquidation
    first = stopped and sign * p.stop > sign * level
    # what a share of the volume allowed is taken at the open already (F41)
    reached = not _had_its_volume(rules, p, row) and _some_target(state, rules, s, sign, best)
    nearest = nearer(-sign, p.stop, level)
    nearest = nearer(-sign, nearest, p.leave_trigger) if p.leave != NONE else nearest
    if fresh == BY_TRIGGER and hit and not sign * close <= sign * nearest:
        # the bar may have been there before the entry
        account.ambiguous += 1
        if rules.favourable:
            hit = False
    elif fresh == BY_LIMIT and reached and not _some_target(state, rules, s, sign, close):
        account.ambiguous += 1
        reached = rules.favourable
    elif hit and reached:
        account.ambiguous += 1
    sale = p.slots > 0 and sale_reached(state, rules, s, row, best, close)
    if p.slots > 0 and ((hit and sale and not reached) or (not hit and sale_in_doubt(state, rules, s, best, close))):
        account.ambiguous += 1
    # of a bar that was entered by a limit only the close is known to come after
    seen = close if fresh == BY_LIMIT and not rules.favourable else best
    if reached and (not hit or rules.favourable):
        _sell_what_is_reached(state, ledger, rules, s, time, row, seen, volume, impact)
    if p.slots > 0 and p.qty != 0.0 and (not hit or rules.favourable):
        sell_orders(state, ledger, rules, s, time, row, best, worst, open, close, volume, impact)
    if p.qty == 0.0:
        return
    if hit and touched:
        # the stop and the liquidation that lie nearer take all there is
        if not (stopped and sign * p.stop >= sign * p.leave_trigger) and not (
            taken_over and sign * level >= sign * p.leave_trigger
        ):
            _go_off(state, ledger, rules, s, time, row, open, volume, impact)
            if p.qty == 0.0:
                return
            if rules.cross:
                set_levels(state, rules, s)
            taken_over = sign * mark <= sign * p.liquidation
            first = stopped and sign * p.stop > sign * p.liquidation
        hit = stopped or taken_over
    if hit and taken_over and not first:
        _take_over(state, ledger, rules, s, time, row, worst, mark, impact)
    elif hit:
        _market_leave(state, ledger, rules, s, time, row, 0.0, p.stop, p.stop_kind, impact)
    else:
        worst = close if fresh == BY_TRIGGER else worst
        _see(p, seen)
        _move_stop(state, ledger, rules, s, time, row, seen, close, impact)
        _see(p, worst)


@inner
def _take_over(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, worst: float, mark: float, impact: float
) -> None:
    """Liquidate ``s`` at its price, and again where the range reaches what a smaller position has for one (F66)."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    while p.qty != 0.0 and sign * mark <= sign * p.liquidation:
        if sign * worst <= sign * p.stop and sign * p.stop > sign * p.liquidation:
            break
        liquidate(state, ledger, rules, s, time, row, p.liquidation, impact)
    if p.qty != 0.0 and sign * worst <= sign * p.stop:
        _market_leave(state, ledger, rules, s, time, row, 0.0, p.stop, p.stop_kind, impact)


@inner
def _had_its_volume(rules: Rules, p: Any, row: int) -> bool:
    return rules.fill_rule == VOLUME and p.sold_row == row


@inner
def _see(p: Any, price: float) -> None:
    p.low, p.high = min(p.low, price), max(p.high, price)


@inner
def _move_stop(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, best: float, close: float, impact: float
) -> None:
    """Raise a trailing or break-even stop; a close beyond its new place has certainly crossed it (F44, F45)."""
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    level, kind = trail_level(rules, p.trail, sign, best), TRAILING
    if sign * best >= sign * p.break_even and not sign * level >= sign * p.entry_price:
        level, kind = p.entry_price, BREAK_EVEN
    if np.isnan(level) or sign * p.stop >= sign * level:
        return
    p.stop, p.stop_kind = level, kind
    if sign * close <= sign * level:
        _market_leave(state, ledger, rules, s, time, row, 0.0, level, kind, impact)


@step
def close_out(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, close: float, impact: float
) -> None:
    """Close the position of ``s`` at its last ``close`` with reason `END` (F11); what waits is dropped (F3)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    p.leave = NONE
    drop_order(state, ledger, s, _NO_NEXT_BAR if p.rested == 0 else _WAITING)
    if p.slots > 0:
        drop_all_orders(state, ledger, s, _NO_NEXT_BAR if row - p.grid_row == rules.latency else _WAITING)
    if p.qty != 0.0:
        _market_leave(state, ledger, rules, s, time, row, 0.0, close, END, impact)
