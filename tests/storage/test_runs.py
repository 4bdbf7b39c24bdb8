"""The history of runs: what it keeps, through kills, damage and later versions."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import InvalidInput, StoreError, UnknownName
from shared_modules.storage.database import Database
from shared_modules.storage.runs import RunStore, new_id

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(data_dir):
    return data_dir / "runs.sqlite"


@pytest.fixture
def store(file):
    store = RunStore(file)
    yield store
    store.close()


def kept(store, title="A run", created=1_000, payload=b"result", **summary):
    return store.save(title, created, created + 50, summary, payload)


def test_a_kept_run_comes_back_with_all_that_was_said(store):
    run = kept(store, "SMA on BTC", payload=b"\0\1\2" * 1000, symbols=["BTCUSDT"], metrics={"sharpe": None})
    record = store.record(run)
    assert (record.title, record.state, record.created, record.ended) == ("SMA on BTC", "done", 1_000, 1_050)
    assert record.summary == {"symbols": ["BTCUSDT"], "metrics": {"sharpe": None}}
    assert record.size == 3000
    assert store.load(run) == b"\0\1\2" * 1000


def test_the_list_has_the_newest_first_and_no_results(store):
    old, new = kept(store, "old", 1), kept(store, "new", 2)
    assert [r.id for r in store.list()] == [new, old]
    assert store.list("backtest") == store.list()
    assert store.list("optimisation") == ()


def test_a_run_goes_through_its_states(store):
    run = new_id()
    store.begin(run, "Later", 5, {"cash": 1})
    assert store.record(run).state == "queued"
    store.is_now(run, "running")
    assert store.record(run).ended is None
    with pytest.raises(InvalidInput, match="has no result: it is running"):
        store.load(run)
    store.finish(run, "done", 9, summary={"cash": 2}, payload=b"x")
    assert (store.record(run).state, store.record(run).summary, store.load(run)) == ("done", {"cash": 2}, b"x")


def test_names_notes_and_deleting(store):
    run, other = kept(store), kept(store)
    store.rename(run, " two \n lines ")
    store.note(run, "why")
    assert (store.record(run).title, store.record(run).note) == ("two lines", "why")
    with pytest.raises(InvalidInput, match="needs a name"):
        store.rename(run, "  ")
    store.delete(run)
    with pytest.raises(UnknownName, match=f"no run {run}"):
        store.load(run)
    assert [r.id for r in store.list()] == [other]


def test_deleting_an_unknown_run_forgets_none_of_the_others(store):
    run = kept(store)
    with pytest.raises(UnknownName):
        store.delete(run, "unknown")
    assert store.load(run) == b"result"


def test_a_run_is_found_by_the_beginning_of_its_id(store):
    a, b = kept(store, created=1), kept(store, created=2)
    assert store.find(a) == a
    assert store.find("last") == b
    same = next(a[:k] for k in range(9) if a[: k + 1] != b[: k + 1])
    assert store.find(a[: len(same) + 1].upper()) == a
    for text in ("zzz", "", same):
        with pytest.raises(UnknownName):
            store.find(text)


def test_a_run_is_found_by_its_name_unless_several_have_it(store):
    run = store.save("mine", 1, 2, {}, b"result")
    kept(store)
    assert store.find("mine") == run
    store.save("mine", 3, 4, {}, b"result")
    with pytest.raises(UnknownName, match="no run mine alone: 2 are called so"):
        store.find("mine")


def test_what_never_ended_is_marked_when_the_program_starts_again(store):
    done, cut = kept(store), new_id()
    store.begin(cut, "Cut", 7, {})
    store.is_now(cut, "paused")
    assert store.mark_cut() == 1
    assert store.record(cut).state == "cut"
    assert "start it again" in store.record(cut).error
    assert store.record(done).state == "done"
    assert store.mark_cut() == 0


def test_the_file_keeps_everything_when_it_is_opened_again(file):
    first = RunStore(file)
    run = kept(first)
    first.close()
    first.close()
    again = RunStore(file)
    assert again.load(run) == b"result"
    again.close()


def test_space_of_deleted_runs_goes_back_to_the_disk(file):
    store = RunStore(file)
    run = kept(store, payload=os.urandom(3_000_000))
    store.close()
    full = file.stat().st_size
    store = RunStore(file)
    store.delete(run)
    store.close()
    assert file.stat().st_size < full / 10


KILLED = """
import os, sys
from pathlib import Path
from shared_modules.storage.runs import RunStore, new_id
store = RunStore(Path(sys.argv[1]))
kept = store.save("whole", 1, 2, {}, b"w" * 500_000)
store.begin("cutcutcu", "running", 3, {})
with store._database.transaction() as db:
    db.execute("UPDATE runs SET title = 'half' WHERE id = ?", (kept,))
    db.execute("INSERT INTO runs (id, kind, title, state, created) VALUES ('half', 'x', 'half', 'done', 4)")
    os._exit(9)
"""


def test_a_kill_in_the_middle_of_writing_loses_only_what_was_not_finished(file):
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], cwd=ROOT, check=False)
    assert done.returncode == 9
    store = RunStore(file)
    assert store.set_aside is None
    assert store.mark_cut() == 1
    whole, cut = sorted(store.list(), key=lambda r: r.created)
    assert (whole.title, store.load(whole.id)) == ("whole", b"w" * 500_000)
    assert (cut.id, cut.state) == ("cutcutcu", "cut")
    store.close()


def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(file):
    file.write_bytes(b"this is no database " * 500)
    store = RunStore(file)
    assert store.set_aside is not None
    assert store.set_aside.read_bytes().startswith(b"this is no database")
    assert store.list() == ()
    kept(store)
    store.close()


def test_a_file_of_a_newer_version_is_left_alone(file):
    store = RunStore(file)
    store.close()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        RunStore(file)


def test_an_old_file_is_brought_forward_and_keeps_its_rows(file):
    old = Database(file, ("CREATE TABLE a (x INTEGER)",))
    with old.transaction() as db:
        db.execute("INSERT INTO a VALUES (7)")
    old.close()
    new = Database(
        file, ("CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y TEXT DEFAULT 'new'; CREATE TABLE b (z)")
    )
    assert [tuple(r) for r in new.rows("SELECT x, y FROM a")] == [(7, "new")]
    new.close()


def test_a_migration_that_fails_changes_nothing(file):
    Database(file, ("CREATE TABLE a (x)",)).close()
    with pytest.raises(StoreError):
        Database(file, ("CREATE TABLE a (x)", "CREATE TABLE b (y); CREATE TABLE a (z)"))
    again = Database(file, ("CREATE TABLE a (x)",))
    assert [r["name"] for r in again.rows("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["a"]
    again.close()


def test_many_threads_write_and_nothing_is_lost(store):
    def work(k):
        for i in range(20):
            kept(store, f"{k}-{i}", k * 100 + i, payload=bytes([k]) * 100)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.list()) == 80
    assert {store.load(r.id)[0] for r in store.list()} == {0, 1, 2, 3}


def test_another_process_reads_while_this_one_writes(file, store):
    run = kept(store)
    reader = RunStore(file)
    kept(store, "second")
    assert reader.load(run) == b"result"
    assert len(reader.list()) == 2
    reader.close()


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_may_be_a_name_or_a_note(title, note):
    store = RunStore(Path(":memory:"))
    run = kept(store)
    try:
        if title.split():
            store.rename(run, title)
            assert store.record(run).title == " ".join(title.split())[:200]
        store.note(run, note)
        assert store.record(run).note == note
    finally:
        store.close()


def test_a_folder_that_can_not_be_written_is_said(data_dir):
    (data_dir / "file").write_text("x", encoding="utf-8")
    with pytest.raises((StoreError, OSError)):
        RunStore(data_dir / "file" / "runs.sqlite")
