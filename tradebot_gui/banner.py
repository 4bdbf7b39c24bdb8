"""Notices over the window: a sentence that goes by itself, errors until they are put away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from .language import phrase, tr

# how long a notice stays, ms; an error stays longer, for it may need to be read twice
STAYS = {"info": 4_000, "alert": 20_000, "warning": 9_000, "error": 20_000}
WORDS = {"info": "", "alert": "Alert: ", "warning": "Warning: ", "error": "Error: "}


class Banner(QFrame):
    """The newest notice at the bottom of its window; never takes the keyboard, never asks anything."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("banner")
        self.setAccessibleName(tr("Notice"))
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(tr("Put the notice away"))
        close.setToolTip(tr("Put the notice away"))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addWidget(self.label, 1)
        self.step = QPushButton()
        self.step.setProperty("primary", True)
        self.step.hide()
        self.step.clicked.connect(self._take_step)
        layout.addWidget(self.step, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    def tell(self, level: str, text: str) -> None:
        """Show ``text``; a lower level does not push an error away while it is shown."""
        present = str(self.property("level") or "info")
        ranks = list(STAYS)
        if self.isVisible() and ranks.index(level) < ranks.index(present) and present == "error":
            return
        self.step.hide()
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.label.setText(tr(WORDS.get(level, "")) + phrase(text))
        self._place()
        self.show()
        self.raise_()
        self._timer.start(STAYS.get(level, 9_000))

    def offer(self, text: str, title: str, step: Callable[[], object]) -> None:
        """Show ``text`` with a button that takes ``step``."""
        self.tell("info", text)
        self._step = step
        self.step.setText(tr(title))
        self.step.setAccessibleName(tr(title))
        self.step.show()
        self._place()
        self._timer.start(STAYS["error"])

    _step: Callable[[], object] = staticmethod(lambda: None)

    def _take_step(self) -> None:
        self.hide()
        self._step()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        room = self.parentWidget().rect()
        # a label that wraps cannot say how wide it would like to be
        text = self.label.fontMetrics().horizontalAdvance(self.label.text()) + 70
        text += 0 if self.step.isHidden() else self.step.sizeHint().width()
        width = max(220, min(text, 620, room.width() - 40))
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry((room.width() - width) // 2, room.height() - height - 40, width, height)
