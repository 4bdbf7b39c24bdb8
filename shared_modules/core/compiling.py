"""Compiled functions, and how they are taken from disk without waking the compiler. Importing this module loads numba.

Before numba looks into its cache it registers everything it could need to compile: some hundred milliseconds, and
SciPy's linear algebra. What lies compiled on disk needs none of it. So the cache of each function is opened when
somebody calls it (its folder is probed then, not once for every function of a file), and numba is made ready only where
nothing is found.

Functions here are of arrays and numbers. A dict or a set of texts in one would need symbols that a sleeping numba
has not registered.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.extending import intrinsic

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F, *, stamp: Callable[[], Any] | None = None, **options: Any) -> _F:
    """``function`` compiled without the interpreter's lock and kept on disk; division follows IEEE, as numpy's does.

    ``stamp`` tells by what the copy on disk is known to be of this source, where that is more than the function's own
    file. ``options`` are numba's.
    """
    made: Any = njit(nogil=True, error_model="numpy", **options)(function)
    made._cache = _Kept(function, stamp, options.get("_nrt", True))
    return made  # type: ignore[no-any-return]


def uncounted(function: _F) -> _F:
    """As `compiled`, for what makes no array: references to arrays are not counted, which takes long and links more."""
    return compiled(function, _nrt=False)


def _chosen(sign: str) -> Any:
    """One of two numbers, neither NaN: the compiler looks at many at once then, which ``min`` does not let it do."""

    def choose(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = arguments
        flags = ("nnan", "nsz")
        return builder.select(builder.fcmp_ordered(sign, a, b, flags=flags), a, b, flags=flags)

    def typed(context: Any, a: Any, b: Any) -> Any:
        return types.float64(types.float64, types.float64), choose

    return intrinsic(typed)


# the lower and the higher of two numbers, for compiled loops over values that are never NaN
lower, higher = _chosen("<"), _chosen(">")


class _Kept:
    """Stands where numba keeps the cache of one function: `numba.core.caching.FunctionCache`, opened when needed."""

    def __init__(self, function: Callable[..., Any], stamp: Callable[[], Any] | None, counts: bool) -> None:
        self._function, self._stamp, self._counts = function, stamp, counts
        self._opened: Any = None

    @property
    def cache(self) -> Any:
        if self._opened is None:
            self._opened = FunctionCache(self._function)  # type: ignore[no-untyped-call]
            if self._stamp is not None:
                self._opened._cache_file._source_stamp = self._stamp()
        return self._opened

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What is compiled for ``signature``, None where there is nothing; then ``context`` can compile it."""
        if self._counts:
            # what counts references to arrays is linked to this when it is loaded
            rtsys.initialize(context)
        found = None
        with self.cache._guard_against_spurious_io_errors():
            found = self.cache._load_overload(signature, context)
        if found is None:
            context.refresh()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cache, name)
