"""Beside the collected series: what is wrong, what happened, and how much is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QPlainTextEdit, QTabWidget, QWidget

from shared_modules.core.settings import CollectorSettings, DataSettings
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.forms.settings_form import field_for
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.collecting import Trouble, trouble_columns
from tradebot_gui.view_models.table import RecordTable

from .collector_recorder import RecorderPage
from .parts import button, column, muted, row, scrolled
from .record_view import RecordView

# what a person looks for here; all the rest is in the settings
SETTINGS: tuple[tuple[str, type[Any], str, str], ...] = (
    ("data.retention", DataSettings, "retention", "Candles kept"),
    ("collector.history", CollectorSettings, "history", "History at start"),
    ("data.check_hours", DataSettings, "check_hours", "Hours between checks"),
    ("collector.start_at_launch", CollectorSettings, "start_at_launch", "Start with the terminal"),
)
KEEP = (
    "Fewer candles kept cuts the files when they are next written. A series that was imported or whose past was "
    "fetched keeps all of its own; the Data manager shows and changes how many each keeps."
)
# pixels
LEAST_SIDE = 250
FINE = "Nothing is wrong. What is overdue, missing or failed is listed here with what you can do about it."


class CollectorSide(QTabWidget):
    """Tabs; ``act`` asks for what can be done about a trouble."""

    act = Signal(object)  # Trouble

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setObjectName("side")
        self.setAccessibleName(tr("Beside the series"))
        self.tabBar().setAccessibleName(tr("Parts of the collector"))
        self.setMinimumWidth(LEAST_SIDE)
        self.table: RecordTable[Trouble] = RecordTable(trouble_columns(), lambda t: t.kind, self)
        self.troubles = RecordView(self.table, "Troubles", FINE)
        self.troubles.activated_record.connect(self.act)
        self.troubles.chosen.connect(self._say)
        self.activity = QPlainTextEdit()
        self.activity.setReadOnly(True)
        self.activity.setMaximumBlockCount(500)
        self.activity.setAccessibleName(tr("Activity"))
        self.activity.setPlaceholderText(tr("What the collector does is written here."))
        self._told = 0
        self.addTab(self.activity, tr("Activity"))
        self._page = self._trouble_page()
        self.addTab(self._page, tr("Troubles"))
        self.addTab(scrolled(self._settings()), tr("Keep"))
        self.recorder = RecorderPage(desk)
        self.addTab(self.recorder, tr("Recorder"))

    def _trouble_page(self) -> QWidget:
        page = QWidget()
        self.words = muted(wrap=True)
        self.words.setContentsMargins(6, 2, 6, 4)
        self.do = button("Do it", "Do what can be done about the chosen trouble (Enter)", self._act)
        self.do.setEnabled(False)
        layout = column(page, 0, 0)
        layout.addWidget(self.troubles, 1)
        layout.addWidget(self.words)
        layout.addLayout(row(self.do, None, margins=(6, 2, 6, 4)))
        return page

    def _say(self, trouble: Trouble) -> None:
        self.words.setText(phrase(trouble.words))
        self.do.setText(tr(trouble.does))
        self.do.setEnabled(True)

    def _act(self) -> None:
        index = self.troubles.currentIndex()
        if index.isValid():
            self.act.emit(self.troubles.rows.record(index))

    def _settings(self) -> QWidget:
        body = QWidget()
        layout = QFormLayout(body)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.fields = {}
        for path, section, name, title in SETTINGS:
            info = section.model_fields[name]
            field = field_for(info)
            field.set(self._desk.engine.settings.get(path))
            field.widget.setAccessibleName(tr(title))
            field.widget.setToolTip(
                tr("{about}\nSetting: {path}").format(about=tr(info.description or title), path=path)
            )
            field.changed.connect(lambda path=path, field=field: self._set(path, field.value()))
            layout.addRow(tr(title), field.widget)
            self.fields[path] = field
        layout.addRow(muted(KEEP, wrap=True))
        return body

    def _set(self, path: str, value: Any) -> None:
        if value != self._desk.engine.settings.get(path):
            self._desk.spawn(self._desk.engine.change(path, value))

    def show_troubles(self, troubles: Sequence[Trouble]) -> None:
        """List what is wrong now."""
        self.table.show(troubles)
        self.setTabText(self.indexOf(self._page), tr("Troubles") + (f" {len(troubles)}" if troubles else ""))
        index = self.troubles.currentIndex()
        if index.isValid():
            self._say(self.troubles.rows.record(index))
        else:
            self.words.setText("")
            self.do.setEnabled(False)

    def refresh(self) -> None:
        """Show what moves by itself; called every second while in sight."""
        if self.recorder.isVisible():
            self.recorder.refresh()

    def show_activity(self, entries: Sequence[tuple[int, str]]) -> None:
        """Write what happened since the last call."""
        fresh = [e for e in entries if e[0] > self._told]
        if not fresh:
            return
        self._told = fresh[-1][0]
        zone = texts.CHOSEN
        lines = (f"{texts.when(at, zone, '%H:%M:%S')}  {phrase(text)}" for at, text in fresh)
        self.activity.appendPlainText("\n".join(lines))

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self.recorder.set_theme(theme)
