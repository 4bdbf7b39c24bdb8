"""The state of matching: plain arrays that the kernel changes in place, one slot per symbol, plus the ledger."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats, Times
from shared_modules.core.trading import ExitReason

from .costs import Costs
from .sizing import Sizing

Codes = NDArray[np.int64]

# slots of State.money and State.counts
CASH, MARGIN, FEES, ENTRY_FEES, SLIPPAGE = range(5)
TRADES, AMBIGUOUS, REFUSED, CUT, OPEN, EXPOSED = range(6)

# codes of why a position was left, in the order of REASONS
NONE, SIGNAL, STOP, TARGET, REVERSE, LIQUIDATION, END = range(7)
REASONS: dict[int, ExitReason] = {
    SIGNAL: ExitReason.SIGNAL,
    STOP: ExitReason.STOP_LOSS,
    TARGET: ExitReason.TAKE_PROFIT,
    REVERSE: ExitReason.REVERSE,
    LIQUIDATION: ExitReason.LIQUIDATION,
    END: ExitReason.END,
}


class Rules(NamedTuple):
    """What holds for a whole run; per-symbol arrays have 0 where an instrument sets no rule."""

    fee: float
    slip: float
    kind: int
    size: float
    stop_loss: float
    take_profit: float
    qty_step: Floats
    min_qty: Floats
    min_notional: Floats


class State(NamedTuple):
    """Positions, orders waiting for the next open, and money.

    ``qty`` is signed (0: flat). ``leave`` holds a reason code and ``want`` a direction (+1, 0, -1) for the next open.
    ``bust`` is the price at which a short has lost its margin. ``low`` and ``high`` are the extremes seen while held.
    ``mark`` is the newest price. ``money`` and ``counts`` are indexed by the constants of this module.
    """

    money: Floats
    counts: Codes
    qty: Floats
    entry_price: Floats
    entry_time: Times
    entry_row: Codes
    entry_fee: Floats
    margin: Floats
    bust: Floats
    stop: Floats
    target: Floats
    low: Floats
    high: Floats
    mark: Floats
    leave: Codes
    want: Codes
    want_stop: Floats
    want_target: Floats
    want_strength: Floats


class Ledger(NamedTuple):
    """Round trips, one row each; only the first ``counts[TRADES]`` are filled."""

    symbol: Codes
    qty: Floats
    entry_time: Times
    entry_price: Floats
    exit_time: Times
    exit_price: Floats
    fees: Floats
    pnl: Floats
    reason: Codes
    bars: Codes
    mae: Floats
    mfe: Floats


def new_state(symbols: int, cash: float) -> State:
    """A flat state of ``symbols`` symbols with ``cash`` in quote coin."""
    money = np.zeros(5)
    money[CASH] = cash
    floats = {name: np.zeros(symbols) for name in State._fields}
    codes = {name: np.zeros(symbols, np.int64) for name in ("entry_time", "entry_row", "leave", "want")}
    return State(**{**floats, **codes, "money": money, "counts": np.zeros(6, np.int64)})


def new_ledger(rows: int) -> Ledger:
    """An empty ledger with room for ``rows`` round trips."""
    whole = ("symbol", "entry_time", "exit_time", "reason", "bars")
    return Ledger(*(np.zeros(rows, np.int64 if name in whole else np.float64) for name in Ledger._fields))


def grown(ledger: Ledger, rows: int) -> Ledger:
    """``ledger`` with room for ``rows`` round trips, its rows kept."""
    larger = new_ledger(rows)
    for old, new in zip(ledger, larger, strict=True):
        new[: len(old)] = old
    return larger


def new_rules(
    symbols: int,
    costs: Costs,
    sizing: Sizing,
    stop_loss: float | None = None,
    take_profit: float | None = None,
    qty_step: Floats | None = None,
    min_qty: Floats | None = None,
    min_notional: Floats | None = None,
) -> Rules:
    """The kernel's form of the declared rules; fractions of the entry price for ``stop_loss`` and ``take_profit``."""
    zeros = np.zeros(symbols)
    return Rules(
        float(costs.fee),
        float(costs.slip),
        sizing.code,
        float(sizing.value),
        float("nan") if stop_loss is None else float(stop_loss),
        float("nan") if take_profit is None else float(take_profit),
        zeros if qty_step is None else qty_step,
        zeros if min_qty is None else min_qty,
        zeros if min_notional is None else min_notional,
    )
