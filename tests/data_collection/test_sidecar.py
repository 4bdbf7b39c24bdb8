"""The binary copy of a long file: the same candles, never those of another state of the file."""

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.candle_files import HEADER, format_rows, write_candle_file
from shared_modules.data_collection import sidecar
from shared_modules.data_collection.csv_rows import read_rows
from shared_modules.data_collection.sidecar import cached_rows
from tests.data_collection.test_quality import walk
from tests.fakes import NOW

MINUTE = 60_000
WHOLE = walk(2000)


@pytest.fixture(autouse=True)
def _short_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidecar, "_WORTH", 1000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "1m.csv"
    write_candle_file(path, WHOLE[:1000])
    age(path)
    return path


def age(path: Path, seconds: float = 60.0) -> None:
    """Let ``path`` have been changed some time ago, each time another."""
    age.count += 1  # type: ignore[attr-defined]
    at = time.time() - seconds + age.count / 1000  # type: ignore[attr-defined]
    os.utime(path, (at, at))


age.count = 0  # type: ignore[attr-defined]


def copies(path: Path) -> list[Path]:
    return sorted((path.parent / "cache").glob("*"))


def test_the_second_reading_comes_from_the_copy_and_is_the_same(path, monkeypatch):
    assert cached_rows(path).equals(WHOLE[:1000])
    assert len(copies(path)) == 1
    monkeypatch.setattr(sidecar, "parse", None)
    again = cached_rows(path)
    assert again.equals(WHOLE[:1000])
    assert all(getattr(again, name).flags["C_CONTIGUOUS"] for name in COLUMNS)


def test_who_writes_into_the_arrays_changes_nobody_elses(path):
    cached_rows(path)
    first = cached_rows(path)
    first.close[:] = 0
    assert cached_rows(path).equals(WHOLE[:1000])


def test_appended_rows_are_parsed_alone_and_a_grown_copy_takes_the_place_of_the_old(path, monkeypatch):
    cached_rows(path)
    parsed = []
    real = sidecar.parse
    # Windows keeps the old copy for as long as somebody has it mapped
    most = 2 if os.name == "nt" else 1
    monkeypatch.setattr(sidecar, "parse", lambda data: parsed.append(len(data)) or real(data))
    for rows, renewed in ((WHOLE[1000:1010], False), (WHOLE[1010:1100], True)):
        before = copies(path)
        with open(path, "ab") as file:
            file.write(format_rows(rows).encode())
        age(path)
        assert cached_rows(path).equals(WHOLE[: WHOLE.time.searchsorted(rows.time[-1]) + 1])
        assert (copies(path) != before) == renewed
        assert len(copies(path)) <= most
    assert max(parsed) < 0.2 * path.stat().st_size


def test_an_edit_in_the_middle_is_seen_even_when_the_file_grew_at_its_end(path):
    cached_rows(path)
    text = path.read_text().splitlines(keepends=True)
    cells = text[500].split(",")
    cells[5] = "7" * len(cells[5])
    text[500] = ",".join(cells)
    path.write_text("".join(text) + format_rows(WHOLE[1000:1001]))
    age(path)
    assert cached_rows(path).equals(read_rows(path).bars)
    assert cached_rows(path).volume[499] == float(cells[5])


def test_an_edit_that_leaves_the_size_alone_is_seen(path):
    cached_rows(path)
    changed = path.read_text().replace(",", ";", 6).replace(";", ",", 6)
    row = changed.splitlines()[3]
    path.write_text(changed.replace(row, row[:-1] + str((int(row[-1]) + 1) % 10)))
    age(path)
    assert cached_rows(path).equals(read_rows(path).bars)


def test_a_file_changed_a_moment_ago_is_not_copied(tmp_path):
    path = tmp_path / "1m.csv"
    write_candle_file(path, WHOLE)
    assert cached_rows(path).equals(WHOLE)
    assert copies(path) == []


def test_a_file_that_needs_putting_right_is_not_copied(path):
    lines = path.read_text().splitlines(keepends=True)
    lines[5], lines[6] = lines[6], lines[5]
    path.write_text("".join(lines) + "17")
    age(path)
    assert cached_rows(path).equals(WHOLE[:1000])
    assert copies(path) == []


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"nonsense" * 999])
def test_a_damaged_copy_is_made_anew(path, damage):
    cached_rows(path)
    (copy,) = copies(path)
    copy.write_bytes(damage)
    assert cached_rows(path).equals(WHOLE[:1000])
    assert cached_rows(path).equals(WHOLE[:1000])
    assert copy.stat().st_size > 56_000


def test_without_room_for_a_copy_the_file_is_read_all_the_same(path):
    (path.parent / "cache").write_text("in the way")
    assert cached_rows(path).equals(WHOLE[:1000])
    assert cached_rows(path).equals(WHOLE[:1000])


def test_the_end_of_a_long_file_is_read_without_a_copy(path):
    found = cached_rows(path, limit=20)
    assert found.tail(20).equals(WHOLE[980:1000])
    assert copies(path) == []
    assert len(cached_rows(path.with_name("none.csv"))) == 0


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["append", "edit", "cut", "torn"]), st.integers(1, 300)), max_size=6))
def test_whatever_happens_to_the_file_the_reading_is_that_of_the_file(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("sidecar")
    path = folder / "1m.csv"
    path.write_text(f"{HEADER}\n{format_rows(WHOLE[:300])}")
    end = 300
    for kind, n in steps:
        age(path)
        assert cached_rows(path).equals(read_rows(path).bars)
        if kind == "append":
            with open(path, "ab") as file:
                file.write(format_rows(WHOLE[end : min(end + n, 2000)]).encode())
            end = min(end + n, 2000)
        elif kind == "torn":
            with open(path, "ab") as file:
                file.write(b"1750,1,2")
        else:
            lines = path.read_text().splitlines(keepends=True)
            row = n % len(lines)
            lines = lines[: row + 1] if kind == "cut" else [*lines[:row], *lines[row + 1 :]]
            path.write_text("".join(lines))
    age(path)
    assert cached_rows(path).equals(read_rows(path).bars)
    shutil.rmtree(folder)


def test_the_store_reads_through_the_copy(tmp_path, monkeypatch):
    from shared_modules.core.paths import DataPaths
    from shared_modules.data_collection.store import CandleStore
    from tests.fakes import series_of

    paths, series = DataPaths(tmp_path), series_of()
    write_candle_file(paths.series(series), WHOLE)
    age(paths.series(series))
    store = CandleStore(paths, None)
    assert store.read(series).equals(WHOLE)
    monkeypatch.setattr(sidecar, "parse", None)
    span = (NOW + 500 * MINUTE, NOW + 600 * MINUTE)
    assert store.read(series, *span).equals(WHOLE[500:600])
    assert store.read(series, limit=5).equals(WHOLE[1995:])
    assert store.series() == [series]


def test_bars_survive_a_copy_bit_by_bit(tmp_path):
    path = tmp_path / "1m.csv"
    odd = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 123456789.123456789]
    times = NOW + np.arange(400) * MINUTE
    bars = Bars.of(times, *(np.resize(odd, 400) for _ in range(5)), np.resize(odd, 400))
    write_candle_file(path, bars)
    age(path)
    cached_rows(path)
    assert len(copies(path)) == 1
    assert cached_rows(path).equals(bars)
