"""A backtest and, after it, its checks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared_modules.backtester.data import SymbolData, load
from shared_modules.backtester.request import BacktestRequest
from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.run import run_on, strategy_of
from shared_modules.core.errors import Cancelled
from shared_modules.core.progress import Progress
from shared_modules.strategies.base import Strategy

from . import market, money, trades
from .chance import random_entries
from .ground import Ground
from .lookahead import look_ahead
from .twoforms import two_forms
from .verdict import Verdict
from .warmup import warm_up

_log = logging.getLogger(__name__)
_SYMBOLS = 3
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
    strategy, part = strategy_of(request), progress.part(0.0, _RUN)
    # a year of minutes takes as long to read again as some of the checks
    data, notes = load(request, part.part(0.0, 0.3))
    result = run_on(request, strategy, data, notes, part)
    return replace(result, honesty=_check(Checked(strategy, data, result), progress.part(_RUN, 1.0)))


def check_result(
    request: BacktestRequest, result: BacktestResult, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """The verdicts on ``result``, which must be that of ``request`` with its candles."""
    progress = Progress() if progress is None else progress
    data, _ = load(request, progress.part(0.0, 0.05))
    return _check(Checked(strategy_of(request), data, result), progress.part(0.05, 1.0))


def _check(about: Checked, progress: Progress) -> tuple[Verdict, ...]:
    found, at = [], 0.0
    for name, check in CHECKS:
        until = min(1.0, at + _SLOW.get(name, 0.05 / (len(CHECKS) - len(_SLOW))))
        progress.step(at, f"Checking {name}")
        found.append(_checked(name, check, about, progress.part(at, until)))
        at = until
    progress.step(1.0, "Checked")
    return tuple(found)


def _checked(name: str, check: Check, about: Checked, progress: Progress) -> Verdict:
    """The verdict of ``check``; a check that breaks must not take the result with it."""
    try:
        return check(about, progress)
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and told
        _log.exception("the check '%s' broke", name)
        return Verdict(name, "unknown", f"This could not be checked: {type(error).__name__}: {error}.")


def grounds_of(checked: Checked) -> list[Ground]:
    """The histories that the strategy itself is asked about again: those of the first few symbols."""
    return [Ground.of(checked.strategy, d) for d in checked.data[:_SYMBOLS]]


def _looked(checked: Checked, progress: Progress) -> Verdict:
    if checked.result.request.decide_by == "on_bar":
        return Verdict(
            "look-ahead", "good", "It was asked bar by bar and given no later bar, so it could not look ahead."
        )
    return look_ahead(checked.strategy, grounds_of(checked), progress)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("look-ahead", lambda c, p: _looked(c, p)),
    ("warm-up", lambda c, p: warm_up(c.strategy, grounds_of(c), p)),
    ("bar by bar", lambda c, p: two_forms(c.result.request, c.strategy, c.data[0], p)),
    ("random entries", lambda c, p: random_entries(c.result, c.data, p)),
    ("buy and hold", lambda c, _: money.holding(c.result)),
    ("trades", lambda c, _: trades.enough(c.result)),
    ("single trades", lambda c, _: trades.few_make_it(c.result)),
    ("open at the end", lambda c, _: trades.left_open(c.result)),
    ("costs", lambda c, _: money.costs(c.result)),
    ("ambiguous bars", lambda c, _: money.ambiguity(c.result)),
    ("volume", lambda c, _: market.volume(c.result, c.data)),
    ("gaps", lambda c, _: market.gaps(c.result, c.data)),
    ("length", lambda c, _: market.length(c.result, c.data)),
    ("parameters", lambda c, _: money.edges(c.strategy)),
    ("figures", lambda c, _: money.figures(c.result)),
)
# the first four ask the strategy again or draw; the others only read the result
_SLOW = {"look-ahead": 0.7, "warm-up": 0.1, "bar by bar": 0.05, "random entries": 0.1}
