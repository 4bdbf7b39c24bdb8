"""The line that says, while it is so, that the terminal is offline: since when, and what works all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton, QWidget

from shared_modules.core.events import ConnectionState
from tradebot_gui.language import phrase, tr

from . import texts
from .panels.parts import set_text

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine

# shorter drops are for the status bar alone, seconds
PATIENCE = 3.0
NO_HISTORY = (
    "The market data service does not answer: prices are live, but history cannot be fetched. It is asked again."
)
WORKS = "Charts, stored candles, strategies and backtests work on; the terminal connects again by itself."


class OfflineStrip(QToolBar):
    """Hidden while everything is connected; ``refresh`` is called once a second."""

    def __init__(self, engine: Engine, show_connections: object, parent: QWidget | None = None) -> None:
        super().__init__("Offline", parent)
        self._engine = engine
        self.since = ""
        self.setObjectName("offline")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.label = QLabel()
        self.label.setAccessibleName(tr("Offline"))
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        # a narrow window shortens the line instead of growing
        self.label.setMinimumWidth(1)
        more = QToolButton()
        more.setText(tr("Connections"))
        more.setAccessibleName(tr("Show the connections"))
        more.setToolTip(tr("Show every connection and why it was lost"))
        more.clicked.connect(show_connections)
        self.addWidget(self.label)
        self.addWidget(more)
        self.toggleViewAction().setVisible(False)
        self.hide()

    @property
    def offline(self) -> bool:
        """Whether what is live is out of date."""
        away = self._engine.connections.offline
        return away is not None and away[1] >= PATIENCE

    def refresh(self) -> None:
        """Show what is so now."""
        sentence = self._sentence()
        self.since = self._since() if self.offline else ""
        set_text(self.label, sentence)
        self.label.setToolTip(phrase(sentence))
        if bool(sentence) is not self.isVisibleTo(self.parentWidget()):
            self.setVisible(bool(sentence))

    def _since(self) -> str:
        """In a few words, for panels that show what was live."""
        away = self._engine.connections.offline
        zone = texts.CHOSEN
        return "" if away is None else tr("Offline since {time}").format(time=texts.when(away[0], zone, "%H:%M:%S"))

    def _sentence(self) -> str:
        zone = texts.CHOSEN
        there = self._engine.connections
        if self.offline:
            since, seconds = there.offline or (0, 0.0)
            clock = texts.when(since, zone, "%H:%M:%S")
            return f"Offline since {clock} ({texts.seconds(seconds)}): prices on screen are old. {WORKS}"
        if there.rest is ConnectionState.DOWN:
            return NO_HISTORY
        return ""
