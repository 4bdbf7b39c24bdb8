"""Bringing in files: what the columns mean is guessed, shown beside the candles it makes, and put right by a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Cancelled, TradeBotError
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.system_integration import ImportMapping, ImportPreview, Job, RecordingMapping, RecordingPreview
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import button, heading, muted, row, scrolled, set_text, set_tone
from tradebot_gui.status_bar import JobStrip
from tradebot_gui.turns import in_turns

from .import_form import ImportForm
from .import_recording import RecordingForm

# a person types on; the file is looked at again after this pause, ms
PAUSE = 250
SHOWN = 12
SHORTEST = next(iter(TIMEFRAMES))
STOPPED = "The reading was stopped; press Guess anew to read the file again."
Brought = Callable[[Path, ImportMapping | RecordingMapping], object]


class ImportDialog(QDialog):
    """One file after the other; ``bring`` is called for each that a person takes. Made in turns of the loop."""

    def __init__(self, desk: Desk, paths: Sequence[Path], bring: Brought, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._bring = desk, bring
        self._paths, self._place = [Path(path) for path in paths], 0
        self._asked = 0
        self.preview: ImportPreview | RecordingPreview | None = None
        self._reading: Job[RecordingPreview] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._pause = QTimer(self, interval=PAUSE)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._look_again)
        self.finished.connect(lambda _: self._forget())
        room = self.screen().availableSize()
        self.resize(min(1120, room.width() - 60), min(680, room.height() - 100))
        in_turns(self, self._parts())

    def _parts(self) -> Iterator[None]:
        """Make what is in the dialog from the outside in, and look at the first file then."""
        self._lay_out()
        self._name_file()
        yield
        self.raw = _table("The file's first rows")
        self._right.insertWidget(1, self.raw, 3)
        yield
        self.candles = _table("The candles they make")
        self._right.insertWidget(3, self.candles, 3)
        yield
        self.form = ImportForm()
        self._form_area.setWidget(self.form)
        yield
        yield from self.form.build()
        self.form.changed.connect(self._pause.start)
        yield
        self.recording = RecordingForm()
        yield
        self.forms.addWidget(self.recording)
        self.recording.frame_changed.connect(self._read_again)
        self.recording.changed.connect(self._show_market)
        yield
        self.guess.setEnabled(True)
        self._open()

    def _lay_out(self) -> None:
        self.name = heading("")
        self.format = muted()
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAccessibleName(tr("What is wrong or worth a look"))
        self.forms = QStackedWidget()
        self.forms.setMinimumWidth(330)
        self._form_area = scrolled()
        self.forms.addWidget(self._form_area)
        self.strip = JobStrip()
        right = QWidget()
        self._right = layout = QVBoxLayout(right)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.addWidget(muted("The file's first rows"))
        layout.addWidget(muted("The candles they make, times in UTC"))
        layout.addWidget(self.said)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.forms)
        split.addWidget(right)
        split.setSizes([360, 740])
        split.setStretchFactor(1, 1)
        self.guess: QPushButton = button(
            "Guess anew", "Forget what was set here and look at the file again", self._open
        )
        self.guess.setEnabled(False)
        self.skip = button("Skip file", "Leave this file out", self._next)
        self.take = button("Import", "Bring the candles in; can be taken back", self._take, primary=True)
        self.skip.hide()
        cancel = button("Cancel", "Bring nothing more in", self.reject)
        whole = QVBoxLayout(self)
        whole.addLayout(row(self.name, 6, self.format, None))
        whole.addWidget(split, 1)
        whole.addLayout(row(self.guess, self.strip, None, self.skip, cancel, self.take))

    # -- files --------------------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        return self._paths[self._place]

    def _open(self) -> None:
        self._name_file()
        self.skip.setVisible(len(self._paths) > 1)
        self.preview = None
        self._stop_reading()
        self._look(None)

    def _name_file(self) -> None:
        """Say which file it is that is being looked at."""
        many = len(self._paths) > 1
        self.setWindowTitle(phrase(f"Import, file {self._place + 1} of {len(self._paths)}" if many else "Import"))
        set_text(self.name, self.path.name)
        set_text(self.format, "is being looked at …")
        self.take.setEnabled(False)

    def _next(self) -> None:
        if self._place + 1 < len(self._paths):
            self._place += 1
            self._open()
        else:
            self.accept()

    def _take(self) -> None:
        if self.preview is None or not self.preview.usable:
            return
        recorded = isinstance(self.preview, RecordingPreview)
        self._bring(self.path, self.recording.mapping() if recorded else self.form.mapping())
        self._next()

    # -- looking ------------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        if isinstance(self.preview, ImportPreview):
            self._look(self.form.mapping())

    def _look(self, mapping: ImportMapping | None) -> None:
        self._asked += 1
        self._desk.spawn(self._looked(self._asked, self.path, mapping))

    async def _looked(self, number: int, path: Path, mapping: ImportMapping | None) -> None:
        data = self._desk.engine.data
        try:
            recorded = mapping is None and await data.is_recording(path)
            if number != self._asked:  # a person has changed something meanwhile
                return
            if recorded:
                await self._read(number, path)
                return
            found = await data.preview(path, mapping)
        except TradeBotError as error:
            if number == self._asked:
                self._refused(str(error))
            return
        if number == self._asked:
            await self._show(number, found, guessed=mapping is None)

    # -- recordings ---------------------------------------------------------------------------------------------------

    def _read_again(self) -> None:
        """Build the candles of another timeframe."""
        self._stop_reading()
        self._asked += 1
        self.take.setEnabled(False)
        self._desk.spawn(self._read(self._asked, self.path))

    async def _read(self, number: int, path: Path) -> None:
        """Read a whole recording, with progress and Stop."""
        self.forms.setCurrentIndex(1)
        set_text(self.format, "a recording, is being read …")
        self._reading = job = self._desk.engine.data.preview_recording(path, self.recording.frame)
        self.strip.follow(job)
        try:
            found = await job.result()
        except (Cancelled, TradeBotError) as error:
            if number == self._asked:
                self._refused(STOPPED if isinstance(error, Cancelled) else str(error))
            return
        if number == self._asked:
            self._show_recording(found)

    def _forget(self) -> None:
        """Take no answer any more: the dialog is closed."""
        self._asked += 1
        self._stop_reading()

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _show_recording(self, found: RecordingPreview) -> None:
        self.preview = found
        self.recording.setEnabled(True)
        self.recording.show_preview(found, self._desk.engine.settings.exchange.name)
        set_text(self.format, f"Recording of {found.venue}'s sockets")
        _fill(self.raw, ("Message",), [(line,) for line in found.lines])
        self._show_market()

    def _show_market(self) -> None:
        """Show the candles of the chosen market, and whether what is ticked can be brought in."""
        if not isinstance(self.preview, RecordingPreview):
            return
        shown, wanted = self.recording.shown, self.recording.wanted
        self._fill_candles(Bars.empty() if shown is None else shown.bars)
        problems = []
        if not wanted:
            problems.append("tick at least one market")
        elif not any(len(one.bars) for one in wanted):
            frame = self.preview.timeframe
            better = "a longer recording" if frame == SHORTEST else "a shorter timeframe or a longer recording"
            problems.append(f"the trades cover no whole {frame} candle from its open to its end; choose {better}")
        notes = ["candles are built from the trades; those that the recording covers in part only are left out"]
        self._say(problems, () if problems else notes)
        self.take.setEnabled(not problems)

    def _refused(self, sentence: str) -> None:
        self.preview = None
        set_text(self.format, "cannot be read")
        _fill(self.raw, (), ())
        _fill(self.candles, (), ())
        self._say((sentence,), ())
        self.form.setEnabled(False)
        self.recording.setEnabled(False)
        self.take.setEnabled(False)

    async def _show(self, number: int, found: ImportPreview, guessed: bool) -> None:
        """Show the form, and the tables with the next turn of the loop; who asks again meanwhile gets that instead."""
        self.forms.setCurrentIndex(0)
        self.form.setEnabled(True)
        if guessed:
            settings = self._desk.engine.settings
            self.form.show_preview(found, settings.exchange.name)
        set_text(self.format, found.format)
        await asyncio.sleep(0)
        if number != self._asked:
            return
        self.preview = found
        _fill(self.raw, found.columns, found.rows)
        self._fill_candles(found.candles)
        # what the file tells by itself need not be said by a person
        self.form.hint(found.mapping)
        self._say(found.problems, found.notes)
        self.take.setEnabled(found.usable)

    def _fill_candles(self, bars: Bars) -> None:
        bars = bars[:SHOWN]
        rows = [
            (texts.when(int(t), "UTC", "%Y-%m-%d %H:%M:%S"), *(f"{float(v):.10g}" for v in values))
            for t, *values in zip(
                bars.time.tolist(), bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True
            )
        ]
        _fill(self.candles, ("Time", "Open", "High", "Low", "Close", "Volume"), rows)

    def _say(self, problems: Sequence[str], notes: Sequence[str]) -> None:
        lines = [_sentence(text) for text in (*problems, *notes)]
        self.said.setText(phrase("\n".join(lines) if lines else "This can be imported as it is."))
        set_tone(self.said, "loss" if problems else "warning" if notes else "gain")


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _table(name: str) -> QTableWidget:
    table = QTableWidget()
    table.setAccessibleName(tr(name))
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(20)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def _fill(table: QTableWidget, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table.clear()
    table.setColumnCount(len(titles))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels(list(titles))
    for r, cells in enumerate(rows):
        for c, text in enumerate(cells[: len(titles)]):
            table.setItem(r, c, QTableWidgetItem(str(text)))
