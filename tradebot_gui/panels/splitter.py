"""A splitter whose borders are moved by mouse or by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle

from tradebot_gui.language import tr

from .parts import in_order, stops

# how far a key moves a border, pixels; with Ctrl
STEP, FAR = 16, 80


class Border(QSplitterHandle):
    """Tab comes to it, arrow keys move it; it is marked while it has the keyboard."""

    def __init__(self, orientation: Qt.Orientation, parent: QSplitter) -> None:
        super().__init__(orientation, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Border between two parts"))
        self.setToolTip(tr("Drag it, or move it with the arrow keys"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        beside = self.orientation() == Qt.Orientation.Horizontal
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right) if beside else (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() not in keys:
            super().keyPressEvent(event)
            return
        far = FAR if event.modifiers() & Qt.KeyboardModifier.ControlModifier else STEP
        at = self.x() if beside else self.y()
        self.moveSplitter(max(0, at + (far if event.key() == keys[1] else -far)))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.fillRect(self.rect(), self.palette().link())
            painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class Splitter(QSplitter):
    """Parts beside or above each other, with borders that a person moves."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.ordered:
            self.put_in_order()

    def put_in_order(self) -> None:
        """Have Tab come to each border between the parts beside it."""
        self.ordered = True
        for n in range(1, self.count()):
            before = stops(self.widget(n - 1))
            if before:
                in_order(before[-1], self.handle(n))

    # whether Tab's way through the parts is set already, here or by who knows more of them
    ordered = False

    def createHandle(self) -> QSplitterHandle:
        return Border(self.orientation(), self)
