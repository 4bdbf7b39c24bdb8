"""One truth of fills: whether, when, at what price and at what cost an order fills (rules in docs/fills.md)."""

from .costs import Costs
from .sizing import Sizing

__all__ = ["Costs", "Sizing"]
