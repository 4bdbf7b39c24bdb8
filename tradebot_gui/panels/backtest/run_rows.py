"""The runs of this session and those kept from before, as rows of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradebot_gui import texts
from tradebot_gui.language import phrase
from tradebot_gui.view_models.table import Column, by_sign

if TYPE_CHECKING:
    from shared_modules.system_integration.backtesting import RunRecord
    from shared_modules.system_integration.backtests import Run

ACTIVE = ("queued", "running", "paused")
TONES = {"failed": "loss", "cut": "warning", "stopped": "muted", "queued": "muted", "paused": "warning",
         "running": "accent"}  # fmt: skip
_SIGNS = {"bad": "✕", "warning": "!", "unknown": "?", "good": "✓"}
_WORST = ("bad", "warning", "unknown", "good")


@dataclass(frozen=True)
class RunRow:
    """One run: its state in words, and its key figures once it is done (NaN before)."""

    id: str
    title: str
    state: str
    words: str
    error: str
    created: int
    total_return: float
    sharpe: float
    max_drawdown: float
    trades: float
    symbols: str
    timeframe: str
    honesty: str

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def has_result(self) -> bool:
        return self.state == "done"


def of_record(record: RunRecord) -> RunRow:
    """A row of the history."""
    return _row(record.id, record.title, record.state, record.state, record.error, record.created, record.summary)


def of_run(run: Run, before: RunRow | None) -> RunRow:
    """A row of a run of this session, with the figures that the history already knows (``before``)."""
    words = run.state.value
    if words == "running" and run.report is not None:
        eta = "" if run.report.eta is None else f", {texts.seconds(run.report.eta)} left"
        words = f"{run.report.share:.0%}{eta}"
    row = _row(run.id, run.title, run.state.value, words, run.error, run.created, {})
    if run.result is not None:
        return _row(run.id, run.title, row.state, words, "", run.created, _summary(run.result))
    if before is not None and before.state == row.state == "done":
        return before
    return row


def rows_of(history: Iterable[RunRecord], runs: Iterable[Run]) -> list[RunRow]:
    """All runs, the newest first."""
    rows = {record.id: of_record(record) for record in history}
    for run in runs:
        rows[run.id] = of_run(run, rows.get(run.id))
    return sorted(rows.values(), key=lambda row: -row.created)


def _summary(result: Any) -> Mapping[str, Any]:
    return {
        "symbols": list(result.symbols),
        "timeframe": result.timeframe,
        "metrics": result.metrics,
        "honesty": [(v.check, v.level) for v in result.honesty],
    }


def _row(run: str, title: str, state: str, words: str, error: str, created: int, summary: Mapping[str, Any]) -> RunRow:
    metrics = summary.get("metrics") or {}
    levels = [level for _, level in summary.get("honesty") or ()]
    worst = next((level for level in _WORST if level in levels), "")
    said = f"{_SIGNS[worst]} {levels.count(worst)}" if worst in ("bad", "warning") else _SIGNS.get(worst, "")
    return RunRow(
        run, title, state, words, error, created,
        *(_number(metrics.get(name)) for name in ("total_return", "sharpe", "max_drawdown", "trades")),
        ", ".join(summary.get("symbols") or ()), str(summary.get("timeframe") or ""), said,
    )  # fmt: skip


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def run_columns(zone: str) -> tuple[Column[RunRow], ...]:
    """The columns of the table of runs."""
    return (
        Column("Run", lambda r: r.title, width=96, hint=lambda r: _about(r, zone), elastic=True),
        Column("Return", lambda r: r.total_return, lambda r: texts.percent(r.total_return, 1) if r.has_result else
               phrase(r.words), lambda r: _by_return(r) if r.has_result else TONES.get(r.state), True, 58,
               "Total return; before a run is done, its state", hint=lambda r: r.error or r.words),
        Column("Sharpe", lambda r: r.sharpe, lambda r: texts.number(r.sharpe, 2), None, True, 48),
        Column("Fall", lambda r: r.max_drawdown, lambda r: texts.percent(r.max_drawdown, 1), None, True, 66,
               "Largest drawdown"),
        Column("Trades", lambda r: r.trades, lambda r: texts.number(r.trades, 0), None, True, 46, spare=1),
        Column("Checks", lambda r: r.honesty, tone=lambda r: "loss" if "✕" in r.honesty else
               "warning" if "!" in r.honesty else "gain", width=46, tip="The worst level among the checks", spare=1),
        Column("Begun", lambda r: r.created, lambda r: texts.lately(r.created, zone), width=46,
               moment=True, spare=1),
    )  # fmt: skip


_by_return = by_sign(lambda r: r.total_return)


def _about(row: RunRow, zone: str) -> str:
    return f"{row.title}\n{row.symbols} {row.timeframe}\n{texts.when(row.created, zone)}".replace("\n \n", "\n")
