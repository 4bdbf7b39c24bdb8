"""The plots of a report, each as SVG text."""

from __future__ import annotations

import numpy as np

from shared_modules.backtester.breakdown import distribution, rolling_sharpe
from shared_modules.backtester.result import BacktestResult
from shared_modules.core.bars import Floats

from .svg import Plot, thinned

ROLLING = 30


def money(value: float) -> str:
    """An amount for an axis: without decimals where they say nothing."""
    if abs(value) >= 1e7:
        return f"{value / 1e6:,.4g} M"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.6g}"


def percent(value: float) -> str:
    """A fraction for an axis."""
    return f"{value * 100:,.4g} %"


def equity_plot(result: BacktestResult) -> str:
    """Equity with its band of ambiguous choices, and what buying and holding would be worth."""
    x = result.close_time.astype(np.float64)
    x, (equity, worst, best) = thinned(
        x, [(result.equity, "last"), (result.equity_worst, "min"), (result.equity_best, "max")]
    )
    start, cash = float(result.time[0]), result.request.cash
    x, equity, worst, best = (np.r_[a, b] for a, b in ((start, x), (cash, equity), (cash, worst), (cash, best)))
    held_x, held = np.r_[start, result.held_time], np.r_[cash, result.held]
    low, high = span_of(np.concatenate((worst, best, held)))
    plot = Plot(start, float(x[-1]), low, high, 340, "Equity over time")
    plot.y_axis(money)
    plot.time_axis()
    plot.level(cash)
    if result.ambiguous_bars:
        plot.band(x, worst, best, "band", "between the worst and the best case of ambiguous bars")
    if len(result.held) > 1:
        plot.line(held_x, held, "held", "buy and hold")
    plot.line(x, equity, "equity", "equity")
    return plot.text()


def drawdown_plot(result: BacktestResult) -> str:
    """How far equity lay below its highest before."""
    x, (fall,) = thinned(result.close_time.astype(np.float64), [(result.drawdown, "min")])
    low = min(float(fall.min()) * 1.05, -0.001)
    plot = Plot(float(result.time[0]), float(x[-1]), low, 0.0, 160, "Drawdown over time")
    plot.y_axis(percent)
    plot.time_axis()
    plot.band(x, fall, np.zeros(len(x)), "fall", "drawdown")
    plot.line(x, fall, "falling")
    return plot.text()


def distribution_plot(result: BacktestResult) -> str:
    """How many trades earned how much of the value entered; empty without trades."""
    found = distribution(result, 50)
    if not len(found.counts):
        return ""
    plot = Plot(float(found.edges[0]), float(found.edges[-1]), 0.0, float(found.counts.max()) * 1.05, 240,
                "Distribution of the trades' returns")  # fmt: skip
    plot.y_axis(money)
    plot.x_axis(percent)
    for left, right, count in zip(found.edges[:-1], found.edges[1:], found.counts.tolist(), strict=True):
        if count:
            said = f"{count} trades from {percent(left)} to {percent(right)}"
            plot.bar(float(left), float(right), count, "loss" if left < -1e-12 else "gain", said)
    plot.level(0.0)
    return plot.text()


def rolling_plot(result: BacktestResult) -> str:
    """The Sharpe ratio of the last 30 days; empty for a shorter run."""
    time, values = rolling_sharpe(result, ROLLING)
    if len(time) < 2 or np.isnan(values).all():
        return ""
    low, high = span_of(np.r_[values[~np.isnan(values)], 0.0])
    plot = Plot(float(time[0]), float(time[-1]), low, high, 200, "Sharpe ratio of the last 30 days")
    plot.y_axis(lambda value: f"{value:g}")
    plot.time_axis()
    plot.level(0.0)
    plot.line(time.astype(np.float64), values, "equity")
    return plot.text()


def span_of(values: Floats) -> tuple[float, float]:
    """The least and the largest of ``values`` with a little room."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.04 or abs(high) * 0.01 or 1.0
    return low - room, high + room
