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

    def _run(self, state: Floats, columns: Floats, params: dict[str, Any]) -> Outputs:
        from . import kernels

        outputs = np.empty((self.lines, columns.shape[1]))
        getattr(kernels, self.kernel)(state, columns, outputs, np.array(self.numbers(**params), np.float64))
        return tuple(outputs) if self.finish is None else self.finish(outputs, columns, **params)


class _RecursionSteps:
    def __init__(self, recursion: Recursion, params: dict[str, Any]) -> None:
        self._recursion, self._params = recursion, params
        self._state = recursion.state(**params)

    def update(self, values: Values) -> Values:
        return self._step(self._state, values)

    def peek(self, values: Values) -> Values:
        return self._step(self._state.copy(), values)

    def extend(self, columns: Floats) -> Outputs:
        return self._recursion._run(self._state, columns, self._params)

    def _step(self, state: Floats, values: Values) -> Values:
        lines = self._recursion._run(state, np.array(values).reshape(-1, 1), self._params)
        return tuple(float(line[0]) for line in lines)
