"""The report on stored series as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared_modules.core.errors import InvalidInput
from shared_modules.core.events import GapKind
from shared_modules.core.paths import write_whole

from .findings import WARNINGS, Fault, Finding, SeriesReport

_MOST_SPANS = 1000
_COUNTED = ("rows", "first", "last", "missing", "unexplained", "duplicates", "disorder", "bad_ohlc", "stale")


def report_row(report: SeriesReport) -> dict[str, Any]:
    """``report`` as plain values for JSON; times in ms UTC, ``stale`` in ms, at most 1000 places per fault."""
    market, frame = report.series.market, report.series.timeframe
    return {
        "exchange": market.exchange,
        "category": market.category.value,
        "symbol": market.symbol,
        "timeframe": frame.name,
        "score": report.score,
        "clean": report.clean,
        **{name: getattr(report, name) for name in _COUNTED},
        "gaps": [{"start": a, "end": b, "missing": frame.count(a, b)} for a, b in report.gaps],
        "reasons": [
            {"start": g.start, "end": g.end, "missing": g.missing, "kind": g.kind.value} for g in report.reasons
        ],
        "findings": [_finding(finding) for finding in report.findings],
        "notes": list(report.notes),
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    spans = [list(span) for span in finding.spans[:_MOST_SPANS]]
    fault = finding.fault
    return {"fault": fault.value, "count": finding.count, "warning": fault in WARNINGS, "spans": spans}


def write_report(reports: Sequence[SeriesReport], path: Path) -> None:
    """Write ``reports`` to ``path``: as CSV, one line a series, or as JSON with every place, by its ending.

    Raises `InvalidInput` for another ending or a place that cannot be written.
    """
    if path.suffix not in (".csv", ".json"):
        raise InvalidInput(f"a report is written as .csv or .json, not as '{path.name}'")
    rows = [report_row(report) for report in reports]
    text = json.dumps({"series": rows}, indent=2) + "\n" if path.suffix == ".json" else _csv(reports, rows)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise InvalidInput(f"cannot write the report to {path} ({error.strerror})") from error


def _csv(reports: Sequence[SeriesReport], rows: Sequence[dict[str, Any]]) -> str:
    names = ["exchange", "category", "symbol", "timeframe", "score", "clean", *_COUNTED]
    faults = [f for f in Fault if f not in (Fault.DUPLICATE, Fault.DISORDER)]
    kinds = [f"gaps: {kind.value}" for kind in GapKind]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, *kinds, *(fault.value for fault in faults), "notes"])
    for report, row in zip(reports, rows, strict=True):
        gaps = [sum(gap.missing for gap in report.reasons if gap.kind is kind) for kind in GapKind]
        counts = [report.count(fault) for fault in faults]
        writer.writerow([*(row[name] for name in names), *gaps, *counts, "; ".join(report.notes)])
    return text.getvalue()
