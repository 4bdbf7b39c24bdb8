"""Every piece of code in the guide to strategies runs, and its lists are those of the program."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.cli.app import run as command
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.strategies import broken_strategies, strategies, strategy

from .markets import M5, START, random_bars, view_of

GUIDE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.M | re.S)
FILES = [code for kind, code in BLOCKS if kind == "python" and "@register" in code]
PIECES = [code for kind, code in BLOCKS if kind == "python" and "@register" not in code]
COMMANDS = [line for kind, code in BLOCKS if kind == "sh" for line in code.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The guide's strategies as the files of a user."""
    made = tmp_path_factory.mktemp("guide") / "strategies"
    made.mkdir()
    for n, code in enumerate(FILES):
        (made / f"from_guide_{n}.py").write_text(code, encoding="utf-8")
    return made


def names(folder: Path) -> list[str]:
    return sorted(set(strategies(folder)) - set(strategies(folder / "none")))


def test_all_blocks_are_of_a_kind_that_is_run_here():
    assert {kind for kind, _ in BLOCKS} == {"python", "sh"}
    assert len(FILES) >= 5
    assert not re.search(
        r"^    (from|import|def|class|python) ", re.sub(r"^```.*?^```$", "", GUIDE, flags=re.M | re.S), re.M
    )


def test_each_strategy_of_the_guide_can_be_used_as_a_file_and_trades_either_way(folder):
    assert broken_strategies(folder) == ()
    assert len(names(folder)) == len(FILES)
    for name in names(folder):
        options = {"sources": (BarSource("TEST", "5m", bars=random_bars(700, 5)),), "strategy_folder": str(folder)}
        whole = run_backtest(BacktestRequest(name, **options))
        assert whole.trades, name
        assert run_backtest(BacktestRequest(name, **options, decide_by="on_bar")).trades == whole.trades, name


def test_each_piece_of_the_guide_runs(folder, capsys):
    made = strategy("ema_price", folder)()
    for code in PIECES:
        known = {"bars": random_bars(700, 5), "ema_price": made, "folder": str(folder)}
        known["view"] = lambda bars: view_of(made, bars)
        exec(compile(code, "guide", "exec"), known)
    assert "Outcome" in capsys.readouterr().out


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_of_the_guide_runs(folder, line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bars = random_bars(3000, 5, M5)
    minutes = Bars.of(START + np.arange(3000) * 60_000, bars.open, bars.high, bars.low, bars.close, bars.volume)
    write_candle_file(tmp_path / "BTCUSDT_1m.csv.gz", minutes)
    words = shlex.split(line)
    assert words[:2] == ["python", "run.py"]
    assert command([*words[2:], "--data-dir", str(folder.parent)]) == 0, capsys.readouterr().err


def test_the_guide_lists_the_strategies_there_are(tmp_path):
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE[GUIDE.index("## What comes") :], re.M)) == set(strategies(tmp_path))
