"""Pages to read: about, keys, the report on stored data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from tradebot_gui.language import tr
from tradebot_gui.panels.parts import heading, muted
from tradebot_gui.texts import VEIL

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine


class Sheet(QDialog):
    """A titled page with a Close button; it does not hold up the window."""

    def __init__(self, title: str, body: QWidget, size: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr(title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*size)
        self.body = body
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(body)
        layout.addWidget(self.buttons)


def about(engine: Engine, version: str, parent: QWidget) -> Sheet:
    """What this program is and where it keeps things; the folders, which name the user, not in streamer mode."""
    hidden = engine.settings.appearance.streamer
    body = QWidget()
    layout = QVBoxLayout(body)
    layout.addWidget(heading(f"TradeBot Terminal {version}"))
    layout.addWidget(muted("Live charts, a data collector, honest backtests."))
    facts = QLabel(
        "\n".join(
            f"{tr(name)}: {value}"
            for name, value in (
                ("Mode", engine.mode),
                ("Exchange", engine.settings.exchange.name),
                ("Data folder", VEIL if hidden else engine.paths.root),
                ("Logs", VEIL if hidden else engine.paths.logs),
            )
        )
    )
    facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    facts.setWordWrap(True)
    layout.addWidget(facts)
    layout.addStretch(1)
    return Sheet("About", body, (460, 240), parent)
