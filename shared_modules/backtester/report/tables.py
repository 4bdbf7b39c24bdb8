"""A result as tables: the rows that every form of report shows, and the plain files of them."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared_modules.backtester.breakdown import GROUPS, breakdown, monthly_returns
from shared_modules.backtester.metrics import METRICS
from shared_modules.backtester.result import BacktestResult
from shared_modules.core.errors import StoreError
from shared_modules.core.market import Side
from shared_modules.core.paths import write_whole
from shared_modules.matching.state import CASH_KINDS

Rows = Iterable[Sequence[Any]]
TRADE_COLUMNS = (
    "symbol", "side", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "exit_reason", "bars", "fees",
    "funding", "pnl", "return", "mae", "mfe",
)  # fmt: skip
GROUP_COLUMNS = (
    "key", "trades", "pnl", "share", "win_rate", "profit_factor", "expectancy", "average_win", "average_loss",
    "best_trade", "worst_trade", "fees", "funding", "average_bars",
)  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def iso(ms: float) -> str:
    """A time as '2025-03-01 12:00:00' UTC."""
    return datetime.fromtimestamp(float(ms) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def trade_rows(result: BacktestResult) -> Rows:
    """The trades, in `TRADE_COLUMNS`; fractions for return, mae and mfe; funding received is below 0."""
    for t in result.trades:
        side = "long" if t.side is Side.BUY else "short"
        yield (t.symbol, side, t.qty, iso(t.entry_time), t.entry_price, iso(t.exit_time), t.exit_price,
               t.exit_reason.value, t.bars, t.fees, -t.funding or 0.0, t.pnl, t.pnl / (t.qty * t.entry_price), t.mae,
               t.mfe)  # fmt: skip


def metric_rows(result: BacktestResult) -> Rows:
    """Name, title, value and unit of each figure; None where it is not defined."""
    for m in METRICS:
        value = result.metrics.get(m.name, math.nan)
        yield m.name, m.title, None if math.isnan(value) else value, m.unit


def group_rows(result: BacktestResult, by: str) -> Rows:
    """The breakdown by ``by``, in `GROUP_COLUMNS`; None where a figure is not defined."""
    for g in breakdown(result, by):
        yield [_known(getattr(g, name)) for name in GROUP_COLUMNS]


def month_rows(result: BacktestResult) -> Rows:
    """Year, twelve months and the year's total; None where nothing was traded."""
    found = monthly_returns(result)
    for i, year in enumerate(found.years):
        yield [year, *(_known(float(v)) for v in found.returns[i]), _known(float(found.totals[i]))]


def equity_rows(result: BacktestResult) -> Rows:
    """Close time, equity, drawdown, and the band's worst and best at each bar."""
    columns = (result.close_time, result.equity, result.drawdown, result.equity_worst, result.equity_best)
    for time, *values in zip(*(c.tolist() for c in columns), strict=True):
        yield iso(time), *values


def setting_rows(result: BacktestResult) -> Rows:
    """Everything that was asked, in words."""
    yield "strategy", result.request.strategy
    for name, value in result.parameters.items():
        yield f"parameter {name}", _text(value)
    yield "symbols", ", ".join(result.symbols)
    yield "timeframe", result.timeframe
    yield "bars", result.bars
    yield "first bar", iso(result.time[0])
    yield "last close", iso(result.close_time[-1])
    for name, value in result.passport.settings.items():
        if name not in ("timeframe", "instruments") and value not in (None, {}, [], ()):
            yield name.replace("_", " "), _text(value)


def passport_rows(result: BacktestResult) -> Rows:
    """The passport, one thing a row."""
    p = result.passport
    yield "passport", p.id
    for d in p.data:
        yield str(d), f"{d.rows:,} rows, {iso(d.first)} to {iso(d.last)}, {d.sha256}"
    yield "code of the strategy", p.strategy_code or "not known"
    yield "engine", f"{p.engine_version} {p.engine_code}".strip()
    yield "seed", "nothing is random" if p.seed is None else p.seed
    yield from p.versions.items()
    yield "outcome", p.outcome


def cost_rows(result: BacktestResult) -> Rows:
    """What was paid, in quote coin, by kind."""
    return ((name.replace("_", " "), value) for name, value in result.costs.items())


def write_csv(result: BacktestResult, folder: Path) -> list[Path]:
    """The files written into ``folder``: trades, equity, figures, monthly returns, cash and each breakdown."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, tuple[Sequence[str], Rows]] = {
        "trades": (TRADE_COLUMNS, trade_rows(result)),
        "equity": (("close_time", "equity", "drawdown", "equity_worst", "equity_best"), equity_rows(result)),
        "metrics": (("name", "title", "value", "unit"), metric_rows(result)),
        "monthly_returns": (("year", *MONTHS, "total"), month_rows(result)),
        "cash": (("time", "symbol", "kind", "amount"), _cash_rows(result)),
        "signals": (("time", "symbol", "side", "outcome"), _signal_rows(result)),
        **{f"by_{by}": (GROUP_COLUMNS, group_rows(result, by)) for by in GROUPS},
    }
    return [whole(folder / f"{name}.csv", csv_text(columns, rows)) for name, (columns, rows) in tables.items()]


def write_trades(result: BacktestResult, path: Path) -> Path:
    """The trades as one CSV file."""
    try:
        return whole(path, csv_text(TRADE_COLUMNS, trade_rows(result)))
    except OSError as error:
        raise StoreError(f"cannot write to {path} ({error.strerror or error})", path=str(path)) from error


def _cash_rows(result: BacktestResult) -> Rows:
    ledger = result.cash_ledger
    columns = (ledger.time.tolist(), ledger.symbol.tolist(), ledger.kind.tolist(), ledger.amount.tolist())
    return ((iso(t), ledger.symbols[s], CASH_KINDS[k], a) for t, s, k, a in zip(*columns, strict=True))


def _signal_rows(result: BacktestResult) -> Rows:
    words = {1: "long", -1: "short", 0: "both"}
    return ((iso(o.time), o.symbol, words[o.side], o.outcome.value) for o in result.outcomes)


def csv_text(columns: Sequence[str], rows: Rows) -> bytes:
    """A CSV file with a header; numbers with all their digits, what is not defined is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()


def write_json(result: BacktestResult, path: Path) -> Path:
    """The result as plain values with its equity, passport and verdicts; times in ms UTC, None where not defined."""
    found = {
        **result.to_json(),
        "equity": {"time": result.close_time.tolist(), "value": result.equity.tolist()},
        "monthly_returns": [list(row) for row in month_rows(result)],
        "breakdowns": {by: [dict(zip(GROUP_COLUMNS, row, strict=True)) for row in group_rows(result, by)]
                       for by in GROUPS},
        "honesty": [v.to_json() for v in result.honesty],
        "passport": {"id": result.passport.id, **result.passport.to_json()},
    }  # fmt: skip
    return whole(path, json.dumps(found, indent=1, allow_nan=False).encode())


def whole(path: Path, data: bytes) -> Path:
    """Write ``data`` so that there is the whole file or the old one; ``path``."""
    write_whole(path, data)
    return path


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value)
