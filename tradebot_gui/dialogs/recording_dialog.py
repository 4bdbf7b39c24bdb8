"""What is in a recording: its length, what was collected, and its first lines."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from shared_modules.system_integration import RecordingInfo
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.view_models.stored import megabytes, plural

KINDS = (
    "Each line: time in µs UTC, kind (w received, s sent, o opened, c closed, r answered, m what the program did), "
    "where, and the message as it came."
)


def described(info: RecordingInfo, zone: str) -> str:
    """``info`` in a sentence or two."""
    if info.first is None:
        return f"{plural(info.files, 'file')} without a whole record."
    begun = texts.when(info.first // 1000, zone)
    words = f"{texts.seconds(info.seconds)} from {begun}: {plural(info.lines, 'record')}, {megabytes(info.size)}."
    if info.series:
        symbols = {name.split(" ")[0] for name in info.series}
        frames = list(dict.fromkeys(name.split(" ")[1] for name in info.series))
        words += f" Collected: {plural(len(symbols), 'symbol')} at {', '.join(frames)}."
    if info.damaged:
        words += f" {plural(info.damaged, 'file')} cannot be read."
    return words


class RecordingDialog(QDialog):
    """Reads in the background; says what is wrong where it cannot."""

    def __init__(self, desk: Desk, info: RecordingInfo, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(phrase(f"Recording {info.folder.name}"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        about = QLabel(described(info, desk.engine.settings.appearance.time_zone))
        about.setWordWrap(True)
        kinds = QLabel(KINDS)
        kinds.setWordWrap(True)
        kinds.setProperty("role", "muted")
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.lines.setAccessibleName(tr("First lines of the recording"))
        self.lines.setPlaceholderText(tr("Reading …"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (about, kinds, self.lines, buttons):
            layout.addWidget(widget, int(widget is self.lines))
        self.resize(860, 480)
        desk.spawn(self._read(info))

    async def _read(self, info: RecordingInfo) -> None:
        found = await asyncio.to_thread(self._desk.engine.recorder.sample, info.folder)
        self.lines.setPlainText("\n".join(found))
