"""Notices over the window: sentences that go by themselves, one below the other, the newest lowest."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from .language import phrase, tr
from .texts import without_folders

# how long a notice stays, ms; an error stays longer, for it may need to be read twice
STAYS = {"info": 4_000, "alert": 20_000, "warning": 9_000, "error": 20_000}
RANKS = tuple(STAYS)
WORDS = {"info": "", "alert": "Alert: ", "warning": "Warning: ", "error": "Error: "}
# so many are shown at once; all of them are in the list of notifications
MOST = 3
WIDEST = 620


class Toast(QFrame):
    """One notice; never takes the keyboard, never asks anything."""

    gone = Signal()

    def __init__(self, level: str, text: str, veiled: bool) -> None:
        super().__init__()
        self.level, self.text, self.times, self.veiled = level, text, 1, veiled
        self.setObjectName("banner")
        self.setProperty("level", level)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(tr("Put the notice away"))
        close.setToolTip(tr("Put the notice away"))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self.put_away)
        self.step = QPushButton()
        self.step.setProperty("primary", True)
        self.step.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.step, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.put_away)
        self._show()

    def set_veiled(self, on: bool) -> None:
        """Hide folders, or show them again."""
        self.veiled = on
        self._word()

    def again(self) -> None:
        """Count the same notice once more and stay for as long again."""
        self.times += 1
        self._show()

    def offer(self, title: str, step: Callable[[], object]) -> None:
        """Add a button that takes ``step``."""
        if self.step.isHidden():
            self.step.setText(tr(title))
            self.step.setAccessibleName(tr(title))
            self.step.clicked.connect(lambda: (self.put_away(), step()))
            self.step.show()
        self._timer.start(STAYS["error"])

    def wished(self) -> int:
        """How wide it would like to be, pixels; a label that wraps cannot say that."""
        text = self.label.fontMetrics().horizontalAdvance(self.label.text()) + 70
        return min(WIDEST, text + (0 if self.step.isHidden() else self.step.sizeHint().width()))

    def _show(self) -> None:
        self._word()
        self._timer.start(STAYS.get(self.level, 9_000))

    def _word(self) -> None:
        more = f" (×{self.times})" if self.times > 1 else ""
        said = tr(WORDS.get(self.level, "")) + phrase(self.text) + more
        self.label.setText(without_folders(said) if self.veiled else said)

    def put_away(self) -> None:
        """Show it no more."""
        self._timer.stop()
        self.hide()
        self.gone.emit()
        self.deleteLater()


class Banner(QWidget):
    """The newest notices at the bottom of a window; a person's own doings push no alert, warning or error away."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName(tr("Notice"))
        self.toasts: list[Toast] = []
        self._veiled = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        window.installEventFilter(self)
        self.hide()

    @property
    def label(self) -> QLabel:
        """The words of the newest notice."""
        return self.toasts[-1].label

    @property
    def step(self) -> QPushButton:
        """The button of the newest notice that has one."""
        return next(t.step for t in reversed(self.toasts) if not t.step.isHidden())

    def set_veiled(self, on: bool) -> None:
        """Hide folders in what is and will be told, or show them again."""
        self._veiled = on
        for toast in self.toasts:
            toast.set_veiled(on)

    def clear(self) -> None:
        """Put all notices away."""
        for toast in tuple(self.toasts):
            toast.put_away()

    def tell(self, level: str, text: str) -> Toast:
        """Show ``text`` below the others; the same once more is only counted."""
        for toast in self.toasts:
            if (toast.level, toast.text) == (level, text):
                toast.again()
                self._place()
                return toast
        self._make_room(level)
        toast = Toast(level, text, self._veiled)
        toast.gone.connect(lambda: self._gone(toast))
        self.toasts.append(toast)
        self._column.addWidget(toast)
        toast.show()
        self._place()
        self.show()
        self.raise_()
        return toast

    def offer(self, text: str, title: str, step: Callable[[], object]) -> None:
        """Show ``text`` with a button that takes ``step``."""
        self.tell("info", text).offer(title, step)
        self._place()

    def _make_room(self, level: str) -> None:
        """One notice of a person's own doings is enough; of others the least and oldest goes."""
        for toast in [t for t in self.toasts if t.level == level == "info" and t.step.isHidden()]:
            toast.put_away()
        while len(self.toasts) >= MOST:
            min(self.toasts, key=lambda t: RANKS.index(t.level) if t.level in RANKS else MOST).put_away()

    def _gone(self, toast: Toast) -> None:
        self.toasts.remove(toast)
        self._column.removeWidget(toast)
        self.setVisible(bool(self.toasts))
        if self.toasts:
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.toasts:
            self._place()
        return False

    def _place(self) -> None:
        room = self.parentWidget().rect()
        width = max(220, min(max(t.wished() for t in self.toasts), room.width() - 40))
        high = [max(t.heightForWidth(width), t.minimumSizeHint().height()) for t in self.toasts]
        height = sum(high) + self._column.spacing() * (len(high) - 1)
        self.setGeometry((room.width() - width) // 2, room.height() - height - 40, width, height)
