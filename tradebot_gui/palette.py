"""The command palette: find an action by a few letters and run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from .language import tr


class Palette(QDialog):
    """A line and the actions that fit it; Enter runs the first or chosen one."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(tr("Command palette"))
        self._actions = [a for a in actions if a.isEnabled()]
        self.line = QLineEdit()
        self.line.setPlaceholderText("Type a few letters of a command…")
        self.line.setAccessibleName("Command")
        self.line.setToolTip("Type a few letters, Enter runs the chosen command")
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.resize(460, 340)
        self.line.textChanged.connect(self._find)
        self.line.returnPressed.connect(self.run)
        self.list.itemClicked.connect(lambda _: self.run())
        self.line.installEventFilter(self)
        self._find("")

    @property
    def found(self) -> list[str]:
        """Titles of the actions that fit, best first."""
        return [_name(self.list.item(n).data(Qt.ItemDataRole.UserRole)) for n in range(self.list.count())]

    def run(self) -> None:
        """Run the chosen action."""
        item = self.list.currentItem()
        self.close()
        if item is not None:
            item.data(Qt.ItemDataRole.UserRole).trigger()

    def _find(self, text: str) -> None:
        self.list.clear()
        ranked = [(rank, action) for action in self._actions if (rank := fit(text, _name(action))) is not None]
        for _, action in sorted(ranked, key=lambda pair: pair[0]):
            keys = action.shortcut().toString()
            item = QListWidgetItem(_name(action) + (f"    {keys}" if keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, action)
            item.setToolTip(action.toolTip())
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress:
            pressed: Any = event
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(pressed.key())
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return False


def fit(text: str, title: str) -> tuple[int, int] | None:
    """How well ``text`` fits ``title``: lower is better, None when its letters do not follow one another there."""
    wanted, found = text.lower().replace(" ", ""), title.lower()
    if text.lower().strip() in found:
        return (0, found.index(text.lower().strip()))
    at = gaps = 0
    for letter in wanted:
        place = found.find(letter, at)
        if place < 0:
            return None
        gaps += place - at
        at = place + 1
    return (1, gaps)


def _name(action: QAction) -> str:
    return str(action.property("place") or "") + action.text().replace("&", "")
