"""Open orders of a symbol as compiled steps: where they stand and how they end; `resting` fills them."""

from typing import Any

import numpy as np

from .compiled import apart, inner
from .orders import CODES, NO, YES, Outcome
from .state import SLOTS, Ledger, Rules, State

_PARTLY, _FILLED, _CANCELLED = CODES[Outcome.PARTLY_FILLED], CODES[Outcome.FILLED], CODES[Outcome.CANCELLED]
WITH_SALES, ENTRIES_ONLY = YES, NO


@inner
def end_order(p: Any, k: int, outcome: int) -> None:
    """Free the slot ``k`` of ``p``; an order that was filled in part says so."""
    p.o_end[k] = _PARTLY if p.o_done[k] > 0.0 and outcome != _FILLED else outcome
    p.o_side[k] = 0
    p.slots -= 1


@inner
def free_slot(p: Any) -> int:
    """A slot of ``p`` where no order stands, -1 when all are taken."""
    for k in range(p.o_room):
        if p.o_side[k] == 0:
            return k
    return p.o_room if p.o_room < SLOTS else -1


@inner
def new_order(p: Any, k: int, side: int, qty: float, limit: float, trigger: float) -> None:
    """An order in the direction ``side`` in the slot ``k``, with nothing beside its prices."""
    apart()
    p.o_side[k], p.o_qty[k], p.o_limit[k], p.o_trigger[k], p.o_entry[k] = side, qty, limit, trigger, limit
    p.o_share[k] = p.o_target[k] = p.o_stop[k] = p.o_take[k] = np.nan
    p.o_done[k] = p.o_value[k] = 0.0
    p.o_reduce[k] = p.o_tif[k] = p.o_rested[k] = p.o_id[k] = p.o_group[k] = p.o_fresh[k] = p.o_end[k] = 0
    p.o_row[k] = -1
    p.slots += 1
    p.o_room = max(p.o_room, k + 1)


@inner
def drop_rungs(state: State, ledger: Ledger, s: int, outcome: int, sales: bool) -> None:
    """End the rungs of ``s`` that wait to be bought, with ``sales`` those that wait to be sold too (F94)."""
    apart()
    p: Any = state.book[s]
    for k in range(p.o_room):
        if p.o_side[k] == 0 or p.o_id[k] != 0 or k + 1 == p.slot:
            continue
        if p.o_reduce[k] == 0 or sales:
            end_order(p, k, outcome)
        else:
            # what is still to be sold does not come back
            p.o_entry[k] = np.nan
    untold = p.grid_side != 0 and p.grid_met == 0 and p.grid_row < len(ledger.outcomes)
    if untold and ledger.outcomes[p.grid_row] == 0:
        ledger.outcomes[p.grid_row] = outcome
    p.grid_side = 0


@inner
def tell_rung(state: State, ledger: Ledger, s: int, k: int, outcome: int) -> None:
    """Note on the wish of the rungs of ``s`` what became of the rung ``k``; fills outweigh refusals (F58)."""
    apart()
    p: Any = state.book[s]
    if outcome == _FILLED:
        p.grid_met |= 1 << k
        outcome = _FILLED if p.grid_met == p.grid_all else _PARTLY
    elif p.grid_met != 0:
        return
    if p.grid_row < len(ledger.outcomes):
        ledger.outcomes[p.grid_row] = outcome


@inner
def orders_without_position(state: State, ledger: Ledger, rules: Rules, s: int, row: int) -> None:
    """What the end of a position of ``s`` does to its open orders (F43, F95)."""
    apart()
    p: Any = state.book[s]
    sold_by_rung = p.slot > 0 and p.o_id[p.slot - 1] == 0
    if not sold_by_rung:
        drop_rungs(state, ledger, s, _CANCELLED, WITH_SALES)
    for k in range(p.o_room):
        if p.o_side[k] != 0 and p.o_reduce[k] != 0 and k + 1 != p.slot:
            if p.o_id[k] == 0:
                rest_again(p, rules, k, row)
            else:
                end_order(p, k, _CANCELLED)


@inner
def rest_again(p: Any, rules: Rules, k: int, row: int) -> None:
    """Let the rung ``k``, which is sold, wait at its entry again where the grid repeats, else end it (F93)."""
    apart()
    if not rules.grid_repeat or np.isnan(p.o_entry[k]):
        end_order(p, k, _FILLED)
        return
    p.o_side[k], p.o_reduce[k], p.o_limit[k] = -p.o_side[k], 0, p.o_entry[k]
    p.o_qty[k] = p.o_done[k] = p.o_value[k] = 0.0
    p.o_row[k], p.o_rested[k], p.o_fresh[k] = row, 1, 0


@inner
def drop_all_orders(state: State, ledger: Ledger, s: int, outcome: int) -> None:
    """End every open order of ``s``."""
    apart()
    p: Any = state.book[s]
    drop_rungs(state, ledger, s, outcome, WITH_SALES)
    for k in range(p.o_room):
        if p.o_side[k] != 0 and k + 1 != p.slot:
            end_order(p, k, outcome)
