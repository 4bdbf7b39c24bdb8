"""Drawings on disk: whole, damaged, from elsewhere."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import DataFormatError
from shared_modules.core.market import Category, Market
from tradebot_gui.drawings import Anchor, Drawing, DrawingStore, Shelf, Stroke
from tradebot_gui.drawings.kinds import KINDS, completed, sound

BTC = Market("fake", Category.LINEAR, "BTCUSDT")
LINE = Drawing(
    "trend", (Anchor(1_700_000_000_000, 100.5), Anchor(1_700_000_600_000, 101.25)), Stroke("#ff00ff", 2, "dash")
)

anchors = st.builds(Anchor, st.integers(0, 1 << 45), st.floats(-1e12, 1e12))
drawings = st.sampled_from(list(KINDS.values())).flatmap(
    lambda kind: st.builds(
        Drawing,
        st.just(kind.name),
        st.tuples(*[anchors] * kind.anchors),
        st.builds(
            Stroke, st.sampled_from(["", "#12abEF"]), st.integers(1, 5), st.sampled_from(["solid", "dash", "dot"])
        ),
        st.text(max_size=50),
        st.booleans(),
    )
)


@given(drawings)
def test_a_drawing_comes_back_from_json_as_it_was(drawing):
    assert Drawing.restored(json.loads(json.dumps(drawing.saved()))) == drawing


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
                    lambda x: st.lists(x, max_size=4) | st.dictionaries(
                        st.sampled_from(["kind", "anchors", "colour", "width", "dash", "text", "id"]), x)))  # fmt: skip
def test_anything_else_is_refused_or_made_sound(saved):
    try:
        drawing = Drawing.restored(saved)
    except DataFormatError:
        return
    assert 1 <= drawing.stroke.width <= 5
    assert Drawing.restored(drawing.saved()) == drawing


def test_a_page_is_kept_under_its_market(tmp_path):
    store = DrawingStore(tmp_path)
    store.save(BTC, [LINE], hidden=True, locked=False)
    assert store.path(BTC) == tmp_path / "fake" / "linear" / "BTCUSDT.json"
    page = store.load(BTC)
    assert page.items == (LINE,)
    assert (page.hidden, page.locked, page.notice) == (True, False, "")
    assert store.load(Market("fake", Category.SPOT, "BTCUSDT")).items == ()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"drawings": 5}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_put_aside_and_said(tmp_path, damage):
    store = DrawingStore(tmp_path)
    store.path(BTC).parent.mkdir(parents=True)
    store.path(BTC).write_bytes(damage)
    page = store.load(BTC)
    assert page.items == ()
    assert "BTCUSDT.damaged-1.json" in page.notice
    assert store.path(BTC).with_name("BTCUSDT.damaged-1.json").read_bytes() == damage
    assert not store.path(BTC).exists()
    assert store.load(BTC).notice == ""


def test_of_a_page_with_one_bad_drawing_the_others_are_shown_and_the_file_is_kept(tmp_path):
    store = DrawingStore(tmp_path)
    store.save(BTC, [LINE, LINE.copied()], False, False)
    raw = json.loads(store.path(BTC).read_text())
    raw["drawings"][1]["kind"] = "pitchfork"
    store.path(BTC).write_text(json.dumps(raw))
    page = store.load(BTC)
    assert page.items == (LINE,)
    assert "One drawing" in page.notice
    kept = json.loads(store.path(BTC).with_name("BTCUSDT.damaged-1.json").read_text())
    assert kept["drawings"][1]["kind"] == "pitchfork"


def test_what_could_not_be_read_for_the_moment_is_not_written_over(qtbot, tmp_path, monkeypatch):
    store = DrawingStore(tmp_path)
    store.save(BTC, [LINE], False, False)
    before = store.path(BTC).read_bytes()

    def refuse(_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("tradebot_gui.drawings.storage.patiently", refuse)
        shelf = Shelf(store)
        with qtbot.waitSignal(shelf.noticed) as heard:
            board = shelf.board(BTC)
    assert "could not be read" in heard.args[0]
    board.add(LINE.copied())
    shelf.flush()
    assert store.path(BTC).read_bytes() == before


def test_the_shelf_writes_by_itself_and_never_on_the_thread_of_the_window(qtbot, tmp_path, monkeypatch):
    store, threads = DrawingStore(tmp_path), []
    save = DrawingStore.save
    monkeypatch.setattr(DrawingStore, "save", lambda *a: (threads.append(threading.get_ident()), save(*a))[1])
    shelf = Shelf(store)
    shelf.board(BTC).add(LINE)
    qtbot.waitUntil(lambda: len(threads) == 1)
    shelf.flush()
    assert threads != [threading.get_ident()]
    assert store.load(BTC).items == (LINE,)


def test_the_shelf_writes_what_changed_and_only_that(qtbot, tmp_path):
    store = DrawingStore(tmp_path)
    shelf = Shelf(store)
    board = shelf.board(BTC)
    assert shelf.board(BTC) is board
    board.add(LINE)
    shelf.flush()
    assert store.load(BTC).items == (LINE,)
    changed = store.path(BTC).stat().st_mtime_ns
    board.select("")
    shelf.flush()
    assert store.path(BTC).stat().st_mtime_ns == changed
    board.set_locked(True)
    shelf.flush()
    assert store.load(BTC).locked


def test_a_full_disk_is_said_and_the_next_change_tries_again(qtbot, tmp_path):
    store = DrawingStore(tmp_path / "drawings")
    shelf = Shelf(store)
    board = shelf.board(BTC)
    (tmp_path / "drawings").write_text("a file where the folder should be")
    with qtbot.waitSignal(shelf.noticed) as heard:
        board.add(LINE)
        shelf.flush()
    assert "not saved" in heard.args[0]
    (tmp_path / "drawings").unlink()
    board.set_locked(True)
    shelf.flush()
    assert store.load(BTC).items == (LINE,)


def test_a_planner_has_its_target_two_risks_away():
    made = completed(Drawing("position", (Anchor(0, 100.0), Anchor(60_000, 98.5))))
    assert made.anchors[2] == Anchor(60_000, 103.0)
    assert sound(made)
    assert not sound(Drawing("position", made.anchors[:2]))
    assert not sound(Drawing("pitchfork", made.anchors))
