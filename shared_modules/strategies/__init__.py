"""Strategies: what to want after each candle, as declared parameters and one pure function."""

from .base import Decision, MarketView, Signals, Strategy
from .registry import BrokenStrategy, broken_strategies, register, strategies, strategy
from .stepper import Stepper

__all__ = [
    "BrokenStrategy",
    "Decision",
    "MarketView",
    "Signals",
    "Stepper",
    "Strategy",
    "broken_strategies",
    "register",
    "strategies",
    "strategy",
]
