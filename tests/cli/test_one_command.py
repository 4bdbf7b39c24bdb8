"""The command line imports the one command it is asked for."""

import sys
from subprocess import run as started

import pytest
import typer

from shared_modules.cli.app import application


@pytest.mark.parametrize("name", ["backtest", "data", "gui"])
def test_one_command_alone_reads_as_it_does_among_all(name: str) -> None:
    alone, among = (typer.main.get_group(application(only)).commands[name] for only in (name, None))
    assert list(typer.main.get_group(application(name)).commands) == [name]
    assert [p.name for p in alone.params] == [p.name for p in among.params]
    assert alone.help == among.help


def test_a_backtest_imports_no_other_command() -> None:
    code = (
        "import sys; from shared_modules.cli.app import run; "
        "run(['backtest', '--strategy', 'sma_cross', '--csv', 'none.csv']); "
        "sys.exit('asyncio' in sys.modules or 'shared_modules.cli.gui' in sys.modules)"
    )
    assert started([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
