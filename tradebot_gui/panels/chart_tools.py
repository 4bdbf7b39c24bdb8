"""The chart's tools: its symbol and its timeframe."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QWidget,
)

from shared_modules.core.timeframes import TIMEFRAMES

FAVOURITES = ("1m", "5m", "15m", "1h", "4h", "1d")


class SymbolBox(QComboBox):
    """All symbols; any part of a name typed finds it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(9)
        self.setAccessibleName("Symbol")
        self.setToolTip("Symbol of the chart; type any part of its name")
        self.lineEdit().setPlaceholderText("Symbol")
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.activated.connect(lambda _: self._choose())
        self.lineEdit().returnPressed.connect(self._choose)

    def set_symbols(self, symbols: Sequence[str]) -> None:
        names = sorted(symbols)
        if [self.itemText(i) for i in range(self.count())] == names:
            return
        shown = self.currentText()
        with QSignalBlocker(self):
            self.clear()
            self.addItems(names)
            self.setCurrentIndex(self.findText(shown))
            self.setEditText(shown)

    def show_chosen(self, symbol: str) -> None:
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findText(symbol))
            self.setEditText(symbol)

    def _choose(self) -> None:
        text = self.currentText().strip()
        row = self.findText(text, Qt.MatchFlag.MatchFixedString)  # any case
        if text:
            self.chosen.emit(self.itemText(row) if row >= 0 else text.upper())


class TimeframeBar(QWidget):
    """The usual timeframes as buttons, the others behind the last one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._name, self._compact = FAVOURITES[0], False
        self._group = QButtonGroup(self)
        self._buttons = {name: self._button(name) for name in FAVOURITES}
        for button in self._buttons.values():
            self._group.addButton(button)
            row.addWidget(button)
        self._more = self._button("More")
        self._more.setAccessibleName("More timeframes")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu())
        self._group.addButton(self._more)
        row.addWidget(self._more)

    def show_chosen(self, name: str) -> None:
        self._name = name
        favourite = name in self._buttons and not self._compact
        self._more.setText("More" if favourite else name)
        (self._buttons[name] if favourite else self._more).setChecked(True)

    def set_compact(self, compact: bool) -> None:
        """Keep only the last button, which then names the timeframe and lists them all."""
        self._compact = compact
        for button in self._buttons.values():
            button.setVisible(not compact)
        for name, action in self._actions.items():
            action.setVisible(compact or name not in FAVOURITES)
        self.show_chosen(self._name)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setAccessibleName(f"Timeframe {name}")
        if name in TIMEFRAMES:
            button.clicked.connect(partial(self._clicked, name))
        return button

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        self._actions = {name: menu.addAction(name, partial(self._clicked, name)) for name in TIMEFRAMES}
        for name in FAVOURITES:
            self._actions[name].setVisible(False)
        return menu

    def _clicked(self, name: str, *_: object) -> None:
        self.chosen.emit(name)
