"""`data import` of recordings: each market comes in as what it is, and the options of the command hold."""

import json
from pathlib import Path

import pytest

from shared_modules.cli.app import run
from shared_modules.core.candle_files import write_candle_file
from tests.fakes import NOW, bars_at


def recording(path: Path, price: int, **extra: object) -> Path:
    """Trades of Binance every 20 s, over two minutes and what is needed around them."""
    lines = []
    for n in range(9):
        at = NOW - 20_000 + n * 20_000
        row = {"e": "trade", "E": at, "s": "BTCUSDT", "t": n, "p": str(price + n), "q": "1", "T": at, "m": False}
        lines.append(f"{at}000000 " + json.dumps({"stream": "btcusdt@trade", "data": row | extra}))
    path.write_text("\n".join(lines))
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict]:
    assert run(["data", *map(str, arguments), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    return found["files"] if "files" in found else found["series"]


def test_spot_and_futures_of_one_symbol_become_two_series(capsys, tmp_path):
    spot = recording(tmp_path / "spot.txt", 100, M=True)
    futures = recording(tmp_path / "futures.txt", 200, X="MARKET")
    told(capsys, "import", spot, futures, "--data-dir", tmp_path / "d")
    series = told(capsys, "list", "--data-dir", tmp_path / "d")
    assert [(s["category"], s["rows"]) for s in series] == [("linear", 2), ("spot", 2)]


def test_a_kind_of_market_that_is_said_wins_over_what_is_told_from_the_messages(capsys, tmp_path):
    (done,) = told(capsys, "import", recording(tmp_path / "a.txt", 100), "--data-dir", tmp_path, "--category", "spot")
    assert done["category"] == "spot"
    assert run(["data", "import", str(tmp_path / "a.txt"), "--data-dir", str(tmp_path), "--category", "spots"]) != 0
    assert "no kind of market" in capsys.readouterr().err


def test_the_preview_of_a_recording_changes_nothing(capsys, tmp_path):
    file = recording(tmp_path / "a.txt", 100)
    (seen,) = told(capsys, "import", file, "--data-dir", tmp_path / "d", "--preview")
    assert (seen["symbol"], seen["timeframe"], seen["rows"], seen["first"]) == ("BTCUSDT", "1m", 2, NOW)
    assert not (tmp_path / "d" / "candles").exists()


def test_a_recording_replaces_stored_candles_only_when_asked(capsys, tmp_path):
    first, other = recording(tmp_path / "a.txt", 100), recording(tmp_path / "b.txt", 300)
    told(capsys, "import", first, "--data-dir", tmp_path / "d")
    (kept,) = told(capsys, "import", other, "--data-dir", tmp_path / "d")
    (won,) = told(capsys, "import", other, "--data-dir", tmp_path / "d", "--replace")
    assert (kept["kept"], kept["replaced"], won["replaced"]) == (2, 0, 2)


def test_a_recording_beside_a_table_is_called_by_its_name(capsys, tmp_path):
    table = tmp_path / "ETHUSDT_1m.csv"
    write_candle_file(table, bars_at(NOW + i * 60_000 for i in range(10)))
    assert (
        run(["data", "import", str(recording(tmp_path / "a.txt", 100)), str(table), "--data-dir", str(tmp_path)]) != 0
    )
    assert "a.txt is a recording of messages" in capsys.readouterr().err.replace("\n", " ")
