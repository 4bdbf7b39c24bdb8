"""What the loop over wishes reads and writes, and which runs it knows all about."""

from typing import Any, NamedTuple

import numpy as np

from shared_modules.core.bars import Floats, Times

from .coasting import Events
from .costs import IMPACT
from .feed import CANCEL, ENTER_LONG, ENTER_SHORT, Feed, Wishes
from .orders import THROUGH, VOLUME
from .sizing import EQUITY, NOTIONAL, QTY
from .state import ROUND_TRIP, Codes, Records, Rules, State

_NO_PRICES = ("stop", "target", "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger",
              "exit_share", "confidence", "ladder", "grid", "mark_high", "detail_begin", "fund_time",
              "volume")  # fmt: skip
_NO_LEVELS = ("trailing", "break_even", "max_bars")
_INSTRUMENT = ("qty_step", "min_qty", "min_notional", "max_qty")
_FLOATS = ("qty", "entry", "fee", "margin", "low", "high", "stop", "target", "bust", "floor", "ceiling")

# a position: ``seen`` is the moment up to which its bars were looked at, ``hit`` that at which a price ends it, ``why``
# the reason for which it was decided to leave. ``bust``: where a short has lost what it put up. No price within
# ``floor`` and ``ceiling`` ends it
POSITION = np.dtype(
    [(name, np.float64) for name in _FLOATS] + [(name, np.int64) for name in ("row", "seen", "hit", "why", "id")]
)


class Plain(NamedTuple):
    """What `plain_run` reads and writes.

    ``opens`` to ``closes``: addresses of the columns of each symbol, whose row 0 is that of the first of ``times``.
    ``event_*``: each wish by the number of the time at whose close it is told, then by symbol; ``codes`` gets what
    became of it. ``held``: a `POSITION` a symbol; the slots of those that are are the first ``mind[0]`` of ``slots``,
    rising. ``mind``: besides, the next wish, and up to where equity is told. ``rows``: the number of the time at which
    each of the ``trades`` was entered. ``cash_*``: a row for each change of cash. ``leveled``: whether a price can end
    a position; ``ruled``: whether an instrument has a say in sizes; ``fixed``: whether a size may not be cut.
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
    qty_step: Floats
    min_qty: Floats
    min_notional: Floats
    max_qty: Floats
    equity: Floats
    kind: int
    size: float
    slip: float
    stop_loss: float
    take_profit: float
    max_positions: int
    leveled: bool
    ruled: bool
    fixed: bool
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
        and (rules.leverage, rules.latency, rules.max_entries) == (0.0, 0, 1)
        and rules.kind in (EQUITY, NOTIONAL, QTY)
        and rules.fill_rule != VOLUME
        and rules.slippage < IMPACT
        and len(times) * len(book) == len(feed.wishes) > 0
        and not (wishes & np.uint8(CANCEL)).any()
    )


def new_plain(state: State, rules: Rules, feed: Feed, times: Times, events: Events) -> Plain:
    """All that `plain_run` needs to play ``events`` from the first of ``times`` on."""
    symbols, first = len(feed.begin), 8 * feed.begin
    most = int(np.count_nonzero(events.wish & (ENTER_LONG | ENTER_SHORT)))
    shorts = bool((events.wish & np.uint8(ENTER_SHORT)).any())
    book: Any = state.book
    instrument = {name: book[name].copy() for name in _INSTRUMENT}
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
        maker=book["maker"].copy(),
        taker=book["taker"].copy(),
        **instrument,
        equity=np.empty(len(times)),
        kind=rules.kind,
        size=rules.size,
        slip=rules.slip,
        stop_loss=rules.stop_loss,
        take_profit=rules.take_profit,
        max_positions=rules.max_positions,
        leveled=shorts or not (np.isnan(rules.stop_loss) and np.isnan(rules.take_profit)),
        ruled=any(bool(column.any()) for column in instrument.values()),
        fixed=rules.kind != EQUITY,
        through=rules.fill_rule == THROUGH and not rules.market_targets,
        market_targets=rules.market_targets,
        favourable=rules.favourable,
    )
