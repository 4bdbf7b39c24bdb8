"""The figures of a result, each defined in one sentence.

Returns are fractions. Yearly figures count 365 days, since crypto never closes, and a risk-free rate of 0. Ratios are
taken of daily equity (the last value of each UTC day). A figure that is not defined (no trades, no losses) is NaN.
"""

import math
from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import Flags, Floats, Times
from shared_modules.core.timeframes import DAY

LEAST_DAYS = 30.0
_YEAR = 365.0
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Metric:
    """How a figure is shown: ``unit`` is 'fraction', 'ratio', 'money', 'count' or 'days'."""

    name: str
    title: str
    unit: str
    help: str


METRICS: tuple[Metric, ...] = (
    Metric("total_return", "Total return", "fraction", "Last equity over starting cash, less 1"),
    Metric(
        "cagr", "Yearly return", "fraction", "The return of a year that, compounded, gives the total; from 30 days on"
    ),
    Metric(
        "buy_and_hold_return", "Buy and hold", "fraction", "Mean over symbols of last close over first open, less 1"
    ),
    Metric(
        "max_drawdown", "Largest drawdown", "fraction", "Deepest fall of equity below its highest before, at closes"
    ),
    Metric(
        "max_drawdown_days", "Longest drawdown", "days", "Longest time from a high until it was seen again, or the end"
    ),
    Metric("sharpe", "Sharpe ratio", "ratio", "Mean over standard deviation of daily returns, times the root of 365"),
    Metric("sortino", "Sortino ratio", "ratio", "Mean over downside deviation of daily returns, times the root of 365"),
    Metric("calmar", "Calmar ratio", "ratio", "Yearly return over the largest drawdown"),
    Metric("trades", "Trades", "count", "Round trips"),
    Metric("win_rate", "Win rate", "fraction", "Share of trades that earned money after fees"),
    Metric("profit_factor", "Profit factor", "ratio", "Sum of profits over sum of losses"),
    Metric("expectancy", "Expectancy", "money", "Mean profit or loss of a trade"),
    Metric("average_win", "Average win", "money", "Mean profit of winning trades"),
    Metric("average_loss", "Average loss", "money", "Mean loss of losing trades"),
    Metric("longest_winning_streak", "Longest winning streak", "count", "Most wins in a row, by time of exit"),
    Metric("longest_losing_streak", "Longest losing streak", "count", "Most losses in a row, by time of exit"),
    Metric("exposure", "Exposure", "fraction", "Share of bars during which a position was open"),
    Metric("fees", "Fees", "money", "All fees paid"),
)


def drawdown(equity: Floats, cash: float) -> Floats:
    """How far each value is below the highest so far, the starting ``cash`` included; fractions of at most 0."""
    peak = np.maximum.accumulate(np.maximum(equity, cash))
    return equity / peak - 1.0


def curve_metrics(time: Times, close_time: Times, equity: Floats, cash: float) -> dict[str, float]:
    """Figures of the equity curve; ``equity[i]`` is that at ``close_time[i]``, when the bar of ``time[i]`` ends."""
    total = float(equity[-1]) / cash - 1.0
    days = (int(close_time[-1]) - int(time[0])) / DAY
    cagr = _yearly(1.0 + total, days)
    fall = float(drawdown(equity, cash).min())
    daily = daily_returns(close_time, equity, cash)
    return {
        "total_return": total,
        "cagr": cagr,
        "max_drawdown": fall,
        "max_drawdown_days": _longest_fall(np.r_[time[0], close_time], np.r_[cash, equity]) / DAY,
        "sharpe": _ratio(daily, daily - daily.mean() if len(daily) else daily, 1),
        "sortino": _ratio(daily, np.minimum(daily, 0.0), 0),
        "calmar": cagr / -fall if fall < 0.0 else NAN,
    }


def _yearly(growth: float, days: float) -> float:
    # a week raised to the power of a year is a number without meaning
    if days < LEAST_DAYS:
        return NAN
    if growth <= 0.0:
        return -1.0
    exponent = math.log(growth) * _YEAR / days
    return math.expm1(exponent) if exponent < 700.0 else NAN


def daily_returns(close_time: Times, equity: Floats, cash: float) -> Floats:
    """Returns of the UTC days that the closes fall in, the first against ``cash``; a close at midnight ends its day."""
    day = (close_time - 1) // DAY
    last = np.r_[np.flatnonzero(day[1:] != day[:-1]), len(day) - 1]
    values = np.r_[cash, equity[last]]
    return values[1:] / values[:-1] - 1.0 if (values[:-1] > 0.0).all() else np.empty(0)


def _ratio(daily: Floats, spread: Floats, ddof: int) -> float:
    if len(daily) < 2:
        return NAN
    deviation = math.sqrt(float((spread * spread).sum()) / (len(daily) - ddof))
    # equal returns leave a deviation of rounding errors
    return float(daily.mean()) / deviation * math.sqrt(_YEAR) if deviation > 1e-12 else NAN


def _longest_fall(time: Times, equity: Floats) -> float:
    peak = np.maximum.accumulate(equity)
    at_peak = np.flatnonzero(equity >= peak)
    ends = np.r_[time[at_peak[1:]], time[-1]]
    # highs one bar apart are no drawdown between them
    fell = np.r_[np.diff(at_peak) > 1, at_peak[-1] < len(equity) - 1]
    lengths = np.where(fell, ends - time[at_peak], 0)
    return float(lengths.max())


def trade_metrics(pnl: Floats, fees: Floats) -> dict[str, float]:
    """Figures of the round trips from the ``pnl`` (after fees) and ``fees`` of each, in order of their exits."""
    wins, losses = pnl[pnl > 0.0], pnl[pnl < 0.0]
    lost = -float(losses.sum())
    return {
        "trades": float(len(pnl)),
        "win_rate": len(wins) / len(pnl) if len(pnl) else NAN,
        "profit_factor": float(wins.sum()) / lost if lost > 0.0 else NAN,
        "expectancy": float(pnl.mean()) if len(pnl) else NAN,
        "average_win": float(wins.mean()) if len(wins) else NAN,
        "average_loss": float(losses.mean()) if len(losses) else NAN,
        "longest_winning_streak": float(_streak(pnl > 0.0)),
        "longest_losing_streak": float(_streak(pnl < 0.0)),
        "fees": float(fees.sum()),
    }


def _streak(hits: Flags) -> int:
    edges = np.flatnonzero(np.diff(np.r_[False, hits, False].astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
