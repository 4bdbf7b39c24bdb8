"""Figures of the curve and of the trades against independent libraries, on random and on real curves."""

import math
from dataclasses import replace

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.backtester.metrics import YEAR_DAYS, curve_metrics, daily_rate, daily_returns
from shared_modules.core.timeframes import DAY, HOUR
from shared_modules.matching import Margin
from tests.backtester.results import portfolio, request

YEAR = int(YEAR_DAYS)
NAMES = {
    "sharpe": lambda r, rate: empyrical.sharpe_ratio(r, risk_free=rate, annualization=YEAR),
    "sortino": lambda r, rate: empyrical.sortino_ratio(r, required_return=rate, annualization=YEAR),
    "omega": lambda r, rate: empyrical.omega_ratio(r, risk_free=rate),
    "volatility": lambda r, _: empyrical.annual_volatility(r, annualization=YEAR),
    "value_at_risk": lambda r, _: empyrical.value_at_risk(r, cutoff=0.05),
    "expected_shortfall": lambda r, _: empyrical.conditional_value_at_risk(r, cutoff=0.05),
    "total_return": lambda r, _: empyrical.cum_returns_final(r),
    "max_drawdown": lambda r, _: empyrical.max_drawdown(r),
    "cagr": lambda r, _: empyrical.cagr(r, annualization=YEAR),
    "calmar": lambda r, _: empyrical.calmar_ratio(r, annualization=YEAR),
}


def curve(returns):
    """Days of a curve with these returns, from 10,000."""
    equity = 10_000.0 * np.cumprod(1.0 + np.asarray(returns))
    time = np.arange(len(equity), dtype=np.int64) * DAY
    return time, time + DAY, equity


def same(ours, theirs, name):
    if math.isnan(ours):
        # they tell infinity, or the sign of rounding errors, where nothing is defined
        assert not math.isfinite(theirs) or abs(theirs) > 1e6, name
    else:
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12), name


returns = st.lists(st.floats(-0.2, 0.2), min_size=30, max_size=90)


@given(returns, st.sampled_from([0.0, 0.03, -0.01]))
def test_figures_of_a_curve_are_those_of_an_independent_library(values, risk_free):
    r = np.array(values)
    assume(r.std() > 1e-6)
    found = curve_metrics(*curve(r), 10_000.0, risk_free)
    for name, theirs in NAMES.items():
        same(found[name], float(theirs(r, daily_rate(risk_free))), name)


@given(returns, st.randoms(use_true_random=False))
def test_beta_and_correlation_are_those_of_an_independent_library(values, random):
    r = np.array(values)
    market = r[::-1] * 0.5 + np.array([random.uniform(-0.1, 0.1) for _ in values])
    assume(r.std() > 1e-6)
    assume(market.std() > 1e-6)
    held = 10_000.0 * np.cumprod(1.0 + market)
    found = curve_metrics(*curve(r), 10_000.0, held=held)
    assert found["beta"] == pytest.approx(empyrical.beta(r, market), rel=1e-7, abs=1e-12)
    assert found["correlation"] == pytest.approx(np.corrcoef(r, market)[0, 1], rel=1e-7, abs=1e-12)


def test_figures_of_a_run_are_those_of_its_daily_returns():
    result = portfolio()
    r = daily_returns(result.close_time, result.equity, 10_000.0)
    for name in ("sharpe", "sortino", "omega", "volatility", "value_at_risk", "expected_shortfall", "total_return"):
        same(result.metrics[name], float(NAMES[name](r, 0.0)), name)
    held = np.r_[10_000.0, result.held]
    assert result.metrics["beta"] == pytest.approx(empyrical.beta(r, held[1:] / held[:-1] - 1.0), rel=1e-9)


def test_the_risk_free_rate_of_the_request_is_taken_off():
    rated = run_backtest(replace(request(), risk_free=0.05))
    r = daily_returns(rated.close_time, rated.equity, 10_000.0)
    assert rated.metrics["sharpe"] == pytest.approx(empyrical.sharpe_ratio(r, 1.05 ** (1 / 365) - 1, annualization=365))
    assert rated.metrics["sharpe"] < portfolio().metrics["sharpe"]
    assert rated.metrics["volatility"] == portfolio().metrics["volatility"]


@pytest.mark.real_data
def test_figures_of_a_real_year_are_those_of_an_independent_library(real_data):
    source = BarSource(path=str(real_data / "binance_spot" / "BTCUSDT_1m.csv.gz"))
    result = run_backtest(BacktestRequest("sma_cross", {}, (source,), timeframe="1h"))
    r = daily_returns(result.close_time, result.equity, 10_000.0)
    # to the hour the fall may be deeper than to the day, and the year does not end at midnight
    for name in NAMES.keys() - {"max_drawdown", "calmar", "cagr"}:
        same(result.metrics[name], float(NAMES[name](r, 0.0)), name)
    hourly = result.equity / np.r_[10_000.0, result.equity[:-1]] - 1.0
    assert result.metrics["max_drawdown"] == pytest.approx(empyrical.max_drawdown(hourly), rel=1e-9)
    span = (result.close_time[-1] - result.time[0]) / HOUR
    assert result.metrics["cagr"] == pytest.approx(empyrical.cagr(hourly, annualization=YEAR * 24), rel=1e-9)
    assert span == len(hourly)
    held = np.r_[10_000.0, result.held]
    assert result.metrics["beta"] == pytest.approx(empyrical.beta(r, held[1:] / held[:-1] - 1.0), rel=1e-9)


@pytest.fixture(scope="module")
def funded():
    """A run of two symbols that leaves at opens alone and pays funding."""
    asked = request(seed=3, stop_loss=None, take_profit=None)
    hours = asked.sources[0].bars.time[::96].copy()
    rates = np.where(np.arange(len(hours)) % 3, 0.0004, -0.0002)
    sources = tuple(replace(s, funding_time=hours, funding_rate=rates) for s in asked.sources)
    return run_backtest(replace(asked, sources=sources, margin=Margin(2.0)))


def frame_of(result):
    """The trades as pandas has them, by time of exit."""
    names = ("symbol", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "funding", "pnl", "mae",
             "mfe")  # fmt: skip
    found = pd.DataFrame([[getattr(t, name) for name in names] for t in result.trades], columns=names)
    assert found.exit_time.is_monotonic_increasing
    return found


def longest_row(hits: pd.Series) -> int:
    return int(hits.astype(int).groupby((~hits).cumsum()).sum().max())


@pytest.mark.parametrize("name", ["portfolio", "funded"])
def test_figures_of_the_trades_are_those_that_pandas_tells(name, funded):
    result = portfolio() if name == "portfolio" else funded
    t = frame_of(result)
    won, lost = t.pnl[t.pnl > 0], t.pnl[t.pnl < 0]
    assert len(won) > 5
    assert len(lost) > 5
    values = t.qty * (t.entry_price + t.exit_price)
    expected = {
        "net_profit": t.pnl.sum(),
        "trades": t.pnl.count(),
        "win_rate": (t.pnl > 0).mean(),
        "profit_factor": won.sum() / -lost.sum(),
        "expectancy": t.pnl.mean(),
        "average_win": won.mean(),
        "average_loss": lost.mean(),
        "payoff_ratio": won.mean() / -lost.mean(),
        "best_trade": t.pnl.max(),
        "worst_trade": t.pnl.min(),
        "longest_winning_streak": longest_row(t.pnl > 0),
        "longest_losing_streak": longest_row(t.pnl < 0),
        "average_holding_days": pd.to_timedelta(t.exit_time - t.entry_time, unit="ms").mean() / pd.Timedelta("1D"),
        "average_mae": t.mae.mean(),
        "average_mfe": t.mfe.mean(),
        "turnover": values.sum() / pd.Series(result.equity).mean(),
        "fees": t.fees.sum(),
        "funding": -t.funding.sum(),
    }
    for figure, theirs in expected.items():
        assert result.metrics[figure] == pytest.approx(theirs, rel=1e-9, abs=1e-9), figure
    assert bool(result.metrics["funding"]) == (name == "funded")


def test_time_held_and_time_under_water_are_those_that_pandas_tells(funded):
    t, times = frame_of(funded), pd.Series(funded.time)
    # the last trade is left at the close of the last bar, all others at an open
    left = t.exit_time.where([x.exit_reason != "end" for x in funded.trades], int(times.iloc[-1]) + 1)
    held = np.zeros(len(times), bool)
    for entry, exit_ in zip(t.entry_time, left, strict=True):
        held |= times.between(entry, exit_, inclusive="left").to_numpy()
    assert 0.2 < held.mean() < 1.0
    assert funded.metrics["exposure"] == pytest.approx(held.mean(), rel=1e-12)
    curve_ = pd.Series(np.r_[10_000.0, funded.equity], index=np.r_[funded.time[0], funded.close_time])
    high = curve_ >= curve_.cummax()
    since = pd.Series(curve_.index, index=curve_.index).where(high).ffill().shift(1)
    longest = (curve_.index - since)[~(high & high.shift(1, fill_value=True))].max()
    assert funded.metrics["max_drawdown_days"] == pytest.approx(longest / DAY, rel=1e-12)


@pytest.mark.parametrize("name", ["portfolio", "funded"])
def test_buying_and_holding_is_what_pandas_tells(name, funded):
    result = portfolio() if name == "portfolio" else funded
    returns_ = pd.Series([s.bars.close[-1] / s.bars.open[0] - 1.0 for s in result.request.sources])
    assert result.metrics["buy_and_hold_return"] == pytest.approx(returns_.mean(), rel=1e-12)
