"""Small parts that several panels are made of."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from tradebot_gui.language import phrase, tr


class Button(QPushButton):
    """A push button that Enter presses as Space does, though it is never what Enter means elsewhere in a dialog."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


def button(title: str, tip: str, run: Callable[[], object], primary: bool = False) -> QPushButton:
    """A push button with its words."""
    made = Button(tr(title))
    made.setToolTip(tr(tip))
    made.setAccessibleName(tr(title))
    made.setAccessibleDescription(tr(tip))
    made.setProperty("primary", primary)
    made.setAutoDefault(False)
    made.clicked.connect(lambda: run())
    return made


def search_box(name: str, found: Callable[[str], object]) -> QLineEdit:
    """A line that filters something as it is typed."""
    line = QLineEdit()
    line.setPlaceholderText(tr(name) + "…")
    line.setAccessibleName(tr(name))
    line.setToolTip(tr("{name}; Esc clears it").format(name=tr(name)))
    line.setClearButtonEnabled(True)
    line.textChanged.connect(found)
    return line


def row(*parts: QWidget | int | None, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """Widgets side by side; None is a stretch, a number a gap in pixels."""
    layout = QHBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(5)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        else:
            layout.addWidget(part)
    return layout


def in_order(*parts: QWidget) -> None:
    """Have Tab go through ``parts`` as they are read; without it, it goes as they were made."""
    for one, after in pairwise(parts):
        QWidget.setTabOrder(one, after)


def stops(part: QWidget) -> list[QWidget]:
    """Where Tab stops in ``part``, as its widgets were made.

    Qt's own chain is not asked: its bindings take each widget for a part of the one before, which goes with it.
    """
    found = [part, *part.findChildren(QWidget)]
    # the line in a box hands its focus on
    own = [w for w in found if not isinstance(w.parent(), QAbstractSpinBox | QComboBox)]
    return [w for w in own if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.window() is part.window()]


def parts_in_order(*parts: QWidget) -> None:
    """Have Tab go through ``parts`` one after the other, and inside each as its widgets were made."""
    in_order(*(stop for part in parts for stop in stops(part)))


def column(owner: QWidget, spacing: int = 5, margin: int = 6) -> QVBoxLayout:
    """The layout of ``owner``, from top to bottom."""
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return layout


def muted(text: str = "", wrap: bool = False) -> QLabel:
    """A quiet label."""
    label = QLabel(tr(text))
    label.setProperty("role", "muted")
    label.setWordWrap(wrap)
    return label


def heading(text: str) -> QLabel:
    label = QLabel(tr(text))
    label.setProperty("role", "title")
    return label


def section(menu: QMenu, title: str) -> None:
    """A quiet title above what follows in ``menu``; Qt's own sections lose their words under a style sheet."""
    if menu.actions():
        menu.addSeparator()
    menu.addAction(tr(title)).setEnabled(False)


def ask_text(
    parent: QWidget, title: str, label: str, answered: Callable[[str], object], present: str = ""
) -> QInputDialog:
    """Ask for a line of text in a dialog of its own, ``present`` at first; ``answered`` gets it unless cancelled."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(tr(title))
    dialog.setLabelText(tr(label))
    # the line is only made when the kind of input is set
    dialog.setInputMode(QInputDialog.InputMode.TextInput)
    dialog.findChild(QLineEdit).setAccessibleName(tr(label).rstrip(":"))
    dialog.setTextValue(present)
    dialog.textValueSelected.connect(answered)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def ask(parent: QWidget, title: str, question: str, yes: str, agreed: Callable[[], object]) -> QMessageBox:
    """Ask before something that cannot be taken back; ``agreed`` is called for the button ``yes`` alone.

    ``question`` is a finished sentence in any language of the window; Enter and Esc cancel.
    """
    box = QMessageBox(QMessageBox.Icon.Question, tr(title), phrase(question), parent=parent)
    do = box.addButton(tr(yes), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.buttonClicked.connect(lambda pressed: agreed() if pressed is do else None)
    box.finished.connect(box.deleteLater)
    box.open()
    return box


def line() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setFrameShape(QFrame.Shape.HLine)
    made.setFixedHeight(1)
    return made


def scrolled(widget: QWidget | None = None) -> QScrollArea:
    """``widget`` in an area that scrolls down when there is no room; without one it is put in later."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(tr("Page that scrolls"))
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if widget is not None:
        area.setWidget(widget)
    return area


def restore_sizes(split: QSplitter, sizes: Any) -> None:
    """Give the parts of ``split`` the kept ``sizes``, unless those are no sizes."""
    if not isinstance(sizes, list) or len(sizes) != split.count():
        return
    if all(type(n) is int and 0 < n < 65_536 for n in sizes):
        split.setSizes(sizes)


def set_tone(label: QLabel, tone: str) -> None:
    """Colour ``label`` by a name of the style sheet."""
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        label.style().unpolish(label)
        label.style().polish(label)


def set_text(label: QLabel, text: str) -> None:
    """Show ``text`` in the language of the window, set only when it differs: each change lays the window out anew."""
    text = phrase(text)
    if label.text() != text:
        label.setText(text)


class ElidedLabel(QLabel):
    """A line of text that ends in dots where the room ends; nothing rather than a few letters."""

    LEAST = 48  # pixels

    def paintEvent(self, _: QPaintEvent) -> None:
        room = self.contentsRect()
        full = self.fontMetrics().horizontalAdvance(self.text())
        if min(full, self.LEAST) > room.width():
            return
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
