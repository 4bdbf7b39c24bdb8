"""The list of commands, and how their errors and exit codes come out."""

from __future__ import annotations

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from . import backtest, check_lookahead, collect, data, gui, lists, replay, runs, venue
from .output import FAILED, MISUSED, Exit, complain


def run(arguments: list[str]) -> int:
    """The exit code of the command in ``arguments``."""
    command = typer.main.get_command(application())
    try:
        result = command.main(_with_values(arguments) or ["gui"], prog_name="tradebot", standalone_mode=False)
    except Exit as end:
        return end.code
    except NoArgsIsHelpError as help_text:
        complain(help_text.format_message())
        return MISUSED
    except ClickException as error:
        complain(f"error: {error.format_message()}")
        return MISUSED
    except (typer.Abort, KeyboardInterrupt):
        complain("stopped")
        return FAILED
    return result if isinstance(result, int) else 0


def _with_values(arguments: list[str]) -> list[str]:
    """``--portfolio`` may stand alone: the files of ``--csv`` are a portfolio anyway."""
    found = []
    for i, text in enumerate(arguments):
        alone = i + 1 == len(arguments) or arguments[i + 1].startswith("-")
        if not (text == "--portfolio" and alone):
            found.append(text)
    return found


def application() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        help="TradeBot Terminal. Without a command the terminal opens in demo mode.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )
    app.command("gui")(gui.gui)
    app.command("venue")(venue.venue)
    app.command("collect")(collect.collect)
    app.command("record")(replay.record)
    app.command("replay")(replay.replay)
    app.command("backtest")(backtest.backtest)
    app.command("reproduce")(runs.reproduce)
    app.command("compare")(runs.compare)
    app.add_typer(runs.application(), name="runs")
    app.command("check-lookahead")(check_lookahead.check_lookahead)
    app.command("strategies")(lists.list_strategies)
    app.command("indicators")(lists.list_indicators)
    app.add_typer(data.application(), name="data")
    return app
