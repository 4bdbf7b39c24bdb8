"""One pass over one symbol for the plainest rules, for sweeps of many combinations.

Long positions alone, entered and left with market orders, sized by a share of the equity: nothing can then happen
within a bar. The arithmetic is that of the general steps, operation by operation; tests compare every figure.
"""

from typing import Any

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.compiling import higher, lower

from .compiled import inner, step
from .costs import IMPACT
from .feed import CANCEL, ENTER_LONG, ENTER_SHORT, EXIT_LONG, Feed, Wishes
from .memory import fetch
from .orders import VOLUME
from .sizing import EQUITY
from .state import Codes, Rules, State

_AHEAD = 4  # wishes whose bars memory is asked for
_NO_PRICES = ("stop", "target", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
              "exit_share", "confidence", "ladder", "grid", "mark_high", "detail_begin", "fund_time")  # fmt: skip
_NO_LEVELS = ("stop_loss", "take_profit", "trailing", "break_even", "max_bars")
_UNKNOWN = np.uint8(ENTER_SHORT | CANCEL)
_NO_RULES = ("qty_step", "min_qty", "min_notional", "max_qty")


def knows(state: State, rules: Rules, feed: Feed) -> bool:
    """Whether `plain_run` knows every rule in force and all columns there are."""
    book: Any = state.book
    return (
        len(book) == 1
        and not any(len(getattr(feed, name)) for name in _NO_PRICES)
        and all(np.isnan(getattr(rules, name)) for name in _NO_LEVELS)
        and not any(book[name][0] for name in _NO_RULES)
        and (rules.kind, rules.leverage, rules.latency, rules.max_entries) == (EQUITY, 0.0, 0, 1)
        and rules.fill_rule != VOLUME
        and rules.slippage < IMPACT
    )


def all_known(wishes: Wishes) -> bool:
    """Whether `plain_run` knows all the ``wishes`` there are."""
    return not (wishes & _UNKNOWN).any()


@inner
def lowest_highest(prices: Floats) -> tuple[float, float]:
    """The lowest and the highest of ``prices``, none of which is NaN."""
    least, most = np.inf, -np.inf
    # by number: an iterator is in the compiler's way
    for k in range(len(prices)):
        least, most = lower(prices[k], least), higher(prices[k], most)
    return least, most


@step
def plain_run(
    opens: Floats, closes: Floats, time: Times, lasting: int, wishes: Wishes, wished: Codes, ends: Codes,
    cash: float, size: float, slip: float, taker: float, pnl: Floats, fees: Floats, daily: Floats, found: Floats,
) -> int:  # fmt: skip
    """Play the ``wishes`` of the rows ``wished``; returns the number of trades, whose ``pnl`` and ``fees`` it fills.

    ``daily`` gets the equity at the rows ``ends``; ``found``: last equity, deepest fall, longest time (ms) under a
    high, bars with a position open, of which the equity is told at ``time + lasting``.
    """
    n, trades, day, exposed = len(closes), 0, 0, 0
    qty, entry, entry_fee = 0.0, 0.0, 0.0
    peak, trough, deepest, longest = cash, cash, 0.0, 0
    seen, seen_row = time[0], -1
    begin, at = 0, 0
    goes, comes = False, False
    value = cash
    while begin < n:
        # what was decided at the close before fills at this open
        if goes:
            price = opens[begin] * (1.0 - slip)
            fee = qty * price * taker
            gross = qty * (price - entry)
            cash += gross - fee
            pnl[trades], fees[trades] = gross - fee - entry_fee, entry_fee + fee
            trades += 1
            qty = 0.0
        if comes and qty == 0.0:
            price = opens[begin] * (1.0 + slip)
            cost = price * (1.0 + taker)
            wanted, affordable = cash * size / cost, max(0.0, cash) / cost
            bought = affordable if wanted > affordable * (1.0 + 1e-12) else wanted
            if bought > 0.0:
                qty, entry = bought, price
                entry_fee = qty * price * taker
                cash -= entry_fee
        stop = wished[at] + 1 if at < len(wished) else n
        if at + _AHEAD < len(wished):
            fetch(opens.ctypes.data, wished[at + _AHEAD] + 1)
            fetch(closes.ctypes.data, wished[at + _AHEAD] + 1)
        exposed += stop - begin if qty != 0.0 else 0
        flat = begin
        if qty != 0.0:
            # the last close ends it
            flat, first = min(stop, n - 1), begin
            # equity rises and falls with the close: below the high of equity the lowest close alone counts
            least, most = lowest_highest(closes[begin:flat])
            if flat > begin and cash + qty * (most - entry) < peak:
                trough = min(trough, cash + qty * (least - entry))
                value, first = cash + qty * (closes[flat - 1] - entry), flat
            for i in range(first, flat):
                value = cash + qty * (closes[i] - entry)
                if value >= peak:
                    deepest = min(deepest, trough / peak - 1.0)
                    if i - seen_row > 1:
                        longest = max(longest, time[i] + lasting - seen)
                    peak = trough = value
                    seen, seen_row = time[i] + lasting, i
                elif value < trough:
                    trough = value
            while day < len(ends) and ends[day] < flat:
                daily[day] = cash + qty * (closes[ends[day]] - entry)
                day += 1
            if flat < stop:
                price = closes[flat] * (1.0 - slip)
                fee = qty * price * taker
                gross = qty * (price - entry)
                cash += gross - fee
                pnl[trades], fees[trades] = gross - fee - entry_fee, entry_fee + fee
                trades += 1
                qty = 0.0
        if flat < stop:
            # cash alone stands still: its first row tells of all
            value = cash
            if value >= peak:
                deepest = min(deepest, trough / peak - 1.0)
                if flat - seen_row > 1:
                    longest = max(longest, time[flat] + lasting - seen)
                peak = trough = value
                seen, seen_row = time[stop - 1] + lasting, stop - 1
            elif value < trough:
                trough = value
            while day < len(ends) and ends[day] < stop:
                daily[day] = value
                day += 1
        goes = at < len(wished) and qty != 0.0 and wishes[at] & EXIT_LONG != 0
        comes = at < len(wished) and wishes[at] & ENTER_LONG != 0 and (qty == 0.0 or goes)
        begin = stop
        at += 1
    deepest = min(deepest, trough / peak - 1.0)
    if seen_row < n - 1:
        longest = max(longest, time[n - 1] + lasting - seen)
    found[0], found[1], found[2], found[3] = value, deepest, float(longest), float(exposed)
    return trades
