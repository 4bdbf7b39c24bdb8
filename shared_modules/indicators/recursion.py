"""Indicators whose newest value depends on all bars before it, run by compiled steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared_modules.core.bars import Floats

from .finite import Outputs, on_finite
from .incremental import Steps, Values


@dataclass(frozen=True)
class Recursion:
    """The kernel called ``kernel`` with its number of ``lines``; ``about`` says in a sentence what it computes.

    ``state`` makes its state before the first bar, ``numbers`` its parameters, both from the indicator's parameters.
    ``finish`` makes the outputs of the kernel's lines and the inputs at the same bars.
    """

    about: str
    kernel: str
    lines: int
    state: Callable[..., Floats]
    numbers: Callable[..., tuple[float, ...]]
    finish: Callable[..., Outputs] | None = None

    def __call__(self, *columns: Floats, **params: Any) -> Outputs:
        """The outputs over whole columns."""

        def lines(*inputs: Floats) -> Outputs:
            return self._run(self.state(**params), np.array(inputs), params)

        sample = self._run(self.state(**params), np.empty((len(columns), 0)), params)
        return on_finite(lines, len(sample), *columns)

    def steps(self, **params: Any) -> Steps:
        """The outputs bar by bar."""
        return _RecursionSteps(self, params)

    @property
    def compiled(self) -> Callable[[Floats, Floats, Floats, Floats], None]:
        """The kernel, which is imported with the first call."""
        from . import kernels

        found: Callable[[Floats, Floats, Floats, Floats], None] = getattr(kernels, self.kernel)
        return found

    def _run(self, state: Floats, columns: Floats, params: dict[str, Any]) -> Outputs:
        outputs = np.empty((self.lines, columns.shape[1]))
        self.compiled(state, columns, outputs, np.array(self.numbers(**params), np.float64))
        return tuple(outputs) if self.finish is None else self.finish(outputs, columns, **params)


class _RecursionSteps:
    def __init__(self, recursion: Recursion, params: dict[str, Any]) -> None:
        self._recursion, self._params = recursion, params
        self._state = recursion.state(**params)
        self._numbers = np.array(recursion.numbers(**params), np.float64)
        self._line = np.empty((recursion.lines, 1))
        self._column: Floats | None = None

    def update(self, values: Values) -> Values:
        return self._step(self._state, values)

    def peek(self, values: Values) -> Values:
        return self._step(self._state.copy(), values)

    def extend(self, columns: Floats) -> Outputs:
        return self._recursion._run(self._state, columns, self._params)

    def _step(self, state: Floats, values: Values) -> Values:
        if self._column is None:
            self._column = np.empty((len(values), 1))
        self._column[:, 0] = values
        self._recursion.compiled(state, self._column, self._line, self._numbers)
        if self._recursion.finish is None:
            return tuple(self._line[:, 0].tolist())
        lines = self._recursion.finish(tuple(self._line), self._column, **self._params)
        return tuple(float(line[0]) for line in lines)
