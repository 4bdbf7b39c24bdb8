"""What a check found, in a form that a panel, a report and a terminal can show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from shared_modules.backtester.request import BacktestRequest
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.core.progress import Progress

Level = Literal["good", "warning", "bad", "unknown"]
LEVELS: tuple[Level, ...] = ("bad", "warning", "unknown", "good")


@dataclass(frozen=True)
class Verdict:
    """One check's finding: ``text`` is a sentence with its numbers, ``details`` are further lines for who asks why.

    ``level``: 'good', 'warning' (think about it), 'bad' (the result can't be trusted) or 'unknown' (nobody can tell).
    """

    check: str
    level: Level
    text: str
    details: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for machines."""
        return {"check": self.check, "level": self.level, "text": self.text, "details": list(self.details)}


def worst(verdicts: tuple[Verdict, ...]) -> Level:
    """The most serious level among ``verdicts``; 'unknown' of none."""
    return min((v.level for v in verdicts), key=LEVELS.index, default="unknown")


def run_checked(request: "BacktestRequest", progress: "Progress | None" = None) -> "BacktestResult":
    """The result of ``request`` with the verdicts of all checks in ``honesty``; raises what `run_backtest` raises."""
    from .checked import run_checked as run

    return run(request, progress)
