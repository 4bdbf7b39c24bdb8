"""Which page of the guide tells about a panel or a dialog, and the window that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

from shared_modules.core.paths import project_root

from .panels.base import Panel

if TYPE_CHECKING:
    from .dialogs.guide import GuideSheet
    from .main_window import MainWindow

FIRST = "index.md"
PAGES = {
    "chart": "charts.md",
    "watchlist": "market.md",
    "book": "market.md",
    "tape": "market.md",
    "details": "market.md",
    "strategies": "backtest.md",
    "backtest": "backtest.md",
    "results": "results.md",
    "collector": "collector.md",
    "data": "data-manager.md",
    "connections": "connections.md",
    "drill": "connections.md",
    "alerts": "alerts.md",
    "notifications": "workspace.md",
    "log": "troubleshooting.md",
}
# by the name of their class; a dialog that is not here has the page of the panel it belongs to
DIALOGS = {
    "SetupDialog": "first-steps.md",
    "SettingsDialog": "workspace.md",
    "ShortcutEditor": "workspace.md",
    "WorkspaceDialog": "workspace.md",
    "Palette": "workspace.md",
    "Tour": "first-steps.md",
    "AlertDialog": "alerts.md",
    "ImportDialog": "data-manager.md",
    "ExportDialog": "data-manager.md",
    "DeleteDialog": "data-manager.md",
    "ResampleDialog": "data-manager.md",
    "KeepDialog": "data-manager.md",
    "RecordingDialog": "collector.md",
    "ExplainDialog": "results.md",
}


def help_page(widget: QWidget | None) -> str:
    """The file name of the page on the dialog or panel that ``widget`` is in; the guide's first page for all else."""
    while widget is not None:
        if isinstance(widget, Panel):
            return PAGES.get(widget.id.split("-")[0], FIRST)
        # a dialog of Qt's own over the window is told what it is about
        if isinstance(page := widget.property("page"), str):
            return page
        if type(widget).__name__ in DIALOGS:
            return DIALOGS[type(widget).__name__]
        widget = widget.parentWidget()
    return FIRST


class Help(QObject):
    """Opens the guide beside the work: one sheet that follows to the page asked for last.

    A dialog shuts the window's own key for it out, so each gets that key when it has the keyboard.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._sheet: GuideSheet | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focused)

    def open(self) -> bool:
        """Show the page on what has the keyboard; False when there is no guide."""
        asking = QApplication.focusWidget() or self._window.focusWidget()
        path = project_root() / "docs" / "guide" / help_page(asking)
        if not path.exists():
            return False
        # a sheet of the window would be shut out by a dialog
        modal = QApplication.activeModalWidget()
        owner = self._window if modal is None or modal.window() is self._sheet else modal
        if self._sheet is None or not isValid(self._sheet) or self._sheet.parentWidget() is not owner:
            from .dialogs.guide import GuideSheet

            self._put_away()
            self._sheet = GuideSheet(owner)
        self._sheet.turn_to(path)
        self._sheet.show()
        self._sheet.raise_()
        self._sheet.activateWindow()
        return True

    def _put_away(self) -> None:
        if self._sheet is not None and isValid(self._sheet):
            self._sheet.close()

    def _focused(self, _: QWidget | None, now: QWidget | None) -> None:
        dialog = None if now is None else now.window()
        if not isinstance(dialog, QDialog) or not dialog.isModal() or dialog.property("helped"):
            return
        dialog.setProperty("helped", True)
        shortcut = QShortcut(self._window.commands.by_id["help.guide"].shortcut(), dialog)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._window.open_guide)
