"""The vectorised backtest against the plainest loop that follows the words of the rules."""

import math
from pathlib import Path

import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.core.candle_files import read_candle_file

DATA = Path(__file__).parents[3] / "shared" / "data" / "binance_spot" / "BTCUSDT_1m.csv.gz"


def plain_sma_cross(bars, fast, slow, side, cash, fee, slip):
    """Trades of the crossover as a person would do them, a bar at a time; averages are summed exactly."""
    time, open_, close = bars.time.tolist(), bars.open.tolist(), bars.close.tolist()

    def mean(i, n):
        return math.fsum(close[i - n + 1 : i + 1]) / n

    trades, position, order, before = [], None, None, None
    for i in range(len(time)):
        if order is not None:
            if position is not None:
                cash, trade = leave(position, time[i], open_[i], cash, fee, slip, "signal")
                trades.append(trade)
                position = None
            if side in (order, "both"):
                sign = 1 if order == "long" else -1
                price = open_[i] * (1 + sign * slip)
                qty = cash / (price * (1 + fee))
                position = (order, sign, qty, time[i], price, qty * price * fee)
            order = None
        if i >= slow - 1:
            now = mean(i, fast), mean(i, slow)
            if before is not None:
                if now[0] > now[1] and not before[0] > before[1]:
                    order = "long"
                elif now[0] < now[1] and not before[0] < before[1]:
                    order = "short"
                if order not in (side, None) and side != "both" and position is None:
                    order = None
            before = now
    if position is not None:
        cash, trade = leave(position, time[-1], close[-1], cash, fee, slip, "end")
        trades.append(trade)
    return trades, cash


def leave(position, time, price, cash, fee, slip, reason):
    side, sign, qty, entry_time, entry, paid = position
    price *= 1 - sign * slip
    fees = paid + qty * price * fee
    pnl = sign * qty * (price - entry) - fees
    return cash + pnl, (side, qty, entry_time, entry, time, price, fees, pnl, reason)


def crossover_of(bars, side, slippage_bps):
    source = BarSource("BTCUSDT", "1m", bars=bars)
    request = BacktestRequest("sma_cross", {"side": side}, (source,), fee=0.0004, slippage_bps=slippage_bps)
    return run_backtest(request)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="no real data here")
@pytest.mark.parametrize(
    ("side", "slippage_bps", "rows"), [("long", 0.0, None), ("short", 0.0, 90_000), ("both", 1.0, 90_000)]
)
def test_the_crossover_on_real_minutes_gives_the_trades_of_the_plain_loop(side, slippage_bps, rows, real_bars):
    real_bars = real_bars.tail(rows or len(real_bars))
    result = crossover_of(real_bars, side, slippage_bps)
    trades, cash = plain_sma_cross(real_bars, 20, 50, side, 10_000.0, 0.0004, slippage_bps / 10_000)
    got = result.to_json()["trades"]
    assert len(got) == len(trades) > 1000
    for mine, (which, qty, entered, entry, left, exit_, fees, pnl, reason) in zip(got, trades, strict=True):
        assert (mine["side"], mine["entry_time"], mine["exit_time"]) == (which, entered, left)
        assert mine["exit_reason"] == reason
        assert (mine["qty"], mine["entry_price"], mine["exit_price"]) == pytest.approx((qty, entry, exit_), rel=1e-9)
        assert (mine["fees"], mine["pnl"]) == pytest.approx((fees, pnl), rel=1e-9, abs=1e-9)
    assert result.final_equity == pytest.approx(cash, rel=1e-9)


@pytest.fixture(scope="module")
def real_bars():
    return read_candle_file(DATA).bars
