"""Entries as compiled steps: market, limit, stop and stop-limit orders that open a position or add to it."""

from typing import Any

import numpy as np

from .accounting import drop_order, free_cash, market_price, take_position
from .compiled import inner, part
from .orders import CODES, FOK, IOC, NO, POST_ONLY, THROUGH, VOLUME, Outcome, constant
from .rounding import rounded
from .sizes import entry_size, unit_cost
from .state import LEVELS, MAKER, STOP, TAKER, TRAILING, Ledger, Rules, State

BY_LIMIT, BY_TRIGGER = constant(1), constant(2)  # how an entry within a bar's range came about
_FILLED, _EXPIRED, _UNFILLED = CODES[Outcome.FILLED], CODES[Outcome.EXPIRED], CODES[Outcome.UNFILLED]
_POST_ONLY, _MAX_POSITIONS, _CASH = CODES[Outcome.POST_ONLY], CODES[Outcome.MAX_POSITIONS], CODES[Outcome.CASH]


@part
def nearer(sign: float, own: float, general: float) -> float:
    """The level that a price moving in the direction of ``sign`` meets first (F19); NaN stands for none."""
    if np.isnan(own):
        return general
    if np.isnan(general):
        return own
    return min(own, general) if sign > 0.0 else max(own, general)


@part
def reaches(rules: Rules, sign: float, best: float, level: float) -> bool:
    """Whether a resting order at ``level`` fills when the price got as far as ``best`` (F15, F40)."""
    return sign * best > sign * level if rules.fill_rule == THROUGH else sign * best >= sign * level


@part
def volume_cap(state: State, rules: Rules, s: int, qty: float, volume: float) -> float:
    """How much of ``qty`` a bar of ``volume`` gives to one order (F41)."""
    if rules.fill_rule != VOLUME:
        return qty
    p: Any = state.book[s]
    most = volume * rules.volume_share
    return qty if qty <= most else rounded(most, p.qty_step)


@part
def trail_level(rules: Rules, trail: float, sign: float, best: float) -> float:
    """Where a trailing stop stands once the price has been at ``best`` (F44); NaN without one."""
    return nearer(-sign, best - sign * trail, best * (1.0 - sign * rules.trailing))


@inner
def give_levels(
    state: State, rules: Rules, s: int, sign: float, fill: float, added: bool, stop: float, target: float, plain: bool
) -> None:
    """Give the position of ``s`` its stops and targets (F19, F43 to F48); a ``plain`` entry brings no others."""
    p: Any = state.book[s]
    base = p.entry_price
    stop = nearer(-sign, stop, base * (1.0 - sign * rules.stop_loss))
    target = nearer(sign, target, base * (1.0 + sign * rules.take_profit))
    trail, break_even, bars = (np.nan, np.nan, np.nan) if plain else (p.want_trail, p.want_break, p.want_bars)
    # an addition without levels of its own leaves those that stand
    if not added or not np.isnan(stop):
        p.stop, p.stop_kind = stop, STOP
    if not added or not np.isnan(target):
        p.target = target
    if not added or not np.isnan(trail):
        p.trail = trail
    if not added or not np.isnan(break_even):
        p.break_even = break_even
    if not np.isnan(rules.break_even):
        p.break_even = nearer(sign, p.break_even, base * (1.0 + sign * rules.break_even))
    if not added:
        p.max_bars = nearer(1.0, bars, rules.max_bars)
        for k in range(LEVELS):
            p.ladder[k], p.ladder_left[k] = np.nan if plain else p.want_ladder[k], 0.0
    trailing = trail_level(rules, p.trail, sign, fill)
    if not np.isnan(trailing) and not sign * p.stop >= sign * trailing:
        p.stop, p.stop_kind = trailing, TRAILING


@inner
def _fill(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, maker: bool, volume: float,
    impact: float,
) -> bool:  # fmt: skip
    """Fill what waits of the entry of ``s`` at ``price``; returns whether anything did."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    sign = float(p.want)
    if p.qty == 0.0 and rules.max_positions > 0 and account.open >= rules.max_positions:
        account.refused += 1
        drop_order(state, ledger, s, _MAX_POSITIONS)
        return False
    fill = price
    if not maker:
        fill = _taken_at(state, rules, s, sign, price, impact)
    if p.want_qty == 0.0:
        stop = nearer(-sign, p.want_stop, fill * (1.0 - sign * rules.stop_loss))
        stop = nearer(-sign, stop, trail_level(rules, p.want_trail, sign, fill))
        p.want_qty, refusal = entry_size(state, rules, s, sign, fill, sign * (fill - stop), maker, 1.0)
        if refusal != 0:
            account.refused += 1
            drop_order(state, ledger, s, refusal)
            return False
    size = _part(state, ledger, rules, s, sign, fill, maker, volume)
    if size == 0.0:
        return False
    added = p.qty != 0.0
    take_position(state, ledger, rules, s, time, row, sign * size, fill, price, maker)
    if not p.partly:
        p.entries += 1
    give_levels(state, rules, s, sign, fill, added, p.want_stop, p.want_target, NO)
    p.want_qty, p.partly, p.filled_row = p.want_qty - size, 1, row
    if p.want_qty <= 1e-12 * size:
        p.partly = 0
        drop_order(state, ledger, s, _FILLED)
    elif rules.time_in_force == IOC:
        drop_order(state, ledger, s, _UNFILLED)
    return True


@part
def _taken_at(state: State, rules: Rules, s: int, sign: float, price: float, impact: float) -> float:
    """The price of an entry that takes; a limit bounds what slippage may do (F36)."""
    p: Any = state.book[s]
    qty = p.want_qty
    if rules.slippage >= 2 and qty == 0.0:
        # how far the price slips depends on the size, and the size on the price: it is taken before slippage
        stop = nearer(-sign, p.want_stop, price * (1.0 - sign * rules.stop_loss))
        stop = nearer(-sign, stop, trail_level(rules, p.want_trail, sign, price))
        cut = state.account[0].cut
        qty, _ = entry_size(state, rules, s, sign, price, sign * (price - stop), TAKER, 1.0)
        state.account[0].cut = cut
    fill = market_price(state, rules, s, sign, price, qty, impact)
    limit = p.want_limit
    return limit if sign * fill > sign * limit else fill


@part
def _part(
    state: State, ledger: Ledger, rules: Rules, s: int, sign: float, fill: float, maker: bool, volume: float
) -> float:
    """How much of the waiting quantity this bar's volume and the cash allow; 0 leaves it waiting or drops it."""
    p: Any = state.book[s]
    size = volume_cap(state, rules, s, p.want_qty, volume)
    if size < p.want_qty and rules.time_in_force == FOK:
        drop_order(state, ledger, s, _UNFILLED)
        return 0.0
    if p.partly:
        affordable = rounded(free_cash(state, rules) / unit_cost(state, rules, s, sign, fill, maker), p.qty_step)
        if affordable < size:
            size = affordable
        if not size > 0.0 and affordable <= 0.0:
            drop_order(state, ledger, s, _CASH)
            return 0.0
    return max(0.0, size)


@part
def enter_at_open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, impact: float
) -> bool:
    """Fill the entry of ``s`` at the open ``price`` when its kind allows; returns whether anything did."""
    p: Any = state.book[s]
    sign = float(p.want)
    if sign == 0.0 or sign * p.qty < 0.0:
        return False
    first = p.rested == 0
    p.rested += 1
    if rules.valid_bars > 0 and row - p.want_row - rules.latency > rules.valid_bars:
        drop_order(state, ledger, s, _EXPIRED)
        return False
    done = False
    if not np.isnan(p.want_trigger):
        if sign * price < sign * p.want_trigger:
            return _not_at_once(state, ledger, rules, s)
        p.want_trigger, first = np.nan, True
    if np.isnan(p.want_limit):
        done = _fill(state, ledger, rules, s, time, row, price, TAKER, volume, impact)
    elif first:
        if sign * price > sign * p.want_limit:
            return _not_at_once(state, ledger, rules, s)
        if rules.time_in_force == POST_ONLY:
            state.account[0].refused += 1
            drop_order(state, ledger, s, _POST_ONLY)
            return False
        done = _fill(state, ledger, rules, s, time, row, price, TAKER, volume, impact)
    elif reaches(rules, -sign, price, p.want_limit):
        at = p.want_limit if p.printed == 1 else price
        done = _fill(state, ledger, rules, s, time, row, at, MAKER, volume, impact)
    if not done:
        return _not_at_once(state, ledger, rules, s)
    return True


@inner
def _not_at_once(state: State, ledger: Ledger, rules: Rules, s: int) -> bool:
    if rules.time_in_force == IOC or rules.time_in_force == FOK:
        drop_order(state, ledger, s, _UNFILLED)
    return False


@inner
def enter_in_range(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, open: float, high: float, low: float,
    volume: float, impact: float,
) -> int:  # fmt: skip
    """Fill the waiting limit or stop entry of ``s`` between ``low`` and ``high``; returns how it came about, or 0."""
    p: Any = state.book[s]
    sign = float(p.want)
    # what is still waiting of an order that filled at the open has had this bar's volume
    if sign == 0.0 or sign * p.qty < 0.0 or (p.partly and p.filled_row == row):
        return 0
    ahead, behind = (high, low) if sign > 0.0 else (low, high)
    trigger = p.want_trigger
    if not np.isnan(trigger):
        if sign * ahead < sign * trigger:
            return 0
        p.want_trigger = np.nan
        if sign * trigger > sign * p.want_limit or sign * open > sign * p.want_limit:
            return 0
        price = max(trigger, open) if sign > 0.0 else min(trigger, open)
        filled = _fill(state, ledger, rules, s, time, row, price, TAKER, volume, impact)
        return BY_TRIGGER if filled else 0
    if np.isnan(p.want_limit) or not reaches(rules, -sign, behind, p.want_limit):
        return 0
    filled = _fill(state, ledger, rules, s, time, row, p.want_limit, MAKER, volume, impact)
    return BY_LIMIT if filled else 0
