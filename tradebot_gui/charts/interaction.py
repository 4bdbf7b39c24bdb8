"""Mouse, wheel and keys on the chart, as people know them from other charts."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from .key_pointer import KeyPointer
from .kinetic import Kinetic
from .level_drag import LevelDrag
from .pane_sizes import BorderDrag
from .scale import Scale

if TYPE_CHECKING:
    from .view import ChartView

_NOTCH = 120
_ZOOM = 0.85
_ROLL_MS = 16


class Interaction(QObject):
    """Reads the events of the surface and moves the chart.

    Wheel: zoom around the cursor; with Shift along time, with Ctrl or upon the value axis the values. Drag: along
    time, rolling on when it is let go in motion, and the values when they are scaled by hand; upon the value axis it
    scales them. Double-click: upon an axis fits it, upon a pane shows that pane alone, upon a border between
    panes gives them their usual heights; dragged, the border sizes them.
    """

    def __init__(self, chart: ChartView) -> None:
        super().__init__(chart)
        self._chart = chart
        self._from: QPoint | None = None
        self._area = ""
        self._kinetic = Kinetic()
        self._levels, self._borders = LevelDrag(chart), BorderDrag(chart)
        self._rolled_at = 0.0
        self._roll = QTimer(self)
        self._roll.setTimerType(Qt.TimerType.PreciseTimer)
        self._roll.setInterval(_ROLL_MS)
        self._roll.timeout.connect(self._roll_on)
        self._mouse: dict[QEvent.Type, Callable[[QMouseEvent], None]] = {
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.MouseButtonDblClick: self._double,
        }
        self._keys = KeyPointer(chart, lambda event: self._mouse[event.type()](event))
        chart.surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QWheelEvent):
            self._wheel(event)
        elif isinstance(event, QMouseEvent) and kind in self._mouse:
            self._mouse[kind](event)
        else:
            if kind == QEvent.Type.Leave:
                self._chart.set_cursor(None)
            return False
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key; False when it means nothing here."""
        for held in (self._levels, self._borders):
            if event.key() == Qt.Key.Key_Escape and held.active:
                held.cancel()
                return True
        if (drawn := self._chart.tools.action(event)) is not None:
            drawn()
            return True
        self.stand_still()
        if self._keys.key(event, self._holds):
            return True
        chart, key = self._chart, event.key()
        quick = 0.5 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else 0.1
        keys = {
            Qt.Key.Key_Left: lambda: chart.pan(-chart.span.size * quick),
            Qt.Key.Key_Right: lambda: chart.pan(chart.span.size * quick),
            Qt.Key.Key_PageUp: lambda: chart.pan(-chart.span.size * 0.9),
            Qt.Key.Key_PageDown: lambda: chart.pan(chart.span.size * 0.9),
            Qt.Key.Key_Up: lambda: chart.scale_values(0, 0.9),
            Qt.Key.Key_Down: lambda: chart.scale_values(0, 1 / 0.9),
            Qt.Key.Key_Home: chart.show_first,
            Qt.Key.Key_End: chart.snap_to_last,
            Qt.Key.Key_Plus: lambda: chart.zoom(_ZOOM),
            Qt.Key.Key_Equal: lambda: chart.zoom(_ZOOM),
            Qt.Key.Key_Minus: lambda: chart.zoom(1 / _ZOOM),
        }
        action = self._alt_key(key) if event.modifiers() & Qt.KeyboardModifier.AltModifier else keys.get(Qt.Key(key))
        if action is None:
            return self._typed(event)
        action()
        return True

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for the chart before any shortcut of the window."""
        held = event.modifiers()
        if held == Qt.KeyboardModifier.AltModifier and self._alt_key(event.key()):
            return True
        return self._chart.tools.action(event) is not None

    def _alt_key(self, key: int) -> Callable[[], object] | None:
        chart = self._chart
        return {
            Qt.Key.Key_R: chart.fit_values,
            Qt.Key.Key_L: lambda: chart.scale_toggled.emit(Scale.LOG),
            Qt.Key.Key_P: lambda: chart.scale_toggled.emit(Scale.PERCENT),
        }.get(Qt.Key(key))

    def _typed(self, event: QKeyEvent) -> bool:
        text, held = event.text(), event.modifiers()
        plain = not held & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if plain and len(text) == 1 and text.isascii() and text.isalnum():
            self._chart.typed.emit(text)
            return True
        return False

    def _press(self, event: QMouseEvent) -> None:
        self._chart.setFocus(Qt.FocusReason.MouseFocusReason)
        self.stand_still()
        if event.button() == Qt.MouseButton.LeftButton:
            point = event.position().toPoint()
            word = self._chart.marks.word_at(point)
            if word is not None and word.action is not None:
                self._chart.legend_clicked.emit(*word.action)
                return
        self._from = None
        if self._picks(event):
            return
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self._chart.tools.tool is None and self._borders.press(event.position().toPoint()):
            return
        if self._chart.tools.press(event):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            if self._levels.press(point):
                return
            self._from = point
            self._area = self._chart.area_at(self._from)

    def _holds(self) -> bool:
        """Whether a press has taken something in hand."""
        return self._levels.active or self._borders.active or self._chart.tools.holds

    def _picks(self, event: QMouseEvent) -> bool:
        """Whether the press chose a time."""
        chart, point = self._chart, event.position().toPoint()
        if not chart.picking or event.button() != Qt.MouseButton.LeftButton or chart.area_at(point) != "plot":
            return False
        if len(chart.data):
            chart.picked.emit(int(chart.data.time_of(round(chart.x_at(point.x())))))
        return True

    def _release(self, event: QMouseEvent) -> None:
        if self._levels.active:
            self._levels.release(event.position().toPoint())
            return
        if self._borders.active:
            self._borders.release()
            return
        if self._from is None and self._chart.tools.release(event):
            return
        if self._from is not None and self._area == "plot" and self._kinetic.let_go(event.timestamp()):
            self._rolled_at = perf_counter()
            self._roll.start()
        self._from = None
        self._chart.surface.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def rolling(self) -> bool:
        return self._roll.isActive()

    def stand_still(self) -> None:
        """End what a drag set rolling."""
        self._kinetic.begin()
        self._roll.stop()

    def _roll_on(self) -> None:
        now = perf_counter()
        # after a frame that came late it goes on from where it was seen, not by a leap
        passed, self._rolled_at = min((now - self._rolled_at) * 1000, 3.0 * _ROLL_MS), now
        before = self._chart.span.x0
        self._chart.drag(QPointF(self._kinetic.roll(passed), 0.0), QPoint())
        if not self._kinetic.rolling or self._chart.span.x0 == before:
            self.stand_still()

    def _move(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._levels.active:
            self._levels.move(point)
            self._chart.set_cursor(point)
            return
        if self._borders.active:
            self._borders.move(point)
            self._chart.set_cursor(point)
            return
        if self._from is None and self._chart.tools.move(event):
            self._chart.set_cursor(point)
            return
        if self._from is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._show_hand(point)
            self._chart.set_cursor(point)
            return
        moved, start, self._from = point - self._from, self._from, point
        if self._area == "values":
            self._chart.scale_values(start.y(), 1.006 ** moved.y())
        elif self._area == "times":
            self._chart.zoom(1.006 ** -moved.x())
        else:
            self._chart.surface.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._kinetic.moved(event.timestamp(), moved.x())
            self._chart.drag(QPointF(moved), start)
        self._chart.set_cursor(point)

    def _show_hand(self, point: QPoint) -> None:
        word = self._chart.marks.word_at(point)
        hand = word is not None and word.action is not None
        shape = Qt.CursorShape.PointingHandCursor if hand else self._chart.tools.cursor(point)
        if self._chart.tools.tool is None and self._borders.at(point) is not None:
            shape = Qt.CursorShape.SplitVCursor
        if shape is None:
            level = self._levels.at(point) is not None
            shape = Qt.CursorShape.SizeVerCursor if level else Qt.CursorShape.CrossCursor
        viewport = self._chart.surface
        if viewport.cursor().shape() != shape:
            viewport.setCursor(shape)

    def _double(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        area = self._chart.area_at(point)
        if (word := self._chart.marks.word_at(point)) is not None and word.action is not None:
            return  # the first click has done it
        if self._chart.tools.tool is None and self._borders.at(point) is not None:
            self._borders.reset()
            return
        if self._chart.tools.double(event):
            return
        if area == "values":
            self._chart.fit_values()
        elif area == "times":
            self._chart.snap_to_last(reset_zoom=True)
        else:
            self._chart.toggle_alone(point)

    def _wheel(self, event: QWheelEvent) -> None:
        point, delta = event.position().toPoint(), event.angleDelta()
        notches = (delta.y() or delta.x()) / _NOTCH
        held = event.modifiers()
        chart = self._chart
        self.stand_still()
        if held & Qt.KeyboardModifier.ControlModifier or chart.area_at(point) == "values":
            chart.scale_values(point.y(), _ZOOM**notches)
        elif held & Qt.KeyboardModifier.ShiftModifier or not delta.y():
            chart.pan(-notches * chart.span.size * 0.08)
        else:
            chart.zoom(_ZOOM**notches, chart.x_at(point.x()))
        chart.set_cursor(point)
        event.accept()
