"""`gui`: open the terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared_modules.core.errors import InvalidInput

from . import values
from .options import DataDir, Json, MoreFiles, Replay, Retention
from .output import FAILED, Exit, emit, reported

if TYPE_CHECKING:
    from tradebot_gui.options import GuiOptions


def gui(
    files: MoreFiles = None,
    data_dir: DataDir = None,
    replay: Replay = None,
    speed: Annotated[float | None, typer.Option(help="How much faster than real time the market runs.")] = None,
    symbols: Annotated[str | None, typer.Option(help="Symbols to collect and show, such as BTCUSDT,ETHUSDT.")] = None,
    retention: Retention = None,
    exit_after: Annotated[float | None, typer.Option(metavar="S", help="Close by itself after S seconds.")] = None,
    screenshot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Picture of the window at the end.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Use the exchange of the settings instead of the demo.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Use the demo market, whatever the settings say.")] = False,
    theme: Annotated[str | None, typer.Option(help="dark or light, for this start.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Size of the window, such as 1920x1080.")] = None,
    json: Json = None,
) -> None:
    """Open the terminal; in demo mode unless --live is given or the settings choose live data."""
    with reported(json):
        options = _options(
            files, data_dir, replay, speed, symbols, retention, exit_after, screenshot, live, demo, theme, size
        )
        from tradebot_gui.app import run_gui

        summary = run_gui(options)
        emit(summary, json)
        if summary["errors"]:
            raise Exit(FAILED)


def _options(
    files: list[str] | None,
    data_dir: Path | None,
    replay: list[str] | None,
    speed: float | None,
    symbols: str | None,
    retention: str | None,
    exit_after: float | None,
    screenshot: Path | None,
    live: bool,
    demo: bool,
    theme: str | None,
    size: str | None,
) -> GuiOptions:
    from tradebot_gui.options import GuiOptions

    if files and not replay:
        raise InvalidInput(f"'{files[0]}' does not belong to any option; candle files follow --replay")
    if live and (replay or speed):
        raise InvalidInput("--live cannot go with --replay or --speed: a real market has its own pace")
    if live and demo:
        raise InvalidInput("--live and --demo cannot go together")
    if theme not in (None, "dark", "light"):
        raise InvalidInput(f"the theme is dark or light, not '{theme}'")
    return GuiOptions(
        data_dir=data_dir,
        replay=values.paths([*(replay or []), *(files or [])]),
        speed=None if speed is None else values.positive(speed, "the speed"),
        symbols=values.names(symbols),
        retention="unset" if retention is None else values.retention(retention),
        exit_after=None if exit_after is None else values.positive(exit_after, "the time to exit"),
        screenshot=screenshot,
        live=live,
        demo=demo,
        theme=theme,
        size=_size(size),
        # told by a launcher that is another process; else the window asks when its own process began
        started=float(os.environ.get("TRADEBOT_STARTED", 0)),
    )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 300 <= int(width) <= 8000 and 200 <= int(height) <= 8000):
        raise InvalidInput(f"'{text}' is no window size; write it like 1366x768")
    return int(width), int(height)
