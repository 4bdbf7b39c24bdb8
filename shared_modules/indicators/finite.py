"""Missing values: an indicator starts afresh after each NaN, as if the data began there."""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from shared_modules.core.bars import Floats

Outputs = tuple[Floats, ...]
# for fewer bars numba is not worth its loading
LONG = 20_000


def on_finite(function: Callable[..., Outputs], outputs: int, *inputs: Floats) -> Outputs:
    """``function`` of each stretch of ``inputs`` without NaN or infinity; its ``outputs`` are NaN elsewhere."""
    columns = [np.ascontiguousarray(x, np.float64) for x in inputs]
    if _whole(columns):
        return function(*columns)
    finite = np.isfinite(columns[0])
    for column in columns[1:]:
        finite &= np.isfinite(column)
    results = tuple(np.full(len(finite), np.nan) for _ in range(outputs))
    edges = np.flatnonzero(np.diff(np.r_[False, finite, False]))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        for whole, part in zip(results, function(*(x[a:b] for x in columns)), strict=True):
            whole[a:b] = part
    return results


def _whole(columns: list[Floats]) -> bool:
    if len(columns[0]) < LONG:
        return bool(len(columns[0])) and all(bool(np.isfinite(column).all()) for column in columns)
    from .window_kernels import all_finite

    return all(all_finite(column) for column in columns)


def ta() -> ModuleType:
    """TA-Lib, imported when first needed: the window must start without it."""
    import talib
    import talib.abstract

    return talib
