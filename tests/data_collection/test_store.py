import os
import random
import signal
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import HEADER, format_rows, write_candle_file
from shared_modules.core.errors import InvalidInput, StoreError
from shared_modules.core.events import Notice
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.series_file import SeriesFile
from shared_modules.data_collection.store import CandleStore
from tests.fakes import NOW, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


def minutes(first: int, count: int) -> Bars:
    return bars_at(NOW + MINUTE * i for i in range(first, first + count))


def lines(paths: DataPaths) -> list[str]:
    return paths.series(SERIES).read_text().splitlines()


def test_what_was_appended_is_read_at_once_and_lies_in_a_plain_file_after_a_flush(store, paths):
    store.append(SERIES, minutes(0, 3))
    assert store.read(SERIES).equals(minutes(0, 3))
    store.flush()
    assert paths.series(SERIES).read_bytes().decode() == HEADER + "\n" + format_rows(minutes(0, 3))


def test_the_same_rows_again_change_nothing(store, paths):
    store.append(SERIES, minutes(0, 5))
    store.flush()
    before = paths.series(SERIES).stat().st_mtime_ns
    store.append(SERIES, minutes(1, 3))
    store.flush()
    assert paths.series(SERIES).stat().st_mtime_ns == before


def test_an_older_or_corrected_row_is_merged_into_its_place(store, paths):
    store.append(SERIES, minutes(5, 5))
    store.flush()
    corrected = Bars.of([NOW + 6 * MINUTE], [1.0], [2.0], [0.5], [1.5], [7.0], [9.0])
    store.append(SERIES, minutes(0, 2))
    store.append(SERIES, corrected)
    store.flush()
    assert store.read(SERIES).equals(minutes(0, 2).merged(minutes(5, 5)).merged(corrected))
    assert [int(line.split(",")[0]) for line in lines(paths)[1:]] == sorted(store.read(SERIES).time.tolist())


def test_only_the_newest_rows_are_shown_and_left_on_disk(store, paths):
    for i in range(130):
        store.append(SERIES, minutes(i, 1))
    assert store.read(SERIES).equals(minutes(80, 50))
    store.flush()
    assert store.rows(SERIES) == 50
    assert len(lines(paths)) == 51
    assert store.counted(SERIES) == 50


def test_without_retention_everything_stays(paths):
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    store.append(SERIES, minutes(0, 9000))
    store.close()
    assert CandleStore(paths, None).read(SERIES).equals(minutes(0, 9000))
    assert CandleStore(paths, None).read(SERIES, limit=7).equals(minutes(8993, 7))
    assert CandleStore(paths, None).read(SERIES, NOW + MINUTE, NOW + 3 * MINUTE).equals(minutes(1, 2))


def test_untrimmed_rows_stay_beside_a_retention(store):
    store.append(SERIES, minutes(0, 300), trim=False)
    store.flush()
    assert store.rows(SERIES) == 300


def test_the_store_lists_its_series_and_finds_the_month_again(store):
    month = series_of("ETHUSDT", "1M")
    awkward = series_of("CON", "5m")
    for series in (SERIES, month, awkward):
        store.append(series, minutes(0, 1))
    store.flush()
    assert set(store.series()) == {SERIES, month, awkward}


def test_a_symbol_that_cannot_be_a_file_name_is_refused_at_the_door(store):
    with pytest.raises(InvalidInput, match="file or folder"):
        store.append(series_of("../BTC"), minutes(0, 1))


def test_a_torn_last_line_is_never_read_and_is_repaired_at_start(store, paths):
    store.append(SERIES, minutes(0, 3))
    store.close()
    with open(paths.series(SERIES), "ab") as file:
        file.write(b"1750000000000,12")
    fresh = CandleStore(paths, 50, flush_seconds=0.01)
    assert fresh.read(SERIES).equals(minutes(0, 3))
    fresh.start()
    try:
        assert paths.series(SERIES).read_bytes().decode() == HEADER + "\n" + format_rows(minutes(0, 3))
    finally:
        fresh.close()


def test_a_file_cut_at_any_byte_gives_its_whole_lines_and_goes_on(paths):
    whole = (HEADER + "\n" + format_rows(minutes(0, 3))).encode()
    path = paths.series(SERIES)
    path.parent.mkdir(parents=True)
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept = max(0, whole[:cut].count(b"\n") - 1)
        store = CandleStore(paths, None, flush_seconds=0.0)
        assert store.read(SERIES).equals(minutes(0, kept))
        store.start()
        store.append(SERIES, minutes(3, 1))
        store.close()
        assert store.read(SERIES).equals(minutes(0, kept).merged(minutes(3, 1))), cut
        assert path.read_bytes().startswith(HEADER.encode() + b"\n"), cut


def test_an_edit_from_outside_is_noticed(store, paths):
    store.append(SERIES, minutes(0, 4))
    store.flush()
    text = paths.series(SERIES).read_text().splitlines()
    excel = "\r\n".join(line.replace(",", ";").replace(".", ",") for line in [text[0], *text[2:]]) + "\r\n"
    paths.series(SERIES).write_bytes(excel.encode())
    store.append(SERIES, minutes(4, 1))
    store.flush()
    assert store.read(SERIES).equals(minutes(1, 4))
    assert paths.series(SERIES).read_bytes().decode() == HEADER + "\n" + format_rows(minutes(1, 4))


def test_damaged_lines_are_left_out_of_a_reading(store, paths):
    store.append(SERIES, minutes(0, 3))
    store.flush()
    text = lines(paths)
    text[2] = text[2].replace(text[2].split(",")[3], "n/a", 1)
    paths.series(SERIES).write_text("\n".join(text) + "\n")
    assert store.read(SERIES).equals(minutes(0, 1).merged(minutes(2, 1)))


def test_lines_that_cannot_be_read_are_set_aside_before_the_file_is_written_anew(paths):
    told: list[Notice] = []
    store = CandleStore(paths, 50, flush_seconds=0.01, on_problem=told.append)
    store.start()
    store.append(SERIES, minutes(0, 3))
    store.flush()
    text = lines(paths)
    text[2] = "spilt coffee"
    damaged = "\n".join(text) + "\n"
    paths.series(SERIES).write_text(damaged)
    store.append(SERIES, minutes(2, 2))  # what is not newer than the last row has the file written anew
    store.close()
    (kept,) = (paths.market_dir(SERIES.market) / "quarantine").iterdir()
    assert kept.read_text() == damaged
    assert store.read(SERIES).equals(minutes(0, 1).merged(minutes(2, 2)))
    assert [(n.level, "set aside" in n.text) for n in told] == [("warning", True)]


def test_trouble_that_comes_in_turns_is_told_once_until_it_is_over(paths, monkeypatch):
    told: list[Notice] = []
    store = CandleStore(paths, 50, flush_seconds=0.01, on_problem=told.append)
    store.start()
    store.append(SERIES, minutes(0, 1))
    store.flush()
    real, full = os.write, [True]

    def guarded(file, data):
        if full[0]:
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", guarded)
    for n in range(1, 4):  # a pass with new rows is refused by the journal too, one without by the file alone
        store.append(SERIES, minutes(n, 1))
        for _ in range(2):
            with pytest.raises(StoreError, match="journal"):
                store.flush()
    full[0] = False
    store.flush()
    store.close()
    assert [n.level for n in told] == ["error", "info"]
    assert store.read(SERIES).equals(minutes(0, 4))


def test_a_held_file_is_tried_again_and_its_rows_are_not_lost(paths, monkeypatch):
    told: list[Notice] = []
    again = threading.Event()

    def hear(notice: Notice) -> None:
        told.append(notice)
        if notice.level == "info":
            again.set()

    store = CandleStore(paths, 50, flush_seconds=0.01, on_problem=hear)
    store.start()
    store.append(SERIES, minutes(0, 2))
    store.flush()
    real, held = os.open, [True]

    def guarded(path, flags, *rest, **named):
        if held[0] and str(path).endswith("1m.csv") and flags & os.O_APPEND:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", guarded)
    store.append(SERIES, minutes(2, 2))
    with pytest.raises(StoreError, match="another program"):
        store.flush()
    assert store.read(SERIES).equals(minutes(0, 4))
    assert len(lines(paths)) == 3
    held[0] = False
    assert again.wait(10)
    store.close()
    assert store.read(SERIES).equals(minutes(0, 4))
    assert [n.level for n in told] == ["error", "info"]


def test_a_full_disk_is_told_and_nothing_is_lost_when_it_has_room_again(paths, monkeypatch):
    store = CandleStore(paths, 50, flush_seconds=0.01)
    store.start()
    store.append(SERIES, minutes(0, 2))
    store.flush()
    real, full = os.write, [True]

    def guarded(file, data):
        if full[0]:
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", guarded)
    store.append(SERIES, minutes(2, 2))
    with pytest.raises(StoreError, match="No space left"):
        store.flush()
    full[0] = False
    store.flush()
    store.close()
    assert len(lines(paths)) == 5


def test_a_folder_that_is_a_file_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "candles").write_text("here")
    with pytest.raises(StoreError, match="cannot use the candle folder"):
        CandleStore(DataPaths(tmp_path), 50).start()


def test_the_journal_brings_back_what_did_not_reach_the_files(paths, monkeypatch):
    store = CandleStore(paths, None, flush_seconds=0.0)
    store.start()
    store.append(SERIES, minutes(0, 3))
    store.flush()
    journal = (paths.candles / "journal.log").read_bytes()
    store.close()
    paths.series(SERIES).unlink()
    for cut in range(0, len(journal) + 1, 7):
        (paths.candles / "journal.log").write_bytes(journal[:cut])
        again = CandleStore(paths, None)
        again.start()
        assert len(again.read(SERIES)) in (0, 3)
        again.close()
        paths.series(SERIES).unlink(missing_ok=True)
    (paths.candles / "journal.log").write_bytes(b"#rows 999 00000000\ncut off" + journal)
    again = CandleStore(paths, None)
    again.start()
    again.close()
    assert again.read(SERIES).equals(minutes(0, 3))
    assert (paths.candles / "journal.log").stat().st_size == 0


def test_a_journal_of_lines_as_earlier_versions_left_it_is_brought_in(paths):
    place = paths.series(SERIES)
    name, rows = place.relative_to(paths.candles).as_posix(), format_rows(minutes(0, 3)).splitlines()
    payload = "".join(f"{name},{row}\n" for row in rows).encode()
    paths.candles.mkdir(parents=True)
    (paths.candles / "journal.log").write_bytes(b"#batch %d %08x\n%s" % (len(payload), zlib.crc32(payload), payload))
    store = CandleStore(paths, None)
    store.start()
    store.close()
    assert store.read(SERIES).equals(minutes(0, 3))


def test_a_candle_by_itself_is_stored_as_its_bars_would_be(store, paths):
    store.append(SERIES, minutes(0, 2))
    for n in (2, 3, 3):
        store.append(SERIES, minutes(n, 1).candle(0))
    assert store.read(SERIES).equals(minutes(0, 4))
    store.flush()
    store.append(SERIES, minutes(4, 1).candle(0))
    store.flush()
    assert paths.series(SERIES).read_bytes().decode() == HEADER + "\n" + format_rows(minutes(0, 5))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40), st.booleans()), min_size=1, max_size=12))
def test_any_order_of_appends_gives_the_newest_rows_sorted_and_once(tmp_path_factory, appends):
    paths = DataPaths(tmp_path_factory.mktemp("store"))
    store = CandleStore(paths, 50, flush_seconds=0.0)
    store.start()
    expected = Bars.empty()
    try:
        for first, count, flush in appends:
            store.append(SERIES, minutes(first, count))
            expected = expected.merged(minutes(first, count)).tail(50)
            if flush:
                store.flush()
            assert store.read(SERIES).equals(expected)
    finally:
        store.close()
    assert paths.series(SERIES).read_bytes().decode() == HEADER + "\n" + format_rows(expected)


_WRITER = """
import sys
from pathlib import Path
from shared_modules.core.paths import DataPaths
from shared_modules.data_collection.series_file import SeriesFile
from shared_modules.data_collection.store import CandleStore
from tests.fakes import NOW, bars_at, series_of
store = CandleStore(DataPaths(Path(sys.argv[1])), 50, flush_seconds=0.0)
store.start()
for i in range(100_000):
    for symbol in ("AAA", "BBB", "CCC"):
        store.append(series_of(symbol), bars_at([NOW + i * 60_000]))
    store.flush()
    print(i, flush=True)
"""


def test_a_killed_writer_loses_at_most_what_was_not_yet_flushed(paths):
    chance = random.Random(5)
    root = Path(__file__).parents[2]
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(paths.root)],
            stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip
        assert child.stdout is not None
        last = -1
        for _ in range(chance.randrange(20, 120)):
            last = int(child.stdout.readline())
        child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        rest = child.stdout.read().split()
        child.wait()
        child.stdout.close()
        last = int(rest[-1]) if rest else last
        store = CandleStore(paths, 50)
        store.start()
        try:
            for symbol in ("AAA", "BBB", "CCC"):
                bars = store.read(series_of(symbol))
                newest = (int(bars.time[-1]) - NOW) // MINUTE
                assert last <= newest <= last + 1
                assert bars.equals(bars_at(bars.time.tolist()))
        finally:
            store.close()
        for symbol in ("AAA", "BBB", "CCC"):
            paths.series(series_of(symbol)).unlink()


def test_readers_never_see_a_half_written_row(paths):
    store = CandleStore(paths, 50, flush_seconds=0.0)
    store.start()
    reader = CandleStore(paths, 50)
    done = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not done.is_set():
            bars = reader.read(SERIES)
            if not bars.equals(bars_at(bars.time.tolist())):
                wrong.append("a row that nobody wrote")

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for i in range(120):
            store.append(SERIES, minutes(i, 1))
            store.flush()
    finally:
        done.set()
        thread.join()
        store.close()
    assert not wrong


def test_a_second_writer_is_refused_with_a_sentence_until_the_first_is_closed(store, paths):
    second = CandleStore(paths, 50)
    with pytest.raises(StoreError, match=rf"another program \(process {os.getpid()}\) is writing candles"):
        second.start()
    assert len(second.read(SERIES)) == 0  # anybody may read
    store.close()
    second.start()
    second.close()


def test_a_lock_dies_with_its_process(paths):
    code = (
        "import sys; from pathlib import Path; from shared_modules.core.paths import DataPaths\n"
        "from shared_modules.data_collection.store import CandleStore\n"
        "CandleStore(DataPaths(Path(sys.argv[1])), 50).start(); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(paths.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(StoreError, match=rf"process {process.pid}\b"):
            CandleStore(paths, 50).start()
        process.kill()
        process.wait()
    fresh = CandleStore(paths, 50)
    fresh.start()
    fresh.close()


def test_replaced_spans_hold_the_new_rows_alone_and_the_old_ones_are_handed_back(store):
    store.append(SERIES, minutes(0, 10))
    span = (NOW + 2 * MINUTE, NOW + 5 * MINUTE)
    new = Bars.of([NOW + 3 * MINUTE], [1.0], [2.0], [0.5], [1.5], [7.0], [9.0])
    assert store.replace(SERIES, [span], new).equals(minutes(2, 3))
    assert store.read(SERIES).equals(minutes(0, 2).merged(new).merged(minutes(5, 5)))
    assert store.counted(SERIES) == 8


def test_a_crash_does_not_bring_back_what_was_replaced(store, paths):
    store.append(SERIES, minutes(0, 10))
    store.replace(SERIES, [(NOW, NOW + 3 * MINUTE)], Bars.empty())
    # the journal as a crash would leave it now
    assert (paths.candles / "journal.log").stat().st_size == 0
    assert store.read(SERIES).equals(minutes(3, 7))


def test_a_closed_store_refuses_to_replace(paths):
    with pytest.raises(StoreError, match="not open"):
        CandleStore(paths, 50).replace(SERIES, [], Bars.empty())


def test_files_that_nobody_collects_are_never_cut(paths):
    other = series_of("ETHUSDT")
    paths.series(other).parent.mkdir(parents=True)
    write_candle_file(paths.series(other), minutes(0, 3000))
    store = CandleStore(paths, 50, flush_seconds=0.01)
    store.start()
    store.append(SERIES, minutes(0, 60))
    store.rows(other)
    store.flush()
    store.flush()
    assert store.rows(SERIES) == 50
    store.close()
    assert len(paths.series(other).read_text().splitlines()) == 3001


def test_files_that_grow_together_are_not_rewritten_together(paths):
    files = [SeriesFile(paths.series(series_of(f"S{n}USDT"))) for n in range(40)]
    full: dict[int, int] = {}
    for minute in range(151):
        candle = minutes(minute, 1).candle(0)
        for n, file in enumerate(files):
            if n not in full and not file.append(candle, 50):
                full[n] = minute
    assert len(full) == len(files)
    assert max(list(full.values()).count(minute) for minute in full.values()) <= len(files) // 5
    assert all(100 <= minute <= 150 for minute in full.values())
