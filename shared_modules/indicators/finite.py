"""Missing values: an indicator starts afresh after each NaN, as if the data began there."""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from shared_modules.core.bars import Floats

Outputs = tuple[Floats, ...]


def on_finite(function: Callable[..., Outputs], outputs: int, *inputs: Floats) -> Outputs:
    """``function`` of each stretch of ``inputs`` without NaN or infinity; its ``outputs`` are NaN elsewhere."""
    columns = [np.ascontiguousarray(x, np.float64) for x in inputs]
    if len(columns[0]) and _all_finite(columns):
        return function(*columns)
    finite = np.isfinite(columns[0])
    for column in columns[1:]:
        finite &= np.isfinite(column)
    if len(finite) and finite.all():  # values so large that their sum was infinite
        return function(*columns)
    results = tuple(np.full(len(finite), np.nan) for _ in range(outputs))
    edges = np.flatnonzero(np.diff(np.r_[False, finite, False]))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        for whole, part in zip(results, function(*(x[a:b] for x in columns)), strict=True):
            whole[a:b] = part
    return results


def _all_finite(columns: list[Floats]) -> bool:
    """Whether nothing is missing; no where it might be: a sum of NaN or infinity is not finite, and quick to take."""
    with np.errstate(over="ignore", invalid="ignore"):
        return all(np.isfinite(column.sum()) for column in columns)


def ta() -> ModuleType:
    """TA-Lib, imported when first needed: the window must start without it."""
    import talib
    import talib.abstract

    return talib
