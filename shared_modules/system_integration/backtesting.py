"""What the window may know of backtests: the words of a request, and what a result can be asked."""

from shared_modules.backtester.breakdown import (
    GROUPS,
    GroupFigures,
    Histogram,
    MonthlyReturns,
    breakdown,
    distribution,
    monthly_returns,
    rolling_sharpe,
)
from shared_modules.backtester.comparison import ComparedMetric, Comparison, compare
from shared_modules.backtester.explain import Explanation, explain
from shared_modules.backtester.files import candle_files, file_sources, with_files
from shared_modules.backtester.honesty.verdict import Verdict
from shared_modules.backtester.metrics import METRICS, Metric
from shared_modules.backtester.notes import NO_TRADE, rules_in_force, size_in_words
from shared_modules.backtester.passport import Passport, settings_of
from shared_modules.backtester.records import CashLedger, SignalOutcome, SignalOutcomes
from shared_modules.backtester.report import write_comparison
from shared_modules.backtester.request import BacktestRequest, BarSource, run_title
from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.spelled import fees_of, rules_of, tiers_of
from shared_modules.matching.costs import SLIPPAGE_KINDS, Costs, Fees, Slippage
from shared_modules.matching.margin import MODES, Margin, RiskTier
from shared_modules.matching.orders import FILL_RULES, FillRule, Outcome
from shared_modules.matching.sizing import KINDS, Sizing
from shared_modules.storage.runs import RunRecord

__all__ = [
    "FILL_RULES",
    "GROUPS",
    "KINDS",
    "METRICS",
    "MODES",
    "NO_TRADE",
    "SLIPPAGE_KINDS",
    "BacktestRequest",
    "BacktestResult",
    "BarSource",
    "CashLedger",
    "ComparedMetric",
    "Comparison",
    "Costs",
    "Explanation",
    "Fees",
    "FillRule",
    "GroupFigures",
    "Histogram",
    "Margin",
    "Metric",
    "MonthlyReturns",
    "Outcome",
    "Passport",
    "RiskTier",
    "RunRecord",
    "SignalOutcome",
    "SignalOutcomes",
    "Sizing",
    "Slippage",
    "Verdict",
    "breakdown",
    "candle_files",
    "compare",
    "distribution",
    "explain",
    "fees_of",
    "file_sources",
    "monthly_returns",
    "rolling_sharpe",
    "rules_in_force",
    "run_title",
    "size_in_words",
    "rules_of",
    "settings_of",
    "tiers_of",
    "with_files",
    "write_comparison",
]
