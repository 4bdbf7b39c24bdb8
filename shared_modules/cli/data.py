"""`data`: look after what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput

from . import data_files
from .data_doors import market_data, open_store
from .data_fetch import fetch
from .options import Json, Rest
from .output import FAILED, Exit, emit, reported, say, table, when

if TYPE_CHECKING:
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.findings import SeriesReport
    from shared_modules.data_collection.repair import RepairOutcome


def application() -> typer.Typer:
    """The commands under `data`."""
    app = typer.Typer(help="Look after the stored candles.", rich_markup_mode=None, no_args_is_help=True)
    app.callback()(lambda: None)
    app.command("fetch")(fetch)
    app.command("verify")(verify)
    app.command("repair")(repair)
    app.command("list")(data_files.list_data)
    app.command("import")(data_files.import_data)
    app.command("export")(data_files.export_data)
    app.command("resample")(data_files.resample_data)
    app.command("delete")(data_files.delete_data)
    return app


def verify(
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Folder with the candles.")] = None,
    csv: Annotated[
        list[Path] | None, typer.Option("--csv", metavar="FILE", help="A candle file (CSV, also .gz); repeatable.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the report as .csv or .json.")
    ] = None,
    rest: Annotated[
        str | None, typer.Option(metavar="URL", help="Compare with the exchange at this REST address too.")
    ] = None,
    trades: Annotated[
        bool, typer.Option("--trades", help="With --rest: rebuild the newest candles from trades too.")
    ] = False,
    json: Json = None,
) -> None:
    """Check every stored series, or candle files; exit code 1 when something is wrong."""
    with reported(json):
        from shared_modules.core.paths import DataPaths
        from shared_modules.data_collection.integrity import verify_file, verify_folder
        from shared_modules.data_collection.reports import report_row, write_report

        if rest is not None and data_dir is None:
            raise InvalidInput("--rest compares what is stored; it needs --data-dir")
        if trades and rest is None:
            raise InvalidInput("--trades asks the exchange; it needs --rest")
        if (data_dir is None) == (not csv):
            raise InvalidInput("say what to check: either --data-dir DIR or --csv FILE")
        if data_dir is not None and not data_dir.is_dir():
            raise InvalidInput(f"there is no data folder {data_dir}")
        reports = verify_folder(DataPaths(data_dir)) if data_dir else [verify_file(path) for path in csv or ()]
        if rest is not None and data_dir is not None:
            reports = asyncio.run(_audited(DataPaths(data_dir), rest, reports, trades))
        if report is not None:
            write_report(reports, report)
        series = [report_row(one) for one in reports]
        faulty = sum(not one.clean for one in reports)
        emit({"series": series, "faulty": faulty}, json)
        if json != "-":
            _show(series)
        if faulty:
            raise Exit(FAILED)


async def _audited(paths: DataPaths, rest: str, reports: Sequence[SeriesReport], trades: bool) -> list[SeriesReport]:
    from shared_modules.data_collection.audit import audit

    data, _ = market_data(paths, rest)
    try:
        return await audit(data, paths, reports, trades=trades)
    finally:
        await data.close()


def repair(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder with the candles.")],
    rest: Rest = None,
    series: Annotated[
        str | None, typer.Option("--series", metavar="A,B:1m", help="Symbols, or symbol:timeframe; all when absent.")
    ] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Compare every stored candle with the exchange.")
    ] = False,
    undo: Annotated[str | None, typer.Option("--undo", metavar="ID", help="Take back the repair of this id.")] = None,
    json: Json = None,
) -> None:
    """Fetch missing and wrong candles again; exit code 1 when something stays wrong."""
    with reported(json):
        if not data_dir.is_dir():
            raise InvalidInput(f"there is no data folder {data_dir}")
        if undo is not None:
            outcome = _undone(data_dir, undo)
            emit(outcome, json)
            if json != "-":
                say(f"{outcome['symbol']} {outcome['timeframe']}: {undo} was taken back")
            return
        outcome = asyncio.run(_repaired(data_dir, rest, series, thorough))
        emit(outcome, json)
        if json != "-":
            _show_repairs(outcome["series"])
        if outcome["unrepaired"]:
            raise Exit(FAILED)


def _undone(data_dir: Path, ident: str) -> dict[str, Any]:
    from shared_modules.core.clock import SystemClock
    from shared_modules.data_collection.repair_files import undo

    with open_store(data_dir) as (paths, store):
        series, entry = undo(paths, store, ident, SystemClock().now())
    where = {"symbol": series.market.symbol, "timeframe": series.timeframe.name}
    return {"undone": ident, **where, "spans": [list(span) for span in entry.spans]}


async def _repaired(data_dir: Path, rest: str | None, wanted: str | None, thorough: bool) -> dict[str, Any]:
    from shared_modules.data_collection.integrity import verify_folder
    from shared_modules.data_collection.repair import Repairer

    with open_store(data_dir) as (paths, store):
        data, _ = market_data(paths, rest)
        try:
            stored = [one for one in store.series() if one.market.exchange == data.name]
            if not stored:
                raise InvalidInput(f"no candles of '{data.name}' are stored in {data_dir}")
            chosen = data_files.chosen_series(stored, wanted)
            outcomes = await Repairer(data, store, paths).repair_all(chosen, thorough=thorough)
        finally:
            await data.close()
        after = {report.series: report for report in verify_folder(paths)}
    rows = [_repair_row(done, after.get(done.series)) for done in outcomes]
    return {"series": rows, "unrepaired": sum(bool(row["error"] or not row["clean"]) for row in rows)}


def _repair_row(done: RepairOutcome, report: SeriesReport | None) -> dict[str, Any]:
    return {
        "symbol": done.series.market.symbol,
        "timeframe": done.series.timeframe.name,
        "id": done.id,
        **{name: getattr(done, name) for name in ("added", "replaced", "removed", "kept", "quarantined", "error")},
        "absent": [
            {"start": g.start, "end": g.end, "missing": g.missing, "kind": g.kind.value} for g in done.absent
        ],
        "clean": report is None or report.clean,
        "score": report.score if report else None,
    }  # fmt: skip


def _show_repairs(rows: list[dict[str, Any]]) -> None:
    columns = ["symbol", "timeframe", "score", "added", "replaced", "removed", "gaps that stay", "id", "error"]
    shown = [
        [r["symbol"], r["timeframe"], r["score"], r["added"], r["replaced"], r["removed"],
         ", ".join(f"{g['missing']} {g['kind']}" for g in r["absent"]), r["id"] or r["quarantined"] or "", r["error"]]
        for r in rows
    ]  # fmt: skip
    table("Repaired", columns, shown)


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
