"""Files of other programs: what is guessed of them, and what becomes of their rows."""

import gzip
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import DataFormatError
from shared_modules.data_collection.importing import preview, read_import
from shared_modules.data_collection.table_files import content
from tests.fakes import bars_at

START = 1_735_686_000_000  # 2024-12-31 23:00 UTC
MINUTE = 60_000
BARS = bars_at(START + i * MINUTE for i in range(90))
SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "import_samples"


def rows(stamp: str = "ms") -> list[list]:
    return [
        [c.time if stamp == "ms" else c.time // 1000, c.open, c.high, c.low, c.close, c.volume]
        for c in (BARS.candle(n) for n in range(len(BARS)))
    ]


def dates(pattern: str, hours: int = 0) -> list[str]:
    times = BARS.time.astype("datetime64[ms]") + np.timedelta64(hours, "h")
    return [t.item().strftime(pattern) for t in times]


def as_read(path: Path, **wishes: object) -> Bars:
    seen = preview(path)
    assert seen.problems == ()
    return read_import(path, replace(seen.mapping, **wishes)).bars


def same(found: Bars) -> bool:
    return all(np.array_equal(getattr(found, c), getattr(BARS, c)) for c in ("time", "open", "high", "low", "close"))


def text(path: Path, header: str, lines: list[str]) -> Path:
    path.write_text("\n".join([*([header] if header else []), *lines]) + "\n")
    return path


VENDORS = {
    "MetaTrader": (
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
        lambda: [
            "\t".join([d, t, *map(str, r[1:5]), "1", str(r[5]), "2"])
            for d, t, r in zip(dates("%Y.%m.%d"), dates("%H:%M:%S"), rows(), strict=True)
        ],
    ),
    "German spreadsheet": (
        "Datum;Open;High;Low;Close;Volume",
        lambda: [
            ";".join([d, *(str(v).replace(".", ",") for v in r[1:])])
            for d, r in zip(dates("%d.%m.%Y %H:%M"), rows(), strict=True)
        ],
    ),
    "American dates": (
        "Date,Open,High,Low,Close,Volume",
        lambda: [
            ",".join([d, *map(str, r[1:])]) for d, r in zip(dates("%m/%d/%Y %I:%M %p"), rows(), strict=True)
        ],
    ),
    "HistData": (
        "",
        lambda: [
            ";".join([d, *map(str, r[1:])]) for d, r in zip(dates("%Y%m%d %H%M%S"), rows(), strict=True)
        ],
    ),
    "without a header, newest first": ("", lambda: [",".join(map(str, r)) for r in reversed(rows("s"))]),
    "Coinbase order": ("", lambda: [",".join(map(str, [r[0], r[3], r[2], r[1], r[4], r[5]])) for r in rows("s")]),
    "a link above the table": (
        "https://www.cryptodatadownload.com",
        lambda: ["unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT",
                 *(f"{r[0]},x,BTC/USDT,{r[1]},{r[2]},{r[3]},{r[4]},{r[5]},{r[5] * 100}" for r in rows())],
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_table_of_a_vendor_is_understood_without_help(vendor: str, tmp_path: Path) -> None:
    header, lines = VENDORS[vendor]
    path = text(tmp_path / "BTCUSDT_1m.csv", header, lines())
    seen = preview(path)
    assert seen.problems == ()
    assert same(read_import(path, seen.mapping).bars)
    assert (seen.mapping.symbol, seen.mapping.timeframe) == ("BTCUSDT", "1m")


JSONS = {
    "lists": lambda: rows(),
    "Bybit's answer": lambda: {"result": {"list": [[str(v) for v in [*r, r[5] * 100]] for r in reversed(rows())]}},
    "objects": lambda: [dict(zip(("t", "o", "h", "l", "c", "v"), r, strict=True)) for r in rows()],
    "columns": lambda: dict(zip(("t", "o", "h", "l", "c", "v"), map(list, zip(*rows(), strict=True)), strict=True)),
}


@pytest.mark.parametrize("shape", JSONS)
def test_candles_in_json_are_found_however_they_are_wrapped(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "BTC_USDT-1m.json"
    path.write_text(json.dumps(JSONS[shape]()))
    assert same(as_read(path))


def test_one_object_a_line_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT_1m.jsonl"
    names = ("time", "open", "high", "low", "close", "volume")
    path.write_text("\n".join(json.dumps(dict(zip(names, r, strict=True))) for r in rows()))
    assert same(as_read(path))


def test_written_times_are_of_the_zone_that_is_told_and_an_offset_in_them_wins(tmp_path: Path) -> None:
    local = zip(dates("%Y-%m-%d %H:%M", 1), rows(), strict=True)
    naive = text(tmp_path / "BTCUSDT_1m.csv", "time,open,high,low,close",
                 [f"{d},{r[1]},{r[2]},{r[3]},{r[4]}" for d, r in local])  # fmt: skip
    for zone in ("Europe/Berlin", "+01:00", "UTC+1"):
        assert same(as_read(naive, time_zone=zone))
    aware = text(tmp_path / "BTCUSDT_1m.txt", "time,open,high,low,close",
                 [f"{d}+05:30,{r[1]},{r[2]},{r[3]},{r[4]}"
                  for d, r in zip((np.datetime_as_string(BARS.time.astype("datetime64[ms]") + np.timedelta64(330, "m"))
                                   ).tolist(), rows(), strict=True)])  # fmt: skip
    assert same(as_read(aware, time_zone="Asia/Tokyo"))
    seen = preview(naive, replace(preview(naive).mapping, time_zone="Mars/Olympus"))
    assert "there is no time zone 'Mars/Olympus'" in seen.problems[0]


def test_a_row_that_cannot_be_read_is_named_or_left_out_when_told(tmp_path: Path) -> None:
    lines = [",".join(map(str, r)) for r in rows()]
    lines[7] = f"{START + 7 * MINUTE},oops,1,1,1,1"
    path = text(tmp_path / "BTCUSDT_1m.csv", "timestamp,open,high,low,close,volume", lines)
    seen = preview(path)
    assert "row 9" in seen.problems[0]
    assert "'oops'" in seen.problems[0]
    with pytest.raises(DataFormatError, match="row 9"):
        read_import(path, replace(seen.mapping, timeframe="1m"))
    found = read_import(path, replace(seen.mapping, timeframe="1m", skip_bad=True))
    assert len(found.bars) == len(BARS) - 1
    assert any("left out" in note for note in found.notes)


@pytest.mark.parametrize("pack", ["gz", "zip", "zst"])
def test_packed_files_are_unpacked(pack: str, tmp_path: Path) -> None:
    plain = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(plain, BARS)
    path = tmp_path / f"BTCUSDT_1m.csv.{pack}"
    if pack == "gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif pack == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.write(plain, "a/BTCUSDT_1m.csv")
        path.write_bytes(buffer.getvalue())
    else:
        zstandard = pytest.importorskip("zstandard")
        path.write_bytes(zstandard.ZstdCompressor().compress(plain.read_bytes()))
    assert as_read(path).equals(BARS)


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "empty"), (b"ARROW1\0\0", "Feather"), (b"SQLite format 3\0", "database"), (b"\x1f\x8bxx", "cut off"),
     (b"PK\x03\x04zz", "cut off"), (b"a,b\0\0\0", "not a text"), (b"[1,2", "JSON"), (b"[]", "no list of candles")],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_what_it_is(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with pytest.raises(DataFormatError, match=said):
        preview(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_breaks_the_preview(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "BTCUSDT_1m.csv"
    path.write_bytes(data)
    try:
        seen = preview(path)
    except DataFormatError:
        return
    assert seen.usable or seen.problems


REAL = {
    "binance_archive_FILUSDT-1m-2023-02.csv.gz": ("FILUSDT", "1m", 8000, 1_675_209_600_000),
    "utc_offset_close_time_BTCUSDT_1m.csv.gz": ("BTCUSDT", "1m", 8000, 1_733_007_600_000),
    "hummingbot_WLD-USDT_1h.csv.gz": ("WLDUSDT", "1h", 2160, 1_694_556_000_000),
    "freqtrade_XRP_USDT-1h-futures.json.gz": ("XRPUSDT", "1h", 100, 1_637_110_800_000),
    "lean_20230324_btcusdt_minute_trade.zip": ("BTCUSDT", "1m", 1360, 1_679_616_000_000),
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_real_files_of_vendors_are_understood_as_they_are(name: str) -> None:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip("no real data here")
    seen = preview(path)
    found = read_import(path, seen.mapping)
    mapping = seen.mapping
    assert (mapping.symbol, mapping.timeframe, len(found.bars), int(found.bars.time[0])) == REAL[name]
    assert content(path)[0]
