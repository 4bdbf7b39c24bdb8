"""A strategy's wishes, computed and checked."""

import inspect
import traceback
from dataclasses import fields
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import InvalidInput, TradeBotError
from shared_modules.core.timeframes import Timeframe
from shared_modules.matching.orders import TIMES_IN_FORCE
from shared_modules.strategies.base import Higher, MarketView, Signals, Strategy
from shared_modules.strategies.following import LISTS as LISTS

from .data import SymbolData

_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short")
_PRICES = ("stop", "target", "limit", "trigger")
_POSITIVE = ("trail", "break_even", "max_bars", "exit_limit", "exit_trigger", "exit_share")
VALUES = (*_PRICES, *_POSITIVE, "strength", "confidence")


def wishes(strategy: Strategy, data: SymbolData) -> Signals:
    """The signals of ``strategy`` for the traded rows of ``data``, warmed up by those before.

    Raises `InvalidInput` with file and line when the strategy fails, or with the array that can't be right.
    """
    view = MarketView(data.symbol, data.frame, data.bars, higher_bars(strategy, data), data.first)
    try:
        signals = strategy.signals(view)
    except TradeBotError:
        raise
    except (Exception, SystemExit) as error:
        raise InvalidInput(blame(strategy, error), strategy=strategy.name) from error
    return checked(strategy, signals, data)


def sound(strategy: Strategy) -> Strategy:
    """``strategy``, when what it says of itself can be; raises `InvalidInput` with what is wrong."""
    try:
        warmup, entries, frames = strategy.warmup, strategy.max_entries, strategy.timeframes
    except TradeBotError:
        raise
    except (Exception, SystemExit) as error:
        raise InvalidInput(blame(strategy, error), strategy=strategy.name) from error
    for name, count, least in (("warmup", warmup, 0), ("max_entries", entries, 1)):
        if not isinstance(count, int) or count < least:
            raise InvalidInput(
                f"strategy '{strategy.name}' gives '{name}' as {count!r}; it must be a whole number, {least} or more"
            )
    if not isinstance(frames, tuple) or not all(isinstance(frame, Timeframe) for frame in frames):
        raise InvalidInput(
            f"strategy '{strategy.name}' gives 'timeframes' as {frames!r}; it must be a tuple of what "
            "timeframe('1h') and its like return"
        )
    return strategy


def checked(strategy: Strategy, signals: Signals, data: SymbolData) -> Signals:
    """The traded rows of ``signals``; raises `InvalidInput` with the array that can't be right."""
    _check(strategy, signals, len(data.bars))
    return _rows(signals, data.first, data.last)


def higher_bars(strategy: Strategy, data: SymbolData) -> dict[Timeframe, Bars]:
    """Whole bars of each longer timeframe that ``strategy`` reads; raises `InvalidInput` for one that is not longer."""
    for frame in strategy.timeframes:
        if frame.ms <= data.frame.ms:
            raise InvalidInput(
                f"'{strategy.name}' reads {frame} bars beside {data.frame} bars, but they must be longer; change its "
                f"timeframes or run it on shorter bars"
            )
    return Higher(strategy.name, {frame: data.higher(frame) for frame in strategy.timeframes})


def blame(strategy: Strategy, error: BaseException) -> str:
    """A sentence with the place where ``strategy`` failed: the innermost in its own file, if there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = inspect.getsourcefile(type(strategy)) or ""
    # a method that takes other arguments fails before its first line
    line = next((f", line {f.lineno}" for f in reversed(frames) if f.filename == own), "")
    name = own.replace("\\", "/").rsplit("/", 1)[-1]
    return f"strategy '{strategy.name}' failed in {name}{line}: {type(error).__name__}: {error}"


def _check(strategy: Strategy, signals: Signals, n: int) -> None:
    if not isinstance(signals, Signals):
        raise InvalidInput(f"strategy '{strategy.name}' must return Signals, not {type(signals).__name__}")
    for name in _FLAGS:
        _check_array(strategy, name, getattr(signals, name), n, np.bool_)
    if signals.cancel is not None:
        _check_array(strategy, "cancel", signals.cancel, n, np.bool_)
    given = []
    for name in VALUES:
        values = getattr(signals, name)
        if values is not None:
            _check_array(strategy, name, values, n, np.float64)
            if name in _PRICES + _POSITIVE:
                given.append((name, values))
    for name in LISTS:
        for k, prices in enumerate(getattr(signals, name)):
            _check_array(strategy, f"{name}[{k}]", prices, n, np.float64)
            given.append((name, prices))
    if given or signals.confidence is not None:
        _check_levels(strategy, signals, given)
    _check_orders(strategy, signals)


def _check_levels(strategy: Strategy, signals: Signals, given: list[tuple[str, Floats]]) -> None:
    enters = np.flatnonzero(signals.enter_long | signals.enter_short)
    exits = np.flatnonzero(signals.exit_long | signals.exit_short)
    for name, values in given:
        at = values[exits if name.startswith("exit") else enters]
        if (np.isinf(at) | (at <= 0.0)).any():
            raise InvalidInput(f"strategy '{strategy.name}' gives a '{name}' that is infinite or not above 0")
    if signals.confidence is not None:
        at = signals.confidence[enters]
        if ((at < 0.0) | (at > 1.0 + 1e-9)).any():
            raise InvalidInput(f"strategy '{strategy.name}' gives a 'confidence' that is not between 0 and 1")


def _check_array(strategy: Strategy, name: str, values: Any, n: int, wanted: type) -> None:
    if not isinstance(values, np.ndarray) or values.dtype != wanted or values.shape != (n,):
        got = f"{values.dtype} of {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
        single = isinstance(values, (int, float))
        advice = f"; one value for all bars is np.full({n}, {wanted(values)})" if single else ""
        raise InvalidInput(
            f"strategy '{strategy.name}' gives '{name}' as {got}; it must be an array of {n} {np.dtype(wanted)}{advice}"
        )


def _check_orders(strategy: Strategy, signals: Signals) -> None:
    for name, shares in (("ladder", signals.ladder_shares), ("grid", signals.grid_shares)):
        _check_shares(strategy, name, len(getattr(signals, name)), shares)
    if signals.grid_targets and len(signals.grid_targets) != len(signals.grid):
        raise InvalidInput(f"strategy '{strategy.name}' must give one 'grid_targets' for each 'grid' price, or none")
    if signals.valid_bars < 0 or signals.time_in_force not in TIMES_IN_FORCE:
        raise InvalidInput(f"strategy '{strategy.name}' gives an unknown time in force or valid_bars below 0")


def _check_shares(strategy: Strategy, name: str, prices: int, shares: tuple[float, ...]) -> None:
    if len(shares) != prices or len(shares) > LISTS[name]:
        raise InvalidInput(
            f"strategy '{strategy.name}' gives {prices} {name} prices for {len(shares)} shares; it must be one share "
            f"for each, {LISTS[name]} at most"
        )
    if any(not share > 0.0 for share in shares) or sum(shares) > 1.0 + 1e-9:
        raise InvalidInput(f"strategy '{strategy.name}' gives {name} shares that are not above 0 or sum to more than 1")


def _rows(signals: Signals, first: int, last: int) -> Signals:
    if first == 0 and last == len(signals.enter_long):
        return signals
    cut = {f.name: getattr(signals, f.name) for f in fields(signals)}
    for name in (*_FLAGS, "cancel", *VALUES):
        cut[name] = None if cut[name] is None else cut[name][first:last]
    for name in LISTS:
        cut[name] = tuple(prices[first:last] for prices in cut[name])
    return Signals(**cut)
