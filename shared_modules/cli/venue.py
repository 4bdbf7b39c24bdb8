"""`venue`: run the simulated exchange."""

from __future__ import annotations

import json as jsons
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from shared_modules.core.errors import InvalidInput

from . import values
from .options import MoreFiles, Replay
from .output import reported, say


def venue(
    files: MoreFiles = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the synthetic market.")] = 7,
    symbols: Annotated[str, typer.Option(metavar="N|LIST", help="A number of symbols, or their names.")] = "12",
    replay: Replay = None,
    speed: Annotated[float, typer.Option(help="How much faster than real time the market runs.")] = 1.0,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Faults to have, as docs/faults.md describes them.")
    ] = None,
    limits: Annotated[bool, typer.Option("--limits", help="Keep the real exchange's limits per address.")] = False,
    seconds: Annotated[float | None, typer.Option(help="End by itself after so many seconds.")] = None,
) -> None:
    """Serve a market on loopback in Bybit's protocol until interrupted; the first line printed tells the addresses."""
    with reported(None):
        if files and not replay:
            raise InvalidInput(f"'{files[0]}' does not belong to any option; candle files follow --replay")
        from shared_modules.exchanges.simulated import VenueAddresses, VenueOptions, serve

        options = VenueOptions(
            seed=seed,
            symbols=values.symbols_or_number(symbols),
            replay=values.paths([*(replay or []), *(files or [])]),
            speed=values.positive(speed, "the speed"),
            port=port,
            faults=None if faults is None else str(faults),
            limits=limits,
        )
        stop = threading.Event()

        def ready(found: VenueAddresses) -> None:
            say(jsons.dumps({"rest": found.rest, "public_ws": found.public_ws, "symbols": found.symbols}))

        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
        if seconds is not None:
            timer = threading.Timer(values.positive(seconds, "the time"), stop.set)
            timer.daemon = True
            timer.start()
        serve(options, ready, stop)
