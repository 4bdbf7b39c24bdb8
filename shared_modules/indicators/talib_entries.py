"""TA-Lib's functions as entries of the catalogue."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.parameters import Parameter

from .entry import Indicator, bars_parameter, choice_parameter, number_parameter
from .finite import LONG, Outputs, on_finite, ta
from .incremental import Steps, TalibSteps, Values, known
from .talib_table import AVERAGES, BARS, CANDLESTICKS, FUNCTIONS, KINDS, NUMBERS

_COLUMNS = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}


@lru_cache(maxsize=1024)
def talib_lookback(function: str, *arguments: float) -> int:
    """Bars before the first value of TA-Lib's ``function`` with these parameters, as TA-Lib tells."""
    described = ta().abstract.Function(function)
    described.parameters = dict(zip(described.info["parameters"], arguments, strict=True))
    return int(described.lookback)


def talib_steps(function: str, *arguments: float) -> Steps:
    """TA-Lib's ``function`` bar by bar; ``arguments`` are all its parameters in its order."""
    return TalibSteps(function, arguments, talib_lookback(function, *arguments))


@dataclass(frozen=True)
class TalibFunction:
    """One function of TA-Lib; ``kept`` tells which of its outputs are wanted."""

    function: str
    kept: tuple[bool, ...]

    def __call__(self, *columns: Floats, **params: Any) -> Outputs:
        """The kept outputs over whole columns; parameters in TA-Lib's order."""
        arguments = _arguments(params)
        if len(columns[0]) >= LONG and (line := _in_one_pass(self.function, columns, arguments)) is not None:
            return (line,)
        lookback = talib_lookback(self.function, *arguments)

        def lines(*inputs: Floats) -> Outputs:
            found = getattr(ta(), self.function)(*inputs, *arguments)
            found = found if isinstance(found, tuple) else (found,)
            lines = tuple(known(line, lookback) for line, keep in zip(found, self.kept, strict=True) if keep)
            if self.function in _UNBOUNDED:
                for line in lines:
                    line[np.isinf(line)] = np.nan
            return lines

        return on_finite(lines, sum(self.kept), *columns)

    def lookback(self, **params: Any) -> int:
        """Bars before the first value."""
        return talib_lookback(self.function, *_arguments(params))

    def steps(self, **params: Any) -> Steps:
        """The kept outputs bar by bar."""
        steps = talib_steps(self.function, *_arguments(params))
        return steps if all(self.kept) and self.function not in _UNBOUNDED else _Kept(steps, self.kept)


def _in_one_pass(function: str, columns: tuple[Floats, ...], arguments: tuple[float, ...]) -> Floats | None:
    """The line of ``function`` if there is a pass for it and nothing is missing in ``columns``."""
    if function not in _QUICK:
        return None
    from .one_pass import PASSES

    line = np.empty(len(columns[0]))
    ready = (np.ascontiguousarray(column, np.float64) for column in columns)
    return line if PASSES[function](*ready, *map(float, arguments), line) else None


@dataclass(frozen=True)
class _Kept:
    """Some of the outputs of other steps; what is infinite is no value."""

    steps: Steps
    kept: tuple[bool, ...]

    def update(self, values: Values) -> Values:
        return self._of(self.steps.update(values))

    def peek(self, values: Values) -> Values:
        return self._of(self.steps.peek(values))

    def extend(self, columns: Floats) -> Outputs:
        kept = [line for line, keep in zip(self.steps.extend(columns), self.kept, strict=True) if keep]
        return tuple(np.where(np.isinf(line), np.nan, line) for line in kept)

    def _of(self, values: Values) -> Values:
        kept = [v for v, keep in zip(values, self.kept, strict=True) if keep]
        return tuple(math.nan if math.isinf(v) else v for v in kept)


def _arguments(params: dict[str, Any]) -> tuple[float, ...]:
    return tuple(AVERAGES[v] if isinstance(v, str) else v for v in params.values())


def talib_indicators() -> Iterator[Indicator]:
    """An entry for each row of the table."""
    for row in FUNCTIONS.strip().split("\n"):
        name, function, title, category, pane, inputs, outputs, *rest = _cells(row)
        parameters = tuple(_parameter(p) for p in " ".join(rest).split())
        yield _entry(name, function, title, category, pane, inputs, outputs.split(), parameters)
    for row in CANDLESTICKS.strip().split("\n"):
        name, title, *rest = _cells(row)
        parameters = tuple(_parameter(p) for p in " ".join(rest).split())
        yield _entry(name, name.upper(), title, "candlestick", "own", "ohlc", [name], parameters)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _entry(
    name: str,
    function: str,
    title: str,
    category: str,
    pane: str,
    inputs: str,
    outputs: list[str],
    parameters: tuple[Parameter, ...],
) -> Indicator:
    behind = TalibFunction(function, tuple(o != "-" for o in outputs))
    pattern = category == "candlestick"
    return Indicator(
        name=name,
        title=title,
        parameters=parameters,
        inputs=tuple(_COLUMNS[letter] for letter in inputs),
        outputs=tuple(o for o in outputs if o != "-"),
        pane="price" if pane == "price" else "own",
        source=f"TA-Lib {function}",
        function=behind,
        lookback=behind.lookback,
        category=category,
        kind="pattern" if pattern else "line",
        about=f"{title}{', a candlestick pattern' if pattern else ''} (TA-Lib {function}).",
        sparse=name in _SPARSE,
        steps=behind.steps,
    )


# their results can be infinite, which no chart can show
_UNBOUNDED = ("EXP", "SINH", "COSH", "LN", "LOG10", "DIV", "RVOL")

# what `one_pass` has, which is imported for long columns alone
_QUICK = ("ROCR", "VHF")

# outside their domain, or without volume, these have no value
_SPARSE = ("acos", "asin", "ln", "log10", "sqrt", "div", "vwma", "vwap", "rvol", "exp", "sinh", "cosh")


def _parameter(text: str) -> Parameter:
    name, value = text.split("=")
    if name in KINDS:
        return choice_parameter(name, value, KINDS[name], *AVERAGES)
    if name in NUMBERS:
        help, low, high, step = NUMBERS[name]
        return number_parameter(name, float(value), help, low, high, step)
    default, low = map(int, value.split("/"))
    return bars_parameter(name, default, BARS[name], low)
