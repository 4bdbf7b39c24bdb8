"""The chart's tools: its symbol and its timeframe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QToolTip,
    QWidget,
)

from shared_modules.core.timeframes import DAY, HOUR, MINUTE, TIMEFRAMES, WEEK
from tradebot_gui.language import phrase, tr

FAVOURITES = ("1m", "5m", "15m", "1h", "4h", "1d")


class SymbolBox(QComboBox):
    """All symbols; any part of a name typed finds it."""

    chosen = Signal(str)
    left = Signal()  # given up with Esc

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(9)
        # of all tools the symbol is the last to give way
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("BTCUSDT") + 34)
        self.setAccessibleName(tr("Symbol"))
        self.setToolTip(tr("Symbol of the chart; type any part of its name"))
        self.lineEdit().setPlaceholderText(tr("Symbol"))
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
        self._shown = symbol
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findText(symbol))
            self.setEditText(symbol)

    def begin(self, letters: str) -> None:
        """Start a search with ``letters``, typed elsewhere."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.lineEdit().clear()
        self.lineEdit().insert(letters)
        self.completer().setCompletionPrefix(letters)
        self.completer().complete()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        popup = event.reason() == Qt.FocusReason.PopupFocusReason
        if not popup and self._shown and not self.currentText().strip():
            self.show_chosen(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._shown:
            self.show_chosen(self._shown)
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _choose(self) -> None:
        text = self.currentText().strip()
        row = self.findText(text, Qt.MatchFlag.MatchFixedString)  # any case
        if row < 0 and text:
            for flag in (Qt.MatchFlag.MatchStartsWith, Qt.MatchFlag.MatchContains):
                row = self.findText(text, flag) if row < 0 else row
        if text:
            self.chosen.emit(self.itemText(row) if row >= 0 else text.upper())


class TimeframeEntry(QLineEdit):
    """A small box over the chart for a timeframe in figures: 5, 15, 60, 4h, 1d."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Timeframe"))
        self.setToolTip(tr("Minutes, or a number with h, d, w or M; Enter takes it, Esc leaves"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMaxLength(5)
        self.returnPressed.connect(self._take)
        self.hide()

    def begin(self, digits: str) -> None:
        """Open with ``digits``, typed elsewhere."""
        over = self.parentWidget()
        self.setGeometry(max(0, over.width() // 2 - 60), max(0, over.height() // 2 - 20), 120, 36)
        self.setText(digits)
        self.setProperty("state", "")
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.end(False)  # coming by a key selects all: the next digit would replace the first

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hide()

    def _take(self) -> None:
        name = typed_timeframe(self.text())
        if name is None:
            known = ", ".join(TIMEFRAMES)
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), phrase(f"There are: {known}"), self)
            self.selectAll()
            return
        self._leave()
        self.chosen.emit(name)

    def _leave(self) -> None:
        self.hide()
        self.left.emit()


def typed_timeframe(text: str) -> str | None:
    """The name of the timeframe that ``text`` means: minutes, or a number and a unit; None when there is none."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*([mhdwM]?)\s*", text if text.strip().endswith("M") else text.lower())
    if not found:
        return None
    count, unit = int(found[1]), found[2]
    if unit == "M":
        return "1M" if count == 1 else None
    ms = count * {"": MINUTE, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}[unit]
    return next((t.name for t in TIMEFRAMES.values() if t.ms == ms and not t.is_month), None)


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
        self._more.setAccessibleName(tr("More timeframes"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu())
        self._group.addButton(self._more)
        row.addWidget(self._more)

    def show_chosen(self, name: str) -> None:
        self._name = name
        favourite = name in self._buttons and not self._compact
        self._more.setText(tr("More" if favourite else name))
        (self._buttons[name] if favourite else self._more).setChecked(True)

    def fit(self, width: int, tools: Sequence[QWidget], gap: int, least: Sequence[QWidget] = ()) -> None:
        """Be compact where ``tools``, this bar among them, do not find room beside each other in ``width`` pixels.

        Where that is not enough, those of ``least`` are left out in turn; what they do is in the menus too.
        """
        full = sum(button.sizeHint().width() for button in (*self._buttons.values(), self._more))
        others = sum(tool.sizeHint().width() + gap for tool in tools if tool is not self)
        self.set_compact(width < others + full + gap)
        needed = others + self._more.sizeHint().width()
        for tool in least:
            tool.setVisible(needed <= width)
            needed -= tool.sizeHint().width() + gap if tool.isHidden() else 0

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
        button.setAccessibleName(phrase(f"Timeframe {name}"))
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
