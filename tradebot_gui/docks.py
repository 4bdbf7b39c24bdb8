"""The docks of the window: one for each panel, at places a person may change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import PySide6QtAds as ads  # noqa: N813 - its own name for itself
from PySide6.QtCore import QByteArray, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QWidget

from .panels.base import Panel
from .workspaces import on_screen

# bumped whenever panels come or go, so that an older state is not put on them
STATE = 7
# a window narrower than this, as at 200 % on a usual screen, has no room for three columns
NARROW = 1150
LOWER = ("results", "data", "connections", "alerts", "log", "notifications", "drill")


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
            # its own sheet would win over the application's, knows nothing of the theme, and comes back with a palette
            (flag.DisableStylesheet, True),
            (flag.FloatingContainerHasWidgetTitle, True),
        ):
            ads.CDockManager.setConfigFlag(name, on)
        self.manager = ads.CDockManager(window)
        # told of each panel that a person closes, while it is still there
        self.closing: Callable[[str], None] = lambda _: None
        self._placing = False
        self.panels = {panel.id: panel for panel in panels}
        self.docks = {panel.id: self._dock(panel) for panel in panels}
        self._placed = False

    def _dock(self, panel: Panel) -> ads.CDockWidget:
        dock = self._empty(panel)
        _put_into(dock, panel)
        return dock

    def _empty(self, panel: Panel) -> ads.CDockWidget:
        dock = ads.CDockWidget(self.manager, panel.shown_title)
        dock.setObjectName(panel.id)
        dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromDockWidget)
        dock.closed.connect(lambda: self._closed(panel.id))
        return dock

    def _closed(self, panel: str) -> None:
        # a layout that is put in place closes and opens docks of itself
        if not self._placing and panel in self.panels:
            self.closing(panel)

    def add_beside(self, panel: Panel, other: str, later: bool = False) -> ads.CDockWidget:
        """Put a further panel beside ``other``, or below it where that is higher than wide; returns its dock.

        ``later``: the dock is there at once and the panel in it with the next turn of the loop, for both are styled
        when they come into sight.
        """
        self.panels[panel.id] = panel
        dock = self.docks[panel.id] = self._empty(panel) if later else self._dock(panel)
        if later:
            QTimer.singleShot(0, dock, lambda: self._fill(dock, panel))
        area = self.docks[other].dockAreaWidget() or self.docks["chart"].dockAreaWidget()
        outer = area.parentWidget()
        before = outer.sizes() if isinstance(outer, QSplitter) else []
        side, beside = ads.DockWidgetArea, area.width() >= area.height()
        room = area.width() if beside else area.height()
        self.manager.addDockWidget(side.RightDockWidgetArea if beside else side.BottomDockWidgetArea, dock, area)
        inner = area.parentWidget()
        # the two share the room of the one; all others keep theirs
        halves = [room - room // 2, room // 2]
        if isinstance(outer, QSplitter) and isinstance(inner, QSplitter):
            at = outer.indexOf(area if inner == outer else inner)
            inner.setSizes(before[:at] + halves + before[at + 1 :] if inner == outer else halves)
            if inner != outer:
                outer.setSizes(before)
        return dock

    def _fill(self, dock: ads.CDockWidget, panel: Panel) -> None:
        # it may have been closed for good meanwhile
        if self.docks.get(panel.id) is dock:
            _put_into(dock, panel)

    def roomiest(self, panels: Sequence[str]) -> str:
        """Which of ``panels`` has most room in the window; the first of several that have the same."""

        def room(panel: str) -> int:
            area, dock = self.docks[panel].dockAreaWidget(), self.docks[panel]
            docked = area is not None and not dock.isClosed() and not dock.isFloating()
            return area.width() * area.height() if docked else -1

        return max(panels, key=room)

    def grid(self, panels: Sequence[str]) -> None:
        """Put ``panels`` into rows and columns of one size, in the room that they have together."""
        place, side = self.manager.addDockWidget, ads.DockWidgetArea
        before = {part: part.size() for splitter in self.manager.findChildren(QSplitter)
                  for part in (splitter.widget(n) for n in range(splitter.count()))}  # fmt: skip
        for panel in panels:
            if self.docks[panel].isClosed():
                self.docks[panel].toggleView(True)
        for panel in panels[1:]:
            self.manager.removeDockWidget(self.docks[panel])
        columns = math.ceil(math.sqrt(len(panels)))
        areas = [self.docks[panels[0]].dockAreaWidget()]
        for panel in panels[1:columns]:
            areas.append(place(side.RightDockWidgetArea, self.docks[panel], areas[-1]))
        self._share_evenly(areas)
        for column, area in enumerate(areas):
            lower = [area]
            for panel in panels[columns + column :: columns]:
                lower.append(place(side.BottomDockWidgetArea, self.docks[panel], lower[-1]))
            self._share_evenly(lower)
        self._keep_sizes([self.docks[panel].dockAreaWidget() for panel in panels], before)

    def _keep_sizes(self, areas: Sequence[QWidget], before: Mapping[QWidget, QSize]) -> None:
        """Give the neighbours of ``areas``, at every level, the size they had; the rest is shared by those.

        Docks that move leave their room to anybody.
        """
        inner = areas[0]
        while isinstance(outer := inner.parentWidget(), QSplitter):
            level, sizes = outer.orientation() == Qt.Orientation.Horizontal, outer.sizes()
            parts = [outer.widget(n) for n in range(outer.count())]
            own = [n for n, part in enumerate(parts) if any(part is a or part.isAncestorOf(a) for a in areas)]
            for n, part in enumerate(parts):
                if n not in own and sizes[n] and part in before:
                    sizes[n] = before[part].width() if level else before[part].height()
            room = sum(outer.sizes()) - sum(size for n, size in enumerate(sizes) if n not in own)
            outer.setSizes([room // len(own) if n in own else size for n, size in enumerate(sizes)])
            inner = outer

    def _share_evenly(self, areas: Sequence[ads.CDockAreaWidget]) -> None:
        """Give neighbouring ``areas`` of one splitter the same part of what they have together."""
        splitter = areas[0].parentWidget()
        if len(areas) > 1 and isinstance(splitter, QSplitter):
            sizes, at = splitter.sizes(), [splitter.indexOf(area) for area in areas]
            each = sum(sizes[n] for n in at) // len(at)
            splitter.setSizes([each if n in at else size for n, size in enumerate(sizes)])

    def drop(self, panel: str) -> None:
        """Take a further panel away for good."""
        dock = self.docks.pop(panel)
        self.panels.pop(panel).deleteLater()
        self.manager.removeDockWidget(dock)
        dock.deleteLater()

    def arrange(self, width: int, height: int) -> None:
        """Put every panel where a first start shows it, in a window of this size."""
        with self._moving():
            for dock in self.docks.values():
                if self._placed:
                    self.manager.removeDockWidget(dock)
            self._placed = True
            if width < NARROW:
                self._arrange_narrow(width, height)
            else:
                self._arrange_wide(width, height)

    @contextmanager
    def _moving(self) -> Iterator[None]:
        """Put docks in place: what is closed meanwhile no person has closed."""
        self._placing = True
        try:
            with self._unstyled():
                yield
        finally:
            self._placing = False

    @contextmanager
    def _unstyled(self) -> Iterator[None]:
        """Move docks without the style sheet: with it Qt styles every part anew at each of the moves."""
        app = QApplication.instance()
        sheet = app.styleSheet() if isinstance(app, QApplication) and self.manager.isVisible() else ""
        if not sheet:
            # nobody has seen the parts yet, so none of them is styled
            yield
            return
        app.setStyleSheet("")
        try:
            yield
        finally:
            app.setStyleSheet(sheet)

    def _arrange_wide(self, width: int, height: int) -> None:
        place = self.manager.addDockWidget
        side = ads.DockWidgetArea
        centre = place(side.CenterDockWidgetArea, self.docks["chart"])
        right = place(side.RightDockWidgetArea, self.docks["strategies"], centre)
        self.manager.addDockWidgetTabToArea(self.docks["backtest"], right)
        # first below, then left: the lower panels lie under the market watch too and have room for their tables
        below = place(side.BottomDockWidgetArea, self.docks["collector"], centre)
        self._add_tabs(below, LOWER)
        left = place(side.LeftDockWidgetArea, self.docks["watchlist"], centre)
        market = place(side.BottomDockWidgetArea, self.docks["book"], left)
        self._add_tabs(market, ("tape", "details"))
        for panel in ("strategies", "collector", "book"):
            self.docks[panel].setAsCurrentTab()
        # at a width of 1900 the list of runs is in sight with all but its last column
        wide = max(350, min(470, width * 25 // 100))
        # at a width of 1900 every column of the market watch is in sight
        watch = max(300, min(486, width * 26 // 100 - 6 if width >= 1700 else width * 22 // 100))
        low = max(190, min(290, height * 28 // 100))
        high = (height - low) // 2
        sizes = self.manager.setSplitterSizes
        sizes(right, [width - wide, wide])
        sizes(below, [height - low, low])
        sizes(centre, [watch, width - wide - watch])
        sizes(left, [height - low - high, high])

    def _arrange_narrow(self, width: int, height: int) -> None:
        """The chart with one column beside it, and a row below both."""
        place = self.manager.addDockWidget
        side = ads.DockWidgetArea
        centre = place(side.CenterDockWidgetArea, self.docks["chart"])
        below = place(side.BottomDockWidgetArea, self.docks["collector"], centre)
        right = place(side.RightDockWidgetArea, self.docks["watchlist"], centre)
        self._add_tabs(right, ("strategies", "backtest", "details"))
        self._add_tabs(below, (*LOWER, "book", "tape"))
        for panel in ("watchlist", "collector"):
            self.docks[panel].setAsCurrentTab()
        # four tabs with their names in full, and a close button
        wide, low = max(400, width * 38 // 100), max(170, height * 36 // 100)
        self.manager.setSplitterSizes(below, [height - low, low])
        self.manager.setSplitterSizes(right, [width - wide, wide])

    def _add_tabs(self, area: ads.CDockAreaWidget, panels: Sequence[str]) -> None:
        """Put ``panels`` as tabs into ``area``; those that this window has not are left out."""
        for panel in panels:
            if panel in self.docks:
                self.manager.addDockWidgetTabToArea(self.docks[panel], area)

    def show(self, panel: str) -> None:
        """Bring the panel into sight, opened if it was closed."""
        dock = self.docks[panel]
        if dock.isClosed():
            dock.toggleView(True)
        dock.setAsCurrentTab()
        dock.raise_()

    def make_room(self, panel: str, share: float) -> None:
        """Give ``panel``, when it is docked below something, at least ``share`` of the height of both."""
        area = self.docks[panel].dockAreaWidget()
        sizes = [] if area is None else self.manager.splitterSizes(area)
        if len(sizes) != 2 or area.parent() is None or self.docks[panel].isFloating():
            return
        whole = sum(sizes)
        if sizes[1] == area.height() and sizes[1] < share * whole:
            self.manager.setSplitterSizes(area, [whole - round(share * whole), round(share * whole)])

    def bring_back(self) -> None:
        """Put floating panels that lie on no screen, such as one that was unplugged, onto the window's."""
        window = self.manager.window()
        room = window.screen().availableGeometry()
        for place, floating in enumerate(self.manager.floatingWidgets()):
            if floating.isVisible() and not on_screen(floating.geometry()):
                size = floating.size().boundedTo(room.size())
                at = room.topLeft() + QPoint(24, 24) * (place % 8 + 1)
                floating.setGeometry(QRect(at, size).intersected(room))

    def save(self) -> bytes:
        return bytes(self.manager.saveState(STATE).data())

    def restore(self, state: bytes) -> bool:
        """Whether ``state`` could be taken over, with every panel in reach."""
        self._placed = True
        with self._moving():
            restored = bool(state) and bool(self.manager.restoreState(QByteArray(state), STATE))
        self.bring_back()
        return restored


def _put_into(dock: ads.CDockWidget, panel: Panel) -> None:
    dock.setWidget(panel, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
