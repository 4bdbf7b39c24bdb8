"""The figures of a backtest, in words and units for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tradebot_gui import texts

_FRACTIONS = {
    "total_return", "cagr", "buy_and_hold_return", "max_drawdown", "win_rate", "exposure",
}  # fmt: skip
_COUNTS = {"trades", "longest_winning_streak", "longest_losing_streak"}
_DAYS = {"max_drawdown_days"}
_MONEY = {"expectancy", "average_win", "average_loss", "fees"}
_SIGNED = {"total_return", "cagr", "buy_and_hold_return", "expectancy"}
_TITLES = {
    "cagr": "Yearly return",
    "buy_and_hold_return": "Buy and hold",
    "max_drawdown": "Largest drawdown",
    "max_drawdown_days": "Longest drawdown",
    "sharpe": "Sharpe ratio",
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "expectancy": "Mean trade",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the metrics table."""

    name: str
    title: str
    value: float
    shown: str
    signed: bool


def figure(name: str, value: float) -> Figure:
    """``value`` of the metric ``name`` as it is shown."""
    title = _TITLES.get(name, name.replace("_", " ").capitalize())
    return Figure(name, title, value, _shown(name, value), name in _SIGNED)


def figures(metrics: Mapping[str, float], final_equity: float) -> list[Figure]:
    """All figures in the order of the result, the final equity first."""
    first = Figure("final_equity", "Final equity", final_equity, texts.number(final_equity), False)
    return [first, *(figure(name, value) for name, value in metrics.items())]


def _shown(name: str, value: float) -> str:
    if name in _FRACTIONS:
        return texts.percent(value, 2, sign=name in _SIGNED)
    if name in _COUNTS:
        return texts.number(value, 0)
    if name in _DAYS:
        return texts.number(value, 1) + (" days" if value == value else "")
    return texts.number(value, 2, sign=name in _SIGNED)
