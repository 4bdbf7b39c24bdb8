"""`data`: what it says, what it changes, and how it ends."""

import json
from pathlib import Path

import pytest

from shared_modules.cli.app import run
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.paths import DataPaths
from tests.fakes import NOW, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def holey(tmp_path: Path) -> Path:
    """A data folder with one series that lacks two candles."""
    times = [NOW + i * MINUTE for i in range(30) if i not in (10, 11)]
    write_candle_file(DataPaths(tmp_path).series(SERIES), bars_at(times))
    return tmp_path


def test_verify_tells_each_gap_with_its_kind_and_writes_reports(capsys, holey, tmp_path):
    target = tmp_path / "report.csv"
    code, out, _ = outcome(capsys, "data", "verify", "--data-dir", str(holey), "--report", str(target), "--json", "-")
    assert code == 1
    (row,) = json.loads(out)["series"]
    assert row["reasons"] == [
        {"start": NOW + 10 * MINUTE, "end": NOW + 12 * MINUTE, "missing": 2, "kind": "unrepaired"}
    ]  # fmt: skip
    assert row["score"] < 100
    assert target.read_text().splitlines()[1].startswith("fake,linear,BTCUSDT,1m,")


def test_verify_checks_single_files_and_its_exit_code_says_whether_they_are_whole(capsys, tmp_path):
    good, bad, broken = (tmp_path / f"{name}_1m.csv" for name in ("BTCUSDT", "ETHUSDT", "XRPUSDT"))
    write_candle_file(good, bars_at(NOW + i * MINUTE for i in range(30)))
    write_candle_file(bad, bars_at(NOW + i * MINUTE for i in (0, 1, 2, 5)))
    broken.write_text("timestamp,open,high,low,close,volume\nx,1,2,3,4,5\n")
    assert outcome(capsys, "data", "verify", "--csv", str(good))[0] == 0
    assert outcome(capsys, "data", "verify", "--csv", str(good), "--csv", str(bad))[0] == 1
    code, _, error = outcome(capsys, "data", "verify", "--csv", str(broken))
    assert code == 2
    assert "line 2" in error


def test_verify_wants_a_folder_or_a_file(capsys, tmp_path):
    for arguments in ([], ["--data-dir", str(tmp_path), "--csv", "x.csv"]):
        code, _, error = outcome(capsys, "data", "verify", *arguments)
        assert code == 2
        assert "--data-dir" in error
