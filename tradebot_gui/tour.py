"""The tour: six places of the window, each framed and told about in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from .language import tr
from .panels.parts import button, heading, muted, row

if TYPE_CHECKING:
    from .main_window import MainWindow

STEPS = (
    (
        "watchlist",
        "Market watch",
        "Every symbol with its moving price. Click one and the chart, the order book and the trades follow.",
    ),
    (
        "chart",
        "Chart",
        "The wheel zooms, a drag moves. Type letters for another symbol, digits for the timeframe; the right mouse "
        "button offers alerts, copies and templates.",
    ),
    (
        "strategies",
        "Strategy",
        "Choose one and set it up by clicking. Your own go into a folder and load themselves whenever you save them.",
    ),
    (
        "backtest",
        "Backtest",
        "F5 tests the strategy on history with fees and funding. The result says what to doubt, and why.",
    ),
    (
        "collector",
        "Data collector",
        "It keeps candles on your PC and mends gaps by itself. Every figure of its health is here.",
    ),
    (
        "",
        "Everything else",
        "Ctrl+K finds any command by a few letters, F1 tells about the panel you are in, Ctrl+1 to Ctrl+9 keep your "
        "arrangements.",
    ),
)
WIDTH = 340
GAP = 12


class Tour(QFrame):
    """A bubble beside a framed panel; Enter goes on, Esc ends it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.at = 0
        self.setObjectName("tour")
        self.setAccessibleName(tr("Tour"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.frame = QFrame(window)
        self.frame.setObjectName("tour_frame")
        self.frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title, self.text, self.step = heading(""), muted("", wrap=True), muted()
        self.back = button("Back", "The place before", lambda: self.go(-1))
        self.next = button("Next", "The next place", lambda: self.go(1), primary=True)
        self.end = button("End", "End the tour", self.stop)
        layout = QVBoxLayout(self)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(row(self.step, None, self.end, self.back, self.next))
        self.setFixedWidth(WIDTH)
        self._target: QWidget = window.menuBar()
        window.installEventFilter(self)

    def start(self) -> None:
        self._show()

    def go(self, step: int) -> None:
        """Go on, or back; past the last place the tour ends."""
        self.at += step
        if not 0 <= self.at < len(STEPS):
            self.stop()
        else:
            self._show()

    def stop(self) -> None:
        """Take everything of the tour away."""
        for watched in (self._window, self._target):
            watched.removeEventFilter(self)
        self.frame.hide()
        self.hide()
        self.frame.deleteLater()
        self.deleteLater()

    def _show(self) -> None:
        panel, title, text = STEPS[self.at]
        self._target.removeEventFilter(self)
        if panel:
            self._window.docks.show(panel)
            self._window.activateWindow()  # a panel that floats has taken the keyboard
        self._target = self._window.docks.panels[panel] if panel else self._window.menuBar()
        self._target.installEventFilter(self)
        # over the panel wherever it is: it may be a window of its own
        self.frame.setParent(self._target.window())
        title, text = tr(title), tr(text)
        self.title.setText(title)
        self.text.setText(text)
        self.setAccessibleDescription(f"{title}. {text}")
        self.step.setText(tr("{n} of {all}").format(n=self.at + 1, all=len(STEPS)))
        self.back.setEnabled(self.at > 0)
        self.next.setText(tr("Done") if self.at == len(STEPS) - 1 else tr("Next"))
        self._place()
        for part in (self.frame, self):
            part.show()
            part.raise_()
        self.next.setFocus()
        # a panel that was closed until now gets its place with the next turn of the loop
        QTimer.singleShot(0, self, self._place)

    def _place(self) -> None:
        """Frame the panel, and put the bubble beside it where there is most room."""
        room, target = self._window.rect(), self._target
        framed = QRect(target.mapTo(target.window(), QPoint(0, 0)), target.size())
        self.frame.setGeometry(framed.adjusted(-2, -2, 2, 2) & target.window().rect())
        area = QRect(self._window.mapFromGlobal(target.mapToGlobal(QPoint(0, 0))), target.size())
        self.text.setFixedWidth(WIDTH - 24)
        self.adjustSize()
        places = (
            QPoint(area.right() + GAP, area.top() + GAP),
            QPoint(area.left() - GAP - self.width(), area.top() + GAP),
            QPoint(area.left() + GAP, area.bottom() + GAP),
            QPoint(area.left() + GAP, area.top() - GAP - self.height()),
        )
        inside = [p for p in places if room.contains(QRect(p, self.size()))]
        self.move(inside[0] if inside else _within(room, area.center() - self.rect().center(), self.size()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.stop()
        else:
            super().keyPressEvent(event)


def _within(room: QRect, at: QPoint, size: QSize) -> QPoint:
    """The place nearest to ``at`` at which something of ``size`` lies inside ``room``."""
    right, bottom = room.right() - size.width() - GAP, room.bottom() - size.height() - GAP
    return QPoint(max(room.left(), min(at.x(), right)), max(room.top(), min(at.y(), bottom)))
