"""Results that several tests look at; each is computed once."""

from functools import cache

from shared_modules.backtester import BacktestRequest, BacktestResult, BarSource, Sizing, run_backtest
from tests.strategies.markets import random_bars


def request(seed=1, n=12_000, **options):
    sources = tuple(
        BarSource(symbol, "5m", bars=random_bars(n, seed + i, spread=0.01))
        for i, symbol in enumerate(("BTCUSDT", "ETHUSDT"))
    )
    given = {"strategy": "sma_cross", "sources": sources, "parameters": {"side": "both"}, "size": Sizing("equity", 0.4),
             "stop_loss": 0.01, "take_profit": 0.02}  # fmt: skip
    return BacktestRequest(**{**given, **options})


@cache
def portfolio(seed=1) -> BacktestResult:
    """Two symbols, both ways, with stops and targets, over six weeks."""
    return run_backtest(request(seed))


@cache
def nothing() -> BacktestResult:
    """A result without any trade."""
    return run_backtest(request(parameters={"fast": 998, "slow": 999}, n=500))
