"""How positions of plain runs end: by decision, by a stop, a target or a short's bankruptcy, many bars at a time.

The time of a change is told as a ``moment``: twice the number of the time, and one more after its open.
"""

from typing import Any

import numpy as np

from .coasting import extremes, fill_flat, fill_held
from .compiled import inner, part
from .memory import price
from .state import FEE, LIQUIDATION, REALISED, STOP, TARGET

NEVER = int(np.iinfo(np.int64).max)


@part
def cash_row(c: Any, time: int, s: int, kind: int, amount: float) -> None:
    """Write a change of cash down."""
    account: Any = c.account[0]
    at = account.rows
    c.cash_time[at], c.cash_symbol[at], c.cash_kind[at], c.cash_amount[at] = time, s, kind, amount
    account.rows = at + 1


@inner
def leave(c: Any, s: int, row: int, got: float, asked: float, reason: int, rate: float) -> None:
    """End the position of ``s`` at ``got``; ``asked`` is the price before slippage, ``rate`` the fee's."""
    account: Any = c.account[0]
    h: Any = c.held[s]
    tell(c, row)
    qty, entry, time = h.qty, h.entry, c.times[row]
    fee = abs(qty) * got * rate
    gross = qty * (got - entry)
    low, high = min(h.low, got), max(h.high, got)
    account.cash += gross - fee
    account.fees += fee
    account.slippage += max(0.0, (asked - got) * qty)
    cash_row(c, time, s, REALISED, gross)
    cash_row(c, time, s, FEE, -fee)
    trade: Any = c.trades[account.trades]
    # a profit of -0.0 becomes 0.0, as it does where others are added
    pnl = gross + 0.0 - fee - h.fee
    trade.symbol, trade.qty, trade.reason, trade.id = s, qty, reason, h.id
    trade.entry_time, trade.entry_price = c.times[h.row], entry
    trade.exit_time, trade.exit_price, trade.bars = time, got, row - h.row
    trade.exits, trade.entries, trade.funding, trade.borrow = 1, 1, 0.0, 0.0
    trade.fees, trade.pnl = h.fee + fee, pnl
    sign, worst, best = (1.0, low, high) if qty > 0.0 else (-1.0, high, low)
    trade.mae, trade.mfe = sign * (worst - entry) / entry, sign * (best - entry) / entry
    c.rows[account.trades] = h.row
    earned = pnl / (abs(qty) * entry)
    account.won, account.lost = account.won + max(0.0, earned), account.lost - min(0.0, earned)
    account.wins, account.losses = account.wins + (pnl > 0.0), account.losses + (pnl < 0.0)
    account.trades += 1
    account.fills += 1
    account.open -= 1
    account.margin = account.margin - h.margin if account.open > 0 else 0.0
    h.qty = 0.0
    k = 0
    while c.slots[k] != s:
        k += 1
    c.mind[0] -= 1
    while k < c.mind[0]:
        c.slots[k] = c.slots[k + 1]
        k += 1


@part
def tell(c: Any, until: int) -> None:
    """Tell the equity of the times before ``until``: all of it where there is one symbol, else the cash alone."""
    at = c.mind[2]
    if at >= until:
        return
    h: Any = c.held[0]
    if len(c.held) == 1 and h.qty != 0.0:
        fill_held(c.equity, c.closes[0], c.account[0].cash, h.qty, h.entry, at, at, until - at)
    else:
        fill_flat(c.equity, c.account[0].cash, at, until)
    c.mind[2] = until


@part
def see(c: Any, s: int, until: int) -> None:
    """Have the position of ``s`` look at the ranges of its bars before the number ``until``."""
    h: Any = c.held[s]
    h.low, h.high = extremes(c.lows[s], c.highs[s], h.seen >> 1, until, h.low, h.high)
    h.seen = 2 * until


@part
def _lost(h: Any, worst: float) -> bool:
    """Whether the position ``h`` is stopped or taken over when the price got as far as ``worst``."""
    gone: bool = worst <= h.floor if h.qty > 0.0 else worst >= h.ceiling
    return gone


@part
def _reaches(c: Any, h: Any, best: float) -> bool:
    met: bool = best >= h.target if h.qty > 0.0 else best <= h.target
    return met and not (c.through and best == h.target)


@inner
def watch(c: Any, s: int, until: int) -> None:
    """As `see`, to the first bar of which a price ends the position: ``hit`` is the moment."""
    h: Any = c.held[s]
    row, opened = h.seen >> 1, h.seen & 1
    least, most = extremes(c.lows[s], c.highs[s], row, until, h.low, h.high)
    lowest, highest = extremes(c.opens[s], c.opens[s], row, until, least, most)
    if not (lowest <= h.floor or highest >= h.ceiling):
        h.low, h.high, h.seen = least, most, 2 * until
        return
    for k in range(row, until):
        at = price(c.opens[s], k)
        if (k > row or opened == 0) and (_lost(h, at) or _reaches(c, h, at)):
            h.hit, h.seen = 2 * k, 2 * k
            return
        low, high = price(c.lows[s], k), price(c.highs[s], k)
        worst, best = (low, high) if h.qty > 0.0 else (high, low)
        if _lost(h, worst) or _reaches(c, h, best):
            h.hit, h.seen = 2 * k + 1, 2 * k + 1
            return
        h.low, h.high = min(h.low, low), max(h.high, high)
    h.seen = 2 * until


@part
def leave_at_market(c: Any, s: int, row: int, asked: float, reason: int) -> None:
    """End the position of ``s`` with a market order at ``asked``; a short never pays more than it put up (F31)."""
    h: Any = c.held[s]
    got = asked * (1.0 + (-1.0 if h.qty > 0.0 else 1.0) * c.slip)
    leave(c, s, row, h.bust if got > h.bust else got, asked, reason, c.taker[s])


@part
def _take(c: Any, s: int, row: int, asked: float) -> None:
    if c.market_targets:
        leave_at_market(c, s, row, asked, TARGET)
    else:
        leave(c, s, row, asked, asked, TARGET, c.maker[s])


@part
def _take_over(c: Any, s: int, row: int) -> None:
    c.account[0].liquidations += 1
    h: Any = c.held[s]
    leave(c, s, row, h.bust, h.bust, LIQUIDATION, c.taker[s])


@part
def taken_over(c: Any, s: int, row: int) -> bool:
    """End the short of ``s`` when the open of ``row`` is where it has lost what it put up (F31)."""
    if not price(c.opens[s], row) >= c.held[s].bust:
        return False
    _take_over(c, s, row)
    return True


@inner
def gapped(c: Any, s: int, row: int) -> bool:
    """End the position of ``s`` when the open of ``row`` is beyond its stop or target (F14, F16, F18)."""
    h: Any = c.held[s]
    at = price(c.opens[s], row)
    if at <= h.stop if h.qty > 0.0 else at >= h.stop:
        leave_at_market(c, s, row, at, STOP)
    elif _reaches(c, h, at):
        _take(c, s, row, at)
    else:
        return False
    return True


@inner
def _touched(c: Any, s: int) -> None:
    """End the position of ``s`` by the price that it has met at its ``hit`` (F13 to F17)."""
    h: Any = c.held[s]
    row = h.hit >> 1
    if h.hit & 1 == 0:
        if not taken_over(c, s, row):
            gapped(c, s, row)
        return
    low, high = price(c.lows[s], row), price(c.highs[s], row)
    worst, best = (low, high) if h.qty > 0.0 else (high, low)
    lost, reached = _lost(h, worst), _reaches(c, h, best)
    if lost and reached:
        c.account[0].ambiguous += 1
    if reached and (not lost or c.favourable):
        _take(c, s, row, h.target)
    elif worst >= h.bust and not (worst >= h.stop and h.stop < h.bust):
        _take_over(c, s, row)
    else:
        leave_at_market(c, s, row, h.stop, STOP)


@part
def _first_hit(c: Any) -> int:
    """The slot of the position that a price ends first, -1 where none does."""
    first, when = -1, NEVER
    for k in range(c.mind[0]):
        s = c.slots[k]
        if c.held[s].hit < when:
            first, when = s, c.held[s].hit
    return first


@part
def go_by(c: Any, at: int, until: int) -> None:
    """Let the times ``at`` to ``until`` go by, at which prices alone can end a position."""
    account: Any = c.account[0]
    if c.leveled:
        for k in range(c.mind[0]):
            watch(c, c.slots[k], until)
        s = _first_hit(c)
        while s >= 0:
            moment = c.held[s].hit
            end = (moment + 1) >> 1
            account.exposed += max(0, end - at)
            at = max(at, end)
            _touched(c, s)
            s = _first_hit(c)
    if account.open > 0:
        account.exposed += until - at
