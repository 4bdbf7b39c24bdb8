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
