"""Replaying history: strategy once, kernel over all bars, result with trades, equity and metrics."""

from shared_modules.matching import Costs, Sizing

from .metrics import METRICS, Metric
from .request import BacktestRequest, BarSource
from .result import BacktestResult
from .run import run_backtest

__all__ = [
    "METRICS",
    "BacktestRequest",
    "BacktestResult",
    "BarSource",
    "Costs",
    "Metric",
    "Sizing",
    "run_backtest",
]
