"""The drawing tools beside the chart: a strip of tools, the form of a drawing, its menu."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QImage, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QMenu,
    QToolBar,
    QToolButton,
    QWidget,
)

from tradebot_gui.charts import ChartView, drawing_copies
from tradebot_gui.drawings import Anchor, Board, Drawing
from tradebot_gui.drawings.kinds import KINDS
from tradebot_gui.drawings.shapes import shape_of
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme

from .drawing_alerts import goal_of
from .drawing_editor import DrawingEditor
from .tools import open_overflow

_SIZE = 18
_MAGNET = (("bowl", 4, 3, 10, 11), ("line", 4, 3, 0, 6), ("line", 14, 3, 0, 6), ("line", 2.5, 5, 3, 0),
           ("line", 12.5, 5, 3, 0))  # fmt: skip
_LOCK = (("box", 4, 8, 10, 7), ("arc", 6, 3, 6, 10))
_EYE = (("round", 2, 5, 14, 8), ("round", 7, 7, 4, 4), ("line", 3, 15, 12, -12))
# how each kind stands in its icon: time is x, price is height
_SKETCH = {
    "trend": ((3, 4), (15, 14)), "ray": ((3, 4), (9, 9)), "horizontal": ((9, 9),), "vertical": ((9, 9),),
    "channel": ((3, 3), (15, 9), (9, 13)), "rectangle": ((3, 5), (15, 13)), "fibonacci": ((3, 3), (15, 15)),
    "measure": ((4, 4), (14, 14)), "position": ((3, 8), (15, 3), (15, 15)), "text": ((9, 9),),
}  # fmt: skip


class DrawingStrip(QToolBar):
    """The tools in a column; those that find no room are behind its last button."""

    edit_wanted = Signal(str)

    def __init__(self, view: ChartView, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(tr("Drawing tools"), parent)
        self._view = view
        self._board: Board | None = None
        self._roomy = 0  # pixels that all buttons need at their usual distance
        self.setOrientation(Qt.Orientation.Vertical)
        self.setIconSize(QSize(_SIZE, _SIZE))
        self.setMovable(False)
        self.setAccessibleName(tr("Drawing tools"))
        open_overflow(self)
        group = QActionGroup(self)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        self.tools: dict[str, QAction] = {}
        for kind in KINDS.values():
            action = self._action(kind.title, f"{tr(kind.title)}: {tr(kind.hint)}", kind.keys)
            action.setCheckable(True)
            action.triggered.connect(lambda on, name=kind.name: self._picked(name, on))
            group.addAction(action)
            self.tools[kind.name] = action
        self.addSeparator()
        self.magnet = self._switch("Magnet", "Draw prices to open, high, low or close", self._set_magnet)
        self.lock = self._switch(
            "Lock all", "Keep all drawings where they are", lambda on: self._to_board("locked", on)
        )
        self.hide_all = self._switch("Hide all", "Hide all drawings", lambda on: self._to_board("hidden", on))
        self.addSeparator()
        self.undo = self._action("Undo", "Undo the last change of a drawing", "Ctrl+Z")
        self.redo = self._action("Redo", "Redo what was undone", "Ctrl+Y")
        self.remove = self._action("Remove", "Remove the drawing that is selected", "Del")
        self.undo.triggered.connect(lambda: self._board and self._board.undo())
        self.redo.triggered.connect(lambda: self._board and self._board.redo())
        self.remove.triggered.connect(lambda: self._board and self._board.remove(self._board.selected))
        view.tools.tool_changed.connect(self._tool_changed)
        self.set_theme(theme)
        self._show()

    def set_board(self, board: Board) -> None:
        """Serve ``board`` from now on."""
        if self._board is not None:
            self._board.changed.disconnect(self._show)
        self._board = board
        board.changed.connect(self._show)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        for name, action in self.tools.items():
            action.setIcon(sketch(name, theme))
        for action, letter in ((self.undo, "↶"), (self.redo, "↷"), (self.remove, "×")):
            action.setIcon(glyph(letter, theme))
        for action, lines in ((self.magnet, _MAGNET), (self.lock, _LOCK), (self.hide_all, _EYE)):
            action.setIcon(outline(lines, theme))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.property("compact"):
            self._roomy = self.sizeHint().height()
        # on a low chart the buttons move together before any goes behind the last one
        compact = event.size().height() < self._roomy
        if compact != bool(self.property("compact")):
            self.setProperty("compact", compact)
            for widget in (self, *self.findChildren(QToolButton)):
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def _action(self, title: str, tip: str, keys: str = "") -> QAction:
        # the keys are the chart's own: they work where it has the keyboard, and nowhere else
        title, tip = tr(title), phrase(tip)
        action = QAction(title, self)
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        self.addAction(action)
        button = self.widgetForAction(action)
        button.setAccessibleName(title)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a tool bar leaves its buttons out of reach of the keys
        return action

    def _switch(self, title: str, tip: str, act) -> QAction:
        action = self._action(title, tip)
        action.setCheckable(True)
        action.triggered.connect(act)
        return action

    def _picked(self, name: str, on: bool) -> None:
        self._view.tools.set_tool(name if on else "")
        self._view.setFocus()

    def _tool_changed(self, name: str) -> None:
        for kind, action in self.tools.items():
            action.setChecked(kind == name)

    def _set_magnet(self, on: bool) -> None:
        self._view.tools.magnet = on

    def _to_board(self, what: str, on: bool) -> None:
        if self._board is not None:
            (self._board.set_locked if what == "locked" else self._board.set_hidden)(on)

    def _show(self) -> None:
        board = self._board
        self.setEnabled(board is not None)
        if board is None:
            return
        self.lock.setChecked(board.locked)
        self.hide_all.setChecked(board.hidden)
        self.undo.setEnabled(board.can_undo)
        self.redo.setEnabled(board.can_redo)
        chosen = board.chosen
        self.remove.setEnabled(chosen is not None and board.movable(chosen))


class DrawingDesk(QObject):
    """Opens forms and menus for the drawings of one chart."""

    alert_wanted = Signal(object)  # Drawing

    def __init__(self, view: ChartView, theme: Theme) -> None:
        super().__init__(view)
        self._view, self.theme = view, theme
        view.tools.edit_wanted.connect(self.edit)
        view.tools.menu_wanted.connect(self._popup)

    def edit(self, name: str) -> DrawingEditor | None:
        """Open the form of the drawing called ``name``."""
        board = self._view.drawings.board
        found = board.find(name) if board else None
        if board is None or found is None:
            return None
        editor = DrawingEditor(found, self.theme, self._view)
        editor.accepted.connect(lambda: self._take(board, editor.drawing()))
        editor.rejected.connect(lambda: self._drop_empty(board, name))
        editor.open()
        return editor

    def menu(self, name: str) -> QMenu | None:
        """The menu of the drawing called ``name``."""
        board = self._view.drawings.board
        found = board.find(name) if board else None
        if board is None or found is None:
            return None
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Style…"), partial(self.edit, name))
        menu.addAction(phrase("Clone\tCtrl+drag"), partial(self._view.tools.clone, found))
        menu.addAction(phrase("Copy drawing\tCtrl+C"), partial(drawing_copies.copy, self._view, found))
        if goal_of(found) is not None:
            menu.addAction(tr("Alert on this line…"), partial(self.alert_wanted.emit, found))
        menu.addAction(tr("Unlock" if found.locked else "Lock"), partial(self._lock, board, found))
        menu.addSeparator()
        action = menu.addAction(phrase("Remove\tDel"), partial(board.remove, name))
        action.setEnabled(board.movable(found))
        return menu

    def _popup(self, name: str, where: QPoint) -> None:
        menu = self.menu(name)
        if menu is not None:
            menu.popup(where)

    def _take(self, board: Board, drawing: Drawing) -> None:
        found = board.find(drawing.id)
        if drawing.kind == "text" and not drawing.text:
            board.withdraw(drawing.id)
            return
        # the words of a new text belong to the step that put it there
        new = found is not None and found.kind == "text" and not found.text
        board.amend(drawing) if new else board.change(drawing)
        # what is drawn next looks like what was styled last
        self._view.tools.stroke = drawing.stroke
        if drawing.kind == "fibonacci":
            self._view.tools.levels = drawing.levels

    @staticmethod
    def _drop_empty(board: Board, name: str) -> None:
        found = board.find(name)
        if found is not None and found.kind == "text" and not found.text:
            board.withdraw(name)

    @staticmethod
    def _lock(board: Board, drawing: Drawing) -> None:
        board.change(replace(drawing, locked=not drawing.locked))


class _IconPlane:
    """The few pixels of an icon, price upwards."""

    left = top = 1.0
    right = bottom = _SIZE - 1.0

    def x(self, time: float) -> float:
        return float(time)

    def y(self, price: float) -> float:
        return _SIZE - price

    def price(self, y: float) -> float:
        return _SIZE - y

    def price_text(self, price: float) -> str:
        return f"{price:g}"

    def bars(self, start: float, end: float) -> int:
        return int(end - start)


def sketch(name: str, theme: Theme) -> QIcon:
    """The icon of a kind: the kind itself, drawn small."""
    if name == "text":
        return glyph("T", theme)
    return QIcon(QPixmap.fromImage(_sketched(name, theme.text, theme.gain, theme.loss)))


def outline(parts: tuple[tuple[str, float, float, float, float], ...], theme: Theme) -> QIcon:
    """An icon of lines, boxes and arcs: of an arc the upper ('arc') or the lower half ('bowl')."""
    return QIcon(QPixmap.fromImage(_outlined(parts, theme.text)))


def glyph(letter: str, theme: Theme) -> QIcon:
    return QIcon(QPixmap.fromImage(_lettered(letter, theme.text)))


# a further chart has the same pictures on its tools: they are painted once


@lru_cache(maxsize=64)
def _sketched(name: str, text: str, gain: str, loss: str) -> QImage:
    drawing = Drawing(name, tuple(Anchor(int(x), float(y)) for x, y in _SKETCH[name]))
    shape = shape_of(drawing, _IconPlane())
    image, painter = _canvas()
    painter.setClipRect(QRectF(1, 1, _SIZE - 2, _SIZE - 2))
    for corners, role in shape.fills:
        tint = QColor({"gain": gain, "loss": loss}.get(role, text))
        tint.setAlpha(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon([QPointF(*c) for c in corners])
    painter.setPen(QPen(QColor(text), 1.3))
    for x1, y1, x2, y2 in shape.lines:
        painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
    painter.setBrush(QColor(text))
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y in shape.handles if name != "position" else ():
        painter.drawEllipse(QPointF(x, y), 1.7, 1.7)
    painter.end()
    return image


@lru_cache(maxsize=16)
def _outlined(parts: tuple[tuple[str, float, float, float, float], ...], text: str) -> QImage:
    image, painter = _canvas()
    painter.setPen(QPen(QColor(text), 1.5))
    for kind, x, y, width, height in parts:
        box = QRectF(x, y, width, height)
        if kind == "line":
            painter.drawLine(QPointF(x, y), QPointF(x + width, y + height))
        elif kind == "box":
            painter.drawRect(box)
        elif kind == "round":
            painter.drawEllipse(box)
        else:
            painter.drawArc(box, 0 if kind == "arc" else 180 * 16, 180 * 16)
    painter.end()
    return image


@lru_cache(maxsize=16)
def _lettered(letter: str, text: str) -> QImage:
    image, painter = _canvas()
    font = painter.font()
    font.setPixelSize(_SIZE - 4)
    painter.setFont(font)
    painter.setPen(QColor(text))
    painter.drawText(QRectF(0, 0, _SIZE, _SIZE), Qt.AlignmentFlag.AlignCenter, letter)
    painter.end()
    return image


def _canvas() -> tuple[QImage, QPainter]:
    image = QImage(2 * _SIZE, 2 * _SIZE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(2.0)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return image, painter
