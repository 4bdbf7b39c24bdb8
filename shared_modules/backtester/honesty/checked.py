"""A backtest and, after it, its checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from shared_modules.backtester.data import SymbolData, load
from shared_modules.backtester.request import BacktestRequest
from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.run import run_backtest
from shared_modules.core.parameters import build
from shared_modules.core.progress import Progress
from shared_modules.strategies.base import Strategy
from shared_modules.strategies.registry import strategy as strategy_called

from . import trades
from .verdict import Verdict

_RUN = 0.5  # share of the progress that the backtest itself gets


@dataclass(frozen=True)
class Checked:
    """What every check is given: the strategy as it ran, its data and its result."""

    strategy: Strategy
    data: tuple[SymbolData, ...]
    result: BacktestResult


Check = Callable[[Checked, Progress], Verdict]


def run_checked(request: BacktestRequest, progress: Progress | None = None) -> BacktestResult:
    """The result of ``request`` with the verdicts of all checks in ``honesty``; raises what `run_backtest` raises."""
    progress = Progress() if progress is None else progress
    result = run_backtest(request, progress.part(0.0, _RUN))
    return replace(result, honesty=check_result(request, result, progress.part(_RUN, 1.0)))


def check_result(
    request: BacktestRequest, result: BacktestResult, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """The verdicts on ``result``, which must be that of ``request`` with its candles."""
    progress = Progress() if progress is None else progress
    folder = None if request.strategy_folder is None else Path(request.strategy_folder)
    strategy = build(strategy_called(request.strategy, folder), request.parameters)
    data, _ = load(request, progress.part(0.0, 0.05))
    about = Checked(strategy, data, result)
    found = []
    for i, (title, check) in enumerate(CHECKS):
        progress.step(0.05 + 0.95 * i / len(CHECKS), title)
        found.append(check(about, progress.part(0.05 + 0.95 * i / len(CHECKS), 0.05 + 0.95 * (i + 1) / len(CHECKS))))
    progress.step(1.0, "Checked")
    return tuple(found)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("Counting trades", lambda c, _: trades.enough(c.result)),
    ("Weighing single trades", lambda c, _: trades.few_make_it(c.result)),
)
