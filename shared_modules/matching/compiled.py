"""How this room's steps are compiled: one decorator, and a cache that notices a change in any of its files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit

# steps call steps of other files, which numba compiles into the caller; numba alone looks at the caller's file only
# and would keep the old one
_STEPS: list[Any] = []


def _stamp() -> tuple[tuple[str, int, int], ...]:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files)


def step(function: Callable[..., Any]) -> Any:
    """``function`` compiled without the interpreter's lock; division follows IEEE, as numpy's does."""
    compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
    # a packaged program has no source files; numba takes the program's own stamp then
    if not getattr(sys, "frozen", False):
        compiled._cache._cache_file._source_stamp = _stamp()
    _STEPS.append(compiled)
    return compiled


def forget_cache() -> None:
    """Drop what numba keeps of this room on disk, so that the next call compiles afresh."""
    for compiled in _STEPS:
        compiled._cache.flush()
