"""The field for one symbol or several, completed as it is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from tradebot_gui.forms.fields import Field


class SymbolCompleter(QCompleter):
    """Completes the name after the last comma."""

    def __init__(self, line: QLineEdit) -> None:
        self._names = QStringListModel()
        super().__init__(self._names, line)
        self._line = line
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)

    def show_names(self, names: Sequence[str]) -> None:
        self._names.setStringList(list(names))

    def splitPath(self, path: str) -> list[str]:
        return [path.rpartition(",")[2].strip()]

    def pathFromIndex(self, index: QModelIndex) -> str:
        before, comma, _ = self._line.text().rpartition(",")
        return f"{before.strip()}{', ' if comma else ''}{super().pathFromIndex(index)}"


class SymbolsField(Field):
    """A line of symbols with commas between them; the value is a tuple of names in capitals."""

    def __init__(self) -> None:
        self.line = QLineEdit()
        self.line.setPlaceholderText("BTCUSDT, ETHUSDT …")
        self.completer = SymbolCompleter(self.line)
        self.line.setCompleter(self.completer)
        super().__init__(self.line, self._read, self._write, self.line.textChanged)

    def _read(self) -> tuple[str, ...]:
        return tuple(part.strip().upper() for part in self.line.text().split(",") if part.strip())

    def _write(self, symbols: Sequence[str]) -> None:
        self.line.setText(", ".join(symbols))
        self.line.setCursorPosition(0)
