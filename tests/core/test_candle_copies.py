"""A long candle file is parsed once; what is kept of it is what is in it, or nothing."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from shared_modules.core import candle_copies, candle_files
from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.candle_copies import CandleCopies
from shared_modules.core.candle_files import read_candle_file, write_candle_file
from shared_modules.core.timeframes import MINUTE

LONG = 20_000


@pytest.fixture(scope="module")
def bars() -> Bars:
    close = 100.0 + np.random.default_rng(1).normal(0.0, 1.0, LONG).cumsum() % 50.0
    time = 1_700_000_000_000 // MINUTE * MINUTE + MINUTE * np.arange(LONG)
    return Bars.of(time, close, close + 1.0, close - 1.0, close, np.arange(LONG) + 0.5)


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CandleCopies:
    monkeypatch.setattr(candle_copies, "_WORTH", 10_000)
    return CandleCopies(tmp_path / "cache" / "candles")


def same(a: Bars, b: Bars) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)


def unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object) -> None:
        raise AssertionError("the file was parsed")

    monkeypatch.setattr(candle_files, "_parsed", parse)


@pytest.mark.parametrize("name", ["BTCUSDT_1m.csv", "BTCUSDT_1m.csv.gz"])
def test_a_file_that_was_read_before_is_not_parsed_again_and_gives_the_same(tmp_path, copies, bars, monkeypatch, name):
    path = tmp_path / name
    write_candle_file(path, bars)
    first = read_candle_file(path, copies=copies)
    unparsed(monkeypatch)
    again = read_candle_file(path, copies=copies)
    assert same(first.bars, again.bars)
    assert (again.symbol, again.timeframe, again.notes) == (first.symbol, first.timeframe, ())


def test_a_file_changed_in_place_is_read_anew_though_its_size_and_times_stay(tmp_path, copies, bars):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars)
    read_candle_file(path, copies=copies)
    stat, text = path.stat(), path.read_text()
    path.write_text(text.replace(",19999.5,", ",19998.5,"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    assert read_candle_file(path, copies=copies).bars.volume[-1] == 19998.5


def test_the_same_content_elsewhere_keeps_the_name_of_its_own_file(tmp_path, copies, bars, monkeypatch):
    write_candle_file(tmp_path / "BTCUSDT_1m.csv", bars)
    read_candle_file(tmp_path / "BTCUSDT_1m.csv", copies=copies)
    (tmp_path / "BTCUSDT_1m.csv").rename(tmp_path / "ETHUSDT_1m.csv")
    unparsed(monkeypatch)
    assert read_candle_file(tmp_path / "ETHUSDT_1m.csv", copies=copies).symbol == "ETHUSDT"


def test_what_is_done_to_the_arrays_changes_no_later_reading(tmp_path, copies, bars):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars)
    read_candle_file(path, copies=copies)
    read_candle_file(path, copies=copies).bars.close[:] = -1.0
    assert same(read_candle_file(path, copies=copies).bars, read_candle_file(path).bars)


def test_a_file_with_something_to_say_is_parsed_each_time_and_says_it_again(tmp_path, copies, bars):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]))
    notes = [read_candle_file(path, copies=copies).notes for _ in range(2)]
    assert notes[0] == notes[1] != ()


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: b"", lambda data: b"PK" + data])
def test_a_damaged_copy_is_as_good_as_none(tmp_path, copies, bars, damage):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars)
    read_candle_file(path, copies=copies)
    (copy,) = copies.folder.iterdir()
    copy.write_bytes(damage(copy.read_bytes()))
    assert same(read_candle_file(path, copies=copies).bars, bars)


def test_a_folder_that_can_not_be_written_costs_only_time(tmp_path, copies, bars):
    copies.folder.parent.write_text("a file where the folder should be")
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars)
    assert same(read_candle_file(path, copies=copies).bars, bars)


def test_short_files_are_not_kept(tmp_path, copies, bars):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, bars[:50])
    read_candle_file(path, copies=copies)
    assert not copies.folder.exists()


def test_the_copies_that_were_not_used_for_longest_go_first(copies, bars, monkeypatch):
    monkeypatch.setattr(candle_copies, "_MOST", 3)
    contents = [gzip.compress(bytes([n]) * 100) + b" " * 20_000 for n in range(5)]
    for n, content in enumerate(contents):
        copies.keep(content, bars[: n + 1])
        for age, path in enumerate(sorted(copies.folder.iterdir(), key=lambda p: p.stat().st_mtime_ns)):
            os.utime(path, (age, age))
        assert copies.find(contents[0]) is not None
    assert [copies.find(content) is not None for content in contents] == [True, False, False, True, True]
