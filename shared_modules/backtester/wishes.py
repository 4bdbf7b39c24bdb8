"""A strategy's wishes, computed and checked."""

import traceback
from dataclasses import fields

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput, TradeBotError
from shared_modules.core.timeframes import Timeframe
from shared_modules.strategies.base import MarketView, Signals, Strategy

from .data import SymbolData

_FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short")
_VALUES = ("stop", "target", "strength")


def wishes(strategy: Strategy, data: SymbolData) -> Signals:
    """The signals of ``strategy`` for the traded rows of ``data``, warmed up by those before.

    Raises `InvalidInput` with file and line when the strategy fails, or with the array that can't be right.
    """
    view = MarketView(data.symbol, data.frame, data.bars, higher_bars(strategy, data))
    try:
        signals = strategy.signals(view)
    except TradeBotError:
        raise
    except Exception as error:
        raise InvalidInput(_blame(strategy, error), strategy=strategy.name) from error
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
    return {frame: data.higher(frame) for frame in strategy.timeframes}


def _blame(strategy: Strategy, error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    name = frame.filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"strategy '{strategy.name}' failed in {name}, line {frame.lineno}: {type(error).__name__}: {error}"


def _check(strategy: Strategy, signals: Signals, n: int) -> None:
    if not isinstance(signals, Signals):
        raise InvalidInput(f"strategy '{strategy.name}' must return Signals, not {type(signals).__name__}")
    for name in _FLAGS + _VALUES:
        values = getattr(signals, name)
        if values is None and name in _VALUES:
            continue
        wanted = np.bool_ if name in _FLAGS else np.float64
        if not isinstance(values, np.ndarray) or values.dtype != wanted or values.shape != (n,):
            got = f"{values.dtype} of {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
            raise InvalidInput(
                f"strategy '{strategy.name}' gives '{name}' as {got}; it must be an array of {n} {np.dtype(wanted)}"
            )
    enters = signals.enter_long | signals.enter_short
    for name in ("stop", "target"):
        values = getattr(signals, name)
        if values is not None and (np.isinf(values[enters]) | (values[enters] <= 0.0)).any():
            raise InvalidInput(f"strategy '{strategy.name}' gives a '{name}' that is infinite or not above 0")


def _rows(signals: Signals, first: int, last: int) -> Signals:
    if first == 0 and last == len(signals.enter_long):
        return signals
    cut = {f.name: getattr(signals, f.name) for f in fields(signals)}
    for name in _FLAGS + _VALUES:
        cut[name] = None if cut[name] is None else cut[name][first:last]
    return Signals(**cut)
