"""The rules of docs/fills.md as compiled steps; the backtest's `run` and a live stepper call the same ones.

Per bar and in this order: `exits_at_open` for every symbol with a bar at that time, `entry_at_open` in the order of
`ranked`, `on_bar_range`, `on_close`. ``s`` is a symbol's slot, ``row`` its bar's number, ``time`` the bar's open time.

All compiled functions live in this one file: numba's cache looks at the stamp of a caller's file alone, and would keep
an old step of another file compiled into it.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.core.dispatcher import Dispatcher

from shared_modules.core.bars import Flags, Floats, Times

from .sizing import EQUITY, NOTIONAL, QTY, RISK
from .state import END, LIQUIDATION, NONE, REVERSE, SIGNAL, STOP, TARGET, Codes, Records, Rules, State


class Feed(NamedTuple):
    """Bars and wishes of all symbols end to end; rows ``begin[s]`` to ``end[s]`` are those of symbol ``s``.

    ``stop``, ``target`` and ``strength`` are empty where no strategy gives any.
    """

    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    enter_long: Flags
    exit_long: Flags
    enter_short: Flags
    exit_short: Flags
    stop: Floats
    target: Floats
    strength: Floats
    begin: Codes
    end: Codes


@njit(cache=True, nogil=True, error_model="numpy")
def equity_of(state: State) -> float:
    """Cash plus open positions at their marks (F25)."""
    account: Any = state.account[0]
    total: float = account.cash
    if account.open > 0:
        for s in range(len(state.book)):
            p: Any = state.book[s]
            if p.qty != 0.0:
                total += p.qty * (p.mark - p.entry_price)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _market_exit(p: Any, rules: Rules, price: float) -> float:
    """What a market exit gets at ``price`` (F22); a short never pays more than its margin allows (F31)."""
    if p.qty > 0.0:
        return price * (1.0 - rules.slip)
    most: float = p.bust
    return min(price * (1.0 + rules.slip), most)


@njit(cache=True, nogil=True, error_model="numpy")
def _leave(
    state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, price: float, asked: float, reason: int
) -> None:
    """Close the position of ``s`` at ``price``; ``asked`` is the price before slippage."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    trade: Any = ledger[account.trades]
    fee = abs(p.qty) * price * rules.fee
    gross = p.qty * (price - p.entry_price)
    low, high = min(p.low, price), max(p.high, price)
    trade.symbol, trade.qty, trade.reason = s, p.qty, reason
    trade.entry_time, trade.entry_price = p.entry_time, p.entry_price
    trade.exit_time, trade.exit_price, trade.bars = time, price, row - p.entry_row
    trade.fees, trade.pnl = p.entry_fee + fee, gross - fee - p.entry_fee
    worst, best = (low, high) if p.qty > 0.0 else (high, low)
    sign = 1.0 if p.qty > 0.0 else -1.0
    trade.mae, trade.mfe = sign * (worst - p.entry_price) / p.entry_price, sign * (best - p.entry_price) / p.entry_price
    account.cash += gross - fee
    account.fees += fee
    account.slippage += max(0.0, (asked - price) * p.qty)
    account.trades += 1
    account.open -= 1
    # the sum of margins must not keep rounding errors once nothing is held
    account.margin = account.margin - p.margin if account.open > 0 else 0.0
    p.qty = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _leave_if_gapped(state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, price: float) -> None:
    """Stops and targets that the open has passed fill at the open (F14, F16, F18)."""
    p: Any = state.book[s]
    sign = 1.0 if p.qty > 0.0 else -1.0
    if sign * price <= sign * p.stop:
        _leave(state, ledger, rules, s, time, row, _market_exit(p, rules, price), price, STOP)
    elif sign * price >= sign * p.target:
        _leave(state, ledger, rules, s, time, row, price, price, TARGET)


@njit(cache=True, nogil=True, error_model="numpy")
def exits_at_open(state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, price: float) -> None:
    """Fill what leaves the position of ``s`` at the open ``price``; must have run for all symbols before entries."""
    p: Any = state.book[s]
    p.mark = price
    if p.qty != 0.0:
        if p.qty < 0.0 and price >= p.bust:
            _leave(state, ledger, rules, s, time, row, p.bust, p.bust, LIQUIDATION)
        elif p.leave != NONE:
            _leave(state, ledger, rules, s, time, row, _market_exit(p, rules, price), price, p.leave)
        else:
            _leave_if_gapped(state, ledger, rules, s, time, row, price)
    p.leave = NONE


@njit(cache=True, nogil=True, error_model="numpy")
def _rounded(qty: float, step: float) -> float:
    """``qty`` down to the ``step`` (F30); 0 means no step."""
    if step <= 0.0:
        return qty
    steps = np.floor(qty / step + 1e-9)
    # 0.1 has no exact float: dividing by 10 lands on the nearest one, multiplying by 0.1 need not
    inverse = np.round(1.0 / step)
    rounded: float = steps / inverse if step < 1.0 and abs(inverse * step - 1.0) < 1e-9 else steps * step
    return rounded


@njit(cache=True, nogil=True, error_model="numpy")
def _wanted_size(state: State, rules: Rules, fill: float, distance: float) -> float:
    if rules.kind == EQUITY:
        return equity_of(state) * rules.size / (fill * (1.0 + rules.fee))
    if rules.kind == NOTIONAL:
        return rules.size / fill
    if rules.kind == QTY:
        return rules.size
    return equity_of(state) * rules.size / distance if distance > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _entry_size(state: State, rules: Rules, s: int, fill: float, distance: float) -> float:
    """The quantity an entry at ``fill`` gets (F24 to F30); 0 when it is refused."""
    account: Any = state.account[0]
    p: Any = state.book[s]
    wanted = _wanted_size(state, rules, fill, distance)
    affordable = max(0.0, account.cash - account.margin) / (fill * (1.0 + rules.fee))
    cut = wanted > affordable * (1.0 + 1e-12)
    if cut and rules.kind != EQUITY and rules.kind != RISK:
        return 0.0
    size = _rounded(affordable if cut else wanted, p.qty_step)
    if not size > 0.0 or size < p.min_qty or size * fill < p.min_notional:
        return 0.0
    account.cut += 1 if cut else 0
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def _nearer(sign: float, own: float, general: float) -> float:
    """The level that a price moving in the direction of ``sign`` meets first (F19); NaN stands for none."""
    if np.isnan(own):
        return general
    if np.isnan(general):
        return own
    return min(own, general) if sign > 0.0 else max(own, general)


@njit(cache=True, nogil=True, error_model="numpy")
def _open_position(
    state: State, rules: Rules, s: int, time: int, row: int, size: float, fill: float, price: float
) -> None:
    account: Any = state.account[0]
    p: Any = state.book[s]
    fee = abs(size) * fill * rules.fee
    p.qty, p.entry_price, p.entry_fee, p.entry_time, p.entry_row = size, fill, fee, time, row
    p.margin = abs(size) * fill
    p.bust = 2.0 * fill / (1.0 + rules.fee)
    p.low = p.high = fill
    account.cash -= fee
    account.margin += p.margin
    account.fees += fee
    account.entry_fees += fee
    account.slippage += (fill - price) * size
    account.open += 1


@njit(cache=True, nogil=True, error_model="numpy")
def entry_at_open(state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, price: float) -> None:
    """Fill the entry that ``s`` waits with at the open ``price``, if it is flat and cash allows."""
    p: Any = state.book[s]
    sign = float(p.want)
    p.want = 0
    if sign == 0.0 or p.qty != 0.0:
        return
    fill = price * (1.0 + sign * rules.slip)
    stop = _nearer(-sign, p.want_stop, fill * (1.0 - sign * rules.stop_loss))
    size = _entry_size(state, rules, s, fill, sign * (fill - stop))
    if size == 0.0:
        state.account[0].refused += 1
        return
    p.stop = stop
    p.target = _nearer(sign, p.want_target, fill * (1.0 + sign * rules.take_profit))
    _open_position(state, rules, s, time, row, sign * size, fill, price)
    _leave_if_gapped(state, ledger, rules, s, time, row, price)


@njit(cache=True, nogil=True, error_model="numpy")
def on_bar_range(
    state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, high: float, low: float
) -> None:
    """Fill the stop or target of ``s`` that lies between ``low`` and ``high``, the stop when both do (F13 to F17)."""
    p: Any = state.book[s]
    if p.qty == 0.0:
        return
    sign, worst, best = (1.0, low, high) if p.qty > 0.0 else (-1.0, high, low)
    bust_first = p.qty < 0.0 and not p.stop < p.bust
    level = p.bust if bust_first else p.stop
    stopped = sign * worst <= sign * level
    reached = sign * best >= sign * p.target
    if stopped and reached:
        state.account[0].ambiguous += 1
    if stopped and bust_first:
        _leave(state, ledger, rules, s, time, row, level, level, LIQUIDATION)
    elif stopped:
        _leave(state, ledger, rules, s, time, row, _market_exit(p, rules, level), level, STOP)
    elif reached:
        _leave(state, ledger, rules, s, time, row, p.target, p.target, TARGET)
    else:
        p.low, p.high = min(p.low, low), max(p.high, high)


@njit(cache=True, nogil=True, error_model="numpy")
def on_close(
    state: State, s: int, close: float, enter_long: bool, exit_long: bool, enter_short: bool, exit_short: bool,
    stop: float, target: float, strength: float,
) -> None:  # fmt: skip
    """Take the wishes at the close of a bar of ``s``; they fill at its next open (F1, F8 to F10)."""
    p: Any = state.book[s]
    p.mark, p.leave, p.want = close, NONE, 0
    enter = 0 if enter_long == enter_short else (1 if enter_long else -1)
    held = 0 if p.qty == 0.0 else (1 if p.qty > 0.0 else -1)
    if held != 0 and (exit_long if held > 0 else exit_short):
        p.leave = SIGNAL
    elif held != 0 and enter == -held:
        p.leave = REVERSE
    if held == 0 or p.leave != NONE:
        p.want, p.want_stop, p.want_target, p.want_strength = enter, stop, target, strength


@njit(cache=True, nogil=True, error_model="numpy")
def close_out(state: State, ledger: Records, rules: Rules, s: int, time: int, row: int, close: float) -> None:
    """Close the position of ``s`` at its last ``close`` with reason `END` (F11); what waits is dropped (F3)."""
    p: Any = state.book[s]
    p.leave, p.want = NONE, 0
    if p.qty != 0.0:
        _leave(state, ledger, rules, s, time, row, _market_exit(p, rules, close), close, END)


@njit(cache=True, nogil=True, error_model="numpy")
def _stronger(a: float, b: float) -> bool:
    return a > b or (np.isnan(b) and not np.isnan(a))


@njit(cache=True, nogil=True, error_model="numpy")
def ranked(state: State, present: Flags, order: Codes) -> int:
    """Fill ``order`` with the present symbols that wait to enter, strongest first (F7); returns how many."""
    n = 0
    for s in range(len(present)):
        if not present[s] or state.book[s].want == 0:
            continue
        k = n
        while k > 0 and _stronger(state.book[s].want_strength, state.book[order[k - 1]].want_strength):
            order[k] = order[k - 1]
            k -= 1
        order[k] = s
        n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def run(
    state: State, ledger: Records, rules: Rules, feed: Feed, cursor: Codes, times: Times, equity: Floats,
    start: int, stop: int,
) -> int:  # fmt: skip
    """Step from time number ``start`` to before ``stop``; returns where it stopped, earlier when the ledger is full.

    ``times`` are the distinct open times of all symbols, ``equity`` is filled at each, ``cursor`` holds each
    symbol's next row. A step that can't change anything is left out, for speed.
    """
    symbols = len(cursor)
    present = np.zeros(symbols, np.bool_)
    order = np.zeros(symbols, np.int64)
    account: Any = state.account[0]
    for i in range(start, stop):
        # at most one round trip ends at an open, one in the range and one at the close
        if account.trades + 3 * symbols > len(ledger):
            return i
        time = times[i]
        waiting = 0
        for s in range(symbols):
            row = cursor[s]
            present[s] = row < feed.end[s] and feed.time[row] == time
            if present[s]:
                p: Any = state.book[s]
                p.mark = feed.open[row]
                waiting += p.want != 0
                if p.qty != 0.0:
                    exits_at_open(state, ledger, rules, s, time, row, feed.open[row])
        if waiting > 0:
            for k in range(ranked(state, present, order)):
                s = order[k]
                entry_at_open(state, ledger, rules, s, time, cursor[s], feed.open[cursor[s]])
        account.exposed += account.open > 0
        for s in range(symbols):
            if not present[s]:
                continue
            row = cursor[s]
            cursor[s] = row + 1
            q: Any = state.book[s]
            if q.qty != 0.0:
                on_bar_range(state, ledger, rules, s, time, row, feed.high[row], feed.low[row])
            q.mark = feed.close[row]
            if feed.enter_long[row] or feed.exit_long[row] or feed.enter_short[row] or feed.exit_short[row]:
                on_close(
                    state, s, feed.close[row],
                    feed.enter_long[row], feed.exit_long[row], feed.enter_short[row], feed.exit_short[row],
                    feed.stop[row] if len(feed.stop) > 0 else np.nan,
                    feed.target[row] if len(feed.target) > 0 else np.nan,
                    feed.strength[row] if len(feed.strength) > 0 else np.nan,
                )  # fmt: skip
            if row + 1 == feed.end[s]:
                close_out(state, ledger, rules, s, time, row, feed.close[row])
        equity[i] = equity_of(state)
    return stop


def forget_cache() -> None:
    """Drop what numba keeps of this module on disk, so that the next call compiles afresh."""
    for value in list(globals().values()):
        if isinstance(value, Dispatcher):
            value._cache.flush()  # type: ignore[attr-defined]
