"""`data list|import|export|resample|delete`: a file from elsewhere goes all the way through and back."""

import json
from pathlib import Path

import pytest

from shared_modules.cli.app import run
from shared_modules.core.candle_files import read_candle_file, write_candle_file
from tests.fakes import NOW, bars_at

BARS = bars_at(NOW + i * 60_000 for i in range(300))


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, BARS)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert run(["data", *map(str, arguments), "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_file_goes_in_is_listed_built_upon_written_out_deleted_and_brought_back(capsys, brought, tmp_path):
    folder = tmp_path / "d"
    (done,) = told(capsys, "import", brought, "--data-dir", folder, "--exchange", "bybit", "--category", "linear")[
        "series"
    ]
    assert (done["exchange"], done["added"]) == ("bybit", 300)
    told(capsys, "resample", "--data-dir", folder, "--series", "BTCUSDT:1m", "--to", "1h")
    series = told(capsys, "list", "--data-dir", folder)["series"]
    assert [(s["timeframe"], s["rows"], s["missing"]) for s in series] == [("1m", 300, 0), ("1h", 5, 0)]
    told(
        capsys, "export", "--data-dir", folder, "--series", "BTCUSDT:1m", "--out", tmp_path / "o" / "BTCUSDT_1m.csv.gz"
    )
    assert read_candle_file(tmp_path / "o" / "BTCUSDT_1m.csv.gz").bars.equals(BARS)
    (gone,) = told(capsys, "delete", "--data-dir", folder, "--series", "bybit/BTCUSDT:1m")["series"]
    assert [s["timeframe"] for s in told(capsys, "list", "--data-dir", folder)["series"]] == ["1h"]
    told(capsys, "repair", "--data-dir", folder, "--undo", gone["id"])
    assert told(capsys, "list", "--data-dir", folder, "--series", "BTCUSDT:1m")["series"][0]["rows"] == 300


def test_a_preview_changes_nothing_and_its_exit_code_says_whether_the_file_will_do(capsys, brought, tmp_path):
    folder = tmp_path / "d"
    assert told(capsys, "import", brought, "--data-dir", folder, "--preview")["files"][0]["mapping"]["open"] == "open"
    assert not folder.exists()
    assert run(["data", "import", str(brought), "--data-dir", str(folder), "--preview", "--time-zone", "x"]) == 1
    assert "no time zone 'x'" in capsys.readouterr().out


def test_what_cannot_be_is_refused_with_a_sentence(capsys, brought, tmp_path):
    folder = tmp_path / "d"

    def refused(*arguments: object) -> str:
        assert run(["data", *map(str, arguments)]) == 2
        return capsys.readouterr().err

    assert "no data folder" in refused("list", "--data-dir", folder)
    assert "did you mean 'open'" in refused("import", brought, "--data-dir", folder, "--column", "open=opne")
    told(capsys, "import", brought, "--data-dir", folder)
    told(capsys, "resample", "--data-dir", folder, "--series", "BTCUSDT:1m", "--to", "5m")
    assert "2 series do not go into one file" in refused("export", "--data-dir", folder, "--out", tmp_path / "x.csv")
    assert "cannot be built" in refused("resample", "--data-dir", folder, "--series", "BTCUSDT:5m", "--to", "1m")
    assert "no stored series 'ETHUSDT'" in refused("delete", "--data-dir", folder, "--series", "ETHUSDT")


def test_a_recording_of_trades_comes_in_as_the_candles_that_it_covers_whole(capsys, tmp_path):
    path = tmp_path / "binance.txt"
    lines = []
    for n in range(200):
        row = {"e": "trade", "s": "BTCUSDT", "t": n, "p": str(100 + n % 7), "q": "0.5", "T": NOW + 30_000 + n * 1000,
               "m": bool(n % 2)}  # fmt: skip
        lines.append(f"{(NOW + n) * 1_000_000} " + json.dumps({"stream": "btcusdt@trade", "data": row}))
    path.write_text("\n".join(lines) + "\n")
    folder = tmp_path / "d"
    (done,) = told(capsys, "import", path, "--data-dir", folder)["series"]
    assert (done["symbol"], done["timeframe"], done["added"]) == ("BTCUSDT", "1m", 2)
    assert told(capsys, "list", "--data-dir", folder)["series"][0]["first"] == NOW + 60_000


def test_spot_and_futures_of_one_symbol_are_written_to_two_files(capsys, brought, tmp_path):
    folder, out = tmp_path / "d", tmp_path / "out"
    for category in ("spot", "linear"):
        told(capsys, "import", brought, "--data-dir", folder, "--category", category)
    done = told(capsys, "export", "--data-dir", folder, "--out", out)["files"]
    assert {Path(one["file"]) for one in done} == {
        out / "imported" / category / "BTCUSDT_1m.csv" for category in ("spot", "linear")
    }
    assert all(Path(one["file"]).is_file() for one in done)


@pytest.mark.parametrize(("more", "said"), [(["--out", "a.xlsx"], "not as 'a.xlsx'"),
                                            (["--out", "o", "--format", "xls"], "'xls' is no format")])  # fmt: skip
def test_an_export_of_a_kind_that_is_not_written_is_refused_and_leaves_nothing(
    capsys, brought, tmp_path, monkeypatch, more, said
):
    monkeypatch.chdir(tmp_path)
    told(capsys, "import", brought, "--data-dir", "d")
    assert run(["data", "export", "--data-dir", "d", *more]) != 0
    assert said in capsys.readouterr().err
    assert not Path(more[1]).exists()


def test_an_import_that_is_taken_back_leaves_no_empty_series_behind(capsys, brought, tmp_path):
    folder = tmp_path / "d"
    (done,) = told(capsys, "import", brought, "--data-dir", folder)["series"]
    told(capsys, "repair", "--data-dir", folder, "--undo", done["id"])
    assert told(capsys, "list", "--data-dir", folder)["series"] == []
    assert not list(folder.rglob("1m.csv"))
    again = told(capsys, "import", brought, "--data-dir", folder)["series"][0]
    assert again["added"] == 300
