"""What keys do with the panel that has the keyboard: close it, bring it back, let it float, make it larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import PySide6QtAds as ads  # noqa: N813 - its own name for itself
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from .language import tr
from .panels.base import Panel

if TYPE_CHECKING:
    from .main_window import MainWindow

# how much a panel grows or shrinks at a time, pixels
STEP = 40
# so many closed panels are remembered
KEPT = 20


_MIDDLE = ads.DockWidgetArea.CenterDockWidgetArea


def _place(dock: ads.CDockWidget) -> tuple[str, ads.DockWidgetArea]:
    """Beside which panel ``dock`` lies, and at which side of it."""
    area = dock.dockAreaWidget()
    tabs = [d.objectName() for d in area.dockWidgets() if d is not dock]
    splitter = area.parentWidget()
    if tabs or not isinstance(splitter, QSplitter) or splitter.count() < 2:
        return (tabs or [""])[0], _MIDDLE
    at = splitter.indexOf(area)
    before = at + 1 < splitter.count()
    other = splitter.widget(at + 1 if before else at - 1)
    near = other if isinstance(other, ads.CDockAreaWidget) else other.findChild(ads.CDockAreaWidget)
    sides = ads.DockWidgetArea
    if splitter.orientation() == Qt.Orientation.Horizontal:
        side = sides.LeftDockWidgetArea if before else sides.RightDockWidgetArea
    else:
        side = sides.TopDockWidgetArea if before else sides.BottomDockWidgetArea
    return (near.dockWidgets()[0].objectName() if near is not None else ""), side


class PanelMoves(QObject):
    """Belongs to one window; knows which of its panels had the keyboard last."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._last = "chart"
        # what a closed panel showed, by its id; a further chart comes back as a new one
        self._closed: list[tuple[str, dict[str, Any]]] = []
        # where one lay that floats now: beside which panel, and at which side of it; in the middle it is a tab
        self._beside: dict[str, tuple[str, ads.DockWidgetArea]] = {}
        window.docks.closing = self._remember
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focused)

    @property
    def current(self) -> str:
        """The id of the panel that has the keyboard, or had it last."""
        docks = self._window.docks.docks
        return self._last if self._last in docks and not docks[self._last].isClosed() else "chart"

    def close(self) -> None:
        """Close the panel; `reopen` brings it back."""
        dock = self._window.docks.docks[self.current]
        if dock.isClosed():
            return
        dock.toggleView(False)
        keys = self._window.commands.by_id["view.reopen_panel"].shortcut().toString()
        said = (
            tr("Closed; {keys}, or the View menu, brings it back.")
            if keys
            else tr("Closed; the View menu brings it back.")
        )
        self._window.desk.notice.emit("info", said.format(keys=keys))

    def _remember(self, panel: str) -> None:
        """Know ``panel``, which is just being closed by its keys, its × or a menu, with what it shows."""
        self._closed = [*self._closed, (panel, self._window.docks.panels[panel].save_state())][-KEPT:]

    def reopen(self) -> None:
        """Bring back what was closed last, with what it showed."""
        while self._closed:
            panel, state = self._closed.pop()
            docks = self._window.docks
            if panel in docks.docks and not docks.docks[panel].isClosed():
                continue
            if panel in docks.docks:
                self._window.show_panel(panel)
            elif (chart := self._window.charts.new()) is not None:
                chart.restore_state(state)
            return
        self._window.desk.notice.emit("info", tr("No panel was closed since the start; the View menu lists them all."))

    def float_or_dock(self) -> None:
        """Make the panel a window of its own, or put it back into this one."""
        panel, docks = self.current, self._window.docks
        dock = docks.docks[panel]
        if not dock.isFloating():
            self._beside[panel] = _place(dock)
            dock.setFloating()
        else:
            name, side = self._beside.pop(panel, ("", _MIDDLE))
            beside = docks.docks.get(name, docks.docks["chart"])
            area = beside.dockAreaWidget()
            if area is None or beside.isFloating() or beside is dock:
                docks.manager.addDockWidget(ads.DockWidgetArea.RightDockWidgetArea, dock)
            else:
                docks.manager.addDockWidget(side, dock, area)
        self._window.show_panel(panel)
        # on the way another tab may have had the keyboard
        self._last = panel

    def grow(self, right: int, down: int) -> None:
        """Make the panel wider by ``right`` steps and higher by ``down``, at the cost of its neighbour."""
        part: QWidget = self._window.docks.docks[self.current].dockAreaWidget()
        wanted = Qt.Orientation.Horizontal if right else Qt.Orientation.Vertical
        while part is not None and isinstance(splitter := part.parentWidget(), QSplitter):
            if splitter.orientation() == wanted and splitter.count() > 1:
                at, sizes = splitter.indexOf(part), splitter.sizes()
                other = at + 1 if at + 1 < len(sizes) else at - 1
                by = max(-sizes[at], min(sizes[other], STEP * (right or down)))
                sizes[at], sizes[other] = sizes[at] + by, sizes[other] - by
                splitter.setSizes(sizes)
                return
            part = splitter

    def _focused(self, _: QWidget | None, now: QWidget | None) -> None:
        while now is not None and not isinstance(now, Panel):
            now = now.parentWidget()
        if now is not None and self._window.docks.panels.get(now.id) is now:
            self._last = now.id
