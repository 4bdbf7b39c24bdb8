"""The field for files: typed, chosen in a dialog, or dropped on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from tradebot_gui.dialogs.files import ask_open
from tradebot_gui.forms.fields import Field
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import button

KINDS = "Candles and rates (*.csv *.csv.gz *.gz);;All files (*)"


def dropped(data: QMimeData) -> list[Path]:
    """The files and folders of what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class FilesField(Field):
    """A line of paths with semicolons between them and a button to choose; the value is a tuple of texts."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("choose files, or drop them here"))
        self.line.setAccessibleName(phrase(f"Files with {what}"))
        # what is dropped is for the box, which knows a file from a text
        self.line.setAcceptDrops(False)
        self.choose = button("Choose…", f"Choose files with {what}", self.ask)
        box = _Box(self)
        layout = QHBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.choose)
        box.setFocusProxy(self.line)
        super().__init__(box, self._read, self._write, self.line.textChanged)

    def ask(self) -> None:
        """Ask which files."""
        ask_open(self.widget.window(), f"Files with {self._what}", KINDS, self.take)

    def take(self, paths: Sequence[Path]) -> None:
        """Be these ``paths``."""
        self._write([str(path) for path in paths])

    def _read(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.line.text().split(";") if part.strip())

    def _write(self, paths: Sequence[str]) -> None:
        self.line.setText("; ".join(paths))
        self.line.setCursorPosition(0)
        self.line.setToolTip("\n".join(paths))


class _Box(QWidget):
    """Takes what is dropped for its field."""

    def __init__(self, field: FilesField) -> None:
        super().__init__()
        self._field = field
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self._field.take(dropped(event.mimeData()))
        event.acceptProposedAction()
