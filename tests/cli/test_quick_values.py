"""Plain words of the command line, and those that typer has to look at."""

import sys
from pathlib import Path
from subprocess import run as started
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer._click.exceptions import ClickException

from shared_modules.cli.app import application
from shared_modules.cli.quick_values import taken_as_they_are

Words = list[str]


def outcome(words: Words, quick: bool) -> Any:
    """What the options become, or what is said about them."""
    found: Any = {}

    def work(
        number: Annotated[float, typer.Option()] = 1.5,
        whole: Annotated[int | None, typer.Option()] = None,
        text: Annotated[str, typer.Option()] = "a",
        texts: Annotated[list[str] | None, typer.Option()] = None,
        paths: Annotated[list[Path] | None, typer.Option()] = None,
        path: Annotated[Path | None, typer.Option()] = None,
        few: Annotated[int, typer.Option(max=3)] = 1,
        on: Annotated[bool, typer.Option()] = False,
        more: Annotated[list[str] | None, typer.Argument()] = None,
    ) -> None:
        found.update(locals())

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("work")(work)
    command = typer.main.get_command(app)
    if quick:
        taken_as_they_are(command)
    try:
        command.main(list(words), prog_name="x", standalone_mode=False)
    except ClickException as error:
        return error.format_message()
    return {name: (type(value), value) for name, value in found.items() if name != "found"}


PLAIN = st.sampled_from(["1", "-3", "0.5", "1e3", " 7", "7 ", "1_0", "nan", "inf", "", "x", "0x1", "٣", "1.", ".5",
                         "007", "12345678901234567890", "true", "a b", "/tmp"])  # fmt: skip
OPTIONS = st.sampled_from(["--number", "--whole", "--text", "--texts", "--paths", "--path", "--few"])


@given(st.lists(st.tuples(OPTIONS, PLAIN), max_size=4), st.lists(st.sampled_from(["u=1", "v"]), max_size=2))
def test_words_become_what_typer_makes_of_them(pairs: list[tuple[str, str]], more: Words) -> None:
    words = [f"{name}={word}" for name, word in pairs] + more
    assert outcome(words, quick=True) == outcome(words, quick=False)


@pytest.mark.parametrize("name", ["backtest", "data", "gui"])
def test_one_command_alone_reads_as_it_does_among_all(name: str) -> None:
    alone, among = (typer.main.get_group(application(only)).commands[name] for only in (name, None))
    assert list(typer.main.get_group(application(name)).commands) == [name]
    assert [p.name for p in alone.params] == [p.name for p in among.params]
    assert alone.help == among.help


def test_plain_words_wake_no_checker() -> None:
    code = (
        "import sys; from shared_modules.cli.app import run; "
        "run(['backtest', '--strategy', 'sma_cross', '--csv', 'none.csv', '--bars', '50']); "
        "sys.exit('pydantic' in sys.modules or 'asyncio' in sys.modules)"
    )
    assert started([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
