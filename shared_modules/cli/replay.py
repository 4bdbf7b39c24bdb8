"""`record` and `replay`: keep the exchange's messages as they came, and play them through the collector again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.spelled import number

from . import values
from .collect import collect
from .options import History, Json, Rest, Retention, Seconds, Socket, Symbols, Timeframes
from .output import complain, emit, reported, say, table

if TYPE_CHECKING:
    from shared_modules.core.progress import Progress, ProgressReport
    from shared_modules.data_collection.replaying import ReplayOutcome


def record(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder for the candles and the recording.")],
    rest: Rest = None,
    ws: Socket = None,
    symbols: Symbols = "BTCUSDT,ETHUSDT,SOLUSDT",
    timeframes: Timeframes = "1m,5m,15m",
    history: History = 500,
    retention: Retention = None,
    seconds: Seconds = None,
    json: Json = None,
) -> None:
    """Collect, and record every message of the exchange into the folder 'recordings'."""
    collect(data_dir, rest, ws, symbols, timeframes, history, retention, seconds, True, json)


def replay(
    recording: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="A recording, or one of its files.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder for the candles that come out.")],
    speed: Annotated[str, typer.Option(help="How much faster than it was, or 'max'.")] = "max",
    retention: Retention = None,
    json: Json = None,
) -> None:
    """Play a recording through the collector: the same stream, the same candles, the same files."""
    with reported(json):
        from shared_modules.core.paths import DataPaths
        from shared_modules.data_collection.replaying import replay as play

        pace = None if speed == "max" else values.positive(number(speed, "the speed"), "the speed")
        keep: int | str | None = "recorded" if retention is None else values.retention(retention)
        paths = DataPaths(data_dir).ready()
        done = asyncio.run(play(recording, paths, speed=pace, retention=keep, progress=_progress(json)))
        emit(_outcome(done), json)
        if json != "-":
            rows = [[s.market.symbol, s.timeframe.name, n] for s, n in done.rows.items()]
            table("Replayed", ["symbol", "timeframe", "rows"], rows)
            faster = f", {done.seconds / done.took:,.0f} times as fast" if done.took else ""
            say(f"{done.frames:,} frames of {done.seconds:,.0f} s in {done.took:.1f} s{faster}")


def _progress(json: str | None) -> Progress:
    from shared_modules.core.progress import Progress

    def tell(report: ProgressReport) -> None:
        complain(f"{report.share:4.0%} {report.text}")

    return Progress(None if json == "-" else tell, every=5.0)


def _outcome(done: ReplayOutcome) -> dict[str, Any]:
    numbers = ("records", "frames", "seconds", "took", "malformed", "gaps", "refetched")
    series = [{"symbol": s.market.symbol, "timeframe": s.timeframe.name, "rows": n} for s, n in done.rows.items()]
    return {**{name: getattr(done, name) for name in numbers}, "series": series}
