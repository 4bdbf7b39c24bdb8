"""The backtest: data, wishes, fills, figures.

The kernel is imported when a backtest runs: it brings numba, for which whoever only describes one need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared_modules.core.errors import InvalidInput
from shared_modules.core.market import Side
from shared_modules.core.parameters import build, values_of
from shared_modules.core.progress import Progress
from shared_modules.core.trading import Trade
from shared_modules.indicators.align import close_times
from shared_modules.matching import Costs, Sizing
from shared_modules.matching.state import REASONS, Records, State, new_rules, new_state, set_instrument
from shared_modules.strategies.base import Signals, Strategy
from shared_modules.strategies.registry import strategy as strategy_called

from .data import SymbolData, load
from .metrics import NAN, curve_metrics, drawdown, trade_metrics
from .notes import notes_on
from .request import BacktestRequest
from .result import BacktestResult
from .wishes import higher_bars, wishes

if TYPE_CHECKING:
    from .play import Played


def run_backtest(request: BacktestRequest, progress: Progress | None = None) -> BacktestResult:
    """The result of ``request``; takes and gives picklable values.

    Raises `InvalidInput` and its kin for what can't be run, `DataError` for candles that can't be used and
    `Cancelled` when ``progress`` is told to stop.
    """
    from .play import feed_of, play, warm

    progress = Progress() if progress is None else progress
    folder = None if request.strategy_folder is None else Path(request.strategy_folder)
    strategy = build(strategy_called(request.strategy, folder), request.parameters)
    data, data_notes = load(request, progress.part(0.0, 0.3))
    for d in data:
        higher_bars(strategy, d)
    state = _fresh(request, data)
    rules = new_rules(request.costs, request.size, request.stop_loss, request.take_profit)
    progress.step(0.3, "Loading the compiled kernel")
    warm(state, rules)
    started = time.perf_counter()
    signals = []
    for i, d in enumerate(data):
        progress.step(0.35 + 0.25 * i / len(data), f"Computing {strategy.title} on {d.symbol}")
        signals.append(wishes(strategy, d))
    _check_stops(request, signals)
    played = play(feed_of(data, signals), state, rules, progress.part(0.6, 1.0))
    return _result(request, strategy, data, played, data_notes, started)


def prepare() -> None:
    """Compile the kernel or load it from its cache; worth doing once ahead of the first backtest, off the window."""
    from .play import warm

    warm(new_state(1, 1.0, Costs()), new_rules(Costs(), Sizing()))


def _fresh(request: BacktestRequest, data: Sequence[SymbolData]) -> State:
    state = new_state(len(data), request.cash, request.costs)
    rules = {i.symbol: i for i in request.instruments}
    for slot, d in enumerate(data):
        if d.symbol in rules:
            of = rules[d.symbol]
            set_instrument(state, slot, float(of.qty_step), float(of.min_qty), float(of.min_notional))
    return state


def _check_stops(request: BacktestRequest, signals: Sequence[Signals]) -> None:
    if request.size.kind == "risk" and request.stop_loss is None and all(s.stop is None for s in signals):
        raise InvalidInput(
            f"size '{request.size}' needs a stop to measure the risk by; give the strategy or the backtest a stop loss"
        )


def _result(
    request: BacktestRequest,
    strategy: Strategy,
    data: Sequence[SymbolData],
    played: Played,
    data_notes: tuple[str, ...],
    started: float,
) -> BacktestResult:
    trades = trades_of(played.ledger.trades, tuple(d.symbol for d in data))
    return BacktestResult(
        request=request,
        symbols=tuple(d.symbol for d in data),
        timeframe=data[0].frame.name,
        parameters=values_of(strategy),
        bars=sum(d.last - d.first for d in data),
        trades=trades,
        time=played.time,
        equity=played.equity,
        drawdown=drawdown(played.equity, request.cash),
        metrics=_metrics(request, data, played),
        costs=_costs(played),
        final_equity=float(played.equity[-1]),
        ambiguous_bars=int(played.state.account["ambiguous"][0]),
        notes=data_notes + notes_on(request, strategy, data, played, trades),
        seconds=time.perf_counter() - started,
    )


def _metrics(request: BacktestRequest, data: Sequence[SymbolData], played: Played) -> dict[str, float]:
    held = [d.traded.close[-1] / d.traded.open[0] - 1.0 for d in data]
    closes = close_times(played.time, data[0].frame)
    return {
        **curve_metrics(played.time, closes, played.equity, request.cash),
        **trade_metrics(played.ledger.trades["pnl"], played.ledger.trades["fees"]),
        "buy_and_hold_return": float(np.mean(held)) if held else NAN,
        "exposure": float(played.state.account["exposed"][0]) / len(played.time),
    }


def _costs(played: Played) -> dict[str, float]:
    account = played.state.account[0]
    fees, entry, slippage = (float(account[name]) for name in ("fees", "entry_fees", "slippage"))
    return {
        "fees": fees, "entry_fees": entry, "exit_fees": fees - entry, "slippage": slippage, "total": fees + slippage,
    }  # fmt: skip


def trades_of(trades: Records, symbols: Sequence[str]) -> tuple[Trade, ...]:
    """The ledger's rows as round trips, in order of their exits."""
    names = ("symbol", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "pnl", "reason", "bars")
    columns = [trades[name].tolist() for name in (*names, "mae", "mfe")]
    return tuple(
        Trade(
            symbols[symbol], Side.BUY if qty > 0 else Side.SELL, abs(qty), entered, entry, left, exit_, fees, pnl,
            REASONS[reason], bars=bars, mae=mae, mfe=mfe,
        )
        for symbol, qty, entered, entry, left, exit_, fees, pnl, reason, bars, mae, mfe in zip(*columns, strict=True)
    )  # fmt: skip
