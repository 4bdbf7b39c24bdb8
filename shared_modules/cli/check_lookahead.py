"""`check-lookahead`: does a strategy, or an indicator, know the future?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.errors import InvalidInput
from shared_modules.core.progress import Progress, ProgressReport

from . import values
from .options import DataDir, Json
from .output import FAILED, Exit, emit, reported, say, table

if TYPE_CHECKING:
    from shared_modules.backtester.honesty import Verdict
    from shared_modules.backtester.honesty.questions import Market

_MARKS = {"good": "ok", "warning": "! look", "bad": "X bad", "unknown": "? open"}


def check_lookahead(
    strategy: Annotated[
        str, typer.Argument(help="Name of a strategy, a .py file with one, or 'indicators' for the whole catalogue.")
    ],
    data: Annotated[
        list[str] | None, typer.Option("--data", "--csv", metavar="FILE[,FILE]", help="Candle files to ask about.")
    ] = None,
    timeframe: Annotated[str | None, typer.Option(help="Timeframe to trade on; the file's own when absent.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", "--parameters", metavar="k=v", help="A parameter; repeatable.")
    ] = None,
    more: Annotated[list[str] | None, typer.Argument(metavar="[k=v]...", help="Further parameters for --set.")] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Tell whether a strategy looks ahead, with the line that does; exit code 1 if it does."""
    with reported(json):
        given = values.assignments([*(set_ or []), *(more or [])])
        if strategy == "indicators" and (given or timeframe):
            raise InvalidInput("the whole catalogue is checked with its defaults, on the bars of the file")
        progress = Progress(_progress if json != "-" and _console() else None)
        markets = _markets(data, timeframe)
        if strategy == "indicators":
            found = _indicators(markets, progress)
        else:
            found = list(_strategy(strategy, given, markets, timeframe, data_dir, progress))
        bad = [v for v in found if v.level == "bad"]
        told = [v.to_json() for v in found]
        emit({"strategy": strategy, "parameters": dict(given), "bad": len(bad), "verdicts": told}, json)
        if json != "-" and strategy == "indicators":
            odd = [v for v in found if v.level != "good"]
            if odd:
                show(odd, "Indicators")
            say(f"{len(found)} indicators, {len(bad)} of which look ahead without saying so.")
        elif json != "-":
            show(found, f"{strategy} on {', '.join(m.symbol for m in markets) or 'a made-up market'}")
        if bad:
            raise Exit(FAILED)


def show(verdicts: Sequence[Verdict], title: str) -> None:
    """Print ``verdicts`` as a table, the details of those that are not good below it."""
    table(title, ["", "check", "finding"], [[_MARKS[v.level], v.check, v.text] for v in verdicts])
    for v in verdicts:
        for line in v.details if v.level != "good" else ():
            say(f"· {v.check}: {line}")


def _markets(data: list[str] | None, timeframe: str | None) -> list[Market]:
    from shared_modules.backtester.honesty.questions import Market
    from shared_modules.core.candle_files import read_candle_file
    from shared_modules.core.timeframes import timeframe as frame_called

    files = [read_candle_file(Path(path)) for path in values.paths(data)] if data else []
    traded = None if timeframe is None else frame_called(timeframe)
    return [Market(f.symbol, f.bars, f.timeframe, traded) for f in files]


def _strategy(
    named: str,
    given: Mapping[str, Any],
    markets: list[Market],
    timeframe: str | None,
    data_dir: Path | None,
    progress: Progress,
) -> tuple[Verdict, ...]:
    from shared_modules.backtester.honesty.questions import check_strategy, made_up_market, strategy_of
    from shared_modules.core.paths import DataPaths
    from shared_modules.core.timeframes import timeframe as frame_called

    folder = None if data_dir is None else DataPaths(data_dir).strategies
    if not markets and timeframe is not None:
        markets = [made_up_market(frame_called(timeframe))]
    return check_strategy(strategy_of(named, folder), given, markets, progress)


def _indicators(markets: list[Market], progress: Progress) -> list[Verdict]:
    from shared_modules.backtester.honesty.questions import check_indicator
    from shared_modules.indicators.catalogue import catalogue

    found = []
    names = list(catalogue())
    for i, name in enumerate(names):
        progress.step(i / len(names), name)
        found.append(check_indicator(name, {}, markets[0] if markets else None))
    progress.step(1.0, "Checked")
    return found


def _console() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _progress(report: ProgressReport) -> None:
    eta = "" if report.eta is None else f", {report.eta:.0f} s to go"
    sys.stderr.write(f"\r{report.share:4.0%} {report.text}{eta}   " + ("\n" if report.share >= 1 else ""))
    sys.stderr.flush()
