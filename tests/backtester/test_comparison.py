"""Results side by side."""

import math
from dataclasses import replace

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.backtester.comparison import POINTS, compare
from shared_modules.core.errors import InvalidInput
from tests.backtester.results import nothing, portfolio
from tests.strategies.markets import random_bars


def row(comparison, name):
    return next(m for m in comparison.metrics if m.metric.name == name)


def test_figures_stand_side_by_side_with_the_best_marked():
    a, b = portfolio(1), portfolio(2)
    found = compare([a, b], ["A", "B"])
    assert found.names == ("A", "B")
    sharpe = row(found, "sharpe")
    assert sharpe.values == (a.metrics["sharpe"], b.metrics["sharpe"])
    assert sharpe.values[sharpe.best] == max(sharpe.values)
    fees = row(found, "fees")
    assert fees.values[fees.best] == min(fees.values)
    fall = row(found, "max_drawdown")
    assert fall.values[fall.best] == max(fall.values), "the shallower fall is nearer to zero"
    assert row(found, "exposure").best is None


def test_equal_figures_have_no_best_and_missing_ones_do_not_win():
    same = compare([portfolio(1), portfolio(1)])
    assert all(m.best is None for m in same.metrics)
    assert row(compare([nothing(), portfolio(1)]), "win_rate").best is None


def test_curves_share_one_time_axis_and_start_at_their_cash():
    found = compare([portfolio(1), portfolio(2)])
    assert found.growth.shape == (2, len(found.time))
    assert len(found.time) <= POINTS
    assert found.growth[:, 0] == pytest.approx([1.0, 1.0], abs=0.02)
    assert found.growth[:, -1] == pytest.approx([portfolio(s).final_equity / 10_000 for s in (1, 2)])


def test_outside_its_run_a_curve_is_nan():
    bars = random_bars(3000, 5)
    early, late = (
        run_backtest(BacktestRequest("buy_and_hold", {}, (BarSource("A", "5m", bars=part),)))
        for part in (bars[:1000], bars[1500:])
    )
    found = compare([early, late])
    assert np.isnan(found.growth[0, -1])
    assert np.isnan(found.growth[1, 0])
    assert math.isnan(found.correlation[0, 1])


def test_the_correlation_is_that_of_the_daily_returns():
    bars = random_bars(8000, 6)
    held, half = (
        run_backtest(BacktestRequest("buy_and_hold", {}, (BarSource("A", "5m", bars=bars),), cash=cash, fee=0.0))
        for cash in (1000.0, 5000.0)
    )
    found = compare([held, half, portfolio(1)])
    assert found.correlation[0, 1] == pytest.approx(1.0)
    assert np.array_equal(found.correlation, found.correlation.T)
    assert found.correlation.diagonal().tolist() == [1.0, 1.0, 1.0]
    assert abs(found.correlation[0, 2]) < 1.0


def test_names_are_made_distinct_and_one_result_is_no_comparison():
    assert compare([portfolio(1), portfolio(2)]).names == ("sma_cross 1", "sma_cross 2")
    with pytest.raises(InvalidInput, match="at least two"):
        compare([portfolio(1)])


def test_all_that_share_the_best_value_are_the_best():
    one, two = portfolio(1), portfolio(2)
    trades = row(compare([one, replace(one, metrics={**one.metrics, "fees": 1e9}), two]), "win_rate")
    first = trades.values[0]
    assert [trades.is_best(n) for n in range(3)] == [trades.values[n] == max(trades.values) for n in range(3)]
    assert trades.is_best(0) == trades.is_best(1)
    assert first == trades.values[1]
    assert not any(row(compare([one, one]), "win_rate").is_best(n) for n in range(2))
