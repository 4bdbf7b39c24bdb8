"""The state of matching: plain arrays of records that the kernel changes in place."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats
from shared_modules.core.trading import ExitReason

from .costs import Costs, Fees
from .margin import MAX_TIERS, Margin
from .orders import NO, YES, FillRule, constant
from .sizing import Sizing

Codes = NDArray[np.int64]
Records = NDArray[np.void]
LEVELS = 4  # of a take-profit ladder
DEPTH = 10  # levels of a book that market orders walk
SLOTS = 16  # open orders of a symbol beside the one that a wish waits with
NAN = float("nan")

# codes of why a position was left
NONE, SIGNAL, STOP, TARGET, REVERSE, LIQUIDATION, END, TRAILING, BREAK_EVEN, TIME = map(constant, range(10))
TAKER, MAKER = NO, YES
REASONS: dict[int, ExitReason] = {
    int(SIGNAL): ExitReason.SIGNAL,
    int(STOP): ExitReason.STOP_LOSS,
    int(TARGET): ExitReason.TAKE_PROFIT,
    int(REVERSE): ExitReason.REVERSE,
    int(LIQUIDATION): ExitReason.LIQUIDATION,
    int(END): ExitReason.END,
    int(TRAILING): ExitReason.TRAILING_STOP,
    int(BREAK_EVEN): ExitReason.BREAK_EVEN,
    int(TIME): ExitReason.TIME,
}

# ``margin`` is what open positions hold; ``slippage`` is what it cost; ``won`` and ``lost`` sum the returns of ended
# trades on their entry notional; ``opened`` numbers the round trips; ``trades``, ``fills`` and ``rows`` are how much
# of the ledger is filled, the others count events
ACCOUNT = np.dtype(
    [(name, np.float64) for name in ("cash", "margin", "fees", "entry_fees", "slippage", "funding", "borrow")]
    + [(name, np.float64) for name in ("won", "lost")]
    + [(name, np.int64) for name in ("trades", "ambiguous", "refused", "cut", "open", "exposed")]
    + [(name, np.int64) for name in ("opened", "fills", "rows", "wins", "losses", "liquidations")]
)

# what a position is: ``qty`` is signed (0: flat); ``bust`` is where its margin is lost and ``liquidation`` the price
# that lets the exchange take it (NaN: none); ``low`` and ``high`` are the extremes seen while held; ``mark`` is the
# newest price; ``trail`` and ``break_even`` move the stop, whose present kind is ``stop_kind``; ``entered`` is all
# quantity bought so far, ``row`` the newest bar's, ``funded`` how many fundings are past; the fields of the parts
# already left: ``paid`` fees, ``gross``, ``closed``, ``closed_value``
_HELD = (
    *((name, np.float64) for name in ("qty", "entry_price", "entry_fee", "margin", "bust", "liquidation")),
    *((name, np.float64) for name in ("stop", "target", "low", "high", "mark", "trail", "break_even", "max_bars")),
    *((name, np.float64) for name in ("entered", "paid", "gross", "funding", "borrow", "closed")),
    ("closed_value", np.float64),
    ("ladder", np.float64, (LEVELS,)),
    ("ladder_left", np.float64, (LEVELS,)),
    *((name, np.int64) for name in ("entry_time", "entry_row", "entries", "stop_kind", "exits", "id", "row", "funded")),
)
# what waits: an exit (``leave`` is its reason) and an entry (``want`` is its direction) with all it asked for;
# ``want_qty`` is what is still to be bought once it is sized
_WAITING = (
    *((name, np.float64) for name in ("leave_limit", "leave_trigger", "leave_share", "leave_qty")),
    *((name, np.float64) for name in ("want_stop", "want_target", "want_strength", "want_limit", "want_trigger")),
    *((name, np.float64) for name in ("want_trail", "want_break", "want_bars", "want_confidence", "want_unit")),
    ("want_qty", np.float64),
    ("want_ladder", np.float64, (LEVELS,)),
    *(
        (name, np.int64)
        for name in ("leave", "leave_rested", "want", "want_row", "rested", "partly", "adds", "filled_row", "sold_row")
    ),
)
# open orders, a slot each (F92 to F97): ``o_side`` 0 is free; ``o_qty`` is still to be filled (0: sized when it first
# fills, by ``o_share``), ``o_done`` and ``o_value`` are what was; ``o_target`` is where the bought is sold, ``o_entry``
# where the slot waits again after that; ``o_id`` 0 are a wish's rungs, placed orders have numbers; ``o_end`` is a code
# of `orders.CODES`. ``slots`` counts the live ones, ``slot`` is 1 + the one that fills now, ``o_room`` slots have ever
# been taken; ``grid_*``: the wish's
_ORDERS = (
    *((name, np.float64, (SLOTS,)) for name in ("o_qty", "o_share", "o_limit", "o_trigger", "o_target", "o_entry")),
    *((name, np.float64, (SLOTS,)) for name in ("o_stop", "o_take", "o_done", "o_value")),
    *((name, np.int64, (SLOTS,)) for name in ("o_side", "o_reduce", "o_tif", "o_rested", "o_id", "o_group", "o_row")),
    *((name, np.int64, (SLOTS,)) for name in ("o_fresh", "o_end")),
    *((name, np.int64) for name in ("slots", "slot", "o_room", "grid_row", "grid_side", "grid_all", "grid_met")),
)
# what a live market has told: the mark price (0: none yet) and the best ``depth`` levels of each side of its book;
# ``printed`` is 1 while a trade is looked at
_MARKET = (
    ("mark_price", np.float64),
    *((name, np.float64, (DEPTH,)) for name in ("bid", "bid_qty", "ask", "ask_qty")),
    ("depth", np.int64),
    ("printed", np.int64),
)
# the instrument's rules, 0 where there is none, and its fees
_INSTRUMENT = tuple(
    (name, np.float64) for name in ("qty_step", "min_qty", "min_notional", "max_qty", "tick", "maker", "taker")
)
POSITION = np.dtype([*_HELD, *_WAITING, *_INSTRUMENT, *_ORDERS, *_MARKET])

# a round trip; ``qty`` is signed, ``mae`` and ``mfe`` are fractions of the entry price, ``id`` finds its fills
ROUND_TRIP = np.dtype(
    [
        *(
            (name, np.int64)
            for name in ("symbol", "entry_time", "exit_time", "reason", "bars", "exits", "entries", "id")
        ),
        *((name, np.float64) for name in ("qty", "entry_price", "exit_price", "fees", "pnl", "mae", "mfe", "funding")),
        ("borrow", np.float64),
    ]
)
# one execution; ``reason`` is NONE for entries, ``qty`` is signed as bought or sold, ``order`` a placed order's number
FILL = np.dtype(
    [(name, np.int64) for name in ("time", "symbol", "id", "reason", "maker", "order")]
    + [(name, np.float64) for name in ("qty", "price", "fee")]
)
# one change of cash
FEE, REALISED, FUNDING, BORROW = map(constant, range(4))
CASH_KINDS = ("fee", "realised", "funding", "borrow")
CASH_ROW = np.dtype([("time", np.int64), ("symbol", np.int64), ("kind", np.int64), ("amount", np.float64)])


class Ledger(NamedTuple):
    """``trades``: round trips in order of their ends. ``fills``: executions. ``cash``: every change of cash.

    ``outcomes``: a code of `orders.CODES` at each bar with a wish to enter, 0 at others.
    """

    trades: Records
    fills: Records
    cash: Records
    outcomes: NDArray[np.int8]


class Rules(NamedTuple):
    """What holds for a whole run; fractions of the entry price and numbers of bars are NaN or 0 where there is none."""

    slip: float
    kind: int
    size: float
    stop_loss: float
    take_profit: float
    trailing: float
    break_even: float
    max_bars: float
    max_entries: int
    max_positions: int
    fill_rule: int
    volume_share: float
    time_in_force: int
    valid_bars: int
    latency: int
    shares: Floats
    slippage: int
    impact: float
    slip_table: Floats
    leverage: float
    cross: bool
    favourable: bool
    grid_shares: Floats
    grid_repeat: bool
    market_targets: bool


class State(NamedTuple):
    """``account``: one `ACCOUNT` record. ``book``: one `POSITION` per symbol. ``tiers``: rows of `margin.tier_rows`."""

    account: Records
    book: Records
    tiers: Floats


def new_state(symbols: int, cash: float, costs: Costs) -> State:
    """A flat state of ``symbols`` symbols with ``cash`` in quote coin, all paying the fees of ``costs``."""
    state = State(np.zeros(1, ACCOUNT), np.zeros(symbols, POSITION), np.full((symbols, MAX_TIERS, 4), np.inf))
    state.account["cash"] = cash
    state.book["sold_row"] = -1
    set_fees(state, slice(None), Fees(costs.fee if costs.maker is None else costs.maker, costs.fee))
    return state


def set_instrument(
    state: State, slot: int, qty_step: float, min_qty: float, min_notional: float, max_qty: float = 0.0,
    tick: float = 0.0,
) -> None:  # fmt: skip
    """Make symbol ``slot`` obey its instrument's steps, minima and maximum; 0 stands for no rule."""
    record: Any = state.book[slot]
    record["qty_step"], record["min_qty"], record["min_notional"] = qty_step, min_qty, min_notional
    record["max_qty"], record["tick"] = max_qty, tick


def set_fees(state: State, slot: int | slice, fees: Fees) -> None:
    """Let symbol ``slot`` pay ``fees``."""
    state.book["maker"][slot], state.book["taker"][slot] = fees.maker, fees.taker


def new_ledger(rows: int, bars: int = 0) -> Ledger:
    """An empty ledger with room for ``rows`` round trips and ``bars`` outcomes; the account tells how full it is."""
    # every field of a row is written when it is: there is no need to touch the memory before
    outcomes = np.zeros(bars, np.int8)
    return Ledger(np.empty(rows, ROUND_TRIP), np.empty(4 * rows, FILL), np.empty(8 * rows, CASH_ROW), outcomes)


def grown(ledger: Ledger, rows: int) -> Ledger:
    """``ledger`` with room for ``rows`` round trips, its rows kept."""
    more = new_ledger(rows - len(ledger.trades))
    kept = (np.concatenate(pair) for pair in zip(ledger[:3], more[:3], strict=True))
    return Ledger(*kept, ledger.outcomes)  # type: ignore[arg-type, call-arg]


def new_rules(
    costs: Costs,
    sizing: Sizing,
    stop_loss: float | None = None,
    take_profit: float | None = None,
    *,
    trailing: float | None = None,
    break_even: float | None = None,
    max_bars: int | None = None,
    max_entries: int = 1,
    max_positions: int = 0,
    fill_rule: FillRule | None = None,
    time_in_force: int = 0,
    valid_bars: int = 0,
    latency: int = 0,
    shares: tuple[float, ...] = (),
    margin: Margin | None = None,
    favourable: bool = False,
    grid_shares: tuple[float, ...] = (),
    grid_repeat: bool = False,
    market_targets: bool = False,
) -> Rules:
    """The kernel's form of the declared rules; levels are fractions of the entry price."""
    rule = fill_rule or FillRule()
    model = costs.slippage
    return Rules(
        slip=float(costs.slip),
        kind=sizing.code,
        size=float(sizing.value),
        stop_loss=_or_nan(stop_loss),
        take_profit=_or_nan(take_profit),
        trailing=_or_nan(trailing),
        break_even=_or_nan(break_even),
        max_bars=_or_nan(max_bars),
        max_entries=max_entries,
        max_positions=max_positions,
        fill_rule=rule.code,
        volume_share=float(rule.share),
        time_in_force=time_in_force,
        valid_bars=valid_bars,
        latency=latency,
        shares=np.array((*shares, *(0.0,) * (LEVELS - len(shares)))),
        slippage=0 if model is None else model.code,
        impact=0.0 if model is None else float(model.value),
        slip_table=np.array(() if model is None else model.table, np.float64).reshape(-1, 2),
        leverage=0.0 if margin is None else float(margin.leverage),
        cross=margin is not None and margin.mode == "cross",
        favourable=favourable,
        grid_shares=np.array((*grid_shares, *(0.0,) * (SLOTS - len(grid_shares)))),
        grid_repeat=grid_repeat,
        market_targets=market_targets,
    )


def _or_nan(value: float | None) -> float:
    return NAN if value is None else float(value)


def plain(values: Floats | None) -> Floats:
    """``values`` as the kernel reads them: an empty array stands for none."""
    return np.empty(0) if values is None else np.ascontiguousarray(values, np.float64)
