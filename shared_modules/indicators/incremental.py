"""Indicators one bar at a time, equal to computing them over all bars."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.market import Candle

from .finite import Outputs, ta

Values = tuple[float, ...]


class Steps(Protocol):
    """An indicator between two bars, without missing values."""

    def update(self, values: Values) -> Values:
        """The lines at the next bar, whose inputs are ``values``."""

    def peek(self, values: Values) -> Values:
        """What `update` would give, without going on."""


class Incremental:
    """An indicator that follows a series; made by `Indicator.incremental`.

    A bar with a missing input has no values, and the next starts afresh, as in the whole computation.
    """

    def __init__(self, inputs: tuple[str, ...], outputs: tuple[str, ...], start: Callable[[], Steps]) -> None:
        self.inputs, self.outputs = inputs, outputs
        self._start = start
        self._steps = start()
        self._missing = (math.nan,) * len(outputs)

    def update(self, bar: Candle) -> dict[str, float]:
        """The lines at ``bar``, the next finished one."""
        values = self._values(bar)
        if all(map(math.isfinite, values)):
            return dict(zip(self.outputs, self._steps.update(values), strict=True))
        self._steps = self._start()
        return dict(zip(self.outputs, self._missing, strict=True))

    def peek(self, bar: Candle) -> dict[str, float]:
        """The lines if ``bar`` were to finish as it is now; may be asked again with each of its changes."""
        values = self._values(bar)
        finite = all(map(math.isfinite, values))
        return dict(zip(self.outputs, self._steps.peek(values) if finite else self._missing, strict=True))

    def extend(self, bars: Bars) -> dict[str, Floats]:
        """The lines at each of ``bars``, which come next."""
        rows = [tuple(self.update(bars.candle(i)).values()) for i in range(len(bars))]
        columns = np.array(rows, np.float64).reshape(len(bars), len(self.outputs)).T
        return dict(zip(self.outputs, columns, strict=True))

    def _values(self, bar: Candle) -> Values:
        return tuple(float(getattr(bar, name)) for name in self.inputs)


class TailSteps:
    """Computes the newest bars afresh each time, as many as the value depends on."""

    def __init__(self, function: Callable[..., Floats | Outputs], params: Mapping[str, Any], inputs: int, memory: int):
        self._function, self._params = function, params
        self._memory = memory
        self._rows = np.empty((inputs, max(64, 2 * memory)))
        self._end = 0

    def update(self, values: Values) -> Values:
        result = self.peek(values)
        self._end += 1
        return result

    def peek(self, values: Values) -> Values:
        if self._end == self._rows.shape[1]:
            kept = self._rows[:, self._end - self._memory :].copy()
            self._rows[:, : self._memory] = kept
            self._end = self._memory
        self._rows[:, self._end] = values
        a = max(0, self._end + 1 - self._memory)
        found = self._function(*self._rows[:, a : self._end + 1], **self._params)
        lines = found if isinstance(found, tuple) else (found,)
        return tuple(float(line[-1]) for line in lines)


class TalibSteps:
    """Goes on with a handle of TA-Lib, which gives the very numbers its functions give over all bars."""

    def __init__(self, function: str, arguments: tuple[Any, ...], lookback: int) -> None:
        self._function, self._arguments, self._lookback = function, arguments, lookback
        self._history: list[Values] = []
        self._handle: Any = None

    def update(self, values: Values) -> Values:
        if self._handle is not None:
            return _floats(self._handle.update(*values))
        result = self._short(values)
        self._history.append(values)
        self._open()
        return result

    def peek(self, values: Values) -> Values:
        return self._short(values) if self._handle is None else _floats(self._handle.peek(*values))

    def _short(self, values: Values) -> Values:
        columns = _columns([*self._history, values])
        found = getattr(ta(), self._function)(*columns, *self._arguments)
        lines = found if isinstance(found, tuple) else (found,)
        early = len(self._history) < self._lookback  # whole numbers have no NaN for it
        return tuple(math.nan if early else float(line[-1]) for line in lines)

    def _open(self) -> None:
        if len(self._history) <= self._lookback:
            return
        try:
            self._handle = getattr(ta().stream, self._function)(*_columns(self._history), *self._arguments)
        except ta().InsufficientHistory:
            return  # some seeds need a few bars more
        self._history = []


def _columns(rows: list[Values]) -> list[Floats]:
    return [np.array(column) for column in zip(*rows, strict=True)]


def _floats(found: Any) -> Values:
    return tuple(map(float, found)) if isinstance(found, tuple) else (float(found),)


class ChainSteps:
    """Feeds the first output of ``first`` to ``then`` from its first value on."""

    def __init__(self, first: Steps, then: Steps, outputs: int) -> None:
        self._first, self._then = first, then
        self._missing = (math.nan,) * outputs

    def update(self, values: Values) -> Values:
        value = self._first.update(values)[:1]
        return self._then.update(value) if math.isfinite(value[0]) else self._missing

    def peek(self, values: Values) -> Values:
        value = self._first.peek(values)[:1]
        return self._then.peek(value) if math.isfinite(value[0]) else self._missing
