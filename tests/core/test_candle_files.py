import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import (
    HEADER,
    format_candle,
    format_number,
    format_rows,
    read_candle_file,
    write_candle_file,
)
from shared_modules.core.errors import DataError, DataFormatError, DataSourceError
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import TIMEFRAMES

NOW = 1_750_000_020_000
SAMPLES = Path(__file__).parents[2].parent / "shared" / "data"


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def rows(times, separator: str = ",") -> list[str]:
    return [separator.join((str(t), "10", "12.5", "9", "11", "3")) for t in times]


MINUTES = [NOW, NOW + 60_000, NOW + 120_000]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_separator_is_found_out(tmp_path, separator):
    path = write(tmp_path / "BTCUSDT.csv", separator.join(["time", "open", "high", "low", "close", "volume"]),
                 *rows(MINUTES, separator))  # fmt: skip
    found = read_candle_file(path)
    assert found.bars.time.tolist() == MINUTES
    assert (found.symbol, found.timeframe.name) == ("BTCUSDT", "1m")
    assert found.bars.turnover.tolist() == [33.0] * 3


@pytest.mark.parametrize(
    "texts",
    [
        [str(t) for t in MINUTES],
        [str(t // 1000) for t in MINUTES],
        [f"{t}.0" for t in MINUTES],
        [f"{t}000" for t in MINUTES],
        ["2025-06-15 15:07:00", "2025-06-15 15:08:00", "2025-06-15 15:09:00"],
        ["2025-06-15T17:07:00+02:00", "2025-06-15T17:08:00+02:00", "2025-06-15T17:09:00+02:00"],
    ],
)
def test_times_may_be_written_in_any_usual_way(tmp_path, texts):
    path = write(tmp_path / "x_1m.csv", "Date,Open,High,Low,Close", *(f"{t},1,2,0.5,1.5" for t in texts))
    found = read_candle_file(path)
    assert found.bars.time.tolist() == MINUTES
    assert found.notes == ("there is no volume column; volume is 0",)


def test_close_times_become_open_times(tmp_path):
    path = write(tmp_path / "x.csv", "close_time,open,high,low,close,volume", *rows(t + 59_999 for t in MINUTES))
    assert read_candle_file(path).bars.time.tolist() == MINUTES


def test_disorder_and_duplicates_are_put_right_and_said(tmp_path):
    late = f"{NOW},1,1,1,1,1"
    path = write(tmp_path / "x.csv", "timestamp,open,high,low,close,volume", *reversed(rows(MINUTES)), late)
    found = read_candle_file(path)
    assert found.bars.time.tolist() == MINUTES
    assert found.bars.open[0] == 1
    assert len(found.notes) == 2


def test_impossible_candles_are_kept_and_noted(tmp_path):
    path = write(tmp_path / "x.csv", "t,o,h,l,c,v", f"{NOW},10,9,8,9,1", *rows(MINUTES[1:]))
    found = read_candle_file(path)
    assert len(found.bars) == 3
    assert "impossible" in found.notes[0]


def test_a_decimal_comma_is_understood_where_commas_do_not_separate(tmp_path):
    lines = [line.replace(".", ",") for line in rows(MINUTES, ";")]
    path = write(tmp_path / "x.csv", "timestamp;open;high;low;close;volume", *lines, encoding="utf-8-sig")
    assert read_candle_file(path).bars.high.tolist() == [12.5] * 3


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["timestamp,open,high,close", f"{NOW},1,1,1"], "column 'low' is missing; found: timestamp, open, high, close"),
        (["open,high,low,close", "1,1,1,1"], "column 'timestamp' is missing"),
        (["timestamp,open,high,low,close", f"{NOW},1,1,1,1", "1750000080000,1,a,1,1"], "line 3, column 'high': 'a'"),
        (["timestamp,open,high,low,close", f"{NOW},1,1,1,"], "line 2, column 'close': the cell is empty"),
        (["timestamp,open,high,low,close", f"{NOW},1,1,1"], "line 2, column 'close': the cell is empty"),
        (["timestamp,open,high,low,close", f"{NOW},1,1,1,1", "", "x,1,1,1,1"], "line 4, column 'timestamp': 'x'"),
        (["timestamp,open,high,low,close", f"{NOW},1,1,1,1,1,1"], "line 2 has 7 cells, the header has 5"),
        (["timestamp,open,high,low,close", "2025-01-01,1,1,1,1", "tomorrow,1,1,1,1"], "line 3, column 'timestamp'"),
        (["timestamp,open,high,low,close", "17,1,1,1,1"], "is not a time"),
        ([f"{NOW},1,1,1,1,1"], "has no header line"),
        (["timestamp,open,high,low,close"], "no candles"),
        ([""], "is empty"),
        (["{}"], "is JSON"),
        (["timestamp,open,high,low,close", *(f"{NOW + i * 77_000},1,1,1,1" for i in (0, 1))], "none of the timeframes"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, lines, words):
    path = write(tmp_path / "x.csv", *lines)
    with pytest.raises(DataFormatError) as caught:
        read_candle_file(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_are_no_text_are_refused(tmp_path):
    for content in (b"\x00\x01\x02 binary", b"PK\x03\x04", b"PAR1xx", gzip.compress(b"timestamp,open")[:-6]):
        path = tmp_path / "x.csv"
        path.write_bytes(content)
        with pytest.raises(DataFormatError):
            read_candle_file(path)
    with pytest.raises(DataSourceError, match="no file"):
        read_candle_file(tmp_path / "missing.csv")
    with pytest.raises(DataSourceError, match="folder"):
        read_candle_file(tmp_path)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BTCUSDT_1m.csv.gz", "BTCUSDT"),
        ("hummingbot_WLD-USDT_1h.csv", "WLDUSDT"),
        ("binance_archive_FILUSDT-1m-2023-02.csv", "FILUSDT"),
        ("btcusdt.csv", "BTCUSDT"),
    ],
)
def test_the_symbol_comes_from_the_file_name(tmp_path, name, symbol):
    path = tmp_path / name
    write_candle_file(path, Bars.of(MINUTES, *([[1.0] * 3] * 4)))
    assert read_candle_file(path).symbol == symbol


def test_our_own_layout_names_the_symbol_by_its_folder(tmp_path):
    path = tmp_path / "ETHUSDT" / "1m.csv"
    write_candle_file(path, Bars.of(MINUTES[:1], [1.0], [1.0], [1.0], [1.0]))
    found = read_candle_file(path)
    assert (found.symbol, found.timeframe.name) == ("ETHUSDT", "1m")


numbers = st.floats(0, 1e12, allow_subnormal=False)


@given(st.lists(st.tuples(*[numbers] * 6), min_size=2, max_size=20), st.booleans(), st.sampled_from(list(TIMEFRAMES)))
def test_what_is_written_reads_back_bit_for_bit(tmp_path_factory, values, packed, name):
    timeframe = TIMEFRAMES[name]
    times = [timeframe.floor(NOW)]
    while len(times) < len(values):
        times.append(timeframe.next(times[-1]))
    bars = Bars.of(times, *np.array(values).T)
    path = tmp_path_factory.mktemp("f") / ("x.csv.gz" if packed else "x.csv")
    write_candle_file(path, bars)
    found = read_candle_file(path)
    assert found.bars.equals(bars)
    assert found.timeframe == timeframe


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_plain_and_lose_nothing(value):
    text = format_number(value)
    assert float(text) == value
    assert "e" not in text
    assert not text.endswith(".0")


def test_a_row_reads_like_the_exchanges_own():
    candle = Candle(NOW, 62772.0, 62809.01, 62772.0, 62776.5, 0.00001, 1528936.7172343)
    row = format_rows(Bars.from_candles([candle]))
    assert row == f"{NOW},62772,62809.01,62772,62776.5,0.00001,1528936.7172343\n"
    assert HEADER.count(",") == row.count(",")


@pytest.mark.real_data
@pytest.mark.skipif(not SAMPLES.exists(), reason="the real data is not here")
def test_files_that_people_bring_are_read_or_refused_in_a_sentence():
    read, refused = [], []
    for path in sorted((SAMPLES / "import_samples").iterdir()):
        try:
            found = read_candle_file(path)
            read.append((found.symbol, found.timeframe.name, len(found.bars)))
        except DataError as error:
            refused.append(str(error))
    assert read == [("FILUSDT", "1m", 8000), ("WLDUSDT", "1h", 2160), ("BTCUSDT", "1m", 8000)]
    assert ["JSON" in refused[0], "zip archive" in refused[1]] == [True, True]


@pytest.mark.real_data
@pytest.mark.skipif(not SAMPLES.exists(), reason="the real data is not here")
def test_fifteen_months_of_minutes_are_read_whole():
    found = read_candle_file(SAMPLES / "binance_spot" / "BTCUSDT_1m.csv.gz")
    assert (found.symbol, found.timeframe.name, len(found.bars), found.notes) == ("BTCUSDT", "1m", 658_080, ())


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=6, max_size=6))
def test_a_candle_by_itself_is_written_as_in_bars(values):
    candle = Candle(NOW, *values)
    assert format_candle(candle) == format_rows(Bars.from_candles([candle]))
