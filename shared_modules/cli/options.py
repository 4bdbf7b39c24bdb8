"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the outcome as JSON; '-' prints it.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder for candles, settings and logs.")]
Replay = Annotated[
    list[str] | None, typer.Option("--replay", metavar="CSV", help="Candle files (CSV, also .gz) to play; repeatable.")
]
MoreFiles = Annotated[list[str] | None, typer.Argument(metavar="[CSV]...", help="Further files for --replay.")]
Retention = Annotated[
    str | None, typer.Option("--retention", metavar="N|unlimited", help="Newest candles kept per series.")
]

# what `collect` and `record` are asked
Rest = Annotated[str | None, typer.Option(metavar="URL", help="Address of the REST service.")]
Socket = Annotated[str | None, typer.Option(metavar="URL", help="Address of the public socket.")]
Symbols = Annotated[str, typer.Option(help="Symbols, or 'all'.")]
Timeframes = Annotated[str, typer.Option(help="Timeframes.")]
History = Annotated[int, typer.Option(min=0, help="Past candles fetched per series at start.")]
Seconds = Annotated[float | None, typer.Option(metavar="S", help="End after S seconds; else with Ctrl+C.")]
