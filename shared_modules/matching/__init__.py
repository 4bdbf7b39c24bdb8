"""One truth of fills: whether, when, at what price and at what cost an order fills (rules in docs/fills.md)."""

from .costs import Costs, Fees, Slippage
from .margin import DEFAULT_TIERS, Margin, RiskTier
from .orders import FillRule, Outcome
from .sizing import Sizing

__all__ = ["DEFAULT_TIERS", "Costs", "Fees", "FillRule", "Margin", "Outcome", "RiskTier", "Sizing", "Slippage"]
