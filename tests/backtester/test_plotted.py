"""The lines of a strategy, found again for the chart of a result."""

from dataclasses import replace

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.backtester.archive import without_candles
from shared_modules.backtester.plotted import plotted
from shared_modules.core.errors import InvalidInput
from shared_modules.indicators import sma
from tests.strategies.markets import random_bars

from .results import portfolio, request


def test_the_lines_are_those_of_the_strategy_over_the_candles_of_its_run():
    sources = request().sources
    found = plotted(without_candles(portfolio()), "ETHUSDT", sources)
    bars = sources[1].bars
    assert found.time.tolist() == bars.time.tolist()
    fast, slow = (portfolio().parameters[name] for name in ("fast", "slow"))
    assert [line.name for line in found.lines] == [f"SMA {fast}", f"SMA {slow}"]
    np.testing.assert_array_equal(found.lines[0].values, sma(bars.close, fast))
    assert all(line.of_prices for line in found.lines)


@pytest.mark.parametrize(("strategy", "prices"), [("rsi_reversal", [False]), ("macd_trend", [True, False, False])])
def test_an_oscillator_is_no_line_of_prices(strategy, prices):
    sources = (BarSource("BTCUSDT", "5m", bars=random_bars(2_000, 3)),)
    found = plotted(run_backtest(BacktestRequest(strategy, {}, sources)), "BTCUSDT")
    assert [line.of_prices for line in found.lines] == prices


def test_a_strategy_that_was_changed_since_says_so():
    with pytest.raises(InvalidInput, match="changed since this result"):
        plotted(replace(portfolio(), code="another"), "BTCUSDT", request().sources)


def test_a_symbol_that_was_not_run_has_no_lines():
    with pytest.raises(InvalidInput, match="SOLUSDT are not kept"):
        plotted(portfolio(), "SOLUSDT", request().sources)


def test_what_decides_bar_by_bar_gives_no_lines():
    stored = replace(portfolio(), request=replace(portfolio().request, decide_by="on_bar"))
    assert plotted(stored, "BTCUSDT", request().sources).lines == ()
