"""The list of workspaces: open, save, rename, delete, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.errors import TradeBotError
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import ask, button, muted
from tradebot_gui.workspace_control import WorkspaceControl
from tradebot_gui.workspace_store import SLOTS, SUFFIX

from .files import ask_open, ask_save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class WorkspaceDialog(QDialog):
    """Workspaces in the order of their numbers."""

    def __init__(self, control: WorkspaceControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = control
        self.setWindowTitle(tr("Workspaces"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 380)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Workspaces"))
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the workspace"))
        self.name.setPlaceholderText(tr("Name"))
        self.empty = muted("No workspace yet. Give the present places a name and press Save.", wrap=True)
        self.problem = QLabel()
        self.problem.setProperty("tone", "loss")
        self.problem.setWordWrap(True)
        side = QVBoxLayout()
        steps: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("Open", "Put all panels where the chosen workspace has them", self._open),
            ("Save", "Keep the present places under the name above", self._save),
            ("Rename", "Give the chosen workspace the name above", self._rename),
            ("Duplicate", "Make a copy of the chosen workspace", self._duplicate),
            ("Move up", "Give the chosen workspace the number before its own", lambda: self._move(-1)),
            ("Move down", "Give the chosen workspace the number after its own", lambda: self._move(1)),
            ("Delete", "Delete the chosen workspace", self._delete),
            ("Import…", "Take in a workspace from a file", self._import),
            ("Export…", "Write the chosen workspace to a file", self._export),
        )
        self.buttons = {title: button(title, tip, run, primary=title == "Open") for title, tip, run in steps}
        for made in self.buttons.values():
            side.addWidget(made)
        side.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.empty)
        left.addWidget(self.list, 1)
        left.addWidget(self.name)
        middle = QHBoxLayout()
        middle.addLayout(left, 1)
        middle.addLayout(side)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(middle, 1)
        layout.addWidget(self.problem)
        layout.addWidget(close)
        self.list.currentTextChanged.connect(lambda _: self._chosen())
        self.list.itemActivated.connect(lambda _: self._open())
        # what goes wrong is told here, in front of the window
        control.desk.notice.connect(self._noticed)
        self.refresh()

    @property
    def chosen(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def refresh(self, choose: str = "") -> None:
        """List what there is now."""
        self.control.name_slots()
        self.list.clear()
        for number, name in enumerate(self.control.names, start=1):
            self.list.addItem(f"{name}    Ctrl+{number}" if number <= SLOTS else name)
            self.list.item(number - 1).setData(Qt.ItemDataRole.UserRole, name)
            if name == (choose or self.control.current):
                self.list.setCurrentRow(number - 1)
        self.empty.setVisible(not self.list.count())
        self._chosen()

    def _noticed(self, level: str, text: str) -> None:
        if level == "error":
            self.problem.setText(phrase(text))

    def _chosen(self) -> None:
        for title in ("Open", "Rename", "Duplicate", "Delete", "Export…"):
            self.buttons[title].setEnabled(bool(self.chosen))
        self.buttons["Move up"].setEnabled(self.list.currentRow() > 0)
        self.buttons["Move down"].setEnabled(0 <= self.list.currentRow() < self.list.count() - 1)
        if self.chosen:
            self.name.setText(self.chosen)

    def _try(self, step: Callable[[], object]) -> None:
        self.problem.clear()
        try:
            step()
        except (TradeBotError, OSError) as error:
            self.problem.setText(phrase(str(error)))

    def _open(self) -> None:
        if self.control.open(self.chosen):
            self.accept()

    def _save(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.problem.setText(tr("Type a name first."))
            return
        self.problem.clear()
        self.control.save_or_ask(self, name, lambda: self.refresh(self.control.current))

    def _rename(self) -> None:
        self._try(lambda: self.refresh(self.control.rename(self.chosen, self.name.text())))

    def _duplicate(self) -> None:
        self._try(lambda: self.refresh(self.control.store.duplicate(self.chosen)))

    def _move(self, by: int) -> None:
        chosen = self.chosen
        self._try(lambda: self.control.store.move(chosen, by))
        self.refresh(chosen)

    def _delete(self) -> None:
        chosen = self.chosen
        ask(self, "Delete", f"Delete the workspace '{chosen}'? It cannot be brought back.", "Delete",
            lambda: self._try(lambda: (self.control.delete(chosen), self.refresh())))  # fmt: skip

    def _import(self) -> None:
        ask_open(self, "Import workspace", _files(), self._take_in)

    def _take_in(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self.control.take_in(path)
        self.refresh()

    def _export(self) -> None:
        name = self.chosen
        ask_save(self, "Export workspace", name + SUFFIX, _files(), lambda path: self.control.export(name, path))


def _files() -> str:
    """What the dialogs of files offer."""
    return f"{tr('Workspaces')} (*{SUFFIX} *.json)"
