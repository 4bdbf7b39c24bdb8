"""`data`: look after what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput

from .options import Json
from .output import FAILED, Exit, emit, reported, say, table, when


def application() -> typer.Typer:
    """The commands under `data`."""
    app = typer.Typer(help="Look after the stored candles.", rich_markup_mode=None, no_args_is_help=True)
    app.callback()(lambda: None)
    app.command("verify")(verify)
    return app


def verify(
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Folder with the candles.")] = None,
    csv: Annotated[
        list[Path] | None, typer.Option("--csv", metavar="FILE", help="A candle file (CSV, also .gz); repeatable.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the report as .csv or .json.")
    ] = None,
    json: Json = None,
) -> None:
    """Check every stored series, or candle files; exit code 1 when something is wrong."""
    with reported(json):
        from shared_modules.core.paths import DataPaths
        from shared_modules.data_collection.integrity import verify_file, verify_folder
        from shared_modules.data_collection.reports import report_row, write_report

        if (data_dir is None) == (not csv):
            raise InvalidInput("say what to check: either --data-dir DIR or --csv FILE")
        if data_dir is not None and not data_dir.is_dir():
            raise InvalidInput(f"there is no data folder {data_dir}")
        reports = verify_folder(DataPaths(data_dir)) if data_dir else [verify_file(path) for path in csv or ()]
        if report is not None:
            write_report(reports, report)
        series = [report_row(one) for one in reports]
        faulty = sum(not one.clean for one in reports)
        emit({"series": series, "faulty": faulty}, json)
        if json != "-":
            _show(series)
        if faulty:
            raise Exit(FAILED)


def _show(series: list[dict[str, Any]]) -> None:
    if not series:
        say("no candles are stored there yet; collect some first")
        return
    columns = ["symbol", "timeframe", "score", "rows", "first", "last", "gaps", "missing", "unexplained", "findings"]
    rows = [
        [s["symbol"], s["timeframe"], f"{s['score']:.2f}", s["rows"], when(s["first"]), when(s["last"]), len(s["gaps"]),
         s["missing"], s["unexplained"], ", ".join(f"{f['count']} {f['fault']}" for f in s["findings"])]
        for s in series
    ]  # fmt: skip
    table("Stored candles", columns, rows)
