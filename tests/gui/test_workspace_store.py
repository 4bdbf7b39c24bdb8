from dataclasses import replace
from pathlib import Path

import pytest

from shared_modules.core.errors import InvalidInput, UnknownName
from tradebot_gui.workspace_store import BACKUPS, SUFFIX, WorkspaceStore
from tradebot_gui.workspaces import Layout


def layout(docks: bytes) -> Layout:
    return Layout((0, 0, 800, 600), False, docks, {"log": {"level": "INFO"}})


def test_workspaces_keep_their_order_and_come_back_as_they_were(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    for name in ("zoo", "alpha", "mid"):
        store.save(name, layout(name.encode()))
    assert WorkspaceStore(tmp_path).names == ["zoo", "alpha", "mid"]
    assert WorkspaceStore(tmp_path).load("alpha") == replace(layout(b"alpha"), workspace="alpha")


def test_a_renamed_workspace_keeps_its_number(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    store.save("one", layout(b"1"))
    store.save("two", layout(b"2"))
    store.rename("one", "first")
    assert store.names == ["first", "two"]
    with pytest.raises(InvalidInput, match="already"):
        store.rename("first", "two")
    assert store.load("two").docks == b"2"


def test_a_workspace_nobody_knows_is_refused_with_near_names(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    store.save("trading", layout(b"1"))
    with pytest.raises(UnknownName, match="trading"):
        store.load("tradin")


def test_a_workspace_travels_as_a_file_and_never_replaces_another(tmp_path: Path) -> None:
    here, there = WorkspaceStore(tmp_path / "here"), WorkspaceStore(tmp_path / "there")
    here.save("scalping", layout(b"1"))
    there.save("scalping", layout(b"2"))
    file = tmp_path / f"scalping{SUFFIX}"
    here.export("scalping", file)
    assert there.take_in(file) == "scalping 2"
    assert there.load("scalping").docks == b"2"
    assert there.load("scalping 2").docks == b"1"


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", "\x00", '{"version": 77}'])
def test_what_is_no_workspace_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"mine\.json"):
        WorkspaceStore(tmp_path / "data").take_in(file)
    assert file.read_text(encoding="utf-8") == text
    assert WorkspaceStore(tmp_path / "data").names == []


def test_rolling_back_finds_the_newest_layout_that_differs(tmp_path: Path) -> None:
    clock = iter(range(1, 100))
    store = WorkspaceStore(tmp_path, lambda: next(clock))
    for docks in (b"a", b"b", b"b", b"c"):
        store.keep(layout(docks))
    assert store.roll_back(layout(b"c")) == layout(b"b")
    assert store.roll_back(layout(b"b")) == layout(b"a")
    assert store.roll_back(layout(b"a")) is None


def test_a_damaged_layout_of_before_does_not_keep_others_from_being_remembered(tmp_path: Path) -> None:
    clock = iter(range(1, 100))
    store = WorkspaceStore(tmp_path, lambda: next(clock))
    store.keep(layout(b"a"))
    store.keep(layout(b"b"))
    store.backups()[0].write_text("{")
    store.keep(layout(b"c"))
    assert store.roll_back(layout(b"c")) == layout(b"a")


def test_only_so_many_layouts_are_remembered(tmp_path: Path) -> None:
    clock = iter(range(1, 100))
    store = WorkspaceStore(tmp_path, lambda: next(clock))
    for n in range(BACKUPS + 5):
        store.keep(layout(str(n).encode()))
    assert len(store.backups()) == BACKUPS
    assert store.roll_back(layout(b"")) == layout(str(BACKUPS + 4).encode())


def test_a_workspace_of_a_newer_version_is_refused_and_stays_where_it_is(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    store.save("later", layout(b"1"))
    file = tmp_path / f"later{SUFFIX}"
    newer = file.read_text(encoding="utf-8").replace('"version": 1', '"version": 9')
    file.write_text(newer, encoding="utf-8")
    with pytest.raises(InvalidInput, match="version 9"):
        store.load("later")
    assert store.names == ["later"]
    store.rename("later", "newest")
    assert (tmp_path / f"newest{SUFFIX}").read_text(encoding="utf-8") == newer


def test_names_that_windows_takes_for_one_are_one(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    store.save("Scalping", layout(b"1"))
    assert store.save("scalping", layout(b"2")) == "Scalping"
    assert store.names == ["Scalping"]
    assert store.load("Scalping").docks == b"2"
    store.save("Swing", layout(b"3"))
    with pytest.raises(InvalidInput, match="already"):
        store.rename("Swing", "SCALPING")
    assert store.rename("Scalping", "SCALPING") == "SCALPING"
    assert store.names == ["SCALPING", "Swing"]
    assert store.load("SCALPING").docks == b"2"


def test_a_copy_lies_behind_its_workspace_and_numbers_can_be_exchanged(tmp_path: Path) -> None:
    store = WorkspaceStore(tmp_path)
    store.save("one", layout(b"1"))
    store.save("two", layout(b"2"))
    assert store.duplicate("one") == "one 2"
    assert store.names == ["one", "one 2", "two"]
    assert store.load("one 2").docks == b"1"
    store.move("two", -1)
    assert store.names == ["one", "two", "one 2"]
    store.move("one", -1)
    store.move("one 2", 1)
    assert store.names == ["one", "two", "one 2"]
