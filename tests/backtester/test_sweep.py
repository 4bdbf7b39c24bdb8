import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, Sizing, run_backtest
from shared_modules.backtester.sweep import combinations, sweep
from shared_modules.core.errors import Cancelled, InvalidInput
from shared_modules.core.progress import Progress
from shared_modules.indicators import sma
from shared_modules.indicators.memo import Memo, remembering
from tests.strategies.markets import random_bars

GRID = {"fast": [3, 10], "slow": [10, 30]}


def request(symbols=1, side="both", **given):
    sources = tuple(BarSource(f"S{k}", "1m", bars=random_bars(3000, k)) for k in range(symbols))
    return BacktestRequest("sma_cross", {"side": side}, sources, **given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"side": "long"},
        {"side": "long", "slippage_bps": 3.0, "fee": 0.001, "size": Sizing("equity", 0.5)},
        {"side": "long", "timeframe": "1h"},
        {"stop_loss": 0.01, "take_profit": 0.02},
        {"symbols": 3, "max_positions": 2},
        {"latency": 1},
    ],
)
def test_each_row_has_the_figures_of_a_run_of_its_own(given):
    asked = request(**given)
    table = sweep(asked, GRID)
    for i, parameters in enumerate(table.parameters):
        if i in table.refused:
            assert np.isnan(table.metrics["trades"][i])
            continue
        single = run_backtest(BacktestRequest(**{**vars(asked), "parameters": {**asked.parameters, **parameters}}))
        assert table.metrics["final_equity"][i] == single.final_equity
        for name in ("trades", "max_drawdown", "sharpe", "fees", "exposure", "win_rate", "max_drawdown_days"):
            assert table.metrics[name][i] == single.metrics[name]


def test_a_combination_that_the_strategy_refuses_has_its_sentence_and_no_figures():
    table = sweep(request(), GRID)
    assert list(table.refused) == [2]
    assert "must be below" in table.refused[2]
    assert 2 not in table.best("total_return")


def test_an_indicator_is_computed_once_for_each_of_its_parameters():
    values = np.arange(50.0)
    with remembering(Memo()):
        assert sma(values, 5) is sma(values, 5)
        assert sma(values, 5) is not sma(values, 6)
        assert sma(values.copy(), 5) is not sma(values, 5)
    assert sma(values, 5) is not sma(values, 5)


def test_the_best_rows_come_first():
    table = sweep(request(), [{"fast": f, "slow": 40} for f in (2, 5, 9, 20)], workers=2)
    order = table.best("total_return", 3)
    values = table.metrics["total_return"][order]
    assert len(order) == 3
    assert (np.diff(values) <= 0).all()
    with pytest.raises(InvalidInput, match="no figure"):
        table.best("luck")


def test_a_sweep_stops_when_it_is_told_to():
    progress = Progress(lambda report: progress.cancel() if report.share > 0.3 else None, every=0.0)
    with pytest.raises(Cancelled):
        sweep(request(), [{"fast": f, "slow": 100} for f in range(2, 40)], progress)


def test_a_grid_has_every_combination_and_no_empty_one():
    assert len(combinations(GRID)) == 4
    assert combinations(GRID)[1] == {"fast": 3, "slow": 30}
    with pytest.raises(InvalidInput, match="1 to"):
        combinations([])
