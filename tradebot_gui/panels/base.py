"""The base of every panel."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, runtime_checkable

from PySide6.QtCore import QObject
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from tradebot_gui.desk import Desk
from tradebot_gui.language import tr_numbered
from tradebot_gui.theme.theme import Theme


@runtime_checkable
class Veiled(Protocol):
    """A part of a panel that shows what streamer mode hides."""

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of what is private, or show it again."""


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
        desk.theme_changed.connect(self.set_theme)
        desk.streamer_changed.connect(self.set_streamer)

    @property
    def shown_title(self) -> str:
        """The title in the language of the window."""
        return tr_numbered(self.title)

    def set_streamer(self, on: bool) -> None:
        """Hide what nobody who watches the screen should see, or show it again."""
        for part in self.findChildren(QObject):
            if isinstance(part, Veiled):
                part.set_veiled(on)

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
        if not self.property("seen"):
            self.setProperty("seen", True)
            if self.desk.streamer:
                self.set_streamer(True)
            self.first_shown()
