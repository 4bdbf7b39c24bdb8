"""Workspaces, keys, notifications and zoom as a person uses them in the window."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui import shortcuts
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.shortcut_editor import ShortcutEditor
from tradebot_gui.dialogs.workspace_dialog import WorkspaceDialog
from tradebot_gui.drawings import Anchor, Drawing
from tradebot_gui.main_window import MainWindow


async def test_a_numbered_key_keeps_the_places_and_comes_back_to_them(window: MainWindow) -> None:
    window.commands.by_id["view.workspace.1"].trigger()
    assert window.workspaces.store.names == ["Workspace 1"]
    window.docks.docks["log"].toggleView(False)
    assert window.docks.docks["log"].isClosed()
    window.commands.by_id["view.workspace.1"].trigger()
    assert not window.docks.docks["log"].isClosed()
    assert window.workspaces.current == "Workspace 1"


async def test_opening_a_workspace_can_be_rolled_back(window: MainWindow) -> None:
    window.workspaces.save_as("all")
    window.docks.docks["log"].toggleView(False)
    window.workspaces.open("all")
    assert not window.docks.docks["log"].isClosed()
    window.commands.by_id["view.roll_back"].trigger()
    assert window.docks.docks["log"].isClosed()


async def test_a_reset_layout_can_be_rolled_back(window: MainWindow) -> None:
    window.docks.docks["collector"].toggleView(False)
    window.reset_layout()
    assert not window.docks.docks["collector"].isClosed()
    window.workspaces.roll_back()
    assert window.docks.docks["collector"].isClosed()


async def test_a_changed_layout_is_kept_by_itself(window: MainWindow, engine: FakeEngine) -> None:
    window.workspaces.autosave()
    await until(engine.paths.layout.exists)
    before = engine.paths.layout.read_text()
    window.docks.docks["log"].toggleView(False)
    window.workspaces.autosave()
    await until(lambda: engine.paths.layout.read_text() != before)
    window.chart._indicators.add("atr")
    window.workspaces.autosave()
    await until(lambda: '"atr"' in engine.paths.layout.read_text())


async def test_workspaces_are_saved_renamed_and_deleted_in_their_dialog(window: MainWindow, qtbot) -> None:
    dialog = WorkspaceDialog(window.workspaces, window)
    dialog.show()
    assert "No workspace yet" in dialog.empty.text()
    QTest.keyClicks(dialog.name, "Morning")
    QTest.mouseClick(dialog.buttons["Save"], Qt.MouseButton.LeftButton)
    assert dialog.chosen == "Morning"
    dialog.name.setText("Evening")
    QTest.mouseClick(dialog.buttons["Rename"], Qt.MouseButton.LeftButton)
    assert window.workspaces.store.names == ["Evening"]
    QTest.mouseClick(dialog.buttons["Duplicate"], Qt.MouseButton.LeftButton)
    assert window.workspaces.store.names == ["Evening", "Evening 2"]
    assert (dialog.chosen, dialog.buttons["Move down"].isEnabled()) == ("Evening 2", False)
    QTest.mouseClick(dialog.buttons["Move up"], Qt.MouseButton.LeftButton)
    assert window.workspaces.store.names == ["Evening 2", "Evening"]
    QTest.mouseClick(dialog.buttons["Delete"], Qt.MouseButton.LeftButton)
    answer(dialog, "Cancel")
    assert len(window.workspaces.store.names) == 2
    QTest.mouseClick(dialog.buttons["Delete"], Qt.MouseButton.LeftButton)
    answer(dialog, "Delete")
    assert window.workspaces.store.names == ["Evening"]
    dialog.close()


async def test_a_workspace_is_replaced_only_after_a_question(window: MainWindow) -> None:
    window.workspaces.save_as("Morning")
    window.workspaces.save_as("Evening")
    window.docks.docks["log"].toggleView(False)
    dialog = WorkspaceDialog(window.workspaces, window)
    dialog.show()
    dialog.name.setText("morning")
    for reply, log_closed in (("Cancel", False), ("Replace", True)):
        QTest.mouseClick(dialog.buttons["Save"], Qt.MouseButton.LeftButton)
        answer(dialog, reply)
        window.workspaces.open("Evening")
        window.workspaces.open("Morning")
        assert window.docks.docks["log"].isClosed() is log_closed
        window.docks.docks["log"].toggleView(False)
        window.workspaces.current = "Evening"
    dialog.close()


async def test_opening_from_the_list_closes_it_and_a_damaged_workspace_is_told_of_there(window, engine) -> None:
    window.workspaces.save_as("whole")
    (engine.paths.workspaces / "broken.workspace.json").write_text("{")
    dialog = WorkspaceDialog(window.workspaces, window)
    dialog.show()
    dialog.list.setCurrentRow(1)
    QTest.mouseClick(dialog.buttons["Open"], Qt.MouseButton.LeftButton)
    assert "broken.workspace.json is not a workspace" in dialog.problem.text()
    assert dialog.isVisible()
    dialog.list.setCurrentRow(0)
    QTest.mouseClick(dialog.buttons["Open"], Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert window.workspaces.current == "whole"


async def test_the_next_number_never_replaces_a_workspace_that_has_its_name(window: MainWindow) -> None:
    window.workspaces.open_slot(1)
    window.workspaces.open_slot(2)
    window.workspaces.delete("Workspace 1")
    window.docks.docks["log"].toggleView(False)
    window.workspaces.open_slot(2)
    assert window.workspaces.store.names == ["Workspace 2", "Workspace 3"]
    window.workspaces.open("Workspace 2")
    assert not window.docks.docks["log"].isClosed()


async def test_ctrl_s_saves_into_the_open_workspace_which_is_known_after_a_restart(window, desk, engine) -> None:
    window.workspaces.save_as("Desk")
    window.docks.docks["log"].toggleView(False)
    window.commands.by_id["view.save_layout"].trigger()
    assert "Desk" in window.banner.label.text()
    again = MainWindow(desk, (1200, 760))
    assert again.workspaces.current == "Desk"
    assert again.commands.by_id["view.workspace.1"].text() == "Desk"
    again.docks.docks["log"].toggleView(True)
    again.workspaces.open("Desk")
    assert again.docks.docks["log"].isClosed()
    again.deleteLater()


async def test_workspaces_are_found_in_the_palette_by_their_names(window: MainWindow) -> None:
    for name in ("R&D", *(f"Desk {n}" for n in range(2, 12))):
        window.workspaces.save_as(name)
    for typed, name in (("r&d", "R&D"), ("desk 11", "Desk 11")):
        palette = window.palette_control.open()
        QTest.keyClicks(palette.line, typed)
        assert palette.found[0] == f"Workspace: {name}"
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        assert window.workspaces.current == name
    window.commands.refresh()
    assert not window.commands.by_id["view.workspace.1"].isChecked()
    window.workspaces.open_slot(1)
    window.commands.refresh()
    assert window.commands.by_id["view.workspace.1"].isChecked()


@pytest.mark.qt_log_ignore("qUncompress", extend=True)
@pytest.mark.parametrize("damage", ["{", "docks"])
async def test_a_damaged_layout_gives_way_to_the_last_good_one(desk: Desk, window, engine, damage: str) -> None:
    window.docks.docks["log"].toggleView(False)
    window.workspaces.autosave()
    await until(window.workspaces.store.backups)
    data = json.loads(engine.paths.layout.read_text())
    engine.paths.layout.write_text("{" if damage == "{" else json.dumps({**data, "docks": "AAAA"}))
    told: list[str] = []
    desk.notice.connect(lambda level, text: told.append(text))
    again = MainWindow(desk, (1200, 760))
    assert again.docks.docks["log"].isClosed()
    await until(lambda: any("where they were before" in text for text in told))
    again.deleteLater()


def answer(dialog: WorkspaceDialog, word: str) -> None:
    """Press the button called ``word`` of the question over ``dialog``."""
    box = next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())
    button = next(b for b in box.buttons() if word in b.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_a_file_that_is_no_workspace_is_said_and_changes_nothing(window: MainWindow, tmp_path: Path) -> None:
    told: list[str] = []
    window.desk.notice.connect(lambda level, text: told.append(text) if level == "error" else None)
    file = tmp_path / "nonsense.json"
    file.write_text("nonsense")
    window.workspaces.take_in(file)
    assert "nonsense.json is not a workspace" in told[0]


def edited(window: MainWindow, action: str, keys: str) -> ShortcutEditor:
    editor = ShortcutEditor(window.desk, window.commands, window)
    editor.view.select_record(lambda a: a.objectName() == action)
    editor.keys.setKeySequence(QKeySequence(keys))
    return editor


async def test_a_command_gets_other_keys_and_keeps_them(window: MainWindow, desk: Desk, engine: FakeEngine) -> None:
    editor = edited(window, "backtest.start", "Ctrl+Alt+B")
    QTest.mouseClick(editor.set, Qt.MouseButton.LeftButton)
    assert window.commands.by_id["backtest.start"].shortcut().toString() == "Ctrl+Alt+B"
    assert json.loads(engine.paths.shortcuts.read_text()) == {"backtest.start": "Ctrl+Alt+B"}
    editor.close()
    again = MainWindow(desk, (1200, 760))
    assert again.commands.by_id["backtest.start"].shortcut().toString() == "Ctrl+Alt+B"
    again.deleteLater()


async def test_keys_of_another_command_are_refused_with_its_name(window: MainWindow) -> None:
    editor = edited(window, "backtest.start", "F7")
    assert "Start collector" in editor.problem.text()
    assert not editor.set.isEnabled()
    editor.keys.setKeySequence(QKeySequence("Return"))
    assert "needed" in editor.problem.text()
    editor.close()


@pytest.mark.parametrize("keys", ["T", "Shift+T", "5", "+", "Del", "Home", "Ctrl+C", "Alt+T", "Ctrl+Z"])
async def test_keys_that_charts_and_text_boxes_need_are_refused(window: MainWindow, keys: str) -> None:
    problem = shortcuts.conflict(keys, "help.guide", window.commands.all)
    assert "needed" in problem or "charts" in problem


async def test_the_keys_said_to_be_the_charts_are_taken_by_it_and_by_no_command(window: MainWindow) -> None:
    view = window.chart.view
    view.drawings.board.add(Drawing("horizontal", (Anchor(0, 1.0),)))
    view.drawings.board.add(Drawing("horizontal", (Anchor(0, 2.0),)))
    view.drawings.board.undo()
    for keys in shortcuts.CHART:
        pressed = QKeySequence(keys)[0]
        event = QKeyEvent(QEvent.Type.ShortcutOverride, pressed.key(), pressed.keyboardModifiers())
        assert view._interaction.wants(event), keys
    usual = {a.id: a.keys for a in window.commands.declared}
    assert shortcuts.settled(usual, usual) == (usual, [])


async def test_keys_given_twice_in_the_file_go_to_one_command_and_that_is_said(desk: Desk, engine: FakeEngine) -> None:
    engine.paths.shortcuts.write_text('{"help.guide": "F7", "view.theme": "Ctrl+Alt+X", "view.streamer": "Ctrl+Alt+X"}')
    told: list[str] = []
    desk.notice.connect(lambda level, text: told.append(text))
    made = MainWindow(desk, (1200, 760))
    await until(lambda: told)
    shown = {name: made.commands.by_id[name].shortcut().toString() for name in
             ("help.guide", "data.start", "view.theme", "view.streamer")}  # fmt: skip
    assert shown == {
        "help.guide": "F1", "data.start": "F7", "view.theme": "Ctrl+Alt+X", "view.streamer": "Ctrl+Shift+H",
    }  # fmt: skip
    assert "User guide" in told[0]
    assert "Streamer mode" in told[0]
    made.deleteLater()


async def test_full_screen_comes_back_to_a_maximised_window(window: MainWindow) -> None:
    window.showMaximized()
    window.commands.by_id["view.full_screen"].trigger()
    await until(window.isFullScreen)
    assert window.layout_now().maximised
    window.commands.by_id["view.full_screen"].trigger()
    await until(lambda: not window.isFullScreen())
    assert window.isMaximized()


async def test_the_usual_keys_come_back(window: MainWindow, engine: FakeEngine) -> None:
    editor = edited(window, "help.guide", "F12")
    QTest.mouseClick(editor.set, Qt.MouseButton.LeftButton)
    editor.view.select_record(lambda a: a.objectName() == "help.guide")
    QTest.mouseClick(editor.usual, Qt.MouseButton.LeftButton)
    assert window.commands.by_id["help.guide"].shortcut().toString() == "F1"
    assert json.loads(engine.paths.shortcuts.read_text()) == {}
    editor.close()


async def test_the_sheet_of_keys_can_be_printed(window: MainWindow, tmp_path: Path) -> None:
    editor = ShortcutEditor(window.desk, window.commands, window)
    editor.write_sheet(tmp_path / "keys.pdf")
    editor.write_sheet(tmp_path / "keys.html")
    assert (tmp_path / "keys.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "keys.html").read_text(encoding="utf-8")
    assert "Start backtest" in page
    assert "Horizontal line at the cursor" in page
    editor.close()


async def test_damaged_keys_are_said_and_the_usual_ones_hold(desk: Desk, engine: FakeEngine) -> None:
    engine.paths.shortcuts.write_text("{nonsense")
    told: list[str] = []
    desk.notice.connect(lambda level, text: told.append(text))
    made = MainWindow(desk, (1200, 760))
    await until(lambda: any("keyboard shortcuts" in text for text in told))
    assert made.commands.by_id["backtest.start"].shortcut().toString() == "F5"
    assert (engine.paths.root / "shortcuts.damaged.json").read_text() == "{nonsense"
    made.deleteLater()


async def test_unseen_notices_are_counted_until_somebody_looks(window: MainWindow) -> None:
    window.desk.notice.emit("warning", "the feed is slow")
    window.desk.notice.emit("info", "saved")
    assert window.status.unread.text() == "1 unread"
    window.status.unread.click()
    await until(lambda: window.notifications.unread == 0)
    assert [e.text for e in window.notifications.table.records] == ["saved", "the feed is slow"]
    assert window.status.unread.isHidden()


async def test_a_notice_that_repeats_is_one_row(window: MainWindow) -> None:
    for _ in range(3):
        window.desk.notice.emit("warning", "again")
    assert [(e.text, e.times) for e in window.notifications.table.records] == [("again", 3)]
    window.desk.notice.emit("error", "worse")
    window.notifications.level.setCurrentIndex(3)
    assert window.notifications.view.rows.rowCount() == 1


async def test_the_size_is_kept_within_its_limits(window: MainWindow, engine: FakeEngine) -> None:
    for expected in (125, 150, 175, 200, 200):
        window.zoom(25)
        await until(lambda expected=expected: engine.settings.appearance.zoom == expected)
    window.zoom(-25)
    await until(lambda: engine.settings.appearance.zoom == 175)
    window.activateWindow()
    keyboard = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_0, keyboard)
    await until(lambda: engine.settings.appearance.zoom == 100)
    QTest.keyClick(window, Qt.Key.Key_Plus, keyboard)
    await until(lambda: engine.settings.appearance.zoom == 125)
    QTest.keyClick(window, Qt.Key.Key_Minus, keyboard)
    await until(lambda: engine.settings.appearance.zoom == 100)
    assert "Larger" in shortcuts.conflict("Ctrl++", "help.guide", window.commands.all)
