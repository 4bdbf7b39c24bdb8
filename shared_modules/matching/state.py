"""The state of matching: three plain arrays of records that the kernel changes in place."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats
from shared_modules.core.trading import ExitReason

from .costs import Costs
from .sizing import Sizing

Codes = NDArray[np.int64]
Records = NDArray[np.void]

# codes of why a position was left
NONE, SIGNAL, STOP, TARGET, REVERSE, LIQUIDATION, END = range(7)
REASONS: dict[int, ExitReason] = {
    SIGNAL: ExitReason.SIGNAL,
    STOP: ExitReason.STOP_LOSS,
    TARGET: ExitReason.TAKE_PROFIT,
    REVERSE: ExitReason.REVERSE,
    LIQUIDATION: ExitReason.LIQUIDATION,
    END: ExitReason.END,
}

# ``margin`` is what open positions hold; ``slippage`` is what it cost; the last six count events
ACCOUNT = np.dtype(
    [(name, np.float64) for name in ("cash", "margin", "fees", "entry_fees", "slippage")]
    + [(name, np.int64) for name in ("trades", "ambiguous", "refused", "cut", "open", "exposed")]
)

# ``qty`` is signed (0: flat); ``bust`` is where a short has lost its margin; ``low`` and ``high`` are the extremes seen
# while held; ``mark`` is the newest price; ``leave`` (a reason) and ``want`` (a direction) wait for the next open; the
# last three are the instrument's rules, 0 where there is none
POSITION = np.dtype(
    [
        *((name, np.float64) for name in ("qty", "entry_price", "entry_fee", "margin", "bust", "stop", "target")),
        *((name, np.float64) for name in ("low", "high", "mark", "want_stop", "want_target", "want_strength")),
        *((name, np.int64) for name in ("entry_time", "entry_row", "leave", "want")),
        *((name, np.float64) for name in ("qty_step", "min_qty", "min_notional")),
    ]
)

# a round trip; ``qty`` is signed, ``mae`` and ``mfe`` are fractions of the entry price
ROUND_TRIP = np.dtype(
    [
        *((name, np.int64) for name in ("symbol", "entry_time", "exit_time", "reason", "bars")),
        *((name, np.float64) for name in ("qty", "entry_price", "exit_price", "fees", "pnl", "mae", "mfe")),
    ]
)


class Rules(NamedTuple):
    """What holds for a whole run; ``stop_loss`` and ``take_profit`` are fractions of the entry price or NaN."""

    fee: float
    slip: float
    kind: int
    size: float
    stop_loss: float
    take_profit: float


class State(NamedTuple):
    """``account``: one `ACCOUNT` record. ``book``: one `POSITION` record per symbol."""

    account: Records
    book: Records


def new_state(symbols: int, cash: float) -> State:
    """A flat state of ``symbols`` symbols with ``cash`` in quote coin."""
    state = State(np.zeros(1, ACCOUNT), np.zeros(symbols, POSITION))
    state.account["cash"] = cash
    return state


def set_instrument(state: State, slot: int, qty_step: float, min_qty: float, min_notional: float) -> None:
    """Make symbol ``slot`` obey its instrument's quantity step and minima."""
    record: Any = state.book[slot]
    record["qty_step"], record["min_qty"], record["min_notional"] = qty_step, min_qty, min_notional


def new_ledger(rows: int) -> Records:
    """An empty ledger with room for ``rows`` round trips; the account's ``trades`` tells how many are filled."""
    return np.zeros(rows, ROUND_TRIP)


def grown(ledger: Records, rows: int) -> Records:
    """``ledger`` with room for ``rows`` round trips, its rows kept."""
    return np.concatenate((ledger, new_ledger(rows - len(ledger))))


def new_rules(costs: Costs, sizing: Sizing, stop_loss: float | None = None, take_profit: float | None = None) -> Rules:
    """The kernel's form of the declared rules; ``stop_loss`` and ``take_profit`` are fractions of the entry price."""
    nan = float("nan")
    return Rules(
        float(costs.fee),
        float(costs.slip),
        sizing.code,
        float(sizing.value),
        nan if stop_loss is None else float(stop_loss),
        nan if take_profit is None else float(take_profit),
    )


def plain(values: Floats | None) -> Floats:
    """``values`` as the kernel reads them: an empty array stands for none."""
    return np.empty(0) if values is None else np.ascontiguousarray(values, np.float64)
