"""The way back to the newest candle, offered only when it is out of view."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme


class SnapButton(QToolButton):
    """A button in the lower right corner of the price pane."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
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
