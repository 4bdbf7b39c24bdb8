"""Latency below a bar: what shorter bars make of it, and what is said without them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, FillRule, Margin, Sizing, Slippage, run_backtest
from shared_modules.backtester.sweep import sweep
from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.core.trading import ExitReason
from tests.strategies.markets import START, random_bars

HOUR, MINUTES = 3_600_000, 300_000
BARS = random_bars(3000, 1)
HOURS = BARS.resampled(TIMEFRAMES["1h"])
QUICK = {"fast": 3, "slow": 8}


def request(detail=BARS, bars=HOURS, symbol="BTCUSDT", strategy="sma_cross", parameters=QUICK, **options):
    source = BarSource(symbol, "1h", bars=bars, detail=detail)
    return BacktestRequest(strategy, parameters, (source,), **options)


def opens_after(result, delay):
    """The opens of the five-minute bars ``delay`` after the opens at which ``result`` entered."""
    times = np.array([t.entry_time for t in result.trades]) + delay
    return BARS.open[np.searchsorted(BARS.time, times)]


@pytest.mark.parametrize(("ms", "delay"), [(1.0, 1), (250.0, 1), (MINUTES, 1), (MINUTES + 1.0, 2), (HOUR - 1.0, 12)])
def test_a_decision_fills_at_the_first_shorter_open_after_its_latency(ms, delay):
    found = run_backtest(request(latency_ms=ms))
    prices = np.array([t.entry_price for t in found.trades])
    within = delay * MINUTES % HOUR  # a fill at the next open is stamped with that bar
    assert len(prices) > 10
    np.testing.assert_array_equal(prices, opens_after(found, within))


def test_whole_bars_of_latency_are_the_same_with_and_without_shorter_bars():
    for options in ({"latency": 1}, {"latency_ms": float(HOUR)}):
        assert run_backtest(request(**options)).trades == run_backtest(request(detail=None, **options)).trades
    nearly, whole = run_backtest(request(latency_ms=HOUR - 1.0)), run_backtest(request(latency=1))
    times = [(t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.pnl, t.bars) for t in whole.trades]
    assert [(t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.pnl, t.bars) for t in nearly.trades] == times
    assert nearly.equity.tobytes() == whole.equity.tobytes()


def test_without_shorter_bars_the_result_says_that_the_latency_cost_a_whole_bar():
    blind = run_backtest(request(detail=None, latency_ms=250.0))
    assert any("250 ms of latency cost 1 whole 1h bar" in note for note in blind.notes)
    seeing = run_backtest(request(latency_ms=250.0))
    assert not any("whole 1h bar" in note for note in seeing.notes)
    assert "decisions 250 ms late" in seeing.notes[0]


def test_what_is_counted_in_bars_stays_counted_in_bars():
    late = run_backtest(request(latency_ms=250.0, max_bars=3))
    timed = [t for t in late.trades if t.exit_reason is ExitReason.TIME]
    assert timed
    assert {t.bars for t in timed} == {3}
    assert len(late.time) == len(HOURS) == len(late.equity)
    assert {t.entry_time % HOUR for t in late.trades} | {t.exit_time % HOUR for t in late.trades} == {0}
    assert 0.0 < late.metrics["exposure"] < 1.0


def test_where_the_shorter_bars_have_a_hole_the_order_gets_the_close_of_its_bar():
    holed = run_backtest(request(detail=BARS[: len(BARS) // 2], latency_ms=250.0))
    whole = run_backtest(request(latency_ms=250.0))
    middle = BARS.time[len(BARS) // 2]
    assert [t for t in holed.trades if t.exit_time < middle - HOUR] == [
        t for t in whole.trades if t.exit_time < middle - HOUR
    ]
    later = [t for t in holed.trades if t.entry_time > middle]
    assert later
    closes = HOURS.close[np.searchsorted(HOURS.time, [t.entry_time for t in later])]
    np.testing.assert_array_equal([t.entry_price for t in later], closes)
    assert any("the shorter bars are missing" in note for note in holed.notes)


def test_a_shorter_bar_without_a_trade_leaves_the_order_waiting_for_the_next():
    quiet = (np.arange(len(BARS)) % 12 != 1) | np.isin(np.arange(len(BARS)) // 12, _extreme_hours())
    thin = Bars(*(getattr(BARS, n)[quiet] for n in ("time", "open", "high", "low", "close", "volume", "turnover")))
    found = run_backtest(request(detail=thin, latency_ms=250.0))
    waited = [t for t in found.trades if (t.entry_time - START) // HOUR not in _extreme_hours()]
    assert waited
    np.testing.assert_array_equal(
        [t.entry_price for t in waited], opens_after(replace(found, trades=waited), 2 * MINUTES)
    )


def _extreme_hours():
    """The hours whose high or low lies in their second five minutes."""
    second = slice(1, len(HOURS) * 12, 12)
    return np.flatnonzero((BARS.high[second] == HOURS.high) | (BARS.low[second] == HOURS.low))


OPTIONS = [
    {"margin": Margin(10.0), "size": Sizing("equity", 0.9), "stop_loss": 0.01},
    {"margin": Margin(5.0, "cross"), "trailing_stop": 0.02, "borrow": 0.1},
    {"fill_rule": FillRule("volume", 0.05), "take_profit": 0.01},
    {"size": Sizing("atr", 0.01), "slippage": Slippage("impact", 1.0), "fee": 0.001},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_every_change_of_cash_is_told_in_order_and_comes_to_the_final_equity(options):
    time = START + np.arange(1, 30, dtype=np.int64) * 8 * HOUR + HOUR // 2
    asked = request(latency_ms=250.0, **options)
    sources = (replace(asked.sources[0], funding_time=time, funding_rate=np.full(len(time), 0.0005)),)
    found = run_backtest(replace(asked, sources=sources))
    assert len(found.trades) > 5
    assert found.final_equity == pytest.approx(10_000.0 + math.fsum(found.cash_ledger.amount), abs=1e-9, rel=0.0)
    assert (np.diff(found.cash_ledger.time) >= 0).all()
    assert (found.equity_worst <= found.equity).all()
    assert found.equity.tobytes() == run_backtest(replace(asked, sources=sources)).equity.tobytes()


def test_symbols_trade_together_on_their_shorter_bars():
    other = random_bars(3000, 2)
    both = (
        BarSource("A", "1h", bars=HOURS, detail=BARS),
        BarSource("B", "1h", bars=other.resampled(TIMEFRAMES["1h"]), detail=other),
    )
    found = run_backtest(BacktestRequest("sma_cross", QUICK, both, latency_ms=250.0, max_positions=1))
    assert {t.symbol for t in found.trades} == {"A", "B"}
    alone = run_backtest(BacktestRequest("sma_cross", QUICK, both[:1], latency_ms=250.0))
    assert {(t.entry_time, t.entry_price) for t in found.trades if t.symbol == "A"} <= {
        (t.entry_time, t.entry_price) for t in alone.trades
    }


def test_a_sweep_has_the_figures_of_single_runs():
    asked = request(latency_ms=250.0)
    table = sweep(asked, [{"fast": 3, "slow": 8}, {"fast": 5, "slow": 20}])
    for i, parameters in enumerate(table.parameters):
        single = run_backtest(replace(asked, parameters=parameters))
        assert table.metrics["final_equity"][i] == single.final_equity
        for name in ("trades", "max_drawdown", "sharpe", "fees", "exposure"):
            assert table.metrics[name][i] == single.metrics[name]
