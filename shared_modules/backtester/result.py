"""What a backtest found."""

import math
from dataclasses import dataclass
from typing import Any

from shared_modules.core.bars import Floats, Times
from shared_modules.core.market import Side
from shared_modules.core.trading import Trade

from .request import BacktestRequest


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Trades in order of their exits, equity at each bar's close, figures, and what should be known about them.

    ``bars``: bars traded, of all symbols together. ``time``: open times. ``drawdown``: fractions of at most 0.
    ``metrics``: see `backtester.METRICS`, NaN where a figure is not defined. ``costs``: quote coin by kind.
    ``seconds``: computing alone, without reading files. ``ambiguous_bars``: how often stop and target lay within one
    bar.
    """

    request: BacktestRequest
    symbols: tuple[str, ...]
    timeframe: str
    parameters: dict[str, Any]
    bars: int
    trades: tuple[Trade, ...]
    time: Times
    equity: Floats
    drawdown: Floats
    metrics: dict[str, float]
    costs: dict[str, float]
    final_equity: float
    seconds: float
    ambiguous_bars: int
    notes: tuple[str, ...]

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
    """A round trip as plain values; ``side`` is 'long' or 'short'."""
    return {
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


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
