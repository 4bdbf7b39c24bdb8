"""Pages to read: about, keys, the report on stored data."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from shared_modules.core.paths import resources
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, heading, muted, row
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
    body = QWidget()
    layout = QVBoxLayout(body)
    picture, name = QLabel(), heading(f"TradeBot Terminal {version}")
    picture.setPixmap(QIcon(str(resources() / "icons" / "terminal.svg")).pixmap(48, 48))
    name.setProperty("role", "figure")
    words = QVBoxLayout()
    words.addWidget(name)
    words.addWidget(muted("Live charts, a data collector, honest backtests."))
    head = row(picture, 8)
    head.addLayout(words, 1)
    layout.addLayout(head)
    layout.addSpacing(8)
    facts = _facts(engine)
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    for title, value in facts:
        said = QLabel(value)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setWordWrap(True)
        form.addRow(muted(title), said)
    layout.addLayout(form)
    layout.addStretch(1)
    told = "\n".join([f"TradeBot Terminal {version}", *(f"{title}: {value}" for title, value in facts)])
    copy = button("Copy", "Copy these facts, for a report of a fault", lambda: QApplication.clipboard().setText(told))
    layout.addLayout(row(copy, None))
    return Sheet("About", body, (480, 320), parent)


def _facts(engine: Engine) -> list[tuple[str, str]]:
    hidden = engine.settings.appearance.streamer
    return [
        ("Mode", engine.mode),
        ("Exchange", engine.settings.exchange.name),
        ("Data folder", VEIL if hidden else str(engine.paths.root)),
        ("Logs", VEIL if hidden else str(engine.paths.logs)),
        ("System", f"{platform.system()} {platform.release()}, Python {platform.python_version()}, Qt {qVersion()}"),
    ]
