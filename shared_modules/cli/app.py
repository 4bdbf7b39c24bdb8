"""The list of commands, and how their errors and exit codes come out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from .output import FAILED, MISUSED, Exit, complain

# where each command is; those of a module's `application` are further words
_COMMANDS = {
    "gui": "gui:gui",
    "venue": "venue:venue",
    "collect": "collect:collect",
    "record": "replay:record",
    "replay": "replay:replay",
    "backtest": "backtest:backtest",
    "reproduce": "runs:reproduce",
    "compare": "runs:compare",
    "runs": "runs:application",
    "check-lookahead": "check_lookahead:check_lookahead",
    "strategies": "lists:list_strategies",
    "indicators": "lists:list_indicators",
    "data": "data:application",
}


def run(arguments: list[str]) -> int:
    """The exit code of the command in ``arguments``."""
    words = _with_values(arguments) or ["gui"]
    # the other commands need not be imported, nor their options looked at
    command = typer.main.get_group(application(words[0] if words[0] in _COMMANDS else None))
    try:
        result = command.main(words, prog_name="tradebot", standalone_mode=False)
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


def application(only: str | None = None) -> typer.Typer:
    """The command line with all its commands, or with one of them."""
    app = typer.Typer(
        help="TradeBot Terminal. Without a command the terminal opens in demo mode.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )
    for name, place in _COMMANDS.items():
        if only is None or only == name:
            _add(app, name, *place.split(":"))
    return app


def _add(app: typer.Typer, name: str, module: str, function: str) -> None:
    found: Any = getattr(import_module(f".{module}", __package__), function)
    if function == "application":
        app.add_typer(found(), name=name)
    else:
        app.command(name)(found)
