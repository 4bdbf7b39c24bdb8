"""A result as files that others can read: a page with plots, tables, a workbook, plain values."""

from pathlib import Path

from shared_modules.backtester.archive import pack
from shared_modules.backtester.comparison import Comparison
from shared_modules.backtester.result import BacktestResult
from shared_modules.core.errors import StoreError, UnknownName

from .tables import whole, write_csv, write_json, write_trades

KINDS = ("html", "xlsx", "json", "csv", "tbrun")

__all__ = [
    "KINDS",
    "kind_of",
    "write",
    "write_comparison",
    "write_csv",
    "write_excel",
    "write_html",
    "write_json",
    "write_trades",
]


def kind_of(target: Path, kind: str = "") -> str:
    """One of `KINDS`: ``kind``, or what the ending of ``target`` says; raises `UnknownName` for another."""
    found = (kind or target.suffix.removeprefix(".") or "csv").lower()
    if found not in KINDS:
        raise UnknownName.of("kind of report", found, KINDS)
    return found


def write(result: BacktestResult, target: Path, kind: str = "", title: str = "") -> list[Path]:
    """The files written: ``kind`` is one of `KINDS`, by the ending of ``target`` when empty; 'csv' fills a folder.

    'tbrun' is the result itself, which this program reads again.
    Raises `UnknownName` for another kind and `StoreError` when the disk refuses.
    """
    kind = kind_of(target, kind)
    try:
        if kind == "csv":
            return write_csv(result, target.parent if target.suffix.lower() == ".csv" else target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == "html":
            return [write_html(result, target, title)]
        if kind == "xlsx":
            return [write_excel(result, target, title)]
        return [write_json(result, target) if kind == "json" else whole(target, pack(result))]
    except OSError as error:
        raise StoreError(f"cannot write to {target} ({error.strerror or error})", path=str(target)) from error


def write_comparison(comparison: Comparison, path: Path, title: str = "") -> Path:
    """One page with several results side by side; raises `StoreError` when the disk refuses."""
    from .compared import comparison_page

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return whole(path, comparison_page(comparison, title).encode())
    except OSError as error:
        raise StoreError(f"cannot write to {path} ({error.strerror or error})", path=str(path)) from error


def write_html(result: BacktestResult, path: Path, title: str = "") -> Path:
    """One page with everything in it: plots, figures, trades, costs, verdicts, settings, passport."""
    from .html import page

    return whole(path, page(result, title).encode())


def write_excel(result: BacktestResult, path: Path, title: str = "") -> Path:
    """A workbook with sheets of figures, trades, equity, breakdowns, costs, verdicts and settings."""
    from .excel import workbook

    return whole(path, workbook(result, title))
