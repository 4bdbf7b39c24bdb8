"""The figures of a backtest, in words and units for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tradebot_gui import texts
from tradebot_gui.language import tr

if TYPE_CHECKING:
    from shared_modules.system_integration.backtesting import Metric

# figures whose sign says whether something was earned
_SIGNED = ("return", "cagr", "expectancy", "pnl", "profit", "sharpe", "sortino", "calmar")
_UNSIGNED = ("profit_factor", "profit_share")
_MORE = {"final_equity": ("Final equity", "money", "Cash and open positions at the last close")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the metrics table."""

    name: str
    title: str
    value: float
    shown: str
    signed: bool
    help: str = ""
    is_money: bool = False


def figure(name: str, value: float) -> Figure:
    """``value`` of the metric ``name`` as it is shown."""
    title, unit, words = _declared(name)
    signed = is_signed(name)
    return Figure(name, title, value, shown(value, unit, signed), signed, words, unit == "money")


def figures(metrics: Mapping[str, float], final_equity: float) -> list[Figure]:
    """All figures in the order of the result, the final equity first."""
    return [figure("final_equity", final_equity), *(figure(name, value) for name, value in metrics.items())]


def is_signed(name: str) -> bool:
    """Whether the sign of the metric ``name`` tells gain from loss."""
    return name not in _UNSIGNED and any(part in name for part in _SIGNED)


def shown(value: float, unit: str, signed: bool = False) -> str:
    """``value`` of a unit of the engine's metrics, as a person reads it."""
    if unit == "fraction":
        return texts.percent(value, 2, sign=signed)
    if unit == "count":
        return texts.number(value, 0)
    if unit == "days":
        return texts.number(value, 1) + (f" {tr('days')}" if value == value else "")
    return texts.number(value, 2, sign=signed and unit == "money")


def _declared(name: str) -> tuple[str, str, str]:
    if name in _MORE:
        return _MORE[name]
    metric = _metrics().get(name)
    if metric is None:
        return name.replace("_", " ").capitalize(), "ratio", ""
    return metric.title, metric.unit, metric.help


@lru_cache(maxsize=1)
def _metrics() -> dict[str, Metric]:
    from shared_modules.system_integration.backtesting import METRICS

    return {metric.name: metric for metric in METRICS}
