import subprocess
import sys

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, play, play_plain, run_backtest
from shared_modules.core.bars import Bars
from shared_modules.matching import kernel


@pytest.mark.parametrize("error", [AttributeError, EOFError])
@pytest.mark.parametrize(
    ("room", "step", "load"), [(kernel, "run", play.load_general), (play_plain, "plain_run", play_plain.load_plain)]
)
def test_a_kernel_cache_of_another_version_is_dropped_and_made_anew(monkeypatch, error, room, step, load):
    calls = []

    def run(*arguments):
        calls.append("run")
        if len(calls) == 1:
            raise error("Can't get attribute 'Feed'")

    monkeypatch.setattr(room, step, run)
    monkeypatch.setattr(play, "forget_cache", lambda: calls.append("forget"))
    load.__wrapped__()
    assert calls == ["run", "forget", "run"]


def test_a_plain_run_does_without_the_loop_over_bars():
    code = (
        "import sys, numpy as np; from shared_modules.core.bars import Bars; "
        "from shared_modules.backtester import BacktestRequest, BarSource, run_backtest; "
        "bars = Bars.of(np.arange(6) * 60_000, *(np.full(6, 100.0) for _ in range(4))); "
        "run_backtest(BacktestRequest('buy_and_hold', {}, (BarSource('X', '1m', bars=bars),))); "
        "assert 'shared_modules.matching.plain' in sys.modules; "
        "assert 'shared_modules.matching.kernel' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_read_only_and_strided_columns_are_copied_for_the_kernel():
    plain, strided, frozen = np.zeros(4), np.zeros(8)[::2], np.zeros(4)
    frozen.flags.writeable = False
    assert play._joined([plain]) is plain
    for column in (strided, frozen):
        joined = play._joined([column])
        assert joined.flags.c_contiguous
        assert joined.flags.writeable


def test_bars_nobody_may_write_to_are_played_without_a_copy():
    bars = Bars.of(np.arange(6) * 60_000, *(np.full(6, 100.0) for _ in range(4)))
    for name in ("time", "open", "high", "low", "close"):
        getattr(bars, name).flags.writeable = False
    request = BacktestRequest("buy_and_hold", {}, (BarSource("X", "1m", bars=bars),), fee=0.0)
    assert run_backtest(request).final_equity == 10_000.0


def test_a_result_keeps_its_trades_when_a_later_run_uses_the_same_ledger():
    closes = 100.0 + 5.0 * np.sin(np.arange(400) / 7.0)
    bars = Bars.of(np.arange(400) * 60_000, closes, closes + 1.0, closes - 1.0, closes)
    sources = (BarSource("X", "1m", bars=bars),)
    first = run_backtest(BacktestRequest("sma_cross", {"fast": 3, "slow": 9}, sources))
    kept = first.trades.records.copy(), first.cash_ledger.amount.copy()
    run_backtest(BacktestRequest("sma_cross", {"fast": 4, "slow": 7, "side": "both"}, sources))
    assert len(first.trades) > 5
    np.testing.assert_array_equal(first.trades.records, kept[0])
    np.testing.assert_array_equal(first.cash_ledger.amount, kept[1])
