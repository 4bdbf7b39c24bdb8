"""Missing values: an indicator starts afresh after each NaN, as if the data began there."""

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    return all(map(_all_finite, columns))


@dataclass
class _Lasting:
    """A column that does not change, and whether it was found to be whole."""

    column: "weakref.ref[Floats]"
    finite: bool = False


_LASTING: dict[int, _Lasting] = {}  # by the column's id


def lasting(column: Floats) -> Floats:
    """``column``, which will not change: that it is long and has no missing value is found once, not by each indicator.

    The look takes as long as the indicator itself where that is a few operations a bar.
    """
    key = id(column)
    if len(column) >= LONG and (key not in _LASTING or _LASTING[key].column() is not column):
        _LASTING[key] = _Lasting(weakref.ref(column, lambda gone: _forget(key, gone)))
    return column


def _forget(key: int, gone: "weakref.ref[Floats]") -> None:
    # another column may have the place in memory by now
    if (known := _LASTING.get(key)) is not None and known.column is gone:
        del _LASTING[key]


def _all_finite(column: Floats) -> bool:
    from .window_kernels import all_finite

    known = _LASTING.get(id(column))
    if known is None or known.column() is not column:
        return all_finite(column)
    known.finite = known.finite or all_finite(column)
    return known.finite


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
