"""The command that tells whether a strategy knows the future."""

import json
from pathlib import Path

import pytest

from shared_modules.cli.app import run
from shared_modules.core.candle_files import write_candle_file
from tests.strategies.markets import random_bars

PEEK = '''
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared_modules.core.parameters import param
from shared_modules.indicators import sma
from shared_modules.strategies import MarketView, Signals, Strategy, register


@register
@dataclass(frozen=True)
class Peek(Strategy):
    """Peeks."""

    name: ClassVar[str] = "peek"
    title: ClassVar[str] = "Peek"
    ahead: int = param(1, "Bars looked ahead", low=0, high=9)

    @property
    def warmup(self) -> int:
        return 20

    def signals(self, view: MarketView) -> Signals:
        close = view.bars.close
        line = sma(close, 20)
        later = np.append(close[self.ahead :], np.full(self.ahead, np.nan))
        never = np.zeros(len(close), np.bool_)
        return Signals((close > line) & (later > line), close < line, never, never)
'''


@pytest.fixture
def peek(data_dir: Path) -> Path:
    path = data_dir / "strategies" / "peek.py"
    path.parent.mkdir()
    path.write_text(PEEK, encoding="utf-8")
    return path


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["check-lookahead", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_strategy_that_looks_ahead_gives_exit_code_1_and_its_line(
    capsys: pytest.CaptureFixture[str], peek: Path
) -> None:
    code, out, _ = outcome(capsys, str(peek))
    assert code == 1
    assert "peek.py, line 28" in " ".join(out.split())


def test_the_same_strategy_by_name_with_parameters_that_make_it_clean_gives_0(
    capsys: pytest.CaptureFixture[str], peek: Path, data_dir: Path
) -> None:
    code, out, _ = outcome(capsys, "peek", "ahead=0", "--data-dir", str(data_dir))
    assert (code, "No look ahead" in out) == (0, True)


def test_json_has_the_verdicts_with_column_and_line(
    capsys: pytest.CaptureFixture[str], peek: Path, tmp_path: Path
) -> None:
    csv = tmp_path / "BTCUSDT_5m.csv"
    write_candle_file(csv, random_bars(1500, 3))
    code, out, _ = outcome(capsys, str(peek), "--data", str(csv), "--json", "-")
    found = json.loads(out)
    assert (code, found["bad"]) == (1, 1)
    assert [v["check"] for v in found["verdicts"]] == ["look-ahead", "warm-up"]
    assert found["verdicts"][0]["text"].startswith("'enter_long' at 2023-")
    assert "peek.py, line 28" in found["verdicts"][0]["text"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sma_crosss",), "did you mean 'sma_cross'"),
        (("nowhere.py",), "no file nowhere.py"),
        (("sma_cross", "--set", "fast=90"), "must be below"),
        (("sma_cross", "--data", "nowhere.csv"), "no file nowhere.csv"),
        (("sma_cross", "--timeframe", "7m"), "7m"),
        (("stoch_rsi_mtf", "--timeframe", "1d"), "reads 15m bars"),
        (("indicators", "fast=3"), "with its defaults"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = outcome(capsys, *arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_a_broken_file_tells_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("x = 1\ny = x +\n", encoding="utf-8")
    code, _, err = outcome(capsys, str(path))
    assert (code, "broken.py, line 2" in err) == (2, True)
