import json
from pathlib import Path

import pytest
from PySide6.QtCore import QRect

from tradebot_gui import workspaces
from tradebot_gui.workspaces import Layout

LAYOUT = Layout((10, 20, 800, 600), False, b"\x00docks\xff", {"log": {"level": "INFO"}})


def test_a_layout_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    workspaces.save(LAYOUT, path)
    assert workspaces.load(path) == (LAYOUT, "")


def test_no_layout_is_nothing_to_speak_of(tmp_path: Path) -> None:
    assert workspaces.load(tmp_path / "layout.json") == (None, "")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"version": 1}', '{"version": 99}',
     '{"version": 1, "geometry": [1, 2], "maximised": true, "docks": "", "panels": {}}',
     '{"version": 1, "geometry": [1, 2, 99999999999999, 4], "maximised": true, "docks": "", "panels": {}}',
     '{"version": 1, "geometry": [1, 2, 0, -4], "maximised": true, "docks": "", "panels": {}}',
     '{"version": 1, "geometry": "abcd", "maximised": true, "docks": "", "panels": {}}',
     '{"version": 1, "geometry": null, "maximised": true, "docks": "%%%", "panels": {}}',
     '{"version": 1, "geometry": null, "maximised": true, "docks": "", "panels": {"log": 3}}', "\x00\x01"],
)  # fmt: skip
def test_a_damaged_layout_is_kept_aside_and_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "layout.json"
    path.write_text(text, encoding="utf-8")
    layout, sentence = workspaces.load(path)
    assert layout is None
    assert "layout.damaged.json" in sentence
    assert (tmp_path / "layout.damaged.json").read_text(encoding="utf-8") == text
    assert not path.exists()


def test_a_second_damaged_layout_leaves_the_first_where_it_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    for text in ("one", "two"):
        path.write_text(text)
        assert workspaces.load(path)[0] is None
    assert (tmp_path / "layout.damaged.json").read_text() == "one"
    assert (tmp_path / "layout.damaged-2.json").read_text() == "two"


def test_a_layout_is_readable_json(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    workspaces.save(LAYOUT, path)
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == workspaces.VERSION


def test_a_window_beyond_all_screens_is_not_restored_there(qapp) -> None:
    room = qapp.primaryScreen().availableGeometry()
    assert workspaces.on_screen(QRect(room.x() + 5, room.y() + 5, 400, 300))
    assert not workspaces.on_screen(QRect(room.right() + 200, room.y(), 400, 300))
    assert not workspaces.on_screen(QRect(room.x(), room.bottom() + 50, 400, 300))
