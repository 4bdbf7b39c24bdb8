"""The same indicators by other packages: TA-Lib itself, polars-talib, tulipy, and plain loops compiled by numba.

A package that is not installed is left out. Each peer is a list of (name, function) for an entry with its parameters.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
from indicator_loops import LOOPS

Peer = tuple[str, Callable[[], Any]]
# the house's entries in TA-Lib's words: function and its arguments from the parameters
HOUSE: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]]]] = {
    "sma": ("SMA", lambda p: (p["period"],)),
    "volume_sma": ("SMA", lambda p: (p["period"],)),
    "ema": ("EMA", lambda p: (p["period"],)),
    "wma": ("WMA", lambda p: (p["period"],)),
    "bollinger": ("BBANDS", lambda p: (p["period"], p["width"], p["width"], 0)),
    "rsi": ("RSI", lambda p: (p["period"],)),
    "stochastic": ("STOCH", lambda p: (p["period"], p["smooth_k"], 0, p["smooth_d"], 0)),
    "macd": ("MACD", lambda p: tuple(p.values())),
    "adx": ("ADX", lambda p: (p["period"],)),
    "cci": ("CCI", lambda p: (p["period"],)),
    "atr": ("ATR", lambda p: (p["period"],)),
    "obv": ("OBV", lambda p: ()),
}  # fmt: skip
# names that tulipy has for something of its own
TULIP = {"bollinger": "bbands", "linearreg": "linreg", "rma": "wilders", "trange": "tr", "massi": "mass", "sar": "psar"}


def peers(entry: Any, columns: dict[str, Any], averages: dict[str, int]) -> Iterator[Peer]:
    """Those that might compute the same as ``entry`` with its defaults; the caller compares the results."""
    params = entry.checked({})
    inputs = [columns[name] for name in entry.inputs]
    numbers = tuple(averages[v] if isinstance(v, str) and v in averages else v for v in params.values())
    function = getattr(entry.function, "function", "")
    if entry.name in HOUSE:
        function, words = HOUSE[entry.name]
        numbers = words(params)
    if function:
        yield from _ta_lib(function, inputs, numbers)
        yield from _polars(function, entry.inputs, columns, numbers)
    yield from _tulip(entry, inputs)
    if entry.name in LOOPS:
        yield "numba", lambda: LOOPS[entry.name](*inputs, *params.values())


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _ta_lib(function: str, inputs: list[Any], numbers: tuple[Any, ...]) -> Iterator[Peer]:
    call = getattr(_module("talib"), function)
    yield "TA-Lib", lambda: call(*inputs, *numbers)


def _polars(function: str, names: tuple[str, ...], columns: dict[str, Any], numbers: tuple[Any, ...]) -> Iterator[Peer]:
    polars, package = _module("polars"), _module("polars_talib")
    call = getattr(package, function.lower(), None)
    if call is None:
        return
    frame = polars.DataFrame({name: columns[name] for name in names})
    try:
        expression = call(*(polars.col(name) for name in names), *numbers).alias("x")
        frame.head(200).select(expression)
    except (TypeError, polars.exceptions.PolarsError):  # other arguments: what they would be is not guessed
        return

    def one() -> Any:
        found = frame.select(expression)["x"]
        return found.struct.unnest().get_columns() if found.dtype == polars.Struct else found

    yield "polars-talib", one


def _tulip(entry: Any, inputs: list[Any]) -> Iterator[Peer]:
    call = getattr(_module("tulipy"), TULIP.get(entry.name, entry.name), None)
    if call is None or not hasattr(call, "options"):
        return
    wanted = [n for n in call.inputs if n != "real"]
    if len(call.inputs) != len(inputs) or (wanted and wanted != list(entry.inputs)):
        return
    options = [float(v) for v in entry.checked({}).values() if not isinstance(v, str)][: len(call.options)]
    if len(options) == len(call.options):
        yield "tulipy", lambda: call(*inputs, *options)


def tails(found: Any, bars: int = 1000) -> list[Any]:
    """The newest values of each line."""
    lines = found if isinstance(found, tuple | list) else [found]
    return [np.asarray(line, np.float64)[-bars:] for line in lines]
