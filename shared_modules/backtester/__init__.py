"""Replaying history: strategy once, kernel over all bars, result with trades, equity and metrics."""

from typing import TYPE_CHECKING, Any

from shared_modules.matching import Costs, Fees, FillRule, Margin, Outcome, RiskTier, Sizing, Slippage

from .metrics import METRICS, Metric
from .records import CashLedger, CashRow, SignalOutcome, SignalOutcomes
from .request import BacktestRequest, BarSource
from .result import BacktestResult

if TYPE_CHECKING:
    from .run import prepare, run_backtest

__all__ = [
    "METRICS",
    "BacktestRequest",
    "BacktestResult",
    "BarSource",
    "CashLedger",
    "CashRow",
    "Costs",
    "Fees",
    "FillRule",
    "Margin",
    "Metric",
    "Outcome",
    "RiskTier",
    "SignalOutcome",
    "SignalOutcomes",
    "Sizing",
    "Slippage",
    "prepare",
    "run_backtest",
]


def __getattr__(name: str) -> Any:
    # numba comes with these: whoever only names a request or reads a result must not wait for it
    if name in ("prepare", "run_backtest"):
        from . import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
