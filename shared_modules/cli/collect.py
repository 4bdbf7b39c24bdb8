"""`collect`: collect candles without a window."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from . import values
from .options import History, Json, Rest, Retention, Seconds, Socket, Symbols, Timeframes
from .output import FAILED, Exit, complain, emit, reported, table, when


def collect(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder for the candles.")],
    rest: Rest = None,
    ws: Socket = None,
    symbols: Symbols = "BTCUSDT,ETHUSDT,SOLUSDT",
    timeframes: Timeframes = "1m,5m,15m",
    history: History = 500,
    retention: Retention = None,
    seconds: Seconds = None,
    record: Annotated[bool, typer.Option("--record", help="Record the exchange's messages too.")] = False,
    json: Json = None,
) -> None:
    """Collect candles of a market into CSV files until the time is over or Ctrl+C."""
    with reported(json):
        session: dict[str, Any] = {"collector.start_at_launch": False, "collector.history": history}
        if rest:
            session["exchange.rest_url"] = rest.rstrip("/")
        if ws:
            session["exchange.public_ws_url"] = _without_category(ws)
        if record:
            session["recorder.at_launch"] = True
        if retention is not None:
            session["data.retention"] = values.retention(retention)
        wanted = None if symbols.lower() == "all" else values.names(symbols)
        frames = values.timeframes(timeframes)
        outcome = asyncio.run(_collect(data_dir, session, wanted, frames, seconds))
        emit(outcome, json)
        rows = [[s["symbol"], s["timeframe"], s["rows"], when(s["last"]), s["gaps"]] for s in outcome["series"]]
        if json != "-":
            table("Collected", ["symbol", "timeframe", "rows", "last", "gaps"], rows)
        for error in outcome["errors"]:
            complain(f"error: {error}")
        if outcome["errors"]:
            raise Exit(FAILED)


def _without_category(url: str) -> str:
    stem, _, last = url.rstrip("/").rpartition("/")
    return stem if last in ("linear", "inverse", "spot") else url.rstrip("/")


async def _collect(
    data_dir: Path,
    session: dict[str, Any],
    symbols: tuple[str, ...] | None,
    frames: tuple[str, ...],
    seconds: float | None,
) -> dict[str, Any]:
    from shared_modules.core.events import Notice
    from shared_modules.system_integration import Engine, EngineOptions

    started = time.monotonic()
    errors: list[str] = []
    stop = asyncio.Event()
    engine = Engine(EngineOptions(data_dir, None, session, console_log=False))
    # errors are told at the end, where one that ends everything is told alone
    engine.bus.subscribe(Notice, lambda n: errors.append(n.text) if n.level == "error" else complain(n.text))
    async with engine:
        await engine.instruments_loaded(patient=False)
        chosen = symbols or tuple(i.symbol for i in engine.instruments)
        with _interruptible(stop):
            await engine.start_collecting(chosen, frames)
            complain(f"collecting {len(chosen)} symbols at {', '.join(frames)}; Ctrl+C ends it")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)
        await asyncio.to_thread(engine.store.flush)
        series = [_series(status) for status in engine.collector.status()]
        await engine.stop_collecting()
        recorded = await engine.recorder.stop()
        health = engine.stream.health()
    return {
        "series": series,
        "messages": health.messages,
        "reconnects": health.reconnects,
        "seconds": round(time.monotonic() - started, 3),
        "errors": errors,
        **({"recording": _recording(recorded)} if recorded.since is not None else {}),
    }


def _recording(status: Any) -> dict[str, Any]:
    return {"folder": str(status.folder), **{name: getattr(status, name) for name in
            ("messages", "bytes", "raw_bytes", "segments", "dropped", "error")}}  # fmt: skip


def _series(status: Any) -> dict[str, Any]:
    return {
        "symbol": status.series.market.symbol,
        "timeframe": status.series.timeframe.name,
        "rows": status.rows,
        "first": status.first_time,
        "last": status.last_time,
        "gaps": status.gaps,
        "errors": status.errors,
    }


@contextlib.contextmanager
def _interruptible(stop: asyncio.Event) -> Any:
    """Ctrl+C sets ``stop`` inside the block, also on Windows, where loops take no signal handlers."""
    loop = asyncio.get_running_loop()
    names = [signal.SIGINT, signal.SIGTERM]
    before = {n: signal.signal(n, lambda *_: loop.call_soon_threadsafe(stop.set)) for n in names}
    try:
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)
