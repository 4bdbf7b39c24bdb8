"""`venue` and `collect` as two processes that a person starts: candles on disk, clear sentences, clean ends."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_modules.cli.app import run

CLI = (sys.executable, "-m", "shared_modules.cli")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def venue() -> Iterator[dict[str, str]]:
    """The first line of a running `venue`."""
    process = subprocess.Popen(
        [*CLI, "venue", "--symbols", "2", "--speed", "120"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.terminate()
    process.communicate()


def test_collect_fills_the_folder_and_verify_is_content(
    venue: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = ["--rest", venue["rest"], "--ws", venue["public_ws"] + "/linear"]
    wanted = ["--symbols", "all", "--timeframes", "1m,5m", "--history", "60", "--retention", "unlimited"]
    code = run(["collect", *addresses, *wanted, "--seconds", "2", "--data-dir", str(tmp_path), "--json", "-"])
    outcome = json.loads(capsys.readouterr().out)
    assert code == 0
    assert outcome["errors"] == []
    assert outcome["messages"] > 0
    assert {(s["symbol"], s["timeframe"]) for s in outcome["series"]} == {
        (symbol, frame) for symbol in ("BTCUSDT", "ETHUSDT") for frame in ("1m", "5m")
    }
    assert all(s["rows"] >= 60 and s["gaps"] == 0 for s in outcome["series"])
    assert run(["data", "verify", "--data-dir", str(tmp_path)]) == 0


def test_a_symbol_the_market_does_not_have_is_refused(
    venue: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = ["--rest", venue["rest"], "--ws", venue["public_ws"]]
    code = run(["collect", *addresses, "--symbols", "BTCUSD", "--seconds", "2", "--data-dir", str(tmp_path)])
    err = capsys.readouterr().err
    assert code == 2
    assert "no symbol 'BTCUSD'; did you mean 'BTCUSDT'" in err
    assert "Traceback" not in err


def test_a_damaged_settings_file_is_told_and_kept(
    venue: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text("[data\nretention = ")
    addresses = ["--rest", venue["rest"], "--ws", venue["public_ws"]]
    code = run(["collect", *addresses, "--symbols", "BTCUSDT", "--seconds", "1", "--data-dir", str(tmp_path)])
    assert code == 0
    assert "settings.damaged.toml" in capsys.readouterr().err
    assert (tmp_path / "settings.damaged.toml").read_text() == "[data\nretention = "


def test_an_address_that_does_not_answer_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses = ["--rest", "http://127.0.0.1:9", "--ws", "ws://127.0.0.1:9/v5/public"]
    code = run(["collect", *addresses, "--seconds", "2", "--data-dir", str(tmp_path)])
    err = capsys.readouterr().err
    assert code == 1
    assert err.strip() == (
        "error: no answer from http://127.0.0.1:9: connection refused; check the address or your network"
    )


def test_a_port_in_use_is_one_sentence(venue: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    port = venue["rest"].rsplit(":", 1)[1]
    code = run(["venue", "--port", port, "--seconds", "1"])
    assert code == 1
    assert capsys.readouterr().err.strip().startswith(f"error: port {port} on 127.0.0.1 is in use")
