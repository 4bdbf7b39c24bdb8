"""The docks of the window: one for each panel, at places a person may change."""

from __future__ import annotations

from collections.abc import Sequence

import PySide6QtAds as ads  # noqa: N813 - its own name for itself
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow

from .panels.base import Panel

# bumped whenever panels come or go, so that an older state is not put on them
STATE = 1


class Docks:
    """Owns the dock manager; panels are known by their id."""

    def __init__(self, window: QMainWindow, panels: Sequence[Panel]) -> None:
        flag = ads.CDockManager.eConfigFlag
        ads.CDockManager.setConfigFlags(ads.CDockManager.DefaultOpaqueConfig)
        for name, on in (
            (flag.DockAreaHasCloseButton, False),
            (flag.DockAreaHasUndockButton, False),
            (flag.DockAreaDynamicTabsMenuButtonVisibility, True),
            (flag.ActiveTabHasCloseButton, True),
            (flag.XmlAutoFormattingEnabled, False),
            (flag.XmlCompressionEnabled, True),
            (flag.FloatingContainerHasWidgetTitle, True),
        ):
            ads.CDockManager.setConfigFlag(name, on)
        self.manager = ads.CDockManager(window)
        # its own sheet would win over the application's, and knows nothing of the theme
        self.manager.setStyleSheet("")
        self.panels = {panel.id: panel for panel in panels}
        self.docks = {panel.id: self._dock(panel) for panel in panels}
        self._placed = False

    def _dock(self, panel: Panel) -> ads.CDockWidget:
        dock = ads.CDockWidget(self.manager, panel.title)
        dock.setObjectName(panel.id)
        dock.setWidget(panel, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromDockWidget)
        return dock

    def arrange(self, width: int, height: int) -> None:
        """Put every panel where a first start shows it, in a window of this size."""
        for dock in self.docks.values():
            if self._placed:
                self.manager.removeDockWidget(dock)
        self._placed = True
        place = self.manager.addDockWidget
        side = ads.DockWidgetArea
        centre = place(side.CenterDockWidgetArea, self.docks["chart"])
        left = place(side.LeftDockWidgetArea, self.docks["watchlist"], centre)
        right = place(side.RightDockWidgetArea, self.docks["strategies"], centre)
        self.manager.addDockWidgetTabToArea(self.docks["backtest"], right)
        below = place(side.BottomDockWidgetArea, self.docks["collector"], centre)
        self.manager.addDockWidgetTabToArea(self.docks["log"], below)
        for panel in ("strategies", "collector"):
            self.docks[panel].setAsCurrentTab()
        outer, inner = self._shares(width, height)
        self.manager.setSplitterSizes(left, outer)
        self.manager.setSplitterSizes(centre, inner)

    @staticmethod
    def _shares(width: int, height: int) -> tuple[list[int], list[int]]:
        left = max(230, min(400, width * 21 // 100))
        right = max(310, min(440, width * 24 // 100))
        below = max(170, min(280, height * 27 // 100))
        return [left, width - left - right, right], [height - below, below]

    def show(self, panel: str) -> None:
        """Bring the panel into sight, opened if it was closed."""
        dock = self.docks[panel]
        if dock.isClosed():
            dock.toggleView(True)
        dock.setAsCurrentTab()
        dock.raise_()

    def save(self) -> bytes:
        return bytes(self.manager.saveState(STATE).data())

    def restore(self, state: bytes) -> bool:
        """Whether ``state`` could be taken over, with every panel in reach."""
        self._placed = True
        return bool(state) and bool(self.manager.restoreState(QByteArray(state), STATE))
