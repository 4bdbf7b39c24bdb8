"""A result cut into groups, months, windows and bins."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.backtester.breakdown import (
    GROUPS,
    WEEKDAYS,
    breakdown,
    distribution,
    monthly_returns,
    rolling_sharpe,
)
from shared_modules.backtester.metrics import daily_returns
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.market import Side
from tests.backtester.results import nothing, portfolio


def moment(ms):
    return datetime.fromtimestamp(ms / 1000, UTC)


BY_HAND = {
    "symbol": lambda t: t.symbol,
    "side": lambda t: "long" if t.side is Side.BUY else "short",
    "month": lambda t: moment(t.exit_time).strftime("%Y-%m"),
    "hour": lambda t: moment(t.entry_time).strftime("%H"),
    "weekday": lambda t: WEEKDAYS[moment(t.entry_time).weekday()],
    "exit_reason": lambda t: t.exit_reason.value,
}


@pytest.mark.parametrize("by", GROUPS)
def test_the_groups_are_those_of_a_plain_count_and_sum_to_the_whole(by):
    result = portfolio()
    groups = breakdown(result, by)
    counted, earned = Counter(map(BY_HAND[by], result.trades)), defaultdict(float)
    for t in result.trades:
        earned[BY_HAND[by](t)] += t.pnl
    assert {g.key: g.trades for g in groups} == counted
    assert {g.key: g.pnl for g in groups} == pytest.approx(earned)
    assert sum(g.fees for g in groups) == pytest.approx(result.metrics["fees"])
    assert sum(g.share for g in groups) == pytest.approx(1.0)


def test_groups_come_in_the_order_of_their_time():
    order = [WEEKDAYS.index(g.key) for g in breakdown(portfolio(), "weekday")]
    assert order == sorted(order)
    hours = [g.key for g in breakdown(portfolio(), "hour")]
    assert hours == sorted(hours)


def test_the_figures_of_a_group_are_those_of_its_trades():
    result = portfolio()
    long = next(g for g in breakdown(result, "side") if g.key == "long")
    own = [t for t in result.trades if t.side is Side.BUY]
    assert long.win_rate == pytest.approx(sum(t.pnl > 0 for t in own) / len(own))
    assert long.expectancy == pytest.approx(sum(t.pnl for t in own) / len(own))
    assert long.average_bars == pytest.approx(sum(t.bars for t in own) / len(own))
    assert long.best_trade == max(t.pnl for t in own)


def test_an_unknown_breakdown_is_refused_with_near_names():
    with pytest.raises(UnknownName, match="'symbol'"):
        breakdown(portfolio(), "symbols")


def test_months_compound_to_the_total_return():
    result = portfolio()
    found = monthly_returns(result)
    known = found.returns[~np.isnan(found.returns)]
    assert np.prod(1.0 + known) - 1.0 == pytest.approx(result.metrics["total_return"])
    assert np.prod(1.0 + found.totals[~np.isnan(found.totals)]) - 1.0 == pytest.approx(result.metrics["total_return"])
    first = moment(result.time[0])
    assert found.years[0] == first.year
    assert not math.isnan(found.returns[0, first.month - 1])


def test_the_rolling_ratio_ends_with_that_of_the_last_days():
    result = portfolio()
    time, values = rolling_sharpe(result, 10)
    daily = daily_returns(result.close_time, result.equity, 10_000.0)
    assert len(values) == len(time) == len(daily) - 9
    last = daily[-10:]
    assert values[-1] == pytest.approx(last.mean() / last.std(ddof=1) * math.sqrt(365))
    assert time[-1] == result.close_time[-1]
    whole = rolling_sharpe(result, len(daily))[1]
    assert whole[0] == pytest.approx(result.metrics["sharpe"])


def test_a_window_longer_than_the_run_gives_nothing_and_one_of_a_day_is_refused():
    assert len(rolling_sharpe(portfolio(), 400)[0]) == 0
    with pytest.raises(InvalidInput, match="at least 2"):
        rolling_sharpe(portfolio(), 1)


@given(st.integers(2, 90), st.sampled_from(["return", "pnl"]))
def test_every_trade_lies_in_one_bin_and_no_bin_mixes_wins_and_losses(bins, of):
    result = portfolio()
    found = distribution(result, bins, of)
    assert found.counts.sum() == len(result.trades)
    assert bins <= len(found.counts) <= bins + 1
    assert np.abs(found.edges).min() < 1e-12
    assert found.counts[found.edges[:-1] < -1e-12].sum() == sum(t.pnl < 0 for t in result.trades)


def test_without_trades_there_is_nothing_to_cut():
    assert breakdown(nothing(), "month") == ()
    assert len(distribution(nothing()).counts) == 0
    assert monthly_returns(nothing()).totals[0] == pytest.approx(0.0)
