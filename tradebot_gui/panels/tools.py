"""A row of tools that never overlap: what does not fit goes behind the button at its end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from tradebot_gui.language import tr

from .parts import in_order

# Qt's name of its button for what finds no room in a tool bar
OVERFLOW = "qt_toolbar_ext_button"


class ToolRow(QToolBar):
    """Buttons and small widgets in a row; every button can be reached with Tab."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(tr(name), parent)
        self.setObjectName("tools")
        self.setAccessibleName(tr(name))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        open_overflow(self)

    def tool(self, title: str, tip: str, run: Callable[[], object], keys: str = "") -> QAction:
        """A button; with ``keys`` it is pressed by them too, while its panel has the keyboard."""
        title, tip = tr(title), tr(tip)
        action = QAction(title, self)
        action.setIconText(title)  # else Qt drops the dots of the title
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        if keys:
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            if self.parentWidget() is not None:
                self.parentWidget().addAction(action)
        action.triggered.connect(lambda _=False: run())
        self.addAction(action)
        made = self.widgetForAction(action)
        if isinstance(made, QToolButton):
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setAccessibleName(title.replace("…", ""))
            made.setAccessibleDescription(tip)
        return action

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # the button for what finds no room is made first and stands last
        more = self.findChild(QToolButton, OVERFLOW)
        tools = [self.widgetForAction(action) for action in self.actions()]
        if tools and more is not None:
            in_order(tools[-1], more)

    def room(self) -> None:
        """Push what follows to the right."""
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)


def open_overflow(bar: QToolBar) -> None:
    """Give the button behind which ``bar`` puts what finds no room a name, and let Tab come to it."""
    more = bar.findChild(QToolButton, OVERFLOW)
    if more is not None:
        more.setAccessibleName(tr("More tools"))
        more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
