"""A result, a comparison and a list of runs as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared_modules.core.figures import plain
from shared_modules.core.market import Side

from .output import say, table, when

if TYPE_CHECKING:
    from shared_modules.backtester.comparison import Comparison
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.storage.runs import RunRecord

SHOWN = 20
_MARKS = {"good": "✓", "warning": "!", "bad": "✗", "unknown": "?"}


def show(result: BacktestResult) -> None:
    """Figures, the last trades, verdicts and notes."""
    from shared_modules.backtester.explain import written
    from shared_modules.backtester.metrics import METRICS

    rows = [[m.title, written(result.metrics[m.name], m.unit)] for m in METRICS if m.name in result.metrics]
    table("Metrics", ["metric", "value"], rows)
    trades = [
        [t.symbol, "long" if t.side is Side.BUY else "short", when(t.entry_time), plain(t.entry_price, 8),
         when(t.exit_time), plain(t.exit_price, 8), t.pnl, t.exit_reason.value]
        for t in result.trades[-SHOWN:]
    ]  # fmt: skip
    columns = ["symbol", "side", "entry", "price", "exit", "price", "profit", "reason"]
    table(f"The last {len(trades)} of {len(result.trades)} trades", columns, trades, right=("price",))
    if result.honesty:
        checks = [[f"{_MARKS.get(v.level, '?')} {v.level}", v.check.replace("_", " "), v.text] for v in result.honesty]
        table("Can it be believed?", ["verdict", "check", "finding"], checks)
    for note in result.notes:
        say(f"· {note}")
    bars = f"{result.bars:,} {'bar' if result.bars == 1 else 'bars'}"
    say(f"{bars} in {result.seconds:.3f} s; final equity {result.final_equity:,.2f}")


def show_comparison(found: Comparison) -> None:
    """Figures side by side, the best marked, and how far the curves go together."""
    from shared_modules.backtester.explain import written

    rows = [
        [m.metric.title, *(written(v, m.metric.unit) + (" *" if m.is_best(i) else "") for i, v in enumerate(m.values))]
        for m in found.metrics
    ]
    table("Side by side (* is the best)", ["metric", *found.names], rows)
    rows = [
        [name, *(written(float(v), "ratio") for v in row)]
        for name, row in zip(found.names, found.correlation, strict=True)
    ]
    table("Correlation of daily returns", ["", *found.names], rows)


def show_runs(records: tuple[RunRecord, ...]) -> None:
    """The history, the newest first."""
    rows = []
    for r in records:
        figures: dict[str, Any] = r.summary.get("metrics", {})
        share = figures.get("total_return")
        rows.append([r.id, when(r.created), r.state, r.title, "—" if share is None else f"{share:,.2%}",
                     figures.get("sharpe"), figures.get("trades")])  # fmt: skip
    table(
        "1 run" if len(rows) == 1 else f"{len(rows):,} runs",
        ["run", "started", "state", "name", "return", "Sharpe", "trades"],
        rows,
    )
