"""The way back to the newest candle, offered only when it is out of view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QToolButton, QWidget

from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme


class SnapButton(QToolButton):
    """A button in the lower right corner of the price pane.

    It stands upon the chart and is painted with each of its frames: from a picture, while it looks the same.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._kept: tuple[object, QPixmap] | None = None
        self.setText(tr("Newest ⇥"))
        self.setAccessibleName(tr("Snap to the newest candle"))
        self.setToolTip(tr("Show the newest candle and follow it (End)"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 4px; padding: 3px 8px; }"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {theme.accent}; }}"
        )

    def place(self, rect: QRectF) -> None:
        """Stand in the lower right corner of ``rect``."""
        hint = self.sizeHint()
        left, top = int(rect.right()) - hint.width() - 10, int(rect.bottom()) - hint.height() - 10
        self.setGeometry(max(0, left), max(0, top), hint.width(), hint.height())

    def changeEvent(self, event: QEvent) -> None:
        self._kept = None
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        look = (option.state, self.text(), self.size(), self.devicePixelRatioF())
        if self._kept is None or self._kept[0] != look:
            self._kept = look, self._picture(option)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept[1])
        painter.end()

    def _picture(self, option: QStyleOptionToolButton) -> QPixmap:
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.style().drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option, painter, self)
        painter.end()
        return picture
