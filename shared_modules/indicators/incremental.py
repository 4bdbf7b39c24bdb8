"""Indicators one bar at a time, equal to computing them over all bars."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.market import Candle

from .finite import Outputs, ta

Values = tuple[float, ...]


class Steps(Protocol):
    """An indicator between two bars, without missing values."""

    def update(self, values: Values) -> Values:
        """The lines at the next bar, whose inputs are ``values``."""

    def peek(self, values: Values) -> Values:
        """What `update` would give, without going on."""

    def extend(self, columns: Floats) -> Outputs:
        """The lines at many next bars; ``columns`` of shape (inputs, bars)."""


class Incremental:
    """An indicator that follows a series; made by `Indicator.incremental`.

    A bar with a missing input has no values, and the next starts afresh, as in the whole computation.
    """

    def __init__(self, inputs: tuple[str, ...], outputs: tuple[str, ...], start: Callable[[], Steps]) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.start = start
        self._steps = start()
        self._missing = (math.nan,) * len(outputs)

    def update(self, bar: Candle) -> dict[str, float]:
        """The lines at ``bar``, the next finished one."""
        values = self._values(bar)
        if all(map(math.isfinite, values)):
            return dict(zip(self.outputs, self._steps.update(values), strict=True))
        self._steps = self.start()
        return dict(zip(self.outputs, self._missing, strict=True))

    def peek(self, bar: Candle) -> dict[str, float]:
        """The lines if ``bar`` were to finish as it is now; may be asked again with each of its changes."""
        values = self._values(bar)
        finite = all(map(math.isfinite, values))
        return dict(zip(self.outputs, self._steps.peek(values) if finite else self._missing, strict=True))

    def extend(self, bars: Bars) -> dict[str, Floats]:
        """The lines at each of ``bars``, which come next; as fast as the whole computation."""
        columns = np.array([getattr(bars, name) for name in self.inputs], np.float64)
        lines = np.full((len(self.outputs), len(bars)), np.nan)
        finite: Flags = np.asarray(np.isfinite(columns).all(axis=0))
        edges = np.flatnonzero(np.diff(finite)) + 1
        for a, b in pairwise([0, *edges.tolist(), len(bars)]):
            if b > a and finite[a]:
                lines[:, a:b] = self._steps.extend(columns[:, a:b])
            elif b > a:
                self._steps = self.start()
        return dict(zip(self.outputs, lines, strict=True))

    def _values(self, bar: Candle) -> Values:
        return tuple(float(getattr(bar, name)) for name in self.inputs)


class Line:
    """An indicator followed by plain numbers, for what has no time for names; made by `Indicator.line`.

    Called with the inputs at the next bar it gives the lines there; after a missing input it starts afresh.
    """

    __slots__ = ("_missing", "_start", "_update")

    def __init__(self, start: Callable[[], Steps], outputs: int) -> None:
        self._start, self._missing = start, (math.nan,) * outputs
        self._begin()

    def __call__(self, *values: float) -> Values:
        for value in values:
            if value - value != 0.0:  # NaN or infinite
                self._begin()
                return self._missing
        return self._update(values)

    def _begin(self) -> None:
        steps = self._start()
        # what only goes on bar by bar needs no memory of the bars before
        self._update = getattr(steps, "running", steps).update


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
        lines = self._lines(self._rows[:, a : self._end + 1])
        return tuple(float(line[-1]) for line in lines)

    def extend(self, columns: Floats) -> Outputs:
        before = self._rows[:, max(0, self._end - self._memory) : self._end]
        rows = np.concatenate((before, columns), axis=1)
        kept = rows[:, -self._memory :]
        self._end = kept.shape[1]
        self._rows[:, : self._end] = kept
        return tuple(line[before.shape[1] :] for line in self._lines(rows))

    def _lines(self, rows: Floats) -> Outputs:
        found = self._function(*rows, **self._params)
        return found if isinstance(found, tuple) else (found,)


class TalibSteps:
    """Goes on with a handle of TA-Lib, which gives the very numbers its functions give over all bars."""

    exact = True

    def __init__(self, function: str, arguments: tuple[Any, ...], lookback: int) -> None:
        self._function, self._arguments, self._lookback = function, arguments, lookback
        self._history: list[Values] = []
        self._handle: Any = None

    def update(self, values: Values) -> Values:
        if self._handle is not None:
            return _floats(self._handle.update(*values))
        result = self._short(values)
        self._history.append(values)
        self._open(np.array(self._history).T)
        return result

    def peek(self, values: Values) -> Values:
        return self._short(values) if self._handle is None else _floats(self._handle.peek(*values))

    def extend(self, columns: Floats) -> Outputs:
        if self._handle is not None:
            return tuple(np.array([self.update(tuple(row)) for row in columns.T.tolist()]).T)
        before = len(self._history)
        rows = np.concatenate((np.array(self._history).reshape(before, len(columns)).T, columns), axis=1)
        lines = tuple(line[before:] for line in self._lines(rows))
        self._open(rows)
        if self._handle is None:
            self._history = [tuple(row) for row in rows.T.tolist()]
        return lines

    def _short(self, values: Values) -> Values:
        return tuple(float(line[-1]) for line in self._lines(np.array([*self._history, values]).T))

    def _lines(self, rows: Floats) -> Outputs:
        found = getattr(ta(), self._function)(*map(np.ascontiguousarray, rows), *self._arguments)
        return tuple(known(line, self._lookback) for line in (found if isinstance(found, tuple) else (found,)))

    def _open(self, rows: Floats) -> None:
        if rows.shape[1] <= self._lookback:
            return
        try:
            opened = getattr(ta().stream, self._function)(*map(np.ascontiguousarray, rows), *self._arguments)
        except ta().InsufficientHistory:
            return  # some seeds need a few bars more
        self._handle, self._history = opened, []


def known(line: Any, lookback: int) -> Floats:
    """``line`` of TA-Lib as floats; it fills whole numbers with 0 where it knows nothing yet."""
    if line.dtype == np.float64:
        return line  # type: ignore[no-any-return]
    floats: Floats = line.astype(np.float64)
    floats[:lookback] = np.nan
    return floats


def _floats(found: Any) -> Values:
    return tuple(map(float, found)) if isinstance(found, tuple) else (float(found),)


class ChainSteps:
    """Feeds the first output of ``first`` to ``then`` from its first value on."""

    def __init__(self, first: Steps, then: Steps, outputs: int) -> None:
        self._first, self._then = first, then
        self.exact = getattr(first, "exact", False) and getattr(then, "exact", False)
        self._missing = (math.nan,) * outputs

    def update(self, values: Values) -> Values:
        value = self._first.update(values)[:1]
        return self._then.update(value) if math.isfinite(value[0]) else self._missing

    def peek(self, values: Values) -> Values:
        value = self._first.peek(values)[:1]
        return self._then.peek(value) if math.isfinite(value[0]) else self._missing

    def extend(self, columns: Floats) -> Outputs:
        values = np.asarray(self._first.extend(columns)[0])
        begin = int(np.isnan(values).sum())  # they are missing at the beginning alone
        lines = np.full((len(self._missing), len(values)), np.nan)
        lines[:, begin:] = self._then.extend(values[None, begin:])
        return tuple(lines)
