"""`backtest`: test a strategy on candle files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared_modules.core.market import Side
from shared_modules.core.progress import Progress, ProgressReport

from . import values
from .options import Json
from .output import emit, reported, say, table, when

if TYPE_CHECKING:
    from shared_modules.backtester.result import BacktestResult

SHOWN = 20


def backtest(
    strategy: Annotated[str, typer.Option(help="Name of the strategy; see the command 'strategies'.")],
    csv: Annotated[list[str], typer.Option(metavar="FILE[,FILE]", help="Candle files (CSV, also .gz).")],
    timeframe: Annotated[str | None, typer.Option(help="Timeframe to trade on; the file's own when absent.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="k=v", help="A parameter; repeatable.")] = None,
    more: Annotated[list[str] | None, typer.Argument(metavar="[k=v]...", help="Further parameters for --set.")] = None,
    cash: Annotated[float, typer.Option(help="Starting cash.")] = 10_000.0,
    fee: Annotated[
        str, typer.Option(help="Fee per side, a fraction of the value: 0.00055, 0.055% or 5.5bps.")
    ] = "0.00055",
    slippage: Annotated[str, typer.Option(help="Slippage per fill, likewise: 0.0002, 0.02% or 2bps.")] = "0",
    size: Annotated[str, typer.Option(help="equity=1.0, notional=1000, qty=0.01 or risk=0.01.")] = "equity=1.0",
    start: Annotated[str | None, typer.Option("--from", help="First moment traded (UTC).")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End, not included (UTC).")] = None,
    json: Json = None,
) -> None:
    """Test a strategy on candle files."""
    with reported(json):
        from shared_modules.backtester.request import BacktestRequest, BarSource
        from shared_modules.backtester.run import run_backtest
        from shared_modules.core.candle_files import read_candle_file
        from shared_modules.matching.sizing import Sizing

        files = [read_candle_file(Path(p)) for p in values.paths(csv)]
        for file in files:
            for note in file.notes:
                _note(f"{file.path.name}: {note}")
        request = BacktestRequest(
            strategy=strategy,
            parameters=values.assignments([*(set_ or []), *(more or [])]),
            sources=tuple(BarSource(f.symbol, f.timeframe.name, bars=f.bars) for f in files),
            timeframe=timeframe,
            start=values.moment(start),
            end=values.moment(end),
            cash=cash,
            fee=values.fraction(fee, "the fee"),
            slippage_bps=values.fraction(slippage, "the slippage") * 1e4,
            size=Sizing.parse(size),
        )
        result = run_backtest(request, Progress(_progress if json != "-" and _console() else None))
        emit(result.to_json(), json)
        if json != "-":
            _show(result)


def _console() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _note(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")


def _progress(report: ProgressReport) -> None:
    eta = "" if report.eta is None else f", {report.eta:.0f} s to go"
    sys.stderr.write(f"\r{report.share:4.0%} {report.text}{eta}   " + ("\n" if report.share >= 1 else ""))
    sys.stderr.flush()


def _show(result: BacktestResult) -> None:
    table("Metrics", ["metric", "value"], [[k.replace("_", " "), v] for k, v in result.metrics.items()])
    rows = [
        [t.symbol, _word(t.side), when(t.entry_time), t.entry_price, when(t.exit_time), t.exit_price, t.pnl,
         t.exit_reason.value]
        for t in result.trades[-SHOWN:]
    ]  # fmt: skip
    columns = ["symbol", "side", "entry", "price", "exit", "price", "profit", "reason"]
    table(f"The last {len(rows)} of {len(result.trades)} trades", columns, rows)
    for note in result.notes:
        say(f"· {note}")
    say(f"{result.bars:,} bars in {result.seconds:.3f} s; final equity {result.final_equity:,.2f}")


def _word(side: Side) -> str:
    return "long" if side is Side.BUY else "short"
