"""Checks that run by themselves after each backtest and say, in sentences with numbers, what to doubt about it."""

from typing import TYPE_CHECKING, Any

from .verdict import LEVELS, Level, Verdict

if TYPE_CHECKING:
    from .checked import check_result, run_checked

__all__ = ["LEVELS", "Level", "Verdict", "check_result", "run_checked"]


def __getattr__(name: str) -> Any:
    # the checks bring the kernel: whoever only shows verdicts must not wait for it
    if name in ("check_result", "run_checked"):
        from . import checked

        return getattr(checked, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
