"""The command line as a person or a script uses it: outcomes, exit codes, one sentence per error."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared_modules.cli.app import run
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import timeframe

DAY_START = 1_740_787_200_000


def wave(n: int = 600) -> Bars:
    close = 100 + 10 * np.sin(np.arange(n) / 15.0)
    opens = np.r_[close[0], close[:-1]]
    return Bars.of(
        DAY_START + np.arange(n) * 60_000,
        opens,
        np.maximum(opens, close) + 0.5,
        np.minimum(opens, close) - 0.5,
        close,
        np.full(n, 3.0),
    )


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, wave())
    return path


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_backtest_gives_json_with_trades_equity_and_costs(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    code, out, _ = outcome(
        capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv), "--set", "fast=5", "slow=20", "--json", "-"
    )
    assert code == 0
    result = json.loads(out)
    assert {"bars", "trades", "final_equity", "metrics", "costs", "seconds"} <= set(result)
    assert result["bars"] == 600
    first = result["trades"][0]
    assert set(first) >= {
        "symbol",
        "side",
        "qty",
        "entry_time",
        "entry_price",
        "exit_time",
        "exit_price",
        "fees",
        "pnl",
    }
    assert first["side"] == "long"
    assert result["final_equity"] == pytest.approx(10_000 + sum(t["pnl"] for t in result["trades"]), rel=1e-9)


def test_a_backtest_without_json_prints_tables_for_a_person(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    code, out, _ = outcome(capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv))
    assert code == 0
    assert "final equity" in out
    assert "sharpe" in out.lower()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--strategy", "sma_crss"], "no strategy 'sma_crss'; did you mean 'sma_cross'?"),
        (["--strategy", "sma_cross", "--set", "fst=3"], "no parameter 'fst'; did you mean 'fast'?"),
        (["--strategy", "sma_cross", "--set", "fast=0"], "'fast' must be"),
        (["--strategy", "sma_cross", "--set", "fast=many"], "'fast' must be a whole number"),
        (["--strategy", "sma_cross", "--timeframe", "7m"], "no timeframe '7m'"),
        (["--strategy", "sma_cross", "--size", "equty=1"], "equity"),
        (["--strategy", "sma_cross", "--cash", "-5"], "cash"),
        (["--strategy", "sma_cross", "--from", "soon"], "'soon' is no time"),
    ],
)
def test_a_wrong_wish_is_refused_with_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], csv: Path, arguments: list[str], sentence: str
) -> None:
    code, out, err = outcome(capsys, "backtest", "--csv", str(csv), *arguments)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in out + err
    assert len(err.strip().splitlines()) == 1


def test_an_unreadable_file_is_named_with_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("time,open,high,low\n1740787200000,1,2,0.5\n")
    code, _, err = outcome(capsys, "backtest", "--strategy", "sma_cross", "--csv", str(bad))
    assert code == 2
    assert "bad.csv" in err
    assert "close" in err


def test_an_error_is_in_the_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = outcome(capsys, "backtest", "--strategy", "x", "--csv", "nowhere.csv", "--json", "-")
    assert code == 2
    assert "there is no file nowhere.csv" in err
    assert json.loads(out)["error"] == "there is no file nowhere.csv"


def test_unknown_commands_and_options_are_refused_with_a_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = outcome(capsys, "backtst")
    assert (code, "backtest" in err) == (2, True)
    code, _, err = outcome(capsys, "collect", "--data-dr", "x")
    assert (code, "--data-dir" in err) == (2, True)


def test_own_strategies_of_a_data_folder_are_listed_and_broken_files_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "good.py").write_text(
        "from dataclasses import dataclass\nfrom shared_modules.strategies import Signals, Strategy, register\n"
        "@register\n@dataclass(frozen=True)\nclass Good(Strategy):\n    name = 'good_one'\n    title = 'Good'\n"
        "    def signals(self, view):\n        return Signals.none(len(view.bars))\n",
        encoding="utf-8",
    )
    (folder / "broken.py").write_text("def signals(:\n", encoding="utf-8")
    code, out, err = outcome(capsys, "strategies", "--data-dir", str(tmp_path))
    assert code == 0
    assert "good_one: Good" in out
    assert "sma_cross:" in out
    assert err.startswith("not usable: broken.py, line 1: SyntaxError")


@pytest.mark.parametrize("command", ["strategies", "indicators"])
def test_lists_tell_names_parameters_and_ranges(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = outcome(capsys, command, "--json", "-")
    found: list[dict[str, Any]] = json.loads(out)
    assert code == 0
    named = {item["name"]: item for item in found}
    wanted = "sma_cross" if command == "strategies" else "sma"
    assert wanted in named
    assert all({"default", "low", "high", "help"} <= set(p) for p in named[wanted]["parameters"])
    code, out, _ = outcome(capsys, command)
    assert (code, wanted in out) == (0, True)


def store(folder: Path, bars: Bars) -> None:
    series = Series(Market("bybit", Category.LINEAR, "BTCUSDT"), timeframe("1m"))
    path = DataPaths(folder).series(series)
    path.parent.mkdir(parents=True)
    write_candle_file(path, bars)


def test_verify_is_content_with_whole_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store(tmp_path, wave(50))
    code, out, _ = outcome(capsys, "data", "verify", "--data-dir", str(tmp_path), "--json", "-")
    series = json.loads(out)["series"]
    assert code == 0
    assert [(s["symbol"], s["timeframe"], s["rows"], s["missing"]) for s in series] == [("BTCUSDT", "1m", 50, 0)]


def test_verify_finds_a_gap_and_says_so_with_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    whole = wave(50)
    store(tmp_path, whole[:20].merged(whole[25:]))
    code, out, _ = outcome(capsys, "data", "verify", "--data-dir", str(tmp_path), "--json", "-")
    assert code == 1
    (series,) = json.loads(out)["series"]
    assert series["missing"] == 5
    assert series["gaps"] == [{"start": DAY_START + 20 * 60_000, "end": DAY_START + 25 * 60_000, "missing": 5}]


def test_verify_refuses_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = outcome(capsys, "data", "verify", "--data-dir", str(tmp_path / "nowhere"))
    assert code == 2
    assert "there is no data folder" in err


def test_json_can_go_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "out" / "strategies.json"
    assert outcome(capsys, "strategies", "--json", str(target))[0] == 0
    assert json.loads(target.read_text())[0]["name"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--live", "--speed", "3"], "--live cannot go with"),
        (["--speed", "0"], "the speed must be above 0"),
        (["--retention", "few"], "retention must be a whole number"),
        (["--replay", "nowhere.csv"], "there is no file nowhere.csv"),
        (["--size", "huge"], "1366x768"),
        (["stray.csv"], "candle files follow --replay"),
        (["--theme", "pink"], "dark or light"),
    ],
)
def test_the_window_does_not_open_on_a_wrong_wish(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    code, _, err = outcome(capsys, "gui", *arguments)
    assert code == 2
    assert sentence in err
