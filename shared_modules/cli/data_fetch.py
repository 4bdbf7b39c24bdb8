"""`data fetch`: the past of many markets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import DAY, TIMEFRAMES, timeframe

from . import values
from .data_doors import market_data, open_store
from .options import Json, Rest, Symbols
from .output import FAILED, Exit, complain, emit, reported, say, table

if TYPE_CHECKING:
    from shared_modules.core.market import Market
    from shared_modules.core.settings import Settings
    from shared_modules.data_collection.backfill import BackfillOutcome, BackfillReport, WantedExtra
    from shared_modules.exchanges.base import MarketData

_TELL_EVERY = 5.0


def fetch(
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Folder for the candles.")],
    rest: Rest = None,
    symbols: Symbols = "BTCUSDT,ETHUSDT,SOLUSDT",
    timeframes: Annotated[str, typer.Option(help="Timeframes, or 'none'.")] = "1m,5m,15m",
    days: Annotated[float, typer.Option(help="How far back, unless --from says so.")] = 30.0,
    start: Annotated[str | None, typer.Option("--from", metavar="T", help="First moment wanted.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="End, not included; now when absent.")] = None,
    funding: Annotated[bool, typer.Option("--funding", help="Funding rates too.")] = False,
    open_interest: Annotated[str | None, typer.Option(metavar="T", help="Open interest too, every 5m to 1d.")] = None,
    mark: Annotated[str | None, typer.Option(metavar="T", help="Mark candles of this timeframe too.")] = None,
    index: Annotated[str | None, typer.Option(metavar="T", help="Index candles of this timeframe too.")] = None,
    json: Json = None,
) -> None:
    """Fetch past candles into the store: only what is missing; stopped at any point it goes on from there."""
    with reported(json):
        wanted = None if symbols.lower() == "all" else values.names(symbols)
        frames = () if timeframes.lower() == "none" else values.timeframes(timeframes)
        extras: list[tuple[str, str | None]] = [("funding", None)] if funding else []
        extras += [
            (kind, frame)
            for kind, frame in (("open_interest", open_interest), ("mark", mark), ("index", index))
            if frame
        ]
        if not frames and not extras:
            raise InvalidInput("nothing to fetch; name timeframes, --funding, --open-interest, --mark or --index")
        span = (values.moment(start), values.moment(end), values.positive(days, "days"))
        outcome = asyncio.run(_fetched(data_dir, rest, wanted, frames, extras, span, quiet=json == "-"))
        emit(outcome, json)
        if json != "-":
            _show(outcome)
        if outcome["refused"]:
            raise Exit(FAILED)


async def _fetched(
    data_dir: Path,
    rest: str | None,
    symbols: tuple[str, ...] | None,
    frames: Sequence[str],
    extras: Sequence[tuple[str, str | None]],
    span: tuple[int | None, int | None, float],
    quiet: bool,
) -> dict[str, Any]:
    from shared_modules.core.market import Series
    from shared_modules.data_collection.backfill import Backfill
    from shared_modules.data_collection.history import Wanted

    with open_store(data_dir) as (paths, store):
        data, settings = market_data(paths, rest)
        _tell_of_retention(settings)
        try:
            end = span[1] or await data.server_time()
            start = span[0] if span[0] is not None else round(end - span[2] * DAY)
            if start >= end:
                raise InvalidInput("the end must lie after the start")
            markets = await _markets(data, settings, symbols)
            wanted = [Wanted(Series(m, TIMEFRAMES[f]), start, end) for m in markets for f in frames]
            more = [_extra(m, kind, interval, start, end) for m in markets for kind, interval in extras]
            tell = None if quiet else _teller()
            outcome = await Backfill(data, store, paths).run(wanted, more, on_report=tell)
        finally:
            await data.close()
    return _outcome(outcome)


async def _markets(data: MarketData, settings: Settings, symbols: tuple[str, ...] | None) -> list[Market]:
    from shared_modules.core.market import Category, Market

    category = Category(settings.exchange.category)
    if symbols is None:
        return [instrument.market for instrument in await data.instruments(category)]
    return [Market(data.name, category, symbol) for symbol in symbols]


def _extra(market: Market, kind: str, interval: str | None, start: int, end: int) -> WantedExtra:
    from shared_modules.data_collection.backfill import WantedExtra
    from shared_modules.data_collection.extras import Extra, ExtraKind

    frame = None if interval is None else timeframe(interval)
    return WantedExtra(Extra(market, ExtraKind(kind), frame), start, end)


def _tell_of_retention(settings: Settings) -> None:
    keep = settings.data.retention
    if keep is not None:
        complain(
            f"note: the settings keep the newest {keep} candles per series (data.retention); series of which more is "
            "fetched are kept whole from now on, and the data manager shows how many rows each keeps"
        )


def _teller() -> Any:
    """A listener that prints a line every few seconds."""
    last = 0.0

    def tell(report: BackfillReport) -> None:
        nonlocal last
        if report.elapsed - last < _TELL_EVERY:
            return
        last = report.elapsed
        left = "" if report.eta is None else f", {report.eta / 60:.1f} min to go"
        say(f"{report.share:6.1%}  {report.done:,} of {report.total:,} requests, {report.candles:,} candles{left}")

    return tell


def _outcome(outcome: BackfillOutcome) -> dict[str, Any]:
    return {
        "series": [
            {"symbol": s.market.symbol, "timeframe": s.timeframe.name, "candles": n} for s, n in outcome.candles.items()
        ],
        "extras": [
            {"symbol": e.market.symbol, "kind": e.kind.value, "interval": e.interval and e.interval.name, "rows": n}
            for e, n in outcome.extras.items()
        ],
        "refused": [{"symbol": m.symbol, "error": text} for m, text in outcome.refused.items()],
        "requests": outcome.requests,
    }


def _show(outcome: dict[str, Any]) -> None:
    rows = [[s["symbol"], s["timeframe"], s["candles"]] for s in outcome["series"]]
    rows += [[e["symbol"], f"{e['kind'].replace('_', ' ')} {e['interval'] or ''}".strip(), e["rows"]]
             for e in outcome["extras"]]  # fmt: skip
    table(f"Fetched with {outcome['requests']:,} requests", ["symbol", "what", "new"], rows)
    for refused in outcome["refused"]:
        complain(f"{refused['symbol']}: {refused['error']}")
