"""Open orders as compiled steps: rungs of a grid and placed orders that open, add to, reduce or reverse a position."""

from typing import Any

import numpy as np

from .accounting import exit_price, free_cash, leave, market_price, set_levels, take_position
from .compiled import apart, inner
from .entering import BY_LIMIT, BY_TRIGGER, give_levels, nearer, reaches, trail_level, volume_cap
from .orders import CODES, FOK, IOC, POST_ONLY, VOLUME, YES, Outcome
from .rounding import rounded
from .sizes import allowed_size, entry_size, unit_cost
from .slots import ENTRIES_ONLY, drop_rungs, end_order, rest_again, tell_rung
from .state import MAKER, SIGNAL, TAKER, TARGET, Ledger, Rules, State

_FILLED, _EXPIRED, _UNFILLED = CODES[Outcome.FILLED], CODES[Outcome.EXPIRED], CODES[Outcome.UNFILLED]
_POST_ONLY, _MAX_POSITIONS, _CASH = CODES[Outcome.POST_ONLY], CODES[Outcome.MAX_POSITIONS], CODES[Outcome.CASH]
_CANCELLED = CODES[Outcome.CANCELLED]


@inner
def sells(p: Any, k: int) -> bool:
    """Whether the order ``k`` stands against the position; a rung that waits to be bought never does."""
    against: bool = p.o_side[k] * p.qty < 0.0 and (p.o_reduce[k] != 0 or p.o_id[k] != 0)
    return against


@inner
def buys(p: Any, k: int) -> bool:
    """Whether the order ``k`` would open or add to a position now."""
    return p.o_side[k] != 0 and p.o_reduce[k] == 0 and not p.o_side[k] * p.qty < 0.0


@inner
def orders_at_open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, volume: float,
    impact: float, exits: bool,
) -> bool:  # fmt: skip
    """Fill the open orders of ``s`` that the open ``price`` meets: those against the position, or the others."""
    apart()
    p: Any = state.book[s]
    late = rules.valid_bars > 0 and p.grid_side != 0 and row - p.grid_row - rules.latency > rules.valid_bars
    if late and not exits:
        drop_rungs(state, ledger, s, _EXPIRED, ENTRIES_ONLY)
    entered = False
    for k in range(p.o_room):
        if p.o_side[k] == 0 or not (sells(p, k) if exits else buys(p, k)):
            continue
        before = abs(p.qty)
        _at_open(state, ledger, rules, s, time, row, k, price, volume, impact)
        entered = entered or abs(p.qty) > before
        if exits and p.qty == 0.0:
            break
    return entered


@inner
def _at_open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, k: int, price: float, volume: float,
    impact: float,
) -> None:  # fmt: skip
    """Fill the order ``k`` at the open ``price`` when its kind allows (F32, F34, F38)."""
    apart()
    p: Any = state.book[s]
    sign, limit, first = float(p.o_side[k]), p.o_limit[k], p.o_rested[k] == 0
    p.o_rested[k] = 1
    if not np.isnan(p.o_trigger[k]):
        if sign * price < sign * p.o_trigger[k]:
            return
        p.o_trigger[k], first = np.nan, True
    if np.isnan(limit):
        _execute(state, ledger, rules, s, time, row, k, price, TAKER, volume, impact)
    elif first and sign * price <= sign * limit:
        if p.o_tif[k] == POST_ONLY:
            _refuse(state, ledger, s, k, _POST_ONLY)
            return
        _execute(state, ledger, rules, s, time, row, k, price, TAKER, volume, impact)
    elif not first and reaches(rules, -sign, price, limit):
        at = limit if p.printed == 1 else price
        _execute(state, ledger, rules, s, time, row, k, at, MAKER, volume, impact)
    if p.o_side[k] != 0 and (p.o_tif[k] == IOC or p.o_tif[k] == FOK) and (p.o_id[k] != 0 or p.o_reduce[k] == 0):
        _end(state, ledger, s, k, _UNFILLED)


@inner
def orders_at_quote(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, bid: float, ask: float, exits: bool
) -> None:
    """Fill the open orders of ``s`` that the book's best ``bid`` or ``ask`` meets; it triggers none (F101)."""
    apart()
    p: Any = state.book[s]
    for k in range(p.o_room):
        if p.o_side[k] == 0 or not np.isnan(p.o_trigger[k]) or not (sells(p, k) if exits else buys(p, k)):
            continue
        sign, limit, first = float(p.o_side[k]), p.o_limit[k], p.o_rested[k] == 0
        price = ask if sign > 0.0 else bid
        p.o_rested[k] = 1
        if np.isnan(limit) or (first and sign * price <= sign * limit):
            if p.o_tif[k] == POST_ONLY:
                _refuse(state, ledger, s, k, _POST_ONLY)
                continue
            _execute(state, ledger, rules, s, time, row, k, price, TAKER, np.inf, 0.0)
        elif sign * price <= sign * limit:
            _execute(state, ledger, rules, s, time, row, k, limit, MAKER, np.inf, 0.0)
        if p.o_side[k] != 0 and (p.o_tif[k] == IOC or p.o_tif[k] == FOK) and (p.o_id[k] != 0 or p.o_reduce[k] == 0):
            _end(state, ledger, s, k, _UNFILLED)


@inner
def _within_limit(p: Any, k: int, qty: float, maker: bool) -> float:
    """How much of ``qty`` the book's levels hold up to the limit of the order ``k``, which takes (F101)."""
    apart()
    if p.depth == 0 or maker or np.isnan(p.o_limit[k]):
        return qty
    found, sign = 0.0, float(p.o_side[k])
    for n in range(p.depth):
        price = p.ask[n] if sign > 0.0 else p.bid[n]
        if sign * price > sign * p.o_limit[k]:
            break
        found += p.ask_qty[n] if sign > 0.0 else p.bid_qty[n]
    return min(qty, found)


@inner
def _end(state: State, ledger: Ledger, s: int, k: int, outcome: int) -> None:
    apart()
    p: Any = state.book[s]
    if p.o_id[k] == 0:
        tell_rung(state, ledger, s, k, outcome)
    end_order(p, k, outcome)


@inner
def _refuse(state: State, ledger: Ledger, s: int, k: int, outcome: int) -> None:
    state.account[0].refused += 1
    _end(state, ledger, s, k, outcome)


@inner
def _execute(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, k: int, price: float, maker: bool,
    volume: float, impact: float,
) -> None:  # fmt: skip
    """Fill what the volume gives of the order ``k`` at ``price``; the rest of its group is cancelled (F97)."""
    apart()
    p: Any = state.book[s]
    done, against = p.o_done[k], p.o_side[k] * p.qty < 0.0
    p.slot = k + 1
    if against:
        _reduce(state, ledger, rules, s, time, row, k, price, maker, volume, impact)
        if rules.fill_rule == VOLUME:
            volume -= (p.o_done[k] - done) / rules.volume_share
    # a rung that has just been sold waits for the next bar, a placed order goes on to the other side
    if p.o_side[k] != 0 and not p.o_side[k] * p.qty < 0.0 and not (against and (p.o_id[k] == 0 or p.o_reduce[k] != 0)):
        _open(state, ledger, rules, s, time, row, k, price, maker, volume, impact)
    p.slot = 0
    if p.o_group[k] != 0 and (p.o_done[k] != done or p.o_end[k] == _FILLED):
        for other in range(p.o_room):
            if other != k and p.o_side[other] != 0 and p.o_group[other] == p.o_group[k]:
                end_order(p, other, _CANCELLED)


@inner
def _reduce(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, k: int, price: float, maker: bool,
    volume: float, impact: float,
) -> None:  # fmt: skip
    """Leave with what the order ``k`` has against the position, as far as there is one (F95)."""
    apart()
    p: Any = state.book[s]
    sign, held = float(p.o_side[k]), abs(p.qty)
    rung = p.o_id[k] == 0
    wanted = min(p.o_qty[k], held)
    qty = _within_limit(p, k, volume_cap(state, rules, s, wanted, volume), maker)
    # a time in force is that of the entry: what a rung bought is sold as volume comes
    if qty < wanted and p.o_tif[k] == FOK and not rung:
        end_order(p, k, _UNFILLED)
        return
    if not qty > 0.0:
        return
    got = price if maker else exit_price(state, rules, s, price, qty, impact)
    if sign * got > sign * p.o_limit[k]:
        got = p.o_limit[k]
    p.o_qty[k], p.o_done[k] = p.o_qty[k] - qty, p.o_done[k] + qty
    p.o_value[k], p.o_row[k] = p.o_value[k] + qty * got, row
    whole = held - qty <= 1e-9 * p.entered
    reason = TARGET if rung else SIGNAL
    leave(state, ledger, rules, s, time, row, 0.0 if whole else qty, got, got if maker else price, reason, maker)
    if p.o_qty[k] <= 1e-12 * qty or (p.qty == 0.0 and p.o_reduce[k] != 0):
        if rung:
            rest_again(p, rules, k, row)
        else:
            end_order(p, k, _FILLED if p.o_qty[k] <= 1e-12 * qty else _CANCELLED)


@inner
def _levels_of(state: State, s: int, k: int) -> tuple[float, float]:
    """The stop and target that an entry of the order ``k`` asks for; rungs have those of their wish."""
    p: Any = state.book[s]
    return (p.want_stop, p.want_target) if p.o_id[k] == 0 else (p.o_stop[k], p.o_take[k])


@inner
def _sized(
    state: State, rules: Rules, s: int, k: int, sign: float, fill: float, maker: bool
) -> tuple[float, int]:  # fmt: skip
    """What the order ``k`` gets when it first fills, at ``fill``: a share of a size, or its quantity if allowed."""
    apart()
    p: Any = state.book[s]
    if np.isnan(p.o_share[k]):
        cost = unit_cost(state, rules, s, sign, fill, maker)
        return allowed_size(state, rules, s, p.o_qty[k], YES, fill, cost)
    own, _ = _levels_of(state, s, k)
    stop = nearer(-sign, own, fill * (1.0 - sign * rules.stop_loss))
    stop = nearer(-sign, stop, trail_level(rules, p.want_trail, sign, fill))
    return entry_size(state, rules, s, sign, fill, sign * (fill - stop), maker, p.o_share[k])


@inner
def _taken_at(state: State, rules: Rules, s: int, k: int, sign: float, price: float, impact: float) -> float:
    """The price of an order that takes, never beyond its limit (F36)."""
    apart()
    p: Any = state.book[s]
    qty = p.o_qty[k]
    if qty == 0.0:
        cut = state.account[0].cut
        qty, _ = _sized(state, rules, s, k, sign, price, TAKER)
        state.account[0].cut = cut
    fill = market_price(state, rules, s, sign, price, qty, impact)
    limit: float = p.o_limit[k]
    return limit if sign * fill > sign * limit else fill


@inner
def _open(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, k: int, price: float, maker: bool,
    volume: float, impact: float,
) -> None:  # fmt: skip
    """Open a position with the order ``k`` or add to it (F37, F41, F92)."""
    apart()
    p: Any = state.book[s]
    sign = float(p.o_side[k])
    if p.qty == 0.0 and rules.max_positions > 0 and state.account[0].open >= rules.max_positions:
        _refuse(state, ledger, s, k, _MAX_POSITIONS)
        return
    fill = price if maker else _taken_at(state, rules, s, k, sign, price, impact)
    if p.o_done[k] == 0.0:
        qty, refusal = _sized(state, rules, s, k, sign, fill, maker)
        if refusal != 0:
            _refuse(state, ledger, s, k, refusal)
            return
        p.o_qty[k] = qty
    size = _within_limit(p, k, volume_cap(state, rules, s, p.o_qty[k], volume), maker)
    if size < p.o_qty[k] and p.o_tif[k] == FOK:
        _end(state, ledger, s, k, _UNFILLED)
        return
    if p.o_done[k] > 0.0:
        affordable = rounded(free_cash(state, rules) / unit_cost(state, rules, s, sign, fill, maker), p.qty_step)
        if not affordable > 0.0:
            end_order(p, k, _CASH)
            return
        size = min(size, affordable)
    if not size > 0.0:
        return
    added = p.qty != 0.0
    take_position(state, ledger, rules, s, time, row, sign * size, fill, price, maker)
    p.entries += p.o_done[k] == 0.0 or not added
    stop, target = _levels_of(state, s, k)
    give_levels(state, rules, s, sign, fill, added, stop, target, p.o_id[k] != 0)
    p.o_qty[k], p.o_done[k] = p.o_qty[k] - size, p.o_done[k] + size
    p.o_value[k], p.o_row[k] = p.o_value[k] + size * fill, row
    if p.o_id[k] == 0:
        tell_rung(state, ledger, s, k, _FILLED)
    if p.o_qty[k] <= 1e-12 * size:
        _bought(p, k, sign)


@inner
def _bought(p: Any, k: int, sign: float) -> None:
    """The order ``k`` is filled: a rung with a target waits there with what it bought, others end (F93)."""
    if np.isnan(p.o_target[k]):
        end_order(p, k, _FILLED)
        return
    p.o_side[k], p.o_reduce[k], p.o_limit[k] = -int(sign), 1, p.o_target[k]
    p.o_qty[k], p.o_done[k], p.o_value[k], p.o_rested[k] = p.o_done[k], 0.0, 0.0, 1


@inner
def _next_entry(
    state: State, rules: Rules, s: int, row: int, ahead: float, behind: float, open: float, side: int, seen: int
) -> int:
    """The order of the direction ``side`` within the range that is nearest to the open and not in ``seen``."""
    apart()
    p: Any = state.book[s]
    best, distance, sign = -1, np.inf, float(side)
    for k in range(p.o_room):
        if p.o_side[k] != side or not buys(p, k) or (seen >> k) & 1 or p.o_row[k] == row or p.o_rested[k] == 0:
            continue
        triggered = not np.isnan(p.o_trigger[k])
        level = p.o_trigger[k] if triggered else p.o_limit[k]
        within = sign * ahead >= sign * level if triggered else reaches(rules, -sign, behind, level)
        if within and abs(level - open) < distance:
            best, distance = k, abs(level - open)
    return best


@inner
def orders_in_range(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, open: float, high: float, low: float,
    volume: float, impact: float,
) -> int:  # fmt: skip
    """Fill the entries among the open orders of ``s`` between ``low`` and ``high``; tells how, or 0 (F96)."""
    apart()
    p: Any = state.book[s]
    fresh, seen = 0, 0
    if rules.cross and p.qty != 0.0:
        set_levels(state, rules, s)
    for _ in range(p.o_room):
        k = _next_entry(state, rules, s, row, high, low, open, 1, seen)
        other = _next_entry(state, rules, s, row, low, high, open, -1, seen)
        if k < 0 or (other >= 0 and abs(_level(p, other) - open) < abs(_level(p, k) - open)):
            k = other
        if k < 0:
            break
        seen |= 1 << k
        sign, before = float(p.o_side[k]), abs(p.qty)
        if not np.isnan(p.o_trigger[k]):
            _trigger_in_range(state, ledger, rules, s, time, row, k, open, volume, impact)
            fresh = BY_TRIGGER if abs(p.qty) > before and fresh == 0 else fresh
            continue
        # a stop that lies before the limit is met first and ends what waits
        limit = p.o_limit[k]
        if p.qty != 0.0 and (sign * limit <= sign * p.stop or sign * limit <= sign * p.liquidation):
            continue
        _execute(state, ledger, rules, s, time, row, k, limit, MAKER, volume, impact)
        if abs(p.qty) > before:
            fresh = BY_LIMIT if fresh == 0 else fresh
            p.o_fresh[k] = 1
    return fresh


@inner
def _level(p: Any, k: int) -> float:
    level: float = p.o_limit[k] if np.isnan(p.o_trigger[k]) else p.o_trigger[k]
    return level


@inner
def _trigger_in_range(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, k: int, open: float, volume: float,
    impact: float,
) -> None:  # fmt: skip
    """Touch the stop order ``k`` within the range (F34, F35)."""
    apart()
    p: Any = state.book[s]
    sign, trigger, limit = float(p.o_side[k]), p.o_trigger[k], p.o_limit[k]
    p.o_trigger[k] = np.nan
    if sign * trigger > sign * limit or sign * open > sign * limit:
        return
    price = max(trigger, open) if sign > 0.0 else min(trigger, open)
    _execute(state, ledger, rules, s, time, row, k, price, TAKER, volume, impact)


@inner
def sale_reached(state: State, rules: Rules, s: int, row: int, best: float, close: float) -> bool:
    """Whether the range lets an open order sell; what this bar's range bought counts by the close alone (F42)."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    for k in range(p.o_room):
        if p.o_side[k] != 0 and sells(p, k) and np.isnan(p.o_trigger[k]) and not _had_its_volume(rules, p, k, row):
            seen = close if p.o_fresh[k] == 1 and not rules.favourable else best
            if reaches(rules, sign, seen, p.o_limit[k]):
                return True
    return False


@inner
def sale_in_doubt(state: State, rules: Rules, s: int, best: float, close: float) -> bool:
    """Whether something bought within this bar's range might have been sold in it as well."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    for k in range(p.o_room):
        if p.o_side[k] != 0 and p.o_fresh[k] == 1 and p.o_reduce[k] == 1:
            limit = p.o_limit[k]
            if reaches(rules, sign, best, limit) and not reaches(rules, sign, close, limit):
                return True
    return False


@inner
def _had_its_volume(rules: Rules, p: Any, k: int, row: int) -> bool:
    had: bool = p.o_row[k] == row and p.o_done[k] > 0.0
    return had


@inner
def sell_orders(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, best: float, worst: float, open: float,
    close: float, volume: float, impact: float,
) -> None:  # fmt: skip
    """Fill the open orders against the position of ``s`` within the range: stops first, then limits (F96)."""
    apart()
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    for k in range(p.o_room):
        if p.qty == 0.0 or not sells(p, k) or p.o_rested[k] == 0 or np.isnan(p.o_trigger[k]):
            continue
        if sign * worst <= sign * p.o_trigger[k]:
            _trigger_in_range(state, ledger, rules, s, time, row, k, open, volume, impact)
    for k in range(p.o_room):
        if p.qty == 0.0 or p.o_side[k] == 0 or not sells(p, k) or p.o_rested[k] == 0:
            continue
        if not np.isnan(p.o_trigger[k]) or np.isnan(p.o_limit[k]) or _had_its_volume(rules, p, k, row):
            continue
        seen = close if p.o_fresh[k] == 1 and not rules.favourable else best
        if reaches(rules, sign, seen, p.o_limit[k]):
            _execute(state, ledger, rules, s, time, row, k, p.o_limit[k], MAKER, volume, impact)


@inner
def settle_orders(p: Any) -> None:
    """The bar is over: nothing is fresh any more."""
    for k in range(p.o_room):
        p.o_fresh[k] = 0
