"""`backtest`: test a strategy on candle files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared_modules.core.progress import Progress, ProgressReport

from .backtest_output import show
from .options import DataDir, Json
from .output import emit, reported, say

if TYPE_CHECKING:
    from shared_modules.backtester.result import BacktestResult

Text = str | None
Option = typer.Option


def backtest(
    strategy: Annotated[str, Option(help="Name of the strategy; see the command 'strategies'.")],
    csv: Annotated[list[str] | None, Option(metavar="FILE[,FILE]", help="Candle files (CSV, also .gz).")] = None,
    portfolio: Annotated[Text, Option(metavar="FOLDER|FILE[,FILE]", help="Candle files traded from one cash.")] = None,
    symbols: Annotated[Text, Option(metavar="A[,B]", help="Symbols whose candles lie in the data folder.")] = None,
    timeframe: Annotated[Text, Option(help="Timeframe to trade on; the file's own when absent.")] = None,
    set_: Annotated[list[str] | None, Option("--set", metavar="k=v", help="A parameter; repeatable.")] = None,
    more: Annotated[list[str] | None, typer.Argument(metavar="[k=v]...", help="Further parameters for --set.")] = None,
    detail: Annotated[Text, Option(metavar="T|FILE", help="Shorter bars that decide within a bar.")] = None,
    funding: Annotated[list[str] | None, Option(metavar="FILE|FOLDER", help="Funding rates; repeatable.")] = None,
    mark: Annotated[list[str] | None, Option(metavar="FILE|FOLDER", help="Mark prices; repeatable.")] = None,
    start: Annotated[Text, Option("--from", help="First moment traded (UTC).")] = None,
    end: Annotated[Text, Option("--to", help="End, not included (UTC).")] = None,
    bars: Annotated[int | None, Option(help="Trade the newest so many bars only.")] = None,
    cash: Annotated[float, Option(help="Starting cash.")] = 10_000.0,
    size: Annotated[str, Option(help="equity=1.0, notional=1000, qty=0.01, risk=0.01, atr=, volatility=, kelly=.")] = (
        "equity=1.0"
    ),
    fee: Annotated[str, Option(help="Fee per side, a fraction of the value: 0.00055, 0.055% or 5.5bps.")] = "0.00055",
    maker_fee: Annotated[Text, Option(help="Fee of resting orders; that of --fee when absent.")] = None,
    fees: Annotated[list[str] | None, Option(metavar="SYMBOL=MAKER:TAKER", help="Fees of one symbol.")] = None,
    slippage: Annotated[
        str, Option(help="Per fill: 0.0002, 0.02% or 2bps; or spread=3bps, impact=0.5, table=1000:1,10000:3.")
    ] = "0",
    fill_rule: Annotated[str, Option(help="When resting orders fill: touch, through or volume=0.1.")] = "touch",
    latency: Annotated[str, Option(help="From a decision to its order: 2 (bars) or 250ms.")] = "0",
    leverage: Annotated[float | None, Option(help="Leverage of every entry; without it there is no margin.")] = None,
    margin: Annotated[Text, Option(help="isolated or cross.")] = None,
    stop_loss: Annotated[Text, Option(help="Stop at this fraction from the entry: 0.02 or 2%.")] = None,
    take_profit: Annotated[Text, Option(help="Target, likewise.")] = None,
    target_order: Annotated[str, Option(help="Targets rest as a limit, or leave at the market.")] = "limit",
    trailing_stop: Annotated[Text, Option(help="Stop at this fraction from the best price since.")] = None,
    break_even: Annotated[Text, Option(help="Gain from which on the stop is the entry price.")] = None,
    max_bars: Annotated[int | None, Option(help="Bars after which a position is left.")] = None,
    max_entries: Annotated[int | None, Option(help="Entries a position may have; the strategy's when absent.")] = None,
    max_positions: Annotated[int, Option(help="Positions at once; 0 is any number.")] = 0,
    borrow: Annotated[str, Option(help="Yearly rate paid on what is borrowed: 0.08 or 8%.")] = "0",
    rules: Annotated[
        list[str] | None, Option(metavar="SYMBOL=tick:0.1,step:0.001", help="Rules: also min, max, notional.")
    ] = None,
    tiers: Annotated[list[str] | None, Option(metavar="SYMBOL=LIMIT:RATE:LEVERAGE,...", help="Risk tiers.")] = None,
    decide_by: Annotated[str, Option(help="signals (all bars at once) or on_bar (one after the other).")] = "signals",
    risk_free: Annotated[str, Option(help="Yearly risk-free rate that the ratios are taken above: 0.03 or 3%.")] = "0",
    checks: Annotated[bool, Option(help="Whether to check if the result can be believed.")] = True,
    report: Annotated[Path | None, Option(metavar="FILE.html|FILE.xlsx", help="Write a report.")] = None,
    trades: Annotated[Path | None, Option(metavar="FILE.csv", help="Write the trades.")] = None,
    keep: Annotated[bool, Option("--keep", help="Keep the result in the history of the data folder.")] = False,
    title: Annotated[str, Option("--name", help="What to call it in the report and the history.")] = "",
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Test a strategy on candle files or on what lies in the data folder."""
    options = dict(locals())
    with reported(json):
        from .backtest_request import request_of

        _check_report(report)
        result = _run(request_of(options), checks, json)
        if json is not None:
            emit({**result.to_json(), **_beside(result)}, json)
        if json != "-":
            show(result)
        _write(result, options)


def _run(request: Any, checks: bool, json: str | None) -> BacktestResult:
    progress = Progress(_progress if json != "-" and sys.stderr is not None and sys.stderr.isatty() else None)
    if checks:
        from shared_modules.backtester.honesty import run_checked

        return run_checked(request, progress)
    from shared_modules.backtester.run import run_backtest

    return run_backtest(request, progress)


def _progress(report: ProgressReport) -> None:
    eta = "" if report.eta is None else f", {report.eta:.0f} s to go"
    sys.stderr.write(f"\r{report.share:4.0%} {report.text}{eta}   " + ("\n" if report.share >= 1 else ""))
    sys.stderr.flush()


def _beside(result: BacktestResult) -> dict[str, Any]:
    passport = result.passport
    return {"honesty": [v.to_json() for v in result.honesty], "passport": {"id": passport.id, **passport.to_json()}}


def _check_report(report: Path | None) -> None:
    """Refuse a kind of report that cannot be written before the run, not after it."""
    if report is not None:
        from shared_modules.backtester.report import kind_of

        kind_of(report)


def _write(result: BacktestResult, options: dict[str, Any]) -> None:
    said = options["json"] != "-"
    # what is kept is not lost when a file cannot be written
    if options["keep"]:
        from .runs import kept

        _told(f"kept as run {kept(result, options['title'], options['data_dir'])}", said)
    if options["report"] is not None:
        from shared_modules.backtester.report import write

        for path in write(result, options["report"], title=options["title"]):
            _told(f"report: {path}", said)
    if options["trades"] is not None:
        from shared_modules.backtester.report import write_trades

        _told(f"trades: {write_trades(result, options['trades'])}", said)


def _told(text: str, said: bool) -> None:
    if said:
        say(text)
