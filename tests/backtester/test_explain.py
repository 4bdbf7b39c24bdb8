"""Every figure unrolls to rows that make it."""

import math

import pytest

from shared_modules.backtester import METRICS
from shared_modules.backtester.explain import explain, written
from shared_modules.core.errors import UnknownName
from tests.backtester.results import nothing, portfolio

NAMES = [m.name for m in METRICS]
SUMS = ("expectancy", "average_win", "average_loss")


def number(text):
    return float(text.replace(",", "").replace("%", "").replace(" days", ""))


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_a_formula_a_source_and_ends_with_itself(name):
    metric = next(m for m in METRICS if m.name == name)
    found = explain(portfolio(), name)
    assert found.title == metric.title
    assert found.formula
    assert found.source
    assert len(found.rows) >= 2
    assert found.rows[-1] == (metric.title, written(portfolio().metrics[name], metric.unit))


@pytest.mark.parametrize("name", NAMES)
def test_a_result_without_trades_is_explained_too(name):
    assert explain(nothing(), name).rows


def test_the_rows_of_the_net_profit_sum_to_it():
    rows = dict(explain(portfolio(), "net_profit").rows)
    moved = number(rows["Realised profit and loss"]) + number(rows["Fees"])
    assert moved == pytest.approx(number(rows["Net profit"]), abs=0.02)
    assert number(rows["Last equity"]) - number(rows["Starting cash"]) == pytest.approx(moved, abs=0.02)


@pytest.mark.parametrize("name", SUMS)
def test_the_rows_of_a_mean_sum_to_what_is_divided(name):
    *rows, total, count, (_, shown) = explain(portfolio(), name).rows
    assert sum(number(value) for _, value in rows) == pytest.approx(number(total[1]), abs=0.01 * len(rows))
    assert number(total[1]) / number(count[1]) == pytest.approx(number(shown), abs=0.01)


def test_fees_are_told_by_symbol_and_by_entries_and_exits():
    rows = dict(explain(portfolio(), "fees").rows)
    whole = number(rows["Fees"])
    assert number(rows["BTCUSDT"]) + number(rows["ETHUSDT"]) == pytest.approx(whole, abs=0.02)
    assert number(rows["of this at entries"]) + number(rows["of this at exits"]) == pytest.approx(whole, abs=0.02)


def test_the_largest_drawdown_names_its_two_moments():
    rows = explain(portfolio(), "max_drawdown").rows
    high, low = number(rows[0][1]), number(rows[2][1])
    assert low / high - 1.0 == pytest.approx(portfolio().metrics["max_drawdown"], abs=1e-4)
    assert rows[1][1] < rows[3][1]


def test_a_figure_that_is_not_defined_is_a_dash_and_zero_has_no_sign():
    assert written(math.nan, "ratio") == "—"
    assert written(-0.0, "money") == "0.00"
    assert written(-0.001, "money") == "0.00"
    assert written(-0.01, "money") == "-0.01"


def test_what_is_no_figure_is_refused_with_near_names():
    with pytest.raises(UnknownName, match="'sharpe'"):
        explain(portfolio(), "sharp")
