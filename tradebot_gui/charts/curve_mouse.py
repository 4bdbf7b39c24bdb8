"""Mouse, wheel and keys on a curve plot, as on the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from .curves import CurvePlot

_ZOOM = 0.85


class CurveMouse(QObject):
    """Wheel: zoom around the cursor, with Shift along time. Drag: along time. Double-click: everything."""

    def __init__(self, plot: CurvePlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._from: QPoint | None = None
        plot.surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QWheelEvent):
            self._wheel(event)
        elif isinstance(event, QMouseEvent) and kind is QEvent.Type.MouseMove:
            self._move(event)
        elif isinstance(event, QMouseEvent) and kind is QEvent.Type.MouseButtonPress:
            self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
            self._from = event.position().toPoint()
        elif kind is QEvent.Type.MouseButtonRelease:
            self._from = None
        elif kind is QEvent.Type.MouseButtonDblClick:
            self._plot.fit()
        else:
            if kind is QEvent.Type.Leave:
                self._plot.set_cursor(None)
            return False
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key; False when it means nothing here."""
        plot, key = self._plot, event.key()
        if key == Qt.Key.Key_Home:
            plot.fit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            plot.span.pan(plot.span.size * (0.1 if key == Qt.Key.Key_Right else -0.1))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            middle = (plot.span.x0 + plot.span.x1) / 2
            plot.span.zoom(1 / _ZOOM if key == Qt.Key.Key_Minus else _ZOOM, middle)
        else:
            return False
        plot.refresh()
        return True

    def _move(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._from is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved, self._from = point - self._from, point
            self._plot.span.pan(-moved.x() * self._plot.span.size / max(1.0, self._plot.plot.width()))
            self._plot.refresh()
        self._plot.set_cursor(point)

    def _wheel(self, event: QWheelEvent) -> None:
        plot, delta = self._plot, event.angleDelta()
        notches = (delta.y() or delta.x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not delta.y():
            plot.span.pan(-notches * plot.span.size * 0.08)
        else:
            plot.span.zoom(_ZOOM**notches, plot.x_at(event.position().x()))
        plot.refresh()
        event.accept()
