"""The whole terminal in its own process, on the demo market."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(data_dir: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, summary and standard error of one run."""
    summary = data_dir / "summary.json"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "error::RuntimeWarning"}
    command = [sys.executable, "-m", "shared_modules.cli", "gui", "--data-dir", str(data_dir), "--json", str(summary)]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(summary.read_text(encoding="utf-8")), done.stderr


def serious(log: Path) -> list[str]:
    lines = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return [line["event"] for line in lines if line["level"] not in ("info", "debug")]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("terminal data")
    code, summary, said = start(
        folder, "--exit-after", "8", "--screenshot", str(folder / "shot.png"), "--symbols", "BTCUSDT"
    )
    return folder, code, summary, said


def test_the_terminal_opens_collects_draws_and_leaves_cleanly(run: tuple[Path, int, dict[str, Any], str]) -> None:
    folder, code, summary, said = run
    assert (code, summary["errors"], said) == (0, [], "")
    assert summary["candles_drawn"] > 10
    assert summary["messages"] > 0
    assert summary["startup_seconds"] > 0
    assert {(s["symbol"], s["timeframe"]) for s in summary["series"]} == {("BTCUSDT", t) for t in ("1m", "5m", "15m")}
    assert all(s["rows"] == 50 for s in summary["series"])
    assert serious(folder / "logs" / "tradebot.jsonl") == []


def test_the_picture_shows_the_window(run: tuple[Path, int, dict[str, Any], str], qapp) -> None:
    from PySide6.QtGui import QImage

    picture = QImage(str(run[0] / "shot.png"))
    colours = {
        picture.pixelColor(x, y).name() for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)
    }
    assert len(colours) > 20


def test_what_was_stored_is_what_was_told(run: tuple[Path, int, dict[str, Any], str]) -> None:
    for series in run[2]["series"]:
        (path,) = run[0].glob(f"candles/*/*/{series['symbol']}/{series['timeframe']}.csv")
        assert len(path.read_text(encoding="utf-8").splitlines()) - 1 == series["rows"]
