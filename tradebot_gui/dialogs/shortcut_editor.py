"""Change the keys of any command; conflicts are told before they happen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QKeySequenceEdit, QLabel, QVBoxLayout, QWidget

from tradebot_gui import shortcuts
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import button, muted, row, search_box
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.view_models.table import Column, RecordTable

from .files import ask_save

if TYPE_CHECKING:
    from tradebot_gui.commands import Commands
    from tradebot_gui.desk import Desk


class ShortcutEditor(QDialog):
    """A table of all commands; the keys of the chosen one are typed below it."""

    def __init__(self, desk: Desk, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.commands = desk, commands
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 560)
        columns: tuple[Column[QAction], ...] = (
            Column("Keys", lambda a: a.shortcut().toString(), width=130),
            Column("Command", shortcuts.plain, width=260),
            Column("What it does", lambda a: str(a.property("tip") or ""), width=320),
        )
        self.table: RecordTable[QAction] = RecordTable(columns, lambda a: a.objectName(), self)
        self.table.set_theme(desk.theme)
        self.table.replace(commands.all)
        self.view = RecordView(self.table, "Commands and their keys", "No command fits the search.", self)
        self.view.filtered_text = ""
        self.keys = QKeySequenceEdit()
        self.keys.setAccessibleName(tr("New keys"))
        self.keys.setMaximumSequenceLength(1)
        self.keys.setEnabled(False)
        self.chosen = muted("Choose a command, then press the keys it should have.")
        self.problem = QLabel()
        self.problem.setProperty("tone", "loss")
        self.problem.setWordWrap(True)
        self.set = button("Set keys", "Give these keys to the chosen command", self._set, primary=True)
        self.clear = button("No keys", "Take the keys from the chosen command", lambda: self._give(""))
        self.usual = button("Usual keys", "Give the chosen command its usual keys again", self._usual)
        all_usual = button("All usual", "Give every command its usual keys again", self._all_usual)
        print_ = button("Save sheet…", "Write all keys to a PDF or HTML page that can be printed", self._print)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(search_box("Find command", self.view.rows.search))
        layout.addWidget(self.view, 1)
        layout.addWidget(self.chosen)
        layout.addLayout(row(self.keys, self.set, self.clear, self.usual))
        layout.addWidget(self.problem)
        layout.addLayout(row(all_usual, print_, None, close))
        self.view.chosen.connect(self._choose)
        self.keys.keySequenceChanged.connect(lambda _: self._check())
        self._enable()

    @property
    def action(self) -> QAction | None:
        index = self.view.currentIndex()
        return self.view.rows.record(index) if index.isValid() else None

    def _choose(self, action: QAction) -> None:
        self.chosen.setText(tr("Keys for '{command}':").format(command=shortcuts.plain(action)))
        self.keys.setKeySequence(action.shortcut())
        self._enable()

    def _enable(self) -> None:
        for part in (self.keys, self.set, self.clear, self.usual):
            part.setEnabled(self.action is not None)

    def _check(self) -> str:
        action = self.action
        keys = self.keys.keySequence().toString()
        problem = "" if action is None else shortcuts.conflict(keys, action.objectName(), self.commands.all)
        self.problem.setText(phrase(problem))
        self.set.setEnabled(action is not None and not problem)
        return problem

    def _set(self) -> None:
        if not self._check():
            self._give(self.keys.keySequence().toString())

    def _give(self, keys: str) -> None:
        if self.action is not None:
            self._keep({**self.commands.changed_keys, self.action.objectName(): keys})

    def _usual(self) -> None:
        action = self.action
        if action is None:
            return
        usual = self.commands.usual_keys(action.objectName())
        problem = shortcuts.conflict(usual, action.objectName(), self.commands.all)
        self.problem.setText(phrase(problem))
        if not problem:
            self._keep({k: v for k, v in self.commands.changed_keys.items() if k != action.objectName()})

    def _all_usual(self) -> None:
        self._keep({})

    def _keep(self, changed: Mapping[str, str]) -> None:
        self.commands.set_keys(changed)
        try:
            shortcuts.save(self.commands.changed_keys, self.desk.engine.paths.shortcuts)
        except OSError as error:
            self.problem.setText(phrase(f"The keys hold for now but were not saved: {error.strerror}."))
        self.table.replace(self.commands.all)
        self.view.rows.resort()

    def _print(self) -> None:
        kinds = f"PDF (*.pdf);;{tr('Web page')} (*.html)"
        ask_save(self, "Save the sheet of keys", "tradebot-keys.pdf", kinds, self.write_sheet)

    def write_sheet(self, path: Path) -> None:
        try:
            shortcuts.write_sheet(self.commands.all, path)
        except OSError as error:
            self.problem.setText(phrase(f"The sheet was not written to {path.name}: {error.strerror}."))
        else:
            self.desk.notice.emit("info", f"All keys are in {path}.")
