"""One pass over the wishes of plain runs: all that happens in between is looked at many bars at a time.

Plain are long positions entered and left with market orders that a share of the equity sizes, with a stop and a target
at fixed distances or without, and every symbol has a bar at every time. The arithmetic is that of the general steps,
operation by operation; tests compare every byte.

The time of a change is told as a ``moment``: twice the number of the time, and one more after its open.
"""

from typing import Any, NamedTuple

import numpy as np

from shared_modules.core.bars import Floats, Times

from .coasting import Events, extremes, fill_flat, fill_held, in_order, put_in_order
from .compiled import inner, part, step
from .costs import IMPACT
from .feed import CANCEL, ENTER_LONG, ENTER_SHORT, EXIT_LONG, Feed, Wishes
from .held import hold
from .memory import fetch, price, row_of
from .orders import CODES, THROUGH, VOLUME, Outcome
from .sizing import EQUITY
from .state import END, FEE, REALISED, ROUND_TRIP, SIGNAL, STOP, TARGET, Codes, Records, Rules, State

_AHEAD = 6  # wishes whose bars memory is asked for
_NEVER = int(np.iinfo(np.int64).max)
_FILLED, _HELD, _NO_NEXT_BAR = CODES[Outcome.FILLED], CODES[Outcome.HELD], CODES[Outcome.NO_NEXT_BAR]
_MAX_POSITIONS, _CASH, _STEP = CODES[Outcome.MAX_POSITIONS], CODES[Outcome.CASH], CODES[Outcome.STEP]
_NO_PRICES = ("stop", "target", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
              "exit_share", "confidence", "ladder", "grid", "mark_high", "detail_begin", "fund_time",
              "volume")  # fmt: skip
_NO_LEVELS = ("trailing", "break_even", "max_bars")
_NO_RULES = ("qty_step", "min_qty", "min_notional", "max_qty")

# a position: ``seen`` is the moment up to which its bars were looked at, ``hit`` that at which a price ends it
POSITION = np.dtype(
    [(name, np.float64) for name in ("qty", "entry", "fee", "margin", "low", "high", "stop", "target")]
    + [(name, np.int64) for name in ("row", "seen", "hit", "id")]
)


class Plain(NamedTuple):
    """What `plain_run` reads and writes.

    ``opens`` to ``closes``: addresses of the columns of each symbol, whose row 0 is that of the first of ``times``.
    ``event_*``: each wish by the number of the time at whose close it is told, then by symbol; ``codes`` gets what
    became of it. ``held``: a `POSITION` a symbol; the slots of those that are are the first ``mind[0]`` of ``slots``,
    rising. ``mind``: besides, the next wish, and up to where equity is told. ``rows``: the number of the time at which
    each of the ``trades`` was entered. ``cash_*``: a row for each change of cash.
    """

    opens: Codes
    highs: Codes
    lows: Codes
    closes: Codes
    times: Times
    event_time: Codes
    event_symbol: Codes
    event_wish: Wishes
    codes: Any
    account: Records
    held: Records
    slots: Codes
    mind: Codes
    trades: Records
    rows: Codes
    cash_time: Times
    cash_symbol: Codes
    cash_kind: Codes
    cash_amount: Floats
    maker: Floats
    taker: Floats
    equity: Floats
    size: float
    slip: float
    stop_loss: float
    take_profit: float
    max_positions: int
    leveled: bool
    through: bool
    market_targets: bool
    favourable: bool


def is_plain(state: State, rules: Rules, feed: Feed, wishes: Wishes, times: Times) -> bool:
    """Whether `plain_run` knows every rule in force and all the ``wishes`` there are."""
    book: Any = state.book
    return (
        not any(len(getattr(feed, name)) for name in _NO_PRICES)
        # with one symbol nothing is ranked
        and (len(book) == 1 or len(feed.strength) == 0)
        and all(np.isnan(getattr(rules, name)) for name in _NO_LEVELS)
        and (rules.kind, rules.leverage, rules.latency, rules.max_entries) == (EQUITY, 0.0, 0, 1)
        and rules.fill_rule != VOLUME
        and rules.slippage < IMPACT
        and len(times) * len(book) == len(feed.wishes) > 0
        and not any(book[name].any() for name in _NO_RULES)
        and not (wishes & np.uint8(ENTER_SHORT | CANCEL)).any()
    )


def new_plain(state: State, rules: Rules, feed: Feed, times: Times, events: Events) -> Plain:
    """All that `plain_run` needs to play ``events`` from the first of ``times`` on."""
    symbols, first = len(feed.begin), 8 * feed.begin
    most = int(np.count_nonzero(events.wish & ENTER_LONG))
    return Plain(
        opens=feed.opens + first,
        highs=feed.highs + first,
        lows=feed.lows + first,
        closes=feed.closes + first,
        times=times,
        event_time=events.time,
        event_symbol=events.symbol,
        event_wish=events.wish,
        codes=np.empty(len(events.time), np.int8),
        account=state.account,
        held=np.zeros(symbols, POSITION),
        slots=np.zeros(symbols + 1, np.int64),
        mind=np.zeros(3, np.int64),
        trades=np.empty(most, ROUND_TRIP),
        rows=np.empty(most, np.int64),
        cash_time=np.empty(3 * most, np.int64),
        cash_symbol=np.empty(3 * most, np.int64),
        cash_kind=np.empty(3 * most, np.int64),
        cash_amount=np.empty(3 * most),
        maker=state.book["maker"].copy(),
        taker=state.book["taker"].copy(),
        equity=np.empty(len(times)),
        size=rules.size,
        slip=rules.slip,
        stop_loss=rules.stop_loss,
        take_profit=rules.take_profit,
        max_positions=rules.max_positions,
        leveled=not (np.isnan(rules.stop_loss) and np.isnan(rules.take_profit)),
        through=rules.fill_rule == THROUGH and not rules.market_targets,
        market_targets=rules.market_targets,
        favourable=rules.favourable,
    )


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
def _cash_row(c: Any, time: int, s: int, kind: int, amount: float) -> None:
    account: Any = c.account[0]
    at = account.rows
    c.cash_time[at], c.cash_symbol[at], c.cash_kind[at], c.cash_amount[at] = time, s, kind, amount
    account.rows = at + 1


@inner
def _leave(c: Any, s: int, row: int, got: float, asked: float, reason: int, rate: float) -> None:
    """End the position of ``s`` at ``got``; ``asked`` is the price before slippage, ``rate`` the fee's."""
    account: Any = c.account[0]
    h: Any = c.held[s]
    _tell(c, row)
    qty, entry, time = h.qty, h.entry, c.times[row]
    fee = qty * got * rate
    gross = qty * (got - entry)
    low, high = min(h.low, got), max(h.high, got)
    account.cash += gross - fee
    account.fees += fee
    account.slippage += max(0.0, (asked - got) * qty)
    _cash_row(c, time, s, REALISED, gross)
    _cash_row(c, time, s, FEE, -fee)
    trade: Any = c.trades[account.trades]
    pnl = gross - fee - h.fee
    trade.symbol, trade.qty, trade.reason, trade.id = s, qty, reason, h.id
    trade.entry_time, trade.entry_price = c.times[h.row], entry
    trade.exit_time, trade.exit_price, trade.bars = time, got, row - h.row
    trade.exits, trade.entries, trade.funding, trade.borrow = 1, 1, 0.0, 0.0
    trade.fees, trade.pnl = h.fee + fee, pnl
    trade.mae, trade.mfe = (low - entry) / entry, (high - entry) / entry
    c.rows[account.trades] = h.row
    earned = pnl / (qty * entry)
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
def _tell(c: Any, until: int) -> None:
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
def _see(c: Any, s: int, until: int) -> None:
    """Have the position of ``s`` look at the ranges of its bars before the number ``until``."""
    h: Any = c.held[s]
    h.low, h.high = extremes(c.lows[s], c.highs[s], h.seen >> 1, until, h.low, h.high)
    h.seen = 2 * until


@part
def _reaches(c: Any, best: float, target: float) -> bool:
    return best > target if c.through else best >= target


@inner
def _watch(c: Any, s: int, until: int) -> None:
    """As `_see`, to the first bar of which a price ends the position: ``hit`` is the moment."""
    h: Any = c.held[s]
    row, opened = h.seen >> 1, h.seen & 1
    least, most = extremes(c.lows[s], c.highs[s], row, until, h.low, h.high)
    lowest, highest = extremes(c.opens[s], c.opens[s], row, until, least, most)
    if not (lowest <= h.stop or highest >= h.target):
        h.low, h.high, h.seen = least, most, 2 * until
        return
    for k in range(row, until):
        at = price(c.opens[s], k)
        if (k > row or opened == 0) and (at <= h.stop or _reaches(c, at, h.target)):
            h.hit, h.seen = 2 * k, 2 * k
            return
        low, high = price(c.lows[s], k), price(c.highs[s], k)
        if low <= h.stop or _reaches(c, high, h.target):
            h.hit, h.seen = 2 * k + 1, 2 * k + 1
            return
        h.low, h.high = min(h.low, low), max(h.high, high)
    h.seen = 2 * until


@part
def _stop_out(c: Any, s: int, row: int, asked: float) -> None:
    _leave(c, s, row, asked * (1.0 + -1.0 * c.slip), asked, STOP, c.taker[s])


@part
def _take(c: Any, s: int, row: int, asked: float) -> None:
    if c.market_targets:
        _leave(c, s, row, asked * (1.0 + -1.0 * c.slip), asked, TARGET, c.taker[s])
    else:
        _leave(c, s, row, asked, asked, TARGET, c.maker[s])


@inner
def _gapped(c: Any, s: int, row: int) -> bool:
    """End the position of ``s`` when the open of ``row`` is beyond its stop or target (F14, F16, F18)."""
    h: Any = c.held[s]
    at = price(c.opens[s], row)
    if at <= h.stop:
        _stop_out(c, s, row, at)
    elif _reaches(c, at, h.target):
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
        _gapped(c, s, row)
        return
    stopped = price(c.lows[s], row) <= h.stop
    reached = _reaches(c, price(c.highs[s], row), h.target)
    if stopped and reached:
        c.account[0].ambiguous += 1
    if reached and (not stopped or c.favourable):
        _take(c, s, row, h.target)
    else:
        _stop_out(c, s, row, h.stop)


@part
def _first_hit(c: Any) -> int:
    """The slot of the position that a price ends first, -1 where none does."""
    first, when = -1, _NEVER
    for k in range(c.mind[0]):
        s = c.slots[k]
        if c.held[s].hit < when:
            first, when = s, c.held[s].hit
    return first


@part
def _pass(c: Any, at: int, until: int) -> None:
    """Let the times ``at`` to ``until`` go by, at which prices alone can end a position."""
    account: Any = c.account[0]
    if c.leveled:
        for k in range(c.mind[0]):
            _watch(c, c.slots[k], until)
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
def _enter(c: Any, s: int, row: int) -> int:
    """Open a position of ``s`` at the open of ``row``, if positions and cash allow; returns what became of it."""
    account: Any = c.account[0]
    h: Any = c.held[s]
    if 0 < c.max_positions <= account.open:
        account.refused += 1
        return _MAX_POSITIONS
    asked = price(c.opens[s], row)
    fill = asked * (1.0 + c.slip)
    cost = fill * (1.0 + c.taker[s])
    wanted = _worth(c, row) * c.size / cost
    free = max(0.0, account.cash - account.margin)
    free = 0.0 if free < 1e-9 + 1e-12 * abs(account.cash) else free
    affordable = free / cost
    cut = wanted > affordable * (1.0 + 1e-12)
    qty = affordable if cut else wanted
    if not qty > 0.0:
        account.refused += 1
        return _STEP if affordable > 0.0 else _CASH
    account.cut += 1 if cut else 0
    _tell(c, row)
    fee = qty * fill * c.taker[s]
    h.qty, h.entry, h.fee, h.margin, h.row, h.id = qty, fill, fee, qty * fill, row, account.opened
    h.low = h.high = fill
    h.stop, h.target = fill * (1.0 - c.stop_loss), fill * (1.0 + c.take_profit)
    h.seen, h.hit = 2 * row + 1, _NEVER
    account.opened += 1
    account.open += 1
    account.cash -= fee
    account.margin += h.margin
    account.fees += fee
    account.entry_fees += fee
    account.slippage += (fill - asked) * qty
    account.fills += 1
    _cash_row(c, c.times[row], s, FEE, -fee)
    put_in_order(c.slots, c.mind, s)
    return _FILLED


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
        s, wish = c.event_symbol[e], c.event_wish[e]
        held, leaves = c.held[s].qty != 0.0, wish & EXIT_LONG != 0
        if held and leaves:
            # as a mark until it has left
            c.held[s].hit = 2 * row
            goes += 1
        c.codes[e] = _HELD if wish & ENTER_LONG != 0 and held and not leaves else 0
    if c.leveled:
        _leave_all(c, row)
    elif goes > 0:
        for e in range(begin, end):
            s = c.event_symbol[e]
            if c.held[s].qty != 0.0 and c.held[s].hit == 2 * row:
                _see(c, s, row)
                asked = price(c.opens[s], row)
                _leave(c, s, row, asked * (1.0 + -1.0 * c.slip), asked, SIGNAL, c.taker[s])
    for e in range(begin, end):
        if c.event_wish[e] & ENTER_LONG != 0 and c.codes[e] == 0:
            s = c.event_symbol[e]
            c.codes[e] = _enter(c, s, row)
            if c.leveled and c.held[s].qty != 0.0:
                _gapped(c, s, row)


@inner
def _leave_all(c: Any, row: int) -> None:
    """At the opens of ``row`` end the positions that were decided to leave and those that the price has passed."""
    k = 0
    while k < c.mind[0]:
        s = c.slots[k]
        h: Any = c.held[s]
        asked = price(c.opens[s], row)
        h.seen = 2 * row + 1
        if h.hit == 2 * row:
            _leave(c, s, row, asked * (1.0 + -1.0 * c.slip), asked, SIGNAL, c.taker[s])
        elif not _gapped(c, s, row):
            k += 1


@inner
def _close_all(c: Any) -> None:
    """The last bar: what was told at its close comes to nothing, and what is held leaves at that (F3, F11)."""
    row = len(c.times) - 1
    for e in range(c.mind[1], len(c.event_time)):
        wish, held = c.event_wish[e], c.held[c.event_symbol[e]].qty != 0.0
        if wish & ENTER_LONG != 0:
            c.codes[e] = _HELD if held and wish & EXIT_LONG == 0 else _NO_NEXT_BAR
        else:
            c.codes[e] = 0
    while c.mind[0] > 0:
        s = c.slots[0]
        if not c.leveled:
            _see(c, s, row + 1)
        asked = price(c.closes[s], row)
        _leave(c, s, row, asked * (1.0 + -1.0 * c.slip), asked, END, c.taker[s])
    _tell(c, row + 1)


@step
def plain_run(plain: Plain, start: int, stop: int) -> None:
    """Play the times ``start`` to ``stop``; with the last of them what is held is closed."""
    c: Any = hold(plain)
    at, event, events = start, c.mind[1], len(c.event_time)
    while at < stop:
        row = c.event_time[event] + 1 if event < events else stop
        if row >= stop:
            _pass(c, at, stop)
            break
        _pass(c, at, row)
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
        _tell(c, stop)


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
