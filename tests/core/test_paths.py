import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core import paths
from shared_modules.core.errors import InvalidInput, StoreError
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import (
    DataPaths,
    default_data_dir,
    patiently,
    plain_name,
    replace,
    resources,
    safe_name,
    write_whole,
)
from shared_modules.core.timeframes import TIMEFRAMES, timeframe

BTC = Market("bybit", Category.LINEAR, "BTCUSDT")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths.time, "sleep", lambda _: None)


def safe(name: str) -> str | None:
    try:
        return safe_name(name)
    except InvalidInput:
        return None


@given(st.text(max_size=30) | st.text("./\\:cC oOnN", max_size=8))
def test_a_safe_name_never_leaves_its_folder(name: str) -> None:
    found = safe(name)
    if found is not None:
        assert PureWindowsPath("c:/data", found).parent == PureWindowsPath("c:/data")
        assert Path("data", found).parent == Path("data")
        assert os.path.normpath(os.path.join("data", found)) == os.path.join("data", found)


@given(st.text(max_size=20))
def test_a_safe_name_leads_back_to_the_name(name: str) -> None:
    found = safe(name)
    if found is not None:
        assert plain_name(found) == name


@given(st.sampled_from(["CON", "nul", "COM1", "BTC"]), st.text("_ .x", max_size=4))
def test_names_like_those_of_devices_lead_back_too(device: str, rest: str) -> None:
    found = safe(device + rest)
    if found is not None:
        assert plain_name(found) == device + rest


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "C:x", "a|b", "a?", "tail.", "tail ", "new\nline", "nul\0", "x" * 300]
)
def test_names_that_no_file_can_have_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used for a file or folder"):
        safe_name(name)


@pytest.mark.parametrize("name", ["BTCUSDT", "BTC-29DEC23", "1000PEPEUSDT", "BTC.PERP", "币安USDT", "CONUSDT", "_"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["CON", "con", "Nul.txt", "COM1", "LPT9.a.b", "COM¹", "CON .x", "CONIN$", "AUX.csv"])
def test_names_of_windows_devices_are_changed_so_that_they_are_none_any_more(name: str) -> None:
    changed = safe_name(name)
    assert changed != name
    stem = changed.split(".")[0]
    assert stem.endswith("_")
    assert changed.replace("_", "") == name


def test_each_series_has_a_file_of_its_own_even_where_case_does_not_count() -> None:
    places = [DataPaths(Path("d")).series(Series(BTC, t)) for t in TIMEFRAMES.values()]
    assert len({str(p).lower() for p in places}) == len(TIMEFRAMES)


def test_the_layout_of_candles_is_by_exchange_category_symbol_and_timeframe() -> None:
    place = DataPaths(Path("d")).series(Series(BTC, timeframe("15m")))
    assert place == Path("d", "candles", "bybit", "linear", "BTCUSDT", "15m.csv")


def test_a_symbol_cannot_name_a_file_outside_the_data_folder() -> None:
    with pytest.raises(InvalidInput):
        DataPaths(Path("d")).series(Series(Market("bybit", Category.LINEAR, "../../x"), timeframe("1m")))


def test_a_data_folder_is_made_with_its_parents_and_left_empty(tmp_path: Path) -> None:
    root = tmp_path / "new" / "folder with ümlaut"
    assert DataPaths(root).ready().root == root
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_folder_that_cannot_be_is_said_in_a_sentence(tmp_path: Path, below: str) -> None:
    # permissions do not hold the administrator back; a file in the place of the folder holds everybody
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    root = blocked / below if below else blocked
    with pytest.raises(StoreError) as caught:
        DataPaths(root).ready()
    assert str(caught.value).startswith(f"cannot write to the data folder {root} (")
    assert str(caught.value).endswith("choose another with --data-dir")
    assert blocked.read_text(encoding="utf-8") == "in the way"


def test_a_data_folder_that_refuses_new_files_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(paths, "NamedTemporaryFile", refuse)
    with pytest.raises(StoreError, match=r"\(Permission denied\)"):
        DataPaths(tmp_path).ready()


def failing(times: int, error: type[OSError] = PermissionError) -> tuple[Callable[[], str], list[int]]:
    calls = [0]

    def operation() -> str:
        calls[0] += 1
        if calls[0] <= times:
            raise error("held")
        return "done"

    return operation, calls


def test_a_file_that_is_held_for_a_moment_is_tried_again() -> None:
    operation, calls = failing(3)
    assert patiently(operation) == "done"
    assert calls == [4]


def test_patience_ends() -> None:
    operation, calls = failing(99)
    with pytest.raises(PermissionError):
        patiently(operation, tries=4)
    assert calls == [4]


def test_other_errors_are_not_tried_again() -> None:
    operation, calls = failing(1, FileNotFoundError)
    with pytest.raises(FileNotFoundError):
        patiently(operation)
    assert calls == [1]


def test_replacing_puts_the_new_in_the_place_of_the_old(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old", encoding="utf-8")
    new.write_text("new", encoding="utf-8")
    replace(new, old)
    assert (old.read_text(encoding="utf-8"), new.exists()) == ("new", False)


class Crash(BaseException):
    """The power goes off: nothing after it runs."""


@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "disk full"), Crash()], ids=["disk full", "crash"])
def test_a_write_that_fails_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, failure: BaseException
) -> None:
    path = tmp_path / "settings.toml"
    write_whole(path, b"old")

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(paths.os, moment, fail)
    with pytest.raises(type(failure)):
        write_whole(path, b"newer and longer")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    # what an error left is cleared away; what a crash left is no obstacle
    if isinstance(failure, OSError):
        assert [p.name for p in tmp_path.iterdir()] == ["settings.toml"]
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["settings.toml"]


def test_threads_that_write_one_file_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    path, whole = tmp_path / "recent.json", {bytes([n]) * 5_000 for n in range(40)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: write_whole(path, data), sorted(whole)))
    assert path.read_bytes() in whole
    assert [p.name for p in tmp_path.iterdir()] == ["recent.json"]


def test_writing_makes_the_folders_above(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "c.txt", b"x")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"x"


def test_the_sources_keep_their_data_beside_them() -> None:
    assert default_data_dir() == resources().parent / "data"
    assert (resources().parent / "shared_modules").is_dir()


def test_the_packaged_program_keeps_data_in_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources() == tmp_path / "resources"
    assert default_data_dir().name == "TradeBotTerminal"
    assert tmp_path not in default_data_dir().parents
