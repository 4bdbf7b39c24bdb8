"""The form of one drawing: its words, its look, and where it is shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.drawings import Drawing, Stroke
from tradebot_gui.drawings.kinds import KINDS
from tradebot_gui.drawings.model import DASHES, FARTHEST_LEVEL, MOST_LEVELS, WIDEST, levels_of
from tradebot_gui.drawings.shapes import FIBONACCI
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme

from .chart_colours import ColourButton
from .parts import set_text

_WORDED = ("horizontal", "vertical", "rectangle", "text")


class WordsBox(QPlainTextEdit):
    """Several lines of words: Enter ends the form, Shift+Enter begins a line."""

    entered = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTabChangesFocus(True)

    def sizeHint(self) -> QSize:
        return QSize(280, 4 * self.fontMetrics().lineSpacing() + 12)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def text(self) -> str:
        return self.toPlainText()

    def setText(self, text: str) -> None:
        self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class DrawingEditor(QDialog):
    """Colour, width, dashes, words, levels, timeframes and lock of one drawing."""

    def __init__(self, drawing: Drawing, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr(KINDS[drawing.kind].title))
        self._drawing = drawing
        self.words = self._words()
        self.colour = ColourButton(theme, drawing.stroke.colour, theme.accent)
        self.width_box = QSpinBox()
        self.width_box.setRange(1, WIDEST)
        self.width_box.setSuffix(" px")
        self.width_box.setValue(drawing.stroke.width)
        self.width_box.setAccessibleName(tr("Width"))
        self.dash = QComboBox()
        self.dash.setAccessibleName(tr("Line"))
        for name, title in zip(DASHES, ("Solid", "Dashed", "Dotted"), strict=True):
            self.dash.addItem(tr(title), name)
        self.dash.setCurrentIndex(DASHES.index(drawing.stroke.dash))
        self.levels = QLineEdit(" ".join(f"{level:g}" for level in drawing.levels or FIBONACCI))
        self.levels.setMinimumWidth(self.levels.fontMetrics().horizontalAdvance(self.levels.text()) + 24)
        self.levels.setCursorPosition(0)
        self.levels.setAccessibleName(tr("Levels"))
        self.levels.setToolTip(tr("Shares of the move, apart by spaces; empty for the usual ones"))
        self.least = self._frames("Shown from", "all", drawing.frames[0])
        self.most = self._frames("Shown up to", "all", drawing.frames[1])
        self.lock = QCheckBox(tr("Locked where it is"))
        self.lock.setChecked(drawing.locked)
        self.problem = QLabel()
        self.problem.setProperty("tone", "loss")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._build()

    def drawing(self) -> Drawing:
        """The drawing as the person left it; raises `ValueError` for levels that are none."""
        found = self._drawing
        stroke = Stroke(self.colour.colour, self.width_box.value(), self.dash.currentData())
        text = self.words.text().strip() if found.kind in _WORDED else found.text
        levels = levels_of(self.levels.text()) if found.kind == "fibonacci" else ()
        frames = (str(self.least.currentData()), str(self.most.currentData()))
        return replace(found, stroke=stroke, text=text, locked=self.lock.isChecked(), frames=frames,
                       levels=() if levels == FIBONACCI else levels)  # fmt: skip

    def accept(self) -> None:
        try:
            drawing = self.drawing()
        except ValueError:
            self._say(
                f"Levels are up to {MOST_LEVELS} numbers such as 0.382, none beyond {FARTHEST_LEVEL:g},"
                " with spaces between them."
            )
            return
        least, most = (TIMEFRAMES.get(name) for name in drawing.frames)
        if least is not None and most is not None and least.ms > most.ms:
            self._say("It would be shown nowhere: the first timeframe is longer than the last.")
            return
        super().accept()

    def _say(self, sentence: str) -> None:
        """Tell what cannot be, below the fields, with room for all of it."""
        set_text(self.problem, sentence)
        self.problem.show()
        self.problem.setMinimumHeight(self.problem.heightForWidth(self.width() - 24))
        self.adjustSize()

    def _words(self) -> QLineEdit | WordsBox:
        box: QLineEdit | WordsBox
        if self._drawing.kind == "text":
            box = WordsBox(self._drawing.text)
            box.entered.connect(self.accept)
            box.setToolTip(tr("Enter keeps the words, Shift+Enter begins another line"))
        else:
            box = QLineEdit(self._drawing.text)
        box.setPlaceholderText(tr("Words beside it"))
        box.setAccessibleName(tr("Words"))
        return box

    def _frames(self, name: str, every: str, chosen: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(tr(name))
        box.addItem(tr(every), "")
        for frame in TIMEFRAMES:
            box.addItem(frame, frame)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        return box

    def _build(self) -> None:
        form = QFormLayout(self)
        if self._drawing.kind in _WORDED:
            form.addRow(tr("Words"), self.words)
        if self._drawing.kind == "fibonacci":
            form.addRow(tr("Levels"), self.levels)
        form.addRow(tr("Colour"), self.colour)
        form.addRow(tr("Width"), self.width_box)
        form.addRow(tr("Line"), self.dash)
        frames = QHBoxLayout()
        frames.addWidget(self.least, 1)
        frames.addWidget(QLabel(tr("up to")))
        frames.addWidget(self.most, 1)
        form.addRow(tr("Shown from"), frames)
        form.addRow("", self.lock)
        form.addRow(self.problem)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
