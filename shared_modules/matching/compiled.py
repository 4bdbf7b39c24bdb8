"""How this room's steps are compiled: one decorator, and a cache that notices a change in any of its files."""

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from numba import types
from numba.extending import intrinsic

from shared_modules.core.compiling import compiled

# steps call steps of other files, which numba compiles into the caller; numba alone looks at the caller's file only
# and would keep the old one
_STEPS: list[Any] = []
_F = TypeVar("_F", bound=Callable[..., Any])


@lru_cache(maxsize=1)
def _stamp() -> tuple[tuple[str, int, int], ...]:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files)


def step(function: _F) -> _F:
    """``function`` compiled without the interpreter's lock; division follows IEEE, as numpy's does."""
    return _compiled(function, no_cfunc_wrapper=True, forceinline=False)


def step_part(function: _F) -> _F:
    """A `step` that also becomes part of its callers."""
    return _compiled(function, no_cfunc_wrapper=True, forceinline=True)


def inner(function: _F) -> _F:
    """A `step` that only other steps call: the way in from Python is left out, which takes long to compile."""
    return _compiled(function, no_cfunc_wrapper=True, no_cpython_wrapper=True, forceinline=False)


def part(function: _F) -> _F:
    """An `inner` that becomes part of its caller: handing on all arrays of a feed takes longer than most steps."""
    return _compiled(function, no_cfunc_wrapper=True, no_cpython_wrapper=True, forceinline=True)


def _apart(context: Any) -> Any:
    def mark(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), mark


# called in a step it keeps the step out of its callers' code: large ones in each other take minutes to compile
apart: Any = intrinsic(_apart)


def _compiled(function: _F, **options: bool) -> _F:
    # a packaged program has no source files; numba takes the program's own stamp then
    stamp = None if getattr(sys, "frozen", False) else _stamp
    # not to be forced in is said as well: steps take the flag over from a `part` that calls them first
    made = compiled(function, stamp=stamp, _nrt=False, **options)
    _STEPS.append(made)
    return made


def forget_cache() -> None:
    """Drop what numba keeps of this room on disk, so that the next call compiles afresh."""
    for made in _STEPS:
        made._cache.flush()
