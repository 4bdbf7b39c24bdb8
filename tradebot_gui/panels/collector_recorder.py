"""The flight recorder: begin, end, see how it is doing, and play a recording through the collector again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QSpinBox, QWidget

from shared_modules.core.errors import Cancelled
from shared_modules.core.events import RecorderChanged
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.stored import megabytes, plural
from tradebot_gui.view_models.table import Column, RecordTable

from .parts import ask, button, column, muted, row, set_text, set_tone
from .record_view import RecordView

EMPTY = (
    "There are no recordings. Press Record: every message of the exchange is kept as it came, packed, up to the size "
    "below."
)
PATH = "recorder.megabytes"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording on disk."""

    folder: Path
    size: int

    @property
    def name(self) -> str:
        return self.folder.name


COLUMNS: tuple[Column[Recording], ...] = (
    Column("Recording", lambda r: r.name, width=130, tip="When it was begun (UTC)"),
    Column("Size", lambda r: r.size, lambda r: megabytes(r.size), None, True, 70),
)


class RecorderPage(QWidget):
    """Made for a narrow place beside the series."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._recorder = desk.engine.recorder
        self.table: RecordTable[Recording] = RecordTable(COLUMNS, lambda r: r.folder, self)
        self.view = RecordView(self.table, "Recordings", EMPTY)
        self.view.setSelectionMode(RecordView.SelectionMode.SingleSelection)
        self.view.chosen.connect(lambda _: self._enable())
        self.view.activated_record.connect(lambda _: self.replay())
        self.toggle = button("Record", "Keep the exchange's messages", self.switch, primary=True)
        self.play = button("Replay", "Play the chosen recording through the collector, into its own folder (Enter)",
                           self.replay)  # fmt: skip
        self.preview = button("Look…", "Show what is in the chosen recording", self.look)
        self.remove = button("Delete…", "Delete the chosen recording for good", self.ask_delete)
        self.folder = button("Folder", "Show the recordings in the file manager", self._open)
        self.limit = QSpinBox()
        self.limit.setRange(10, 1_000_000)
        self.limit.setSuffix(" MB")
        self.limit.setGroupSeparatorShown(True)
        self.limit.setKeyboardTracking(False)
        self.limit.setValue(desk.engine.settings.get(PATH))
        self.limit.setAccessibleName(tr("Most disk space of all recordings"))
        self.limit.setToolTip(tr("Most disk space of all recordings; the oldest parts go first"))
        self.limit.valueChanged.connect(lambda value: desk.spawn(desk.engine.change(PATH, value)))
        self.said = muted("Not recording.", wrap=True)
        self.said.setAccessibleName(tr("State of the recorder"))
        layout = column(self, 4, 6)
        layout.addLayout(row(self.toggle, self.folder, None))
        layout.addWidget(self.said)
        layout.addWidget(self.view, 1)
        layout.addLayout(row(self.play, self.preview, self.remove, None))
        layout.addLayout(row(muted("At most"), self.limit, None))
        desk.bridge.every(RecorderChanged, lambda _: self._changed(), self)
        self._enable()

    # -- what a person does -------------------------------------------------------------------------------------------

    def switch(self) -> None:
        """Begin to record, or end it."""
        self.toggle.setEnabled(False)
        running = self._recorder.status().running
        self._desk.spawn(self._after(self._recorder.stop() if running else self._recorder.start()))

    def replay(self) -> None:
        """Play the chosen recording as fast as possible."""
        if self._chosen is not None:
            self._desk.spawn(self._replay(self._chosen))

    async def _replay(self, recording: Recording) -> None:
        job, target = self._recorder.replay(recording.folder)
        self._desk.job_started.emit(job)
        try:
            done = await job.result()
        except Cancelled:
            self._desk.notice.emit("info", f"The replay of {recording.name} was stopped.")
            return
        rows = sum(done.rows.values())
        words = f"{texts.seconds(done.seconds)} of messages played in {texts.seconds(done.took)}"
        self._desk.notice.emit(
            "info", f"{words}: {plural(rows, 'candle')} of {plural(len(done.rows), 'series')} written to {target}."
        )

    @property
    def _chosen(self) -> Recording | None:
        index = self.view.currentIndex()
        return self.view.rows.record(index) if index.isValid() else None

    def look(self) -> None:
        """Show what is in the chosen recording."""
        if self._chosen is not None:
            self._desk.spawn(self._look(self._chosen))

    async def _look(self, recording: Recording) -> None:
        from tradebot_gui.dialogs.recording_dialog import RecordingDialog

        info = await asyncio.to_thread(self._recorder.look, recording.folder)
        self.dialog = RecordingDialog(self._desk, info, self.window())
        self.dialog.open()

    def ask_delete(self) -> None:
        """Delete the chosen recording when that is really meant."""
        recording = self._chosen
        if recording is None:
            return
        words = f"Delete the recording {recording.name} ({megabytes(recording.size)})? It cannot be brought back."
        self.asked = ask(
            self.window(), "Delete recording", words, "Delete",
            lambda: self._desk.spawn(self._after(self._recorder.delete(recording.folder))),
        )  # fmt: skip

    async def _after(self, work: Any) -> None:
        try:
            await work
        finally:
            self._changed()

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._recorder.root)))

    # -- what is shown ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._changed()

    def refresh(self) -> None:
        """Say how the recorder is doing; called every second while in sight."""
        status = self._recorder.status()
        self.toggle.setText(tr("Stop" if status.running else "Record"))
        words = "Not recording."
        if status.running:
            packed = f", {status.raw_bytes / status.bytes:.1f} times packed" if status.bytes else ""
            words = f"Recording: {plural(status.messages, 'message')}, {megabytes(status.bytes)}{packed}."
        if status.dropped:
            words += f" {plural(status.dropped, 'message')} lost: the disk was too slow."
        if status.error:
            words += f" {status.error}"
        set_text(self.said, words)
        set_tone(self.said, "loss" if status.error or status.dropped else "gain" if status.running else "")

    def _changed(self) -> None:
        self.toggle.setEnabled(True)
        self.refresh()
        if self.isVisible():
            self._desk.spawn(self._list())

    async def _list(self) -> None:
        found = await asyncio.to_thread(self._recorder.recordings)
        self.table.show([Recording(folder, size) for folder, size in found])
        self._enable()

    def _enable(self) -> None:
        for tool in (self.play, self.preview, self.remove):
            tool.setEnabled(self._chosen is not None)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
