"""The base of every panel."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from tradebot_gui.desk import Desk
from tradebot_gui.language import tr_numbered
from tradebot_gui.theme.theme import Theme
from tradebot_gui.veil import veil


class Panel(QWidget):
    """A dockable part of the window, known by ``id`` in layouts and by ``title`` to a person."""

    id: str
    title: str
    # the share of the height that it needs below another, when a person calls it up
    room: ClassVar[float] = 0.0

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.setObjectName(f"panel_{self.id}")
        self.setAccessibleName(self.shown_title)
        self._veil_due = False
        desk.streamer_changed.connect(self._streamer_changed)

    @property
    def shown_title(self) -> str:
        """The title in the language of the window."""
        return tr_numbered(self.title)

    def set_streamer(self, on: bool) -> None:
        """Hide what nobody who watches the screen should see, or show it again."""
        self._veil_due = False
        veil(self, on)

    def _streamer_changed(self, on: bool) -> None:
        if self.isVisible():
            self.set_streamer(on)
            return
        # what is out of sight has a turn of the loop for itself, and comes into sight as it should be
        self._veil_due = True
        QTimer.singleShot(0, self, self._follow_streamer)

    def _follow_streamer(self) -> None:
        if self._veil_due:
            self.set_streamer(self.desk.streamer)

    def set_offline(self, since: str) -> None:
        """Grey what was live and say ``since`` when it is old; empty once it is live again."""

    def set_theme(self, theme: Theme) -> None:
        """Take over colours that the style sheet does not reach."""

    def save_state(self) -> dict[str, Any]:
        """What should be as it is now at the next start; plain JSON values."""
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take over what `save_state` gave, of this or an older version; unknown things are ignored."""

    def first_focus(self) -> QWidget:
        """The widget that takes the keyboard when the panel is called up."""
        return self

    def first_shown(self) -> None:
        """Called once, when the panel comes into sight for the first time."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_streamer()
        if not self.property("seen"):
            self.setProperty("seen", True)
            if self.desk.streamer:
                self.set_streamer(True)
            self.first_shown()
