"""What a backtest found."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats, Times
from shared_modules.core.market import Side
from shared_modules.core.timeframes import timeframe
from shared_modules.core.trading import Trade

from .metrics import drawdown
from .passport import DataPrint, Passport, passport_of
from .records import CashLedger, SignalOutcomes
from .request import BacktestRequest


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Trades in order of their exits, equity at each bar's close, figures, and what should be known about them.

    ``bars``: bars traded, of all symbols together. ``time``: open times. ``metrics``: see
    `backtester.METRICS`, NaN where a figure is not defined. ``costs``: quote coin by kind.
    ``seconds``: computing alone, without reading files. ``ambiguous_bars``: how often stop and target lay within one
    bar; ``equity`` takes the worse each time, ``equity_best`` and ``equity_worst`` are the band it makes with a run
    that takes the better. ``cash_ledger``: every change of cash. ``outcomes``: what became of each wish to enter.

    ``held_time``, ``held``: what buying at the first open and holding would be worth at the end of each UTC day.
    ``market_time``, ``market``: the same at closes spread evenly over the run, all of them in a short one, to be drawn.
    ``code``: hash of the strategy's file as it ran. ``prints``: hashes of the data where they were taken with the run.
    ``honesty``: verdicts on whether the result can be believed, empty when nobody checked.
    """

    request: BacktestRequest
    symbols: tuple[str, ...]
    timeframe: str
    parameters: dict[str, Any]
    bars: int
    trades: Sequence[Trade]
    time: Times
    equity: Floats
    metrics: dict[str, float]
    costs: dict[str, float]
    final_equity: float
    seconds: float
    ambiguous_bars: int
    notes: tuple[str, ...]
    equity_best: Floats = field(default_factory=lambda: np.empty(0))
    equity_worst: Floats = field(default_factory=lambda: np.empty(0))
    cash_ledger: CashLedger = field(default_factory=CashLedger)
    outcomes: SignalOutcomes = field(default_factory=SignalOutcomes)
    held_time: Times = field(default_factory=lambda: np.empty(0, np.int64))
    held: Floats = field(default_factory=lambda: np.empty(0))
    market_time: Times = field(default_factory=lambda: np.empty(0, np.int64))
    market: Floats = field(default_factory=lambda: np.empty(0))
    code: str = ""
    prints: tuple[DataPrint, ...] = ()
    kept_passport: Passport | None = None
    honesty: tuple[Any, ...] = ()

    @cached_property
    def passport(self) -> Passport:
        """What went in, as hashes; computed when first asked for, so ask before the candles are dropped."""
        return passport_of(self) if self.kept_passport is None else self.kept_passport

    @cached_property
    def drawdown(self) -> Floats:
        """How far equity is below the highest so far at each bar, fractions of at most 0."""
        return drawdown(self.equity, self.request.cash)

    @property
    def close_time(self) -> Times:
        """When the bars of ``time`` closed, ms UTC: the moments that ``equity`` is told for."""
        frame = timeframe(self.timeframe)
        if frame.is_month:
            return np.array([frame.next(int(t)) for t in self.time], np.int64)
        return self.time + frame.ms

    def to_json(self) -> dict[str, Any]:
        """Plain values for machines: figures that are not defined are None, times are ms UTC."""
        return {
            "strategy": self.request.strategy,
            "parameters": dict(self.parameters),
            "symbols": list(self.symbols),
            "timeframe": self.timeframe,
            "bars": self.bars,
            "trades": [trade_json(t) for t in self.trades],
            "cash": self.request.cash,
            "final_equity": _finite(self.final_equity),
            "metrics": {name: _finite(value) for name, value in self.metrics.items()},
            "costs": {name: _finite(value) for name, value in self.costs.items()},
            "ambiguous_bars": self.ambiguous_bars,
            "notes": list(self.notes),
            "seconds": self.seconds,
        }


def trade_json(trade: Trade) -> dict[str, Any]:
    """A round trip as plain values; ``side`` is 'long' or 'short', funding and several exits appear where there are.

    ``funding`` is a cost here as ``fees`` are: what was received is below 0.
    """
    found: dict[str, Any] = {
        "symbol": trade.symbol,
        "side": "long" if trade.side is Side.BUY else "short",
        "qty": trade.qty,
        "entry_time": trade.entry_time,
        "entry_price": trade.entry_price,
        "exit_time": trade.exit_time,
        "exit_price": trade.exit_price,
        "fees": trade.fees,
        "pnl": trade.pnl,
        "exit_reason": trade.exit_reason.value,
        "bars": trade.bars,
        "mae": trade.mae,
        "mfe": trade.mfe,
    }
    if trade.funding:
        found["funding"] = -trade.funding
    if trade.exits:
        found["exits"] = [
            {"time": e.time, "price": e.price, "qty": e.qty, "fee": e.fee, "reason": e.reason.value}
            for e in trade.exits
        ]
    return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
