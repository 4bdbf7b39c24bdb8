"""Memory that the C library keeps though nobody uses it any more."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> bool:
    """Hand freed memory back to the system where the C library can be asked to; tells whether there was some.

    glibc (Linux) keeps what was freed between things still in use, page by page. Asking takes about a millisecond.
    Other systems' libraries, Windows' among them, do so by themselves or not at all.
    """
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return None
    return trim
