"""The backtest: data, wishes, fills, figures.

The kernel is imported when a backtest runs: it brings numba, for which whoever only describes one need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared_modules.core.errors import InvalidInput
from shared_modules.core.parameters import build, values_of
from shared_modules.core.progress import Progress
from shared_modules.indicators.align import close_times
from shared_modules.matching import DEFAULT_TIERS, Outcome
from shared_modules.matching.margin import tier_rows
from shared_modules.matching.orders import CODES, TIMES_IN_FORCE
from shared_modules.matching.state import (
    Rules,
    State,
    new_rules,
    new_state,
    set_fees,
    set_instrument,
)
from shared_modules.strategies.base import Signals, Strategy
from shared_modules.strategies.registry import strategy as strategy_called
from shared_modules.strategies.user_folder import version_notes

from .data import SymbolData, load
from .extras import check_symbols
from .metrics import NAN, curve_metrics, day_ends, figures_of, holding_metrics
from .notes import detail_notes, latency_notes, notes_on
from .passport import code_hash, data_prints
from .records import CashLedger, SignalOutcomes
from .request import BacktestRequest
from .result import BacktestResult
from .stepping import stepped
from .trades import Trades
from .wishes import higher_bars, sound, wishes

if TYPE_CHECKING:
    from shared_modules.core.bars import Floats, Times
    from shared_modules.core.timeframes import Timeframe
    from shared_modules.matching.feed import Feed

    from .play import Played


# so many moments of buying and holding are kept to be drawn: more than a screen is wide
DRAWN = 4_096


def run_backtest(request: BacktestRequest, progress: Progress | None = None) -> BacktestResult:
    """The result of ``request``; takes and gives picklable values.

    Raises `InvalidInput` and its kin for what can't be run, `DataError` for candles that can't be used and
    `Cancelled` when ``progress`` is told to stop.
    """
    progress = Progress() if progress is None else progress
    strategy = strategy_of(request)
    return run_on(request, strategy, *load(request, progress.part(0.0, 0.3)), progress)


def strategy_of(request: BacktestRequest) -> Strategy:
    """The strategy that ``request`` names, with its parameters."""
    folder = None if request.strategy_folder is None else Path(request.strategy_folder)
    return sound(build(strategy_called(request.strategy, folder), request.parameters))


def run_on(
    request: BacktestRequest,
    strategy: Strategy,
    data: tuple[SymbolData, ...],
    data_notes: tuple[str, ...],
    progress: Progress,
) -> BacktestResult:
    """As `run_backtest`, where `data.load` has read the ``data`` already and found ``data_notes`` about them."""
    from .finer import grid_of
    from .play import feed_of, play, release

    data_notes += version_notes(type(strategy))
    for d in data:
        higher_bars(strategy, d)
    check_symbols(request, [d.symbol for d in data])
    started = time.perf_counter()
    signals = decided(request, strategy, data, progress.part(0.35, 0.6))
    _check_stops(request, signals)
    feed, rules = (
        feed_of(data, signals, request),
        rules_of(request, order_terms(strategy, signals), strategy.max_entries, data[0].frame),
    )
    # their plots are the largest arrays there are, and nobody needs them any more
    del signals
    grid = grid_of(request, data)
    plays = play if grid is None else grid.play
    played = plays(feed, _fresh(request, data), rules, progress.part(0.6, 0.9))
    better = None
    if played.state.account["ambiguous"][0]:
        rules = rules._replace(favourable=True)
        again = plays(feed, _fresh(request, data), rules, progress.part(0.9, 1.0))
        better = again.equity
        release(again)
    progress.step(1.0, "Played")
    late = latency_notes(request, data[0].frame, grid) + detail_notes(data, feed)
    result = _result(request, strategy, data, feed, played, better, data_notes, late, started)
    release(played)
    return result


def decided(
    request: BacktestRequest, strategy: Strategy, data: Sequence[SymbolData], progress: Progress
) -> list[Signals]:
    """The wishes of ``strategy`` for all of ``data``, found in the way that ``request`` asks for."""
    signals = []
    for i, d in enumerate(data):
        part = progress.part(i / len(data), (i + 1) / len(data))
        part.step(0.0, f"Computing {strategy.title} on {d.symbol}")
        signals.append(stepped(strategy, d, part) if request.decide_by == "on_bar" else wishes(strategy, d))
    return signals


def prepare() -> None:
    """Compile the kernels or load them from their cache; worth doing ahead of the first backtest, off the window."""
    from .play import load_general
    from .play_plain import load_plain

    load_general()
    load_plain()


def _fresh(request: BacktestRequest, data: Sequence[SymbolData]) -> State:
    state = new_state(len(data), request.cash, request.costs)
    rules = {i.symbol: i for i in request.instruments}
    for slot, d in enumerate(data):
        if d.symbol in rules:
            of = rules[d.symbol]
            sizes = (of.qty_step, of.min_qty, of.min_notional, of.max_market_qty, of.tick_size)
            set_instrument(state, slot, *(float(size) for size in sizes))
        if d.symbol in request.fees:
            set_fees(state, slot, request.fees[d.symbol])
        if request.margin is not None:
            state.tiers[slot] = tier_rows(request.risk_tiers.get(d.symbol, DEFAULT_TIERS))
    return state


def order_terms(strategy: Strategy, signals: Sequence[Signals]) -> tuple[Any, ...]:
    """The terms of the orders of ``signals``; raises `InvalidInput` where symbols have different ones."""
    orders = {
        (s.time_in_force, s.valid_bars, s.ladder_shares, s.grid_shares, s.grid_repeat, s.market_targets)
        for s in signals
    }
    if len(orders) > 1:
        raise InvalidInput(f"strategy '{strategy.name}' gives its orders other terms for one symbol than for another")
    return orders.pop()


def rules_of(request: BacktestRequest, terms: tuple[Any, ...], max_entries: int, frame: Timeframe) -> Rules:
    """The kernel's rules for orders of such ``terms`` of a strategy that enters at most ``max_entries`` times."""
    (time_in_force, valid_bars, shares, grid_shares, grid_repeat, market_targets) = terms
    return new_rules(
        request.costs,
        request.size,
        request.stop_loss,
        request.take_profit,
        trailing=request.trailing_stop,
        break_even=request.break_even,
        max_bars=request.max_bars,
        max_entries=max_entries if request.max_entries is None else request.max_entries,
        max_positions=request.max_positions,
        fill_rule=request.fill_rule,
        time_in_force=TIMES_IN_FORCE[time_in_force],
        valid_bars=valid_bars,
        latency=request.bars_late(frame),
        shares=shares,
        margin=request.margin,
        grid_shares=grid_shares,
        grid_repeat=grid_repeat,
        market_targets=market_targets or request.target_order == "market",
    )


def _check_stops(request: BacktestRequest, signals: Sequence[Signals]) -> None:
    given = request.stop_loss is not None or request.trailing_stop is not None
    if request.size.kind == "risk" and not given and all(s.stop is None and s.trail is None for s in signals):
        raise InvalidInput(
            f"size '{request.size}' needs a stop to measure the risk by; give the strategy or the backtest a stop loss"
        )


def _result(
    request: BacktestRequest,
    strategy: Strategy,
    data: Sequence[SymbolData],
    feed: Feed,
    played: Played,
    better: Floats | None,
    data_notes: tuple[str, ...],
    late_notes: tuple[str, ...],
    started: float,
) -> BacktestResult:
    symbols = tuple(d.symbol for d in data)
    trades = Trades(played.ledger.trades, symbols, played.ledger.fills)
    curve = _curve(played, data[0], request.cash)
    held = _held(data, curve.day_closes, request.cash, curve.ends)
    drawn_rows = _drawn(len(played.time))
    drawn = close_times(played.time[drawn_rows], data[0].frame)
    # what was read from a file is known here alone; what was handed over can be hashed when somebody asks
    read = any(s.path or s.detail_path or s.mark_path or s.funding_path for s in request.sources)
    return BacktestResult(
        request=request,
        symbols=symbols,
        timeframe=data[0].frame.name,
        parameters=values_of(strategy),
        bars=sum(d.last - d.first for d in data),
        trades=trades,
        time=played.time,
        equity=played.equity,
        metrics=_metrics(request, data, played, curve, held),
        costs=_costs(played),
        final_equity=float(played.equity[-1]),
        ambiguous_bars=int(played.state.account["ambiguous"][0]),
        notes=data_notes + notes_on(request, strategy, data, played, trades) + late_notes,
        seconds=time.perf_counter() - started,
        equity_best=played.equity if better is None else np.maximum(played.equity, better),
        equity_worst=played.equity if better is None else np.minimum(played.equity, better),
        cash_ledger=_cash_ledger(played, symbols),
        outcomes=_outcomes(played, feed, symbols),
        held_time=curve.day_closes,
        held=held,
        market_time=drawn,
        market=_held(data, drawn, request.cash, drawn_rows),
        code=code_hash(type(strategy)),
        prints=data_prints(data) if read else (),
    )


def _cash_ledger(played: Played, symbols: tuple[str, ...]) -> CashLedger:
    if played.cash is not None:
        return CashLedger(symbols, *played.cash)
    return CashLedger(symbols, *(played.ledger.cash[name].copy() for name in ("time", "symbol", "kind", "amount")))


def _outcomes(played: Played, feed: Feed, symbols: tuple[str, ...]) -> SignalOutcomes:
    from shared_modules.matching.coasting import symbols_of
    from shared_modules.matching.feed import ENTER_LONG, ENTER_SHORT

    from .passes import told
    from .play import own as own_rows

    asked = played.asked
    if len(played.time) * len(symbols) == len(feed.wishes):
        # every symbol has a bar at every time
        found = np.empty((4, len(asked)), np.int64)
        flags = (ENTER_LONG | ENTER_SHORT, ENTER_LONG, ENTER_SHORT, CODES[Outcome.NO_NEXT_BAR])
        n = told(asked, played.codes, *flags, feed.begin, played.wished, played.time, found)
        return SignalOutcomes(symbols, *(own_rows(column, n) for column in found))
    entering = np.flatnonzero(asked & (ENTER_LONG | ENTER_SHORT))
    rows, asked = played.wished[entering], asked[entering]
    code = played.codes[entering].astype(np.int64)
    # with latency the last wishes reach no bar at all
    code[code == 0] = CODES[Outcome.NO_NEXT_BAR]
    side = (asked & ENTER_LONG != 0).astype(np.int64) - (asked & ENTER_SHORT != 0)
    symbol, times = symbols_of(feed, rows), feed.kept["time"]
    bounds = np.searchsorted(symbol, np.arange(len(symbols) + 1))
    own = [times[s][rows[bounds[s] : bounds[s + 1]] - feed.begin[s]] for s in range(len(symbols))]
    return SignalOutcomes(symbols, np.concatenate(own), symbol, side, code)


@dataclass(frozen=True)
class _Curve:
    """What `passes.falls` tells; ``ends`` are the rows that end UTC days, ``day_closes`` their times."""

    falls: tuple[float, float, float]
    ends: Times
    day_closes: Times
    last_close: Times


def _curve(played: Played, first: SymbolData, cash: float) -> _Curve:
    from .passes import falls

    frame = first.frame

    # months differ in length; the closes of all other bars need no array of their own
    time, lasting = (close_times(played.time, frame), 0) if frame.is_month else (played.time, frame.ms)
    found = falls(played.equity, cash, int(played.time[0]), time, lasting)
    ends = day_ends(time, lasting, len(time) == len(first.traded) and first.even)
    return _Curve(found, ends, time[ends] + lasting, time[-1:] + lasting)


def _metrics(
    request: BacktestRequest, data: Sequence[SymbolData], played: Played, curve: _Curve, held: Floats
) -> dict[str, float]:
    ends = [d.traded.close[-1] / d.traded.open[0] - 1.0 for d in data]
    from .sums import sums_of

    trades = played.ledger.trades
    own, held_sums = sums_of(trades)
    return {
        **curve_metrics(
            played.time, curve.last_close, played.equity, request.cash, request.risk_free, held, curve.falls, curve.ends
        ),
        **figures_of(own),
        **holding_metrics(trades, held_sums.value, held_sums.mae, held_sums.mfe, curve.falls[2] / len(played.equity)),
        "buy_and_hold_return": float(np.mean(ends)) if ends else NAN,
        "exposure": played.exposure,
        "funding": -float(played.state.account["funding"][0]),
    }


@lru_cache(maxsize=4)
def _drawn(n: int) -> Times:
    """Rows spread evenly over ``n`` bars, the last one among them."""
    return np.linspace(0, n - 1, min(n, DRAWN)).round().astype(np.int64)


def _held(data: Sequence[SymbolData], moments: Times, cash: float, rows: Times) -> Floats:
    """What ``cash``, spread evenly over the symbols at their first opens, is worth at ``moments``.

    These are the closes of the ``rows`` where every symbol has a bar at every time.
    """
    from .play import together

    growth, worth, shared = np.zeros(len(moments)), np.empty(len(moments)), together(data)
    for d in data:
        row = rows if shared else _row_at(d, moments)
        # a row of -1, before the first close, is read as 0
        d.traded.close.take(row, out=worth, mode="clip")
        worth /= d.traded.open[0]
        if not shared:
            worth[row < 0] = 1.0
        growth += worth
    return cash * growth / len(data)


def _row_at(d: SymbolData, moments: Times) -> Times:
    """The row of the last bar of ``d`` closed by each of ``moments``, -1 where none is."""
    time, lasting = (close_times(d.traded.time, d.frame), 0) if d.frame.is_month else (d.traded.time, d.frame.ms)
    if d.even and not d.frame.is_month:
        row: Times = np.minimum((moments - lasting - time[0]) // lasting, len(time) - 1)
    else:
        row = np.searchsorted(time, moments - lasting, side="right") - 1
    return row


def _costs(played: Played) -> dict[str, float]:
    account = played.state.account[0]
    fees, entry, slippage = (float(account[name]) for name in ("fees", "entry_fees", "slippage"))
    costs = {"fees": fees, "entry_fees": entry, "exit_fees": fees - entry, "slippage": slippage}
    total = fees + slippage
    for name in ("funding", "borrow"):
        paid = -float(account[name])
        if paid:
            costs[name] = paid
            total += paid
    return {**costs, "total": total}
