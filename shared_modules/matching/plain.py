"""One pass over the wishes of plain runs: all that happens in between is looked at many bars at a time.

Plain are positions without borrowed money that market orders open and end, with a stop and a target at fixed distances
or without, sized by a share of the equity, a value or a quantity, where every symbol has a bar at every time. The
arithmetic is that of the general steps, operation by operation; tests compare every byte.
"""

from typing import Any

import numpy as np

from shared_modules.core.bars import Floats

from .coasting import in_order, put_in_order
from .compiled import inner, part, step
from .feed import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT
from .held import hold
from .memory import fetch, price, row_of
from .orders import CODES, Outcome
from .plain_exits import NEVER, cash_row, gapped, go_by, leave_at_market, see, taken_over, tell
from .plain_shape import Plain
from .rounding import rounded
from .sizing import EQUITY, NOTIONAL
from .state import END, FEE, NONE, REVERSE, SIGNAL, Codes

_AHEAD = 6  # wishes whose bars memory is asked for
_FILLED, _HELD, _NO_NEXT_BAR = CODES[Outcome.FILLED], CODES[Outcome.HELD], CODES[Outcome.NO_NEXT_BAR]
_MAX_POSITIONS, _CASH, _STEP = CODES[Outcome.MAX_POSITIONS], CODES[Outcome.CASH], CODES[Outcome.STEP]
_BOTH, _MIN_QTY = CODES[Outcome.BOTH_WAYS], CODES[Outcome.MIN_QTY]
_MAX_QTY, _MIN_NOTIONAL = CODES[Outcome.MAX_QTY], CODES[Outcome.MIN_NOTIONAL]


def finish(plain: Plain) -> None:
    """Complete the equity of several symbols once all times are played."""
    if len(plain.held) == 1:
        return
    trades = plain.trades[: int(plain.account["trades"][0])]
    symbol, bars, qty, entry = (np.ascontiguousarray(trades[n]) for n in ("symbol", "bars", "qty", "entry_price"))
    order = np.empty(len(trades), np.int64)
    in_order(symbol, np.zeros(len(plain.held) + 1, np.int64), order)
    _add_held(plain.equity, plain.closes, order, plain.rows, symbol, bars, qty, entry)


@part
def _worth(c: Any, row: int) -> float:
    """Cash and open positions at the opens of ``row``."""
    total: float = c.account[0].cash
    for k in range(c.mind[0]):
        s = c.slots[k]
        h: Any = c.held[s]
        total += h.qty * (price(c.opens[s], row) - h.entry)
    return total


@part
def _side(wish: int) -> float:
    """In which direction ``wish`` asks to enter; 0 for none, and for both at once."""
    long, short = wish & ENTER_LONG != 0, wish & ENTER_SHORT != 0
    return (1.0 if long else 0.0) - (1.0 if short else 0.0)


@part
def _why(wish: int, qty: float) -> int:
    """For which reason ``wish`` ends a position of ``qty``, NONE where it does not (F8 to F10)."""
    if qty == 0.0:
        return NONE
    if wish & (EXIT_LONG if qty > 0.0 else EXIT_SHORT) != 0:
        return SIGNAL
    return REVERSE if _side(wish) * qty < 0.0 else NONE


@part
def _unheard(wish: int, qty: float, why: int) -> int:
    """Why ``wish`` can't enter beside the position of ``qty`` that ends for the reason ``why``; 0 where it can."""
    side = _side(wish)
    if side == 0.0:
        return _BOTH if wish & ENTER_LONG != 0 else 0
    return _HELD if qty != 0.0 and why == NONE else 0


@part
def _sized(c: Any, s: int, row: int, fill: float, affordable: float, wanted: float) -> tuple[float, int, int]:
    """What cash and the instrument leave of ``wanted``, whether that is less, and why it is refused (F24 to F30)."""
    cut = wanted > affordable * (1.0 + 1e-12)
    if cut and c.fixed:
        return 0.0, 0, _CASH
    size = affordable if cut else wanted
    if c.ruled:
        if c.max_qty[s] > 0.0 and size > c.max_qty[s]:
            if c.fixed:
                return 0.0, 0, _MAX_QTY
            size, cut = c.max_qty[s], True
        size = rounded(size, c.qty_step[s])
    if not size > 0.0:
        return 0.0, 0, _STEP if affordable > 0.0 else _CASH
    if size < c.min_qty[s]:
        return 0.0, 0, _MIN_QTY
    if size * fill < c.min_notional[s]:
        return 0.0, 0, _MIN_NOTIONAL
    return size, 1 if cut else 0, 0


@part
def _enter(c: Any, s: int, row: int, sign: float) -> int:
    """Open a position of ``s`` at the open of ``row``, if positions and cash allow; returns what became of it."""
    account: Any = c.account[0]
    if 0 < c.max_positions <= account.open:
        account.refused += 1
        return _MAX_POSITIONS
    asked = price(c.opens[s], row)
    fill = asked * (1.0 + sign * c.slip)
    cost = fill * (1.0 + c.taker[s])
    wanted = c.size
    if c.kind == EQUITY:
        wanted = _worth(c, row) * c.size / cost
    elif c.kind == NOTIONAL:
        wanted = c.size / fill
    free = max(0.0, account.cash - account.margin)
    free = 0.0 if free < 1e-9 + 1e-12 * abs(account.cash) else free
    size, cut, refusal = _sized(c, s, row, fill, free / cost, wanted)
    if refusal != 0:
        account.refused += 1
        return refusal
    account.cut += cut
    _open(c, s, row, sign * size, fill, asked)
    return _FILLED


@part
def _open(c: Any, s: int, row: int, qty: float, fill: float, asked: float) -> None:
    """Open a position of ``qty`` at ``fill``; ``asked`` is the price before slippage."""
    account: Any = c.account[0]
    h: Any = c.held[s]
    tell(c, row)
    fee = abs(qty) * fill * c.taker[s]
    h.qty, h.entry, h.fee, h.margin, h.row, h.id = qty, fill, fee, abs(qty) * fill, row, account.opened
    h.low = h.high = fill
    h.seen, h.hit = 2 * row + 1, NEVER
    if qty > 0.0:
        h.stop, h.target = fill * (1.0 - c.stop_loss), fill * (1.0 + c.take_profit)
        h.bust, h.floor, h.ceiling = np.nan, h.stop, h.target
    else:
        h.stop, h.target = fill * (1.0 + c.stop_loss), fill * (1.0 - c.take_profit)
        h.bust = 2.0 * fill / (1.0 + c.taker[s])
        h.floor, h.ceiling = h.target, h.stop if h.stop < h.bust else h.bust
    account.opened += 1
    account.open += 1
    account.cash -= fee
    account.margin += h.margin
    account.fees += fee
    account.entry_fees += fee
    account.slippage += (fill - asked) * qty
    account.fills += 1
    cash_row(c, c.times[row], s, FEE, -fee)
    put_in_order(c.slots, c.mind, s)


@part
def _foresee(c: Any, event: int, full: bool) -> None:
    """Ask for what will be read when the wish number ``event`` fills; while all positions are taken it may not."""
    if event < len(c.event_time):
        s, row = c.event_symbol[event], c.event_time[event] + 1
        if not full or c.held[s].qty != 0.0:
            fetch(c.opens[s], row)
            fetch(c.closes[s], row)
            fetch(c.lows[s], row)
            fetch(c.highs[s], row)


@part
def _decided(c: Any, begin: int, end: int, row: int) -> None:
    """Fill the wishes ``begin`` to ``end``, all told at one close, at the opens of ``row``: exits first."""
    goes = 0
    for e in range(begin, end):
        wish = c.event_wish[e]
        h: Any = c.held[c.event_symbol[e]]
        why = _why(wish, h.qty)
        if why != NONE:
            # as a mark until it has left
            h.hit, h.why = 2 * row, why
            goes += 1
        c.codes[e] = _unheard(wish, h.qty, why)
    if c.leveled:
        _leave_all(c, row)
    elif goes > 0:
        for e in range(begin, end):
            s = c.event_symbol[e]
            if c.held[s].qty != 0.0 and c.held[s].hit == 2 * row:
                see(c, s, row)
                leave_at_market(c, s, row, price(c.opens[s], row), c.held[s].why)
    for e in range(begin, end):
        sign = _side(c.event_wish[e])
        if sign != 0.0 and c.codes[e] == 0:
            s = c.event_symbol[e]
            c.codes[e] = _enter(c, s, row, sign)
            if c.leveled and c.held[s].qty != 0.0:
                gapped(c, s, row)


@inner
def _leave_all(c: Any, row: int) -> None:
    """At the opens of ``row`` end the positions that were decided to leave and those that the price has passed."""
    k = 0
    while k < c.mind[0]:
        s = c.slots[k]
        h: Any = c.held[s]
        h.seen = 2 * row + 1
        if taken_over(c, s, row):
            continue
        if h.hit == 2 * row:
            leave_at_market(c, s, row, price(c.opens[s], row), h.why)
        elif not gapped(c, s, row):
            k += 1


@inner
def _close_all(c: Any) -> None:
    """The last bar: what was told at its close comes to nothing, and what is held leaves at that (F3, F11)."""
    row = len(c.times) - 1
    for e in range(c.mind[1], len(c.event_time)):
        wish, qty = c.event_wish[e], c.held[c.event_symbol[e]].qty
        found = _unheard(wish, qty, _why(wish, qty))
        c.codes[e] = _NO_NEXT_BAR if found == 0 and _side(wish) != 0.0 else found
    while c.mind[0] > 0:
        s = c.slots[0]
        if not c.leveled:
            see(c, s, row + 1)
        leave_at_market(c, s, row, price(c.closes[s], row), END)
    tell(c, row + 1)


@step
def plain_run(plain: Plain, start: int, stop: int) -> None:
    """Play the times ``start`` to ``stop``; with the last of them what is held is closed."""
    c: Any = hold(plain)
    at, event, events = start, c.mind[1], len(c.event_time)
    while at < stop:
        row = c.event_time[event] + 1 if event < events else stop
        if row >= stop:
            go_by(c, at, stop)
            break
        go_by(c, at, row)
        end = event + 1
        while end < events and c.event_time[end] == row - 1:
            end += 1
        for e in range(event, end):
            _foresee(c, e + _AHEAD, 0 < c.max_positions <= c.account[0].open)
        _decided(c, event, end, row)
        at, event = row, end
    c.mind[1] = event
    if stop == len(c.times):
        _close_all(c)
    else:
        tell(c, stop)


@step
def _add_held(
    equity: Floats, closes: Codes, order: Codes, rows: Codes, symbols: Codes, bars: Codes, qty: Floats, entry: Floats
) -> None:
    """Add what the positions were worth while held to ``equity``, in the ``order`` of their symbols.

    So `accounting.equity_of` adds them at each time, to the last bit.
    """
    for k in range(len(order)):
        t = order[k]
        begin, column, size, paid = rows[t], closes[symbols[t]], qty[t], entry[t]
        if k + 1 < len(order):
            after = order[k + 1]
            for line in range(4):
                fetch(closes[symbols[after]], rows[after] + 8 * line)
        for i in range(begin, begin + bars[t]):
            equity[row_of(i)] += size * (price(column, i) - paid)
