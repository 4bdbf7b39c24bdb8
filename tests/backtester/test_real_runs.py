"""The runs on real candles whose figures docs/backtests.md publishes; whoever changes one changes the rules."""

import re
from pathlib import Path

import pytest

from shared_modules.backtester import BacktestRequest, run_backtest
from shared_modules.backtester.files import candle_files, file_sources
from shared_modules.matching import Margin, Sizing

PAGE = (Path(__file__).parents[2] / "docs" / "backtests.md").read_text(encoding="utf-8")
MARCH = 1_583_971_200_000  # 2020-03-12

pytestmark = pytest.mark.real_data


def run(name, files, funding=(), timeframe=None, **options):
    sources, _ = file_sources(candle_files(files), timeframe, None, funding)
    return run_backtest(BacktestRequest(name, options.pop("parameters", {}), sources, timeframe=timeframe, **options))


def told(*figures):
    """Whether one row of the page's table has all of ``figures``."""
    return any(all(re.search(rf"\b{f}\b", line) for f in figures) for line in PAGE.splitlines())


def test_minutes_of_bitcoin(real_data):
    result = run("sma_cross", [real_data / "binance_spot" / "BTCUSDT_1m.csv.gz"])
    assert (len(result.trades), f"{result.final_equity:.6f}") == (7598, "2.777378")
    assert f"{result.costs['fees']:.2f}" == "10426.14"
    assert sum(t.pnl for t in result.trades) + 10_000.0 == pytest.approx(result.final_equity, abs=1e-9)
    assert told("658,080", "7,598", r"10,426\.14", r"2\.777378")


def test_ten_perpetuals_with_funding(real_data):
    folder = real_data / "binance_usdm"
    result = run(
        "sma_cross", [folder / "5m"], [folder / "funding"], "1h", parameters={"side": "both"}, margin=Margin(2.0),
        max_positions=5, size=Sizing("equity", 0.2),
    )  # fmt: skip
    assert (len(result.trades), f"{result.final_equity:.2f}") == (766, "2651.90")
    assert f"{result.metrics['funding']:.2f}" == "69.85"
    assert told("766", r"69\.85", r"2,651\.90")


def test_a_crash_at_leverage_twenty(real_data):
    file = real_data / "binance_spot" / "episodes" / "BTCUSDT_1m_2020-03.csv.gz"
    result = run("buy_and_hold", [file], start=MARCH, end=MARCH + 2 * 86_400_000, margin=Margin(20.0))
    (trade,) = result.trades
    assert (trade.entry_price, f"{trade.exit_price:.2f}", trade.exit_reason) == (7948.97, "7551.52", "liquidation")
    assert result.final_equity == pytest.approx(0.0, abs=1e-9)
    assert told(r"7,948\.97", r"7,551\.52")
