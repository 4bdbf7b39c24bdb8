"""The crosshair moved by keys: what the mouse does on a chart, done from the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

if TYPE_CHECKING:
    from .view import ChartView

# how far a key moves the crosshair: bars along time, pixels along the values; with Ctrl
_STEP, _FAR = (1, 3), (10, 30)
_WAYS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
_NONE, _LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


class KeyPointer:
    """Shift with an arrow moves the crosshair, Enter clicks there, Shift+Enter double-clicks.

    Upon a drawing or an alert's line the first Enter takes it in hand and the second lets it go.
    """

    def __init__(self, chart: ChartView, send: Callable[[QMouseEvent], object]) -> None:
        self._chart, self._send = chart, send
        self._holding = False

    def key(self, event: QKeyEvent, in_hand: Callable[[], bool]) -> bool:
        """Act on a key; ``in_hand`` tells whether a press has taken something."""
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _WAYS and held & Qt.KeyboardModifier.ShiftModifier:
            self._step(*_WAYS[Qt.Key(event.key())], _FAR if held & Qt.KeyboardModifier.ControlModifier else _STEP)
            return True
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or self._chart.readout.cursor is None:
            return False
        self._holding = self._holding and in_hand()
        if held & Qt.KeyboardModifier.ShiftModifier:
            self._tell(QEvent.Type.MouseButtonDblClick, _LEFT)
            self._tell(QEvent.Type.MouseButtonRelease, _NONE, _LEFT)
        elif self._holding:
            self._let_go()
        else:
            self._tell(QEvent.Type.MouseButtonPress, _LEFT)
            self._holding = in_hand()
            if not self._holding:
                self._let_go()
        return True

    def _let_go(self) -> None:
        self._holding = False
        self._tell(QEvent.Type.MouseButtonRelease, _NONE, _LEFT)

    def _step(self, right: int, down: int, far: tuple[int, int]) -> None:
        """Move by so many bars or pixels; at an edge the chart comes along."""
        chart, plot = self._chart, self._chart.marks.plot
        if not len(chart.data):
            return
        at = chart.readout.cursor or self._start()
        x, y = float(at.x()), at.y() + down * far[1]
        if right:
            bars = right * far[0] * max(1.0, chart.span.size / max(1.0, plot.width()))
            bar = round(chart.x_at(at.x())) + bars
            over = min(0.0, bar - chart.x_at(0)) + max(0.0, bar - chart.x_at(plot.width() - 1))
            if over:
                chart.pan(over)
            x = chart.px_of(bar)
        point = QPoint(round(min(max(x, 0), plot.width() - 1)), round(min(max(y, 0), plot.bottom() - 1)))
        chart.set_cursor(point)
        self._tell(QEvent.Type.MouseMove, _LEFT if self._holding else _NONE, _NONE)

    def _start(self) -> QPoint:
        """The newest candle in view, at half the height of the prices."""
        chart = self._chart
        newest = min(chart.data.last, int(chart.span.x1))
        return QPoint(round(chart.px_of(newest)), round(chart.panes.price.rect.center().y()))

    def _tell(self, kind: QEvent.Type, buttons: Qt.MouseButton, button: Qt.MouseButton | None = None) -> None:
        """What the mouse would tell at the crosshair."""
        at = self._chart.readout.cursor
        if at is None:
            return
        surface = self._chart.surface
        there = QPointF(surface.mapToGlobal(at))
        held = Qt.KeyboardModifier.NoModifier
        self._send(QMouseEvent(kind, QPointF(at), there, buttons if button is None else button, buttons, held))
