"""The icon in the system tray: the terminal goes on collecting while its window is out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from .language import phrase, tr
from .leaving import keepers, works
from .texts import without_folders

if TYPE_CHECKING:
    from .main_window import MainWindow

_ICONS = {
    "info": QSystemTrayIcon.MessageIcon.Information,
    "warning": QSystemTrayIcon.MessageIcon.Warning,
    "error": QSystemTrayIcon.MessageIcon.Critical,
}


def to_front(window: QWidget) -> None:
    """Show ``window`` before all others, maximised if it was so before it was minimised or hidden."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


class Tray:
    """Shows the icon while the setting asks for it and the system has a tray."""

    def __init__(self, window: MainWindow, icon: QIcon) -> None:
        self._window = window
        self.menu = QMenu(window)
        self.show_action = QAction(tr("Show the terminal"), window, triggered=self.show_window)
        self.menu.addAction(self.show_action)
        # what runs, to be read only
        self.running: list[QAction] = []
        self.menu.aboutToShow.connect(self._tell)
        self.menu.addSeparator()
        for name in ("data.start", "data.stop"):
            self.menu.addAction(window.commands.by_id[name])
        self.menu.addSeparator()
        self.menu.addAction(window.commands.by_id["file.exit"])
        self.icon = QSystemTrayIcon(icon, window)
        self.icon.setToolTip(window.windowTitle())
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        window.desk.notice.connect(self._noticed)
        self.follow_setting()

    @property
    def wanted(self) -> bool:
        return self._window.desk.engine.settings.appearance.tray and QSystemTrayIcon.isSystemTrayAvailable()

    def follow_setting(self) -> None:
        """Show or hide the icon as the settings say; a hidden window comes back when the icon goes."""
        self.icon.setVisible(self.wanted)
        if not self.wanted and self._window.isMinimized():
            self.show_window()

    def show_window(self) -> None:
        to_front(self._window)

    def refresh(self) -> None:
        """Have the icon tell what the title of the window tells, and what runs; called once a second."""
        if self.icon.isVisible():
            said = "\n".join((self._window.windowTitle(), *works(self._window), *keepers(self._window)))
            if said != self.icon.toolTip():
                self.icon.setToolTip(said)

    def _tell(self) -> None:
        for action in self.running:
            self.menu.removeAction(action)
            action.deleteLater()
        said = [*works(self._window), *keepers(self._window)] or [tr("Nothing runs.")]
        self.running = [QAction(line.replace("&", "&&"), self.menu, enabled=False) for line in said]
        self.menu.insertActions(self._window.commands.by_id["data.start"], self.running)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.show_window()

    def _noticed(self, level: str, text: str) -> None:
        # who has the window before him reads it there
        if self._window.desk.hushed(level):
            return
        if self.icon.isVisible() and level != "info" and not self._window.isActiveWindow():
            said = without_folders(phrase(text)) if self._window.desk.streamer else phrase(text)
            self.icon.showMessage("TradeBot Terminal", said, _ICONS.get(level, _ICONS["info"]))
