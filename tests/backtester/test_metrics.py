import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.backtester import METRICS, BacktestRequest, BarSource, run_backtest
from shared_modules.backtester.metrics import curve_metrics, daily_returns, drawdown, trade_metrics
from shared_modules.core.timeframes import DAY
from tests.strategies.markets import random_bars


def daily(*equity):
    time = np.arange(len(equity)) * DAY
    return curve_metrics(time, time + DAY, np.array(equity, np.float64), 100.0)


def test_a_doubling_in_a_year_is_a_yearly_return_of_one():
    found = daily(*np.linspace(100.0, 200.0, 365))
    assert found["total_return"] == pytest.approx(1.0)
    assert found["cagr"] == pytest.approx(1.0)


def test_the_drawdown_counts_from_the_starting_cash():
    assert drawdown(np.array([90.0, 120.0, 60.0]), 100.0).tolist() == pytest.approx([-0.1, 0.0, -0.5])


def test_the_longest_drawdown_lasts_until_the_high_is_seen_again():
    assert daily(110, 100, 105, 110, 120)["max_drawdown_days"] == 3
    assert daily(110, 100, 90, 90)["max_drawdown_days"] == 3
    assert daily(101, 102, 103)["max_drawdown_days"] == 0
    assert daily(90, 95)["max_drawdown_days"] == 2


def test_sharpe_and_sortino_follow_their_definitions():
    equity = np.array([101.0, 99.0, 103.0, 102.0, 107.0])
    returns = np.diff(np.r_[100.0, equity]) / np.r_[100.0, equity[:-1]]
    found = daily(*equity)
    assert found["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * math.sqrt(365))
    down = math.sqrt((np.minimum(returns, 0) ** 2).mean())
    assert found["sortino"] == pytest.approx(returns.mean() / down * math.sqrt(365))


def test_calmar_is_the_yearly_return_over_the_largest_drawdown():
    found = daily(*np.linspace(100.0, 200.0, 300), *np.linspace(200.0, 180.0, 65))
    assert found["calmar"] == pytest.approx(found["cagr"] / 0.1)


def test_a_few_days_are_not_stretched_to_a_year():
    assert math.isnan(daily(*np.linspace(101.0, 130.0, 29))["cagr"])
    assert not math.isnan(daily(*np.linspace(101.0, 130.0, 30))["cagr"])


def test_a_close_at_midnight_belongs_to_the_day_that_ends():
    closes = np.array([DAY // 2, DAY, DAY + 1])
    assert daily_returns(closes, np.array([100.0, 110.0, 121.0]), 100.0).tolist() == pytest.approx([0.1, 0.1])


def test_figures_that_are_not_defined_are_nan():
    flat = daily(100, 100, 100)
    assert all(math.isnan(flat[name]) for name in ("sharpe", "sortino", "calmar"))
    nothing = trade_metrics(np.empty(0), np.empty(0))
    assert nothing["trades"] == 0
    assert all(math.isnan(nothing[name]) for name in ("win_rate", "profit_factor", "expectancy"))
    assert math.isnan(trade_metrics(np.array([5.0]), np.array([1.0]))["profit_factor"])


def test_trades_are_counted_by_what_they_earned():
    found = trade_metrics(np.array([5.0, 3.0, -2.0, 0.0, -1.0, -3.0, 4.0]), np.full(7, 0.5))
    assert found["win_rate"] == pytest.approx(3 / 7)
    assert found["profit_factor"] == pytest.approx(2.0)
    assert found["expectancy"] == pytest.approx(6 / 7)
    assert (found["average_win"], found["average_loss"]) == (4.0, -2.0)
    assert (found["longest_winning_streak"], found["longest_losing_streak"]) == (2, 2)
    assert found["fees"] == 3.5


def test_every_figure_of_a_result_is_described_and_every_description_has_one():
    result = run_backtest(BacktestRequest("sma_cross", {}, (BarSource("A", "5m", bars=random_bars(3000)),)))
    assert set(result.metrics) == {m.name for m in METRICS}
    assert 0.3 < result.metrics["exposure"] < 0.7


def test_buy_and_hold_of_the_strategy_is_that_of_the_metric_but_for_costs():
    source = BarSource("A", "5m", bars=random_bars(3000))
    result = run_backtest(BacktestRequest("buy_and_hold", {}, (source,), fee=0.0))
    bars = source.bars
    assert result.metrics["total_return"] == pytest.approx(bars.close[-1] / bars.open[1] - 1)
    assert result.metrics["buy_and_hold_return"] == pytest.approx(bars.close[-1] / bars.open[0] - 1)


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=90))
@settings(max_examples=200, deadline=None)
def test_value_at_risk_is_to_the_last_bit_the_quantile_that_numpy_tells(equity):
    returns = np.array([100.0, *equity])
    returns = returns[1:] / returns[:-1] - 1.0
    assert daily(*equity)["value_at_risk"] == np.quantile(returns, 0.05)


@given(st.lists(st.floats(-1e3, 1e3), max_size=60))
@settings(max_examples=100, deadline=None)
def test_figures_of_trades_do_not_depend_on_where_in_memory_the_column_lies(pnl):
    records = np.zeros((len(pnl), 5))
    records[:, 2] = pnl
    apart, own = trade_metrics(records[:, 2], records[:, 3]), trade_metrics(np.array(pnl), np.zeros(len(pnl)))
    assert str(apart) == str(own)
    if pnl:
        assert own["expectancy"] == np.array(pnl).mean()


@pytest.mark.parametrize("days", [2, 9, 130, 366])
def test_yearly_volatility_is_that_of_numpy_to_the_last_bit(days):
    equity = 1000.0 * np.cumprod(1.0 + np.random.default_rng(days).normal(0.0, 0.02, days))
    closes = np.arange(1, days + 1) * DAY
    found = curve_metrics(closes - DAY, closes, equity, 1000.0)["volatility"]
    assert found == daily_returns(closes, equity, 1000.0).std(ddof=1) * math.sqrt(365.0)
