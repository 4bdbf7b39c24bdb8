"""`runs`, `compare` and `reproduce`: what was kept of earlier backtests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput

from . import values
from .backtest_output import show, show_comparison, show_runs
from .options import DataDir, Json
from .output import FAILED, Exit, emit, reported, say

if TYPE_CHECKING:
    from shared_modules.backtester.request import BarSource
    from shared_modules.backtester.result import BacktestResult
    from shared_modules.storage.runs import RunStore

Which = Annotated[
    str, typer.Argument(metavar="RUN|FILE", help="A run's id, its beginning or name, 'last', or a .tbrun file.")
]
Several = Annotated[list[str], typer.Argument(metavar="RUN|FILE...", help="Runs or .tbrun files.")]


def application() -> typer.Typer:
    """The commands under `runs`."""
    app = typer.Typer(help="The history of backtests.", no_args_is_help=True, add_completion=False)
    app.command("list")(list_runs)
    app.command("show")(show_run)
    app.command("delete")(delete)
    app.command("export")(export)
    return app


@contextmanager
def history(data_dir: Path | None) -> Iterator[RunStore]:
    """The history of the data folder ``data_dir``."""
    from shared_modules.core.paths import DataPaths, default_data_dir
    from shared_modules.storage.runs import RunStore

    store = RunStore(DataPaths(data_dir or default_data_dir()).ready().runs)
    try:
        yield store
    finally:
        store.close()


def kept(result: BacktestResult, title: str, data_dir: Path | None) -> str:
    """Keep ``result`` in the history; its id."""
    from shared_modules.backtester.archive import pack, summary_of
    from shared_modules.backtester.request import run_title

    now = round(time.time() * 1000)
    title = title or run_title(result.request.strategy, result.symbols)
    with history(data_dir) as store:
        return store.save(title, now - round(result.seconds * 1000), now, summary_of(result), pack(result))


def stored(which: str, data_dir: Path | None) -> tuple[BacktestResult, str]:
    """The result of a run or a file, and its name."""
    from shared_modules.backtester.archive import unpack

    if Path(which).is_file():
        return unpack(Path(which).read_bytes()), Path(which).stem
    if Path(which).name != which or which.endswith(".tbrun"):
        raise InvalidInput(f"there is no file {which}")
    with history(data_dir) as store:
        run = store.find(which)
        return unpack(store.load(run)), store.record(run).title


def list_runs(data_dir: DataDir = None, json: Json = None) -> None:
    """List the kept runs, the newest first."""
    with reported(json), history(data_dir) as store:
        records = store.list()
        emit([asdict(record) for record in records], json)
        if json != "-":
            show_runs(records)


def show_run(run: Which, data_dir: DataDir = None, json: Json = None) -> None:
    """Show a kept run as when it was made."""
    with reported(json):
        result, title = stored(run, data_dir)
        emit({"title": title, **result.to_json(), "passport": result.passport.to_json()}, json)
        if json != "-":
            say(title)
            show(result)


def delete(runs: Several, data_dir: DataDir = None, json: Json = None) -> None:
    """Forget kept runs."""
    with reported(json), history(data_dir) as store:
        found = [store.find(run) for run in runs]
        store.delete(*found)
        emit({"deleted": found}, json)
        if json != "-":
            say(f"deleted {', '.join(found)}")


def export(
    run: Which,
    target: Annotated[Path, typer.Argument(help="FILE.html, .xlsx, .json, .tbrun, or a folder for CSV files.")],
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Write a kept run to files."""
    with reported(json):
        from shared_modules.backtester.report import write

        result, title = stored(run, data_dir)
        files = [str(path) for path in write(result, target, title=title)]
        emit({"files": files}, json)
        if json != "-":
            for path in files:
                say(path)


def compare(
    runs: Several,
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write the comparison as a page.")] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Put kept runs side by side."""
    with reported(json):
        from shared_modules.backtester.comparison import compare as compared

        if report is not None and report.suffix.lower() not in (".html", ".htm"):
            raise InvalidInput(f"a comparison is written as a page: call it FILE.html, not {report.name}")
        if len(runs) < 2:
            raise InvalidInput("a comparison needs at least two runs; 'runs list' shows them")
        found = [stored(run, data_dir) for run in runs]
        comparison = compared([result for result, _ in found], [title for _, title in found])
        emit(comparison.to_json(), json)
        if json != "-":
            show_comparison(comparison)
        if report is not None:
            from shared_modules.backtester.report import write_comparison

            path = write_comparison(comparison, report)
            if json != "-":
                say(f"report: {path}")


def reproduce(
    run: Which,
    csv: Annotated[list[str] | None, typer.Option(metavar="FILE[,FILE]", help="Where the candles are now.")] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Make a kept run again and name what differs; the exit code is 1 when it did not come out the same."""
    with reported(json):
        from shared_modules.backtester.reproduction import reproduce as reproduced

        result, title = stored(run, data_dir)
        found = reproduced(result, _sources(result, csv, data_dir))
        emit({"run": title, "same": found.same, "differences": list(found.differences)}, json)
        if json != "-":
            say(f"'{title}' came out the same, byte for byte." if found.same else f"'{title}' came out otherwise.")
            for text in found.differences:
                say(f"· {text}")
        if not found.same:
            raise Exit(FAILED)


def _sources(result: BacktestResult, csv: list[str] | None, data_dir: Path | None) -> tuple[BarSource, ...]:
    from shared_modules.core.candle_files import symbol_of

    given = {symbol_of(Path(path)): path for path in values.paths(csv or [])}
    if given and not given.keys() & set(result.symbols):
        raise InvalidInput(f"no file of candles is called after one of {', '.join(result.symbols)}")
    return tuple(_source(result, source, given.get(source.symbol), data_dir) for source in result.request.sources)


def _source(result: BacktestResult, source: BarSource, path: str | None, data_dir: Path | None) -> BarSource:
    """``source`` with its candles: from ``path``, where they were, or from the store."""
    if source.path is not None or path is not None:
        return replace(source, path=path or source.path, bars=None)
    from shared_modules.backtester.reproduction import rebuilt, wanted
    from shared_modules.core.candle_files import read_candle_file
    from shared_modules.core.paths import DataPaths, default_data_dir
    from shared_modules.core.timeframes import timeframe

    frame = timeframe(source.timeframe)
    folder = DataPaths(data_dir or default_data_dir()).candles
    name = "1month" if frame.is_month else frame.name
    found = sorted(folder.glob(f"*/*/{source.symbol}/{name}.csv"))
    prints: Any = wanted(result.passport.data, source.symbol).get("candles")
    if not found or prints is None:
        return source
    bars = read_candle_file(found[0], symbol=source.symbol, timeframe=frame).bars
    return rebuilt(source, bars.between(prints.first, prints.last + 1))
