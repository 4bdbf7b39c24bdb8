"""Indicators that are computed once for each set of inputs and parameters while somebody asks for many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Memo:
    """Results by function, inputs (the very arrays, which must not change) and parameters, up to ``limit`` bytes."""

    def __init__(self, limit: int = 1_000_000_000) -> None:
        self.limit, self.bytes = limit, 0
        self._found: dict[Any, tuple[Any, Any]] = {}

    def get(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The result of ``function``, from before where there is one."""
        key = (function, *map(_key, arguments), *((name, _key(value)) for name, value in named.items()))
        known = self._found.get(key)
        if known is None:
            result = function(*arguments, **named)
            size = sum(a.nbytes for a in (result if isinstance(result, tuple) else (result,)))
            # the inputs are kept too: another array must not get the place in memory that stands for one
            known = (result, (arguments, named))
            if self.bytes + size <= self.limit:
                self.bytes += size
                self._found[key] = known
        return known[0]


_current: ContextVar[Memo | None] = ContextVar("indicator_memo", default=None)


def _key(value: Any) -> Any:
    return ("array", id(value), len(value)) if isinstance(value, np.ndarray) else value


@contextmanager
def remembering(memo: Memo) -> Iterator[Memo]:
    """Have indicators on this thread look into ``memo`` first."""
    before = _current.set(memo)
    try:
        yield memo
    finally:
        _current.reset(before)


def remembered(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """``function`` of arrays and numbers, with its results kept while somebody is `remembering`."""

    @wraps(function)
    def asked(*arguments: _P.args, **named: _P.kwargs) -> _R:
        memo = _current.get()
        if memo is None:
            return function(*arguments, **named)
        return memo.get(function, arguments, named)  # type: ignore[no-any-return]

    return asked
