"""`data`: look after what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput

from .options import Json
from .output import FAILED, Exit, emit, reported, say, table, when

if TYPE_CHECKING:
    from shared_modules.data_collection.integrity import SeriesReport


def application() -> typer.Typer:
    """The commands under `data`."""
    app = typer.Typer(help="Look after the stored candles.", rich_markup_mode=None, no_args_is_help=True)
    app.callback()(lambda: None)
    app.command("verify")(verify)
    return app


def verify(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder with the candles.")],
    json: Json = None,
) -> None:
    """Check every stored series; exit code 1 when something is wrong."""
    with reported(json):
        from shared_modules.core.paths import DataPaths
        from shared_modules.data_collection.integrity import verify_folder

        if not data_dir.is_dir():
            raise InvalidInput(f"there is no data folder {data_dir}")
        reports = verify_folder(DataPaths(data_dir))
        series = [_row(report) for report in reports]
        faulty = sum(not report.clean for report in reports)
        emit({"series": series, "faulty": faulty}, json)
        if json != "-":
            _show(series)
        if faulty:
            raise Exit(FAILED)


def _row(report: SeriesReport) -> dict[str, Any]:
    market = report.series.market
    return {
        "exchange": market.exchange,
        "category": market.category.value,
        "symbol": market.symbol,
        "timeframe": report.series.timeframe.name,
        "rows": report.rows,
        "first": report.first,
        "last": report.last,
        "gaps": [{"start": a, "end": b, "missing": report.series.timeframe.count(a, b)} for a, b in report.gaps],
        "missing": report.missing,
        "duplicates": report.duplicates,
        "disorder": report.disorder,
        "bad_ohlc": report.bad_ohlc,
        "notes": list(report.notes),
    }


def _show(series: list[dict[str, Any]]) -> None:
    if not series:
        say("no candles are stored there yet; collect some first")
        return
    columns = ["symbol", "timeframe", "rows", "first", "last", "gaps", "missing", "duplicates", "disorder", "bad OHLC"]
    rows = [
        [s["symbol"], s["timeframe"], s["rows"], when(s["first"]), when(s["last"]), len(s["gaps"]), s["missing"],
         s["duplicates"], s["disorder"], s["bad_ohlc"]]
        for s in series
    ]  # fmt: skip
    table("Stored candles", columns, rows)
