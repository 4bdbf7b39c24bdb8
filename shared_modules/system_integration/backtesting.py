"""What the window may know of backtests: the words of a request, and what became of its wishes."""

from shared_modules.backtester.metrics import METRICS, Metric
from shared_modules.backtester.notes import rules_in_force
from shared_modules.backtester.records import CashLedger, SignalOutcome, SignalOutcomes
from shared_modules.backtester.request import BacktestRequest, BarSource
from shared_modules.backtester.result import BacktestResult
from shared_modules.matching.costs import SLIPPAGE_KINDS, Costs, Fees, Slippage
from shared_modules.matching.margin import MODES, Margin, RiskTier
from shared_modules.matching.orders import FILL_RULES, FillRule, Outcome
from shared_modules.matching.sizing import KINDS, Sizing

__all__ = [
    "FILL_RULES",
    "KINDS",
    "METRICS",
    "MODES",
    "SLIPPAGE_KINDS",
    "BacktestRequest",
    "BacktestResult",
    "BarSource",
    "CashLedger",
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
    "rules_in_force",
]
