"""Missing values: an indicator starts afresh after each NaN, as if the data began there."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
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


class _Lean:
    """Whether TA-Lib may come without pandas in this process."""

    wanted = False


def spare_pandas() -> None:
    """Have `ta` leave pandas out of this process: about 50 MB, which only inputs that are its Series need."""
    _Lean.wanted = True


def ta() -> ModuleType:
    """TA-Lib, imported when first needed: the window must start without it."""
    if "talib" not in sys.modules and _Lean.wanted:
        with _without_pandas():
            import talib.abstract
    import talib
    import talib.abstract

    return talib


class _Refusal(MetaPathFinder):
    """Says in one thread that there is no pandas, as TA-Lib expects to hear it."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas" and threading.get_ident() == self._thread:
            raise ModuleNotFoundError("left out to save memory", name=name)


@contextmanager
def _without_pandas() -> Iterator[None]:
    refusal = _Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)
