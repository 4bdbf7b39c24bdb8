"""Money as compiled steps: equity, margin, and what entering, leaving and funding do to the account."""

from typing import Any

import numpy as np

from .compiled import apart, inner, part, step
from .costs import IMPACT, TABLE
from .held import hold
from .orders import CODES, Outcome
from .rounding import rounded
from .slots import drop_all_orders, orders_without_position
from .state import BORROW, FEE, FUNDING, LIQUIDATION, NONE, REALISED, TAKER, Ledger, Rules, State

_CANCELLED = CODES[Outcome.CANCELLED]
_PARTLY = CODES[Outcome.PARTLY_FILLED]


@step
def equity_of(state: State) -> float:
    """Cash plus open positions at their marks (F25)."""
    state = hold(state)
    account: Any = state.account[0]
    total: float = account.cash
    if account.open > 0:
        for s in range(len(state.book)):
            p: Any = state.book[s]
            if p.qty != 0.0:
                total += p.qty * (p.mark - p.entry_price)
    return total


@inner
def free_cash(state: State, rules: Rules) -> float:
    """What entries may spend (F24); in cross margin profits and losses not yet realised count (F62)."""
    account: Any = state.account[0]
    held = equity_of(state) if rules.cross else account.cash
    free: float = max(0.0, held - account.margin)
    # what rounding leaves buys nothing
    return 0.0 if free < 1e-9 + 1e-12 * abs(held) else free


@part
def _cash_row(state: State, ledger: Ledger, time: int, s: int, kind: int, amount: float) -> None:
    account: Any = state.account[0]
    row: Any = ledger.cash[account.rows]
    row.time, row.symbol, row.kind, row.amount = time, s, kind, amount
    account.rows += 1


@part
def _fill_row(
    state: State, ledger: Ledger, time: int, s: int, reason: int, maker: bool, qty: float, price: float, fee: float
) -> None:
    account: Any = state.account[0]
    row: Any = ledger.fills[account.fills]
    row.time, row.symbol, row.id, row.reason, row.maker = time, s, state.book[s].id, reason, maker
    row.qty, row.price, row.fee = qty, price, fee
    row.order = state.book[s].o_id[state.book[s].slot - 1] if state.book[s].slot > 0 else 0
    account.fills += 1
    _cash_row(state, ledger, time, s, FEE, -fee)


@inner
def maintenance(state: State, s: int, value: float) -> float:
    """Maintenance margin of a position of ``s`` worth ``value``, without the fee to close it (F64)."""
    most = 0.0
    for k in range(state.tiers.shape[1]):
        if np.isinf(state.tiers[s, k, 1]):
            break
        most = max(most, value * state.tiers[s, k, 1] - state.tiers[s, k, 2])
    return most


@part
def close_fee(p: Any, rules: Rules) -> float:
    """The fee that margin keeps for closing ``p`` at its bankruptcy price, per unit of entry notional (F61)."""
    inverse = 1.0 / rules.leverage
    fee: float = p.taker * (1.0 - inverse if p.qty > 0.0 else 1.0 + inverse)
    return fee


@inner
def _liquidation_price(state: State, s: int, spare: float) -> float:
    """Where ``spare`` plus the profit since entry falls to the maintenance margin (F65, F66)."""
    p: Any = state.book[s]
    size, sign = abs(p.qty), 1.0 if p.qty > 0.0 else -1.0
    nearest = np.nan
    for k in range(state.tiers.shape[1]):
        rate = state.tiers[s, k, 1]
        if np.isinf(rate):
            break
        level = (size * p.entry_price - sign * (spare + state.tiers[s, k, 2])) / (size * (1.0 - sign * rate))
        if np.isnan(nearest) or sign * level > sign * nearest:
            nearest = level
    return nearest if nearest > 0.0 else np.nan


@inner
def set_levels(state: State, rules: Rules, s: int) -> None:
    """Bring the bankruptcy and liquidation prices of ``s`` up to date with its margin."""
    p: Any = state.book[s]
    size, sign = abs(p.qty), 1.0 if p.qty > 0.0 else -1.0
    if rules.leverage == 0.0:
        whole = abs(p.margin - size * p.entry_price) <= 1e-9 * p.margin
        if whole and p.qty > 0.0:
            p.bust = p.liquidation = np.nan
        elif whole:
            p.bust = p.liquidation = 2.0 * p.entry_price / (1.0 + p.taker)
        else:
            p.bust = (size * p.entry_price - sign * p.margin) / (size * (1.0 - sign * p.taker))
            p.liquidation = p.bust
        return
    spare = p.margin
    if rules.cross:
        # the whole account stands behind the position, less what the others must keep
        spare = state.account[0].cash
        for other in range(len(state.book)):
            o: Any = state.book[other]
            if other != s and o.qty != 0.0:
                spare += o.qty * (o.mark - o.entry_price)
    p.bust = (size * p.entry_price - sign * spare) / (size * (1.0 - sign * p.taker))
    kept = 0.0
    if rules.cross:
        for other in range(len(state.book)):
            q: Any = state.book[other]
            if other != s and q.qty != 0.0:
                value = abs(q.qty) * q.mark
                kept += maintenance(state, other, value) + abs(q.qty) * q.entry_price * close_fee(q, rules)
    p.liquidation = _liquidation_price(state, s, spare - kept - size * p.entry_price * close_fee(p, rules))


@inner
def through_book(p: Any, sign: float, qty: float) -> float:
    """The mean price of ``qty`` taken level by level; what the levels don't hold gets the last one's price (F101)."""
    apart()
    left, value, price = qty, 0.0, 0.0
    for k in range(p.depth):
        price = p.ask[k] if sign > 0.0 else p.bid[k]
        part = min(left, p.ask_qty[k] if sign > 0.0 else p.bid_qty[k])
        left, value = left - part, value + part * price
        if left <= 0.0:
            break
    if qty <= 0.0:
        return p.ask[0] if sign > 0.0 else p.bid[0]  # type: ignore[no-any-return]
    return (value + left * price) / qty


@inner
def _take_from_book(p: Any, qty: float) -> None:
    """What ``qty`` (signed) took is gone from the levels until the book is told again."""
    apart()
    left = abs(qty)
    for k in range(p.depth):
        if qty > 0.0:
            part = min(left, p.ask_qty[k])
            p.ask_qty[k] -= part
        else:
            part = min(left, p.bid_qty[k])
            p.bid_qty[k] -= part
        left -= part


@inner
def market_price(state: State, rules: Rules, s: int, sign: float, price: float, qty: float, impact: float) -> float:
    """What a market order of ``qty`` in the direction of ``sign`` gets at ``price`` (F22, F50 to F53, F101)."""
    slip = rules.slip
    if state.book[s].depth > 0:
        return through_book(state.book[s], sign, abs(qty))
    if rules.slippage == IMPACT:
        slip = min(0.5, rules.impact * impact * np.sqrt(abs(qty)))
    elif rules.slippage == TABLE:
        for k in range(len(rules.slip_table)):
            slip = rules.slip_table[k, 1] / 10_000.0
            if abs(qty) * price <= rules.slip_table[k, 0]:
                break
    return price * (1.0 + sign * slip)


@part
def exit_price(state: State, rules: Rules, s: int, price: float, qty: float, impact: float) -> float:
    """What a market exit gets at ``price``; it never pays more than the margin allows (F31, F66)."""
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    got = market_price(state, rules, s, -sign, price, qty, impact)
    return p.bust if sign * got < sign * p.bust else got


@inner
def leave(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, qty: float, price: float, asked: float,
    reason: int, maker: bool,
) -> None:  # fmt: skip
    """Close ``qty`` (0: all) of the position of ``s`` at ``price``; ``asked`` is the price before slippage."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    whole = qty == 0.0 or qty >= abs(p.qty)
    sign = 1.0 if p.qty > 0.0 else -1.0
    part = p.qty if whole else sign * qty
    fee = abs(part) * price * (p.maker if maker else p.taker)
    gross = part * (price - p.entry_price)
    p.low, p.high = min(p.low, price), max(p.high, price)
    p.exits += 1
    if p.depth > 0 and not maker:
        _take_from_book(p, -part)
    account.cash += gross - fee
    account.fees += fee
    account.slippage += max(0.0, (asked - price) * part)
    _cash_row(state, ledger, time, s, REALISED, gross)
    _fill_row(state, ledger, time, s, reason, maker, -part, price, fee)
    if whole:
        _end_trade(state, ledger, s, time, row, price, part, fee, gross, reason)
        if p.slots > 0:
            orders_without_position(state, ledger, rules, s, row)
        return
    kept = (abs(p.qty) - qty) / abs(p.qty)
    account.margin -= p.margin * (1.0 - kept)
    p.margin *= kept
    p.qty -= part
    p.paid, p.gross = p.paid + fee, p.gross + gross
    p.closed, p.closed_value = p.closed + qty, p.closed_value + qty * price
    # a smaller position may stand in another risk tier
    set_levels(state, rules, s)


@part
def _end_trade(
    state: State, ledger: Ledger, s: int, time: int, row: int, price: float, part: float, fee: float, gross: float,
    reason: int,
) -> None:  # fmt: skip
    """Write the round trip of ``s`` down, whose last ``part`` has left at ``price``."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    trade: Any = ledger.trades[account.trades]
    sign = 1.0 if part > 0.0 else -1.0
    trade.symbol, trade.qty, trade.reason, trade.id = s, part, reason, p.id
    trade.entry_time, trade.entry_price = p.entry_time, p.entry_price
    trade.exit_time, trade.exit_price, trade.bars = time, price, row - p.entry_row
    trade.exits, trade.entries, trade.funding, trade.borrow = p.exits, p.entries, p.funding, p.borrow
    if p.closed > 0.0:
        trade.qty = part + sign * p.closed
        trade.exit_price = (p.closed_value + abs(part) * price) / abs(trade.qty)
    trade.fees = p.entry_fee + fee + p.paid
    trade.pnl = gross + p.gross - fee - p.entry_fee - p.paid + p.funding + p.borrow
    worst, best = (p.low, p.high) if part > 0.0 else (p.high, p.low)
    trade.mae, trade.mfe = sign * (worst - p.entry_price) / p.entry_price, sign * (best - p.entry_price) / p.entry_price
    earned = trade.pnl / (abs(trade.qty) * p.entry_price)
    account.won, account.lost = account.won + max(0.0, earned), account.lost - min(0.0, earned)
    account.wins, account.losses = account.wins + (trade.pnl > 0.0), account.losses + (trade.pnl < 0.0)
    account.trades += 1
    account.open -= 1
    # the sum of margins must not keep rounding errors once nothing is held
    account.margin = account.margin - p.margin if account.open > 0 else 0.0
    p.qty, p.leave = 0.0, NONE
    if p.partly or p.adds:
        drop_order(state, ledger, s, _CANCELLED)


@part
def take_position(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, size: float, fill: float, price: float,
    maker: bool,
) -> None:  # fmt: skip
    """Open a position of the signed ``size`` at ``fill``, or add to it; ``price`` is that before slippage."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    fee = abs(size) * fill * (p.maker if maker else p.taker)
    if p.depth > 0 and not maker:
        _take_from_book(p, size)
    if p.qty == 0.0:
        p.qty, p.entry_price, p.entry_fee, p.entry_time, p.entry_row = size, fill, fee, time, row
        p.row = row
        p.low = p.high = fill
        p.entered, p.margin, p.entries, p.exits = abs(size), 0.0, 0, 0
        p.paid = p.gross = p.funding = p.borrow = p.closed = p.closed_value = 0.0
        p.id = account.opened
        account.opened += 1
        account.open += 1
    else:
        # the price paid on average for what is held; parts already left keep theirs
        p.entry_price = (p.qty * p.entry_price + size * fill) / (p.qty + size)
        p.qty, p.entry_fee, p.entered = p.qty + size, p.entry_fee + fee, p.entered + abs(size)
    held = abs(size) * fill
    if rules.leverage > 0.0:
        held = held / rules.leverage + held * close_fee(p, rules)
    p.margin += held
    account.cash -= fee
    account.margin += held
    account.fees += fee
    account.entry_fees += fee
    account.slippage += (fill - price) * size
    _fill_row(state, ledger, time, s, NONE, maker, size, fill, fee)
    set_levels(state, rules, s)


@inner
def _charge(state: State, ledger: Ledger, rules: Rules, s: int, time: int, amount: float, kind: int) -> float:
    """Change the cash by ``amount`` for the position of ``s``, beyond the free cash out of its margin (F56)."""
    apart()
    account: Any = state.account[0]
    p: Any = state.book[s]
    if not rules.cross:
        free = max(0.0, account.cash - account.margin)
        short = max(0.0, -amount - free)
        if short > 0.0:
            # nobody can pay more than there is
            amount, short = max(amount, -free - p.margin), min(short, p.margin)
            p.margin -= short
            account.margin -= short
            set_levels(state, rules, s)
    account.cash += amount
    _cash_row(state, ledger, time, s, kind, amount)
    return amount


@step
def pay_funding(state: State, ledger: Ledger, rules: Rules, s: int, time: int, rate: float, mark: float) -> None:
    """Charge what the position of ``s`` owes at ``time`` (F55)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    apart()
    p: Any = state.book[s]
    if p.qty == 0.0 or rate == 0.0:
        return
    amount = _charge(state, ledger, rules, s, time, -p.qty * mark * rate, FUNDING)
    state.account[0].funding += amount
    p.funding += amount


@step
def pay_borrow(state: State, ledger: Ledger, rules: Rules, s: int, time: int, rate: float, mark: float) -> None:
    """Charge ``rate`` on what the position of ``s`` has borrowed: a short's coins, a long's cash (F68)."""
    state, ledger, rules = hold(state), hold(ledger), hold(rules)
    apart()
    p: Any = state.book[s]
    if p.qty == 0.0 or rate == 0.0:
        return
    borrowed = -p.qty * mark if p.qty < 0.0 else max(0.0, p.qty * p.entry_price - p.margin)
    if borrowed > 1e-9 * abs(p.qty) * p.entry_price:
        amount = _charge(state, ledger, rules, s, time, -borrowed * rate, BORROW)
        state.account[0].borrow += amount
        p.borrow += amount


@inner
def drop_order(state: State, ledger: Ledger, s: int, outcome: int) -> None:
    """End the waiting entry of ``s`` and note what became of it."""
    p: Any = state.book[s]
    if p.want != 0 and p.want_row < len(ledger.outcomes):
        ledger.outcomes[p.want_row] = _PARTLY if p.partly else outcome
    p.want = p.partly = p.adds = 0


@inner
def liquidate(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, impact: float
) -> None:
    """Take the position of ``s`` over (F31, F65); in cross margin after its orders and its upper risk tiers (F66)."""
    apart()
    p: Any = state.book[s]
    state.account[0].liquidations += 1
    if not rules.cross:
        leave(state, ledger, rules, s, time, row, 0.0, p.bust, p.bust, LIQUIDATION, TAKER)
        return
    for other in range(len(state.book)):
        drop_order(state, ledger, other, _CANCELLED)
        if state.book[other].slots > 0:
            drop_all_orders(state, ledger, other, _CANCELLED)
    sign = 1.0 if p.qty > 0.0 else -1.0
    for _ in range(state.tiers.shape[1]):
        if not _leave_tier(state, ledger, rules, s, time, row, price, impact):
            break
        # what is left may have no such price at all
        if not sign * price <= sign * p.liquidation:
            return
    _take_account(state, ledger, rules, s, time, row)


@inner
def _leave_tier(
    state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int, price: float, impact: float
) -> bool:
    """Reduce the position of ``s`` at ``price`` to the next lower risk tier; False when it is in the lowest."""
    apart()
    p: Any = state.book[s]
    size, below = abs(p.qty), 0.0
    for k in range(state.tiers.shape[1]):
        # the limit itself belongs to the tier; rounding must not reduce to it twice
        if size * price <= state.tiers[s, k, 0] * (1.0 + 1e-9):
            break
        below = state.tiers[s, k, 0]
    kept = rounded(below / price, p.qty_step)
    if not kept > 0.0:
        return False
    got = exit_price(state, rules, s, price, size - kept, impact)
    leave(state, ledger, rules, s, time, row, size - kept, got, price, LIQUIDATION, TAKER)
    return True


@inner
def _take_account(state: State, ledger: Ledger, rules: Rules, s: int, time: int, row: int) -> None:
    """Close all positions at their marks, that of ``s`` last and at its bankruptcy price: nothing is left (F66)."""
    apart()
    p: Any = state.book[s]
    for other in range(len(state.book)):
        o: Any = state.book[other]
        if other != s and o.qty != 0.0:
            leave(state, ledger, rules, other, time, o.row, 0.0, o.mark, o.mark, LIQUIDATION, TAKER)
    sign, size = 1.0 if p.qty > 0.0 else -1.0, abs(p.qty)
    bust = (size * p.entry_price - sign * state.account[0].cash) / (size * (1.0 - sign * p.taker))
    leave(state, ledger, rules, s, time, row, 0.0, bust, bust, LIQUIDATION, TAKER)
