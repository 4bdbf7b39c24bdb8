"""`data list|import|export|resample|delete`: what is stored, brought in, written out, built and removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.timeframes import timeframe

from . import values
from .data_doors import open_store
from .data_recorded import bring, built_series, is_recorded, show_built
from .options import Json
from .output import FAILED, Exit, emit, reported, say, table, when

if TYPE_CHECKING:
    from shared_modules.core.market import Series
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.edits import EditOutcome
    from shared_modules.data_collection.importing import ImportMapping, ImportPreview
    from shared_modules.data_collection.overview import SeriesInfo

Folder = Annotated[Path, typer.Option("--data-dir", help="Folder with the candles.")]
Wanted = Annotated[
    str | None,
    typer.Option("--series", metavar="A,B:1m", help="Symbols, symbol:timeframe or exchange/symbol; all when absent."),
]
From = Annotated[str | None, typer.Option("--from", metavar="T", help="First moment.")]
Until = Annotated[str | None, typer.Option("--to", metavar="T", help="End, not included.")]


def chosen_series(stored: Sequence[Series], wanted: str | None) -> list[Series]:
    """The series that ``wanted`` names: 'BTCUSDT', 'BTCUSDT:1m' or 'bybit/BTCUSDT:1m'; all for None."""
    if wanted is None:
        return list(stored)
    chosen: list[Series] = []
    for part in (p.strip() for p in wanted.split(",") if p.strip()):
        place, _, rest = part.rpartition("/")
        symbol, _, frame = rest.partition(":")
        found = [s for s in stored if s.market.symbol.upper() == symbol.upper()]
        if place:
            found = [s for s in found if f"{s.market.exchange}/{s.market.category.value}".startswith(place)]
        if frame:
            found = [s for s in found if s.timeframe.name == timeframe(frame).name]
        if not found:
            raise UnknownName.of("stored series", part, [f"{s.market.symbol}:{s.timeframe.name}" for s in stored])
        chosen += found
    return list(dict.fromkeys(chosen))


def list_data(data_dir: Folder, wanted: Wanted = None, json: Json = None) -> None:
    """List the stored series with their span, their holes and why candles are missing."""
    with reported(json):
        from shared_modules.data_collection.folders import series_in
        from shared_modules.data_collection.overview import Overview

        paths = _existing(data_dir)
        chosen = set(chosen_series(series_in(paths), wanted))
        infos = [info for info in Overview(paths).look() if info.series in chosen]
        emit({"series": [_info(info) for info in infos]}, json)
        if json == "-":
            return
        if not infos:
            say("no candles are stored there yet; collect, fetch or import some first")
            return
        columns = ["exchange", "symbol", "timeframe", "rows", "first", "last", "missing", "why", "kB"]
        table("Stored candles", columns, [_shown(info) for info in infos])


def _existing(data_dir: Path) -> DataPaths:
    from shared_modules.core.paths import DataPaths

    if not data_dir.is_dir():
        raise InvalidInput(f"there is no data folder {data_dir}")
    return DataPaths(data_dir)


def _where(series: Series) -> dict[str, Any]:
    market = series.market
    return {"exchange": market.exchange, "category": market.category.value, "symbol": market.symbol,
            "timeframe": series.timeframe.name}  # fmt: skip


def _info(info: SeriesInfo) -> dict[str, Any]:
    gaps = [{"start": g.start, "end": g.end, "missing": g.missing, "kind": g.kind.value} for g in info.gaps]
    numbers = {name: getattr(info, name) for name in ("rows", "first", "last", "missing", "unexplained", "size")}
    return {**_where(info.series), **numbers, "gaps": gaps, "error": info.error}


def _shown(info: SeriesInfo) -> list[Any]:
    kinds: dict[str, int] = {}
    for gap in info.gaps:
        kinds[gap.kind.value] = kinds.get(gap.kind.value, 0) + gap.missing
    why = info.error or ", ".join(f"{n} {kind}" for kind, n in kinds.items())
    market = info.series.market
    return [f"{market.exchange} {market.category.value}", market.symbol, info.series.timeframe.name, info.rows,
            when(info.first), when(info.last), info.missing, why, round(info.size / 1000)]  # fmt: skip


def import_data(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON, Parquet, also .gz, .zip, .zst.")],
    data_dir: Folder,
    symbol: Annotated[str | None, typer.Option(help="Symbol; guessed from the name of the file.")] = None,
    frame: Annotated[str | None, typer.Option("--timeframe", help="Timeframe; guessed from the rows.")] = None,
    exchange: Annotated[str, typer.Option(help="Exchange under which the candles are stored.")] = "imported",
    category: Annotated[str | None, typer.Option(help="linear, inverse or spot; guessed.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--column", metavar="open=NAME", help="Which column holds what; repeatable.")
    ] = None,
    time_format: Annotated[str | None, typer.Option(help="auto, s, ms, us, ns, day, text, 'day first' ...")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Of written times: UTC, +01:00, Europe/Berlin.")] = None,
    closing: Annotated[bool | None, typer.Option("--closing/--opening", help="Times are those of closes.")] = None,
    day: Annotated[str | None, typer.Option(help="Day of times that count from midnight.")] = None,
    replace_ours: Annotated[bool, typer.Option("--replace", help="The file wins over what is stored.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that cannot be read.")] = False,
    show: Annotated[bool, typer.Option("--preview", help="Show what would be imported, and change nothing.")] = False,
    json: Json = None,
) -> None:
    """Bring candles of other programs in; what is guessed can be seen with --preview and said otherwise."""
    with reported(json):
        if all(is_recorded(path) for path in files):
            from shared_modules.data_collection.import_recordings import RecordingMapping

            wanted = RecordingMapping(timeframe(frame or "1m").name, exchange, category, replace=replace_ours)
            built = built_series(files, symbol, wanted)
            if show:
                show_built(built, json)
            else:
                _edited(bring(built, data_dir, replace_ours), "Built", json)
            return
        named = {name.strip().lower(): value for name, value in values.assignments(columns or []).items()}
        wishes = {"symbol": symbol, "timeframe": frame, "exchange": exchange, "category": category, "closing": closing,
                  "time_format": time_format, "time_zone": time_zone, "day": day}  # fmt: skip
        given = {name: value for name, value in wishes.items() if value is not None}
        given |= {"replace": replace_ours, "skip_bad": skip_bad}
        seen = [_previewed(path, named, given) for path in files]
        if show:
            emit({"files": [_preview_row(one) for one in seen]}, json)
            if json != "-":
                for one in seen:
                    _show_preview(one)
            if not all(one.usable for one in seen):
                raise Exit(FAILED)
            return
        bad = next((one for one in seen if not one.usable), None)
        if bad is not None:
            raise InvalidInput(f"{bad.path}: {'; '.join(bad.problems)}")
        _edited([_import_one(data_dir, one) for one in seen], "Imported", json)


def _previewed(path: Path, columns: dict[str, str], given: dict[str, Any]) -> ImportPreview:
    from shared_modules.data_collection.importing import preview

    guessed = preview(path)
    if not columns and not given:
        return guessed
    mapping = replace(guessed.mapping, **given, columns={**guessed.mapping.columns, **columns})
    missing = sorted(set(mapping.columns.values()) - set(guessed.columns) - {""})
    if missing:
        raise UnknownName.of("column", missing[0], guessed.columns)
    return preview(path, mapping)


def _import_one(data_dir: Path, seen: ImportPreview) -> EditOutcome:
    from shared_modules.core.clock import SystemClock
    from shared_modules.data_collection.edits import import_bars
    from shared_modules.data_collection.importing import read_import

    found = read_import(seen.path, seen.mapping)
    with open_store(data_dir) as (paths, store):
        now, replaced = SystemClock().now(), seen.mapping.replace
        done = import_bars(paths, store, found.series, found.bars, str(seen.path), now, replaced)
    return replace(done, notes=(*found.notes, *done.notes))


def _preview_row(seen: ImportPreview) -> dict[str, Any]:
    mapping: ImportMapping = seen.mapping
    names = ("exchange", "category", "symbol", "timeframe", "time_format", "time_zone", "closing", "day")
    guesses = {name: getattr(mapping, name) for name in names}
    return {"file": str(seen.path), "format": seen.format, "columns": list(seen.columns), **guesses,
            "mapping": dict(mapping.columns), "rows": [list(row) for row in seen.rows],
            "problems": list(seen.problems), "notes": list(seen.notes)}  # fmt: skip


def _show_preview(seen: ImportPreview) -> None:
    mapping = seen.mapping
    meanings = {column: key for key, column in mapping.columns.items()}
    heads = [f"{name} = {meanings[name]}" if name in meanings else name for name in seen.columns]
    rows = [[*row, *[""] * (len(heads) - len(row))][: len(heads)] for row in seen.rows[:5]]
    table(f"{seen.path.name} ({seen.format})", heads, rows)
    closes = "closes" if mapping.closing else "opens"
    say(f"{mapping.exchange} {mapping.category} {mapping.symbol} {mapping.timeframe}; times of {closes}, "
        f"{mapping.time_format}, zone {mapping.time_zone}{', day ' + mapping.day if mapping.day else ''}")  # fmt: skip
    for sentence in (*seen.problems, *seen.notes):
        say(f"  - {sentence}")


def export_data(
    data_dir: Folder,
    to: Annotated[Path, typer.Option("--out", metavar="FILE|FOLDER", help="A file, or a folder for several series.")],
    wanted: Wanted = None,
    form: Annotated[str | None, typer.Option("--format", help="csv, csv.gz or parquet; told from the file.")] = None,
    start: From = None,
    end: Until = None,
    times: Annotated[str, typer.Option(help="ms since 1970, or iso.")] = "ms",
    json: Json = None,
) -> None:
    """Write stored candles as CSV or Parquet."""
    with reported(json):
        from shared_modules.data_collection.exporting import FORMATS, export, file_name, format_of
        from shared_modules.data_collection.folders import series_in

        paths = _existing(data_dir)
        chosen = chosen_series(series_in(paths), wanted)
        if not chosen:
            raise InvalidInput(f"no candles are stored in {data_dir}")
        if form not in (None, *FORMATS):
            raise InvalidInput(f"'{form}' is no format; there are: {', '.join(FORMATS)}")
        # a name with an ending is meant as a file: a wrong ending is refused, not taken for a folder
        single = bool(to.suffix) and not to.is_dir() and (form is not None or bool(format_of(to)))
        if single and len(chosen) > 1:
            raise InvalidInput(f"{len(chosen)} series do not go into one file; name a folder, or one series")
        span = values.moment(start), values.moment(end)
        done = []
        for series in chosen:
            market = series.market
            place = to / market.exchange / market.category.value
            target = to if single else place / file_name(series, form or "csv")
            done.append(export(paths, series, target, form, *span, times))
        rows = [{**_where(one.series), "file": str(one.path), "rows": one.rows, "bytes": one.size} for one in done]
        emit({"files": rows}, json)
        if json != "-":
            shown = [[r["symbol"], r["timeframe"], r["rows"], r["bytes"], r["file"]] for r in rows]
            table("Written", ["symbol", "timeframe", "rows", "bytes", "file"], shown)


def resample_data(
    data_dir: Folder,
    to: Annotated[str, typer.Option("--to", metavar="T", help="The longer timeframe.")],
    wanted: Annotated[str, typer.Option("--series", metavar="A:1m", help="What it is built from.")],
    json: Json = None,
) -> None:
    """Build candles of a longer timeframe; those that are stored already stay."""
    with reported(json):
        from shared_modules.core.clock import SystemClock
        from shared_modules.data_collection.edits import resample

        _existing(data_dir)
        frame = timeframe(to)
        with open_store(data_dir) as (paths, store):
            chosen = chosen_series(store.series(), wanted)
            done = [resample(paths, store, series, frame, SystemClock().now()) for series in chosen]
        _edited(done, "Built", json)


def delete_data(
    data_dir: Folder,
    wanted: Annotated[str, typer.Option("--series", metavar="A:1m", help="What is removed.")],
    start: From = None,
    end: Until = None,
    json: Json = None,
) -> None:
    """Remove stored candles; they are kept aside, and `data repair --undo ID` brings them back."""
    with reported(json):
        from shared_modules.core.clock import SystemClock
        from shared_modules.data_collection.edits import delete

        _existing(data_dir)
        span = values.moment(start), values.moment(end)
        with open_store(data_dir) as (paths, store):
            chosen = chosen_series(store.series(), wanted)
            done = [delete(paths, store, series, SystemClock().now(), *span) for series in chosen]
        _edited(done, "Removed", json)


def _edited(done: Sequence[EditOutcome], title: str, json: str | None) -> None:
    counts = ("added", "replaced", "removed", "kept")
    rows = [{**_where(one.series), "id": one.id, **{c: getattr(one, c) for c in counts}, "notes": list(one.notes)}
            for one in done]  # fmt: skip
    emit({"series": rows}, json)
    if json == "-":
        return
    shown = [[r["exchange"], r["symbol"], r["timeframe"], *(r[c] for c in counts), r["id"] or "nothing to do"]
             for r in rows]  # fmt: skip
    table(title, ["exchange", "symbol", "timeframe", *counts, "id (to take it back)"], shown)
    for row in rows:
        for sentence in row["notes"]:
            say(f"  - {row['symbol']}: {sentence}")
