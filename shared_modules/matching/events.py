"""Single events as compiled steps, made of those that the loop over bars calls (F100 to F104)."""

from typing import Any

import numpy as np

from .accounting import liquidate, set_levels
from .compiled import step
from .entering import enter_at_open, enter_in_range
from .held import hold
from .kernel import entry_at_open, on_bar_range
from .leaving import exits_at_open, exits_at_quote
from .orders import CODES, NO, YES, Outcome
from .resting import orders_at_quote
from .rounding import on_tick
from .slots import end_order, free_slot, new_order
from .state import SLOTS, Ledger, Rules, State

_CANCELLED = CODES[Outcome.CANCELLED]


@step
def on_trade(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float, impact: float
) -> None:
    """A trade of ``s`` at ``price``: a bar that has one price only (F100)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    p.mark, p.printed = price, 1
    if p.qty != 0.0:
        exits_at_open(state, ledger, rules, s, time, row, price, volume, impact)
    if p.want != 0 or p.slots != 0:
        entry_at_open(state, ledger, rules, s, time, row, price, volume, impact)
    if p.qty != 0.0 or p.want != 0 or p.slots != 0:
        # where the exchange has told its mark price, that one liquidates
        mark = price if p.mark_price == 0.0 else p.mark_price
        on_bar_range(state, ledger, rules, s, time, row, price, price, price, price, mark, mark, volume, impact)
    p.printed = 0


@step
def on_book(state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int) -> None:
    """The book of ``s`` has changed: what sells looks at the bid, what buys at the ask (F101)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    if p.depth == 0:
        return
    bid, ask = p.bid[0], p.ask[0]
    if p.mark == 0.0:
        p.mark = 0.5 * (bid + ask)
    if p.qty != 0.0:
        exits_at_quote(state, ledger, rules, s, time, row, bid if p.qty > 0.0 else ask)
    if p.slots != 0:
        if p.qty != 0.0:
            orders_at_quote(state, ledger, rules, s, time, row, bid, ask, YES)
        orders_at_quote(state, ledger, rules, s, time, row, bid, ask, NO)
    if p.want != 0 and np.isnan(p.want_trigger):
        sign = float(p.want)
        price = ask if sign > 0.0 else bid
        if np.isnan(p.want_limit) or p.rested == 0:
            enter_at_open(state, ledger, rules, s, time, row, price, np.inf, 0.0)
        elif sign * price <= sign * p.want_limit:
            enter_in_range(state, ledger, rules, s, time, row, price, price, price, np.inf, 0.0)


@step
def on_mark(state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float) -> None:
    """The mark price of ``s`` is ``price``: it alone decides on liquidation from now on (F65, F102)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    p: Any = state.book[s]
    p.mark_price = price
    if p.qty == 0.0:
        return
    p.row = row
    if rules.cross:
        set_levels(state, rules, s)
    sign = 1.0 if p.qty > 0.0 else -1.0
    if sign * price <= sign * p.liquidation:
        liquidate(state, ledger, rules, s, time, row, price, 0.0)


@step
def place_order(
    state: State, s: int, number: int, side: int, qty: float, limit: float, trigger: float, stop: float, target: float,
    reduce: bool, time_in_force: int, group: int,
) -> int:  # fmt: skip
    """Let an order wait in a free slot of ``s``; returns it, or -1 when all are taken (F103)."""
    state = hold(state)
    p: Any = state.book[s]
    k = free_slot(p)
    if k >= 0:
        new_order(p, k, side, qty, on_tick(side, limit, p.tick), trigger)
        p.o_id[k], p.o_tif[k], p.o_group[k], p.o_reduce[k] = number, time_in_force, group, 1 if reduce else 0
        p.o_stop[k], p.o_take[k] = stop, target
    return k


@step
def amend_order(state: State, s: int, k: int, qty: float, limit: float, trigger: float) -> None:
    """Change the order in slot ``k`` of ``s``; NaN keeps. Another price arrives anew, a quantity keeps its place."""
    state = hold(state)
    p: Any = state.book[s]
    if not np.isnan(limit):
        p.o_limit[k], p.o_rested[k] = on_tick(p.o_side[k], limit, p.tick), 0
    if not np.isnan(trigger):
        p.o_trigger[k] = trigger
    if not np.isnan(qty):
        p.o_qty[k] = qty - p.o_done[k]
        if p.o_qty[k] <= 0.0:
            end_order(p, k, _CANCELLED)


@step
def cancel_order(state: State, s: int, k: int) -> None:
    """End the order in slot ``k`` of ``s``."""
    state = hold(state)
    p: Any = state.book[s]
    if 0 <= k < SLOTS and p.o_side[k] != 0:
        end_order(p, k, _CANCELLED)
