"""The tools at the end of the menu bar: a row of their own would take it from the charts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QToolBar, QToolButton

from .actions import Action
from .docks import NARROW
from .language import tr

GROUPS = (
    ("backtest.start", "backtest.stop"),
    ("data.start", "data.stop"),
    ("view.new_chart", "tools.alert"),
    ("view.theme", "file.settings"),
    ("tools.palette",),
)


class Toolbar(QToolBar):
    """Icons, and words beside the few that need them while the window is wide enough."""

    def __init__(self, window: QMainWindow, tools: Sequence[tuple[Action, QAction]]) -> None:
        super().__init__(tr("Toolbar"), window)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(14, 14))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._window = window
        self._worded: list[QToolButton] = []
        made = {action.id: (action, shown) for action, shown in tools}
        for n, group in enumerate(GROUPS):
            if n:
                self.addSeparator()
            for name in group:
                self._add(*made[name])
        window.menuBar().setCornerWidget(self)
        window.installEventFilter(self)

    def _add(self, action: Action, shown: QAction) -> None:
        self.addAction(shown)
        button = self.widgetForAction(shown)
        assert isinstance(button, QToolButton)
        button.setObjectName(action.id.replace(".", "-"))
        button.setAccessibleName(tr(action.title).replace("…", ""))
        if action.short:
            self._worded.append(button)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and watched is self._window:
            self._fit()
        return False

    def _fit(self) -> None:
        wide = self._window.width() >= NARROW
        style = Qt.ToolButtonStyle
        for button in self._worded:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly)
