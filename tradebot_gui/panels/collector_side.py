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
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.collecting import Trouble, trouble_columns
from tradebot_gui.view_models.table import RecordTable

from .parts import muted, scrolled
from .record_view import RecordView

# what a person looks for here; all the rest is in the settings
SETTINGS: tuple[tuple[str, type[Any], str, str], ...] = (
    ("data.retention", DataSettings, "retention", "Candles kept"),
    ("collector.history", CollectorSettings, "history", "History at start"),
    ("collector.start_at_launch", CollectorSettings, "start_at_launch", "Start with the terminal"),
)
FINE = "Nothing is wrong. What is overdue, missing or failed is listed here with what you can do about it."


class CollectorSide(QTabWidget):
    """Tabs; ``act`` asks for what can be done about a trouble."""

    act = Signal(object)  # Trouble

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Beside the series")
        self.setMinimumWidth(180)
        self.table: RecordTable[Trouble] = RecordTable(trouble_columns(), lambda t: t.kind, self)
        self.troubles = RecordView(self.table, "Troubles", FINE)
        self.troubles.activated_record.connect(self.act)
        self.activity = QPlainTextEdit()
        self.activity.setReadOnly(True)
        self.activity.setMaximumBlockCount(500)
        self.activity.setAccessibleName("Activity")
        self.activity.setPlaceholderText("What the collector does is written here.")
        self._told = 0
        self.addTab(self.activity, "Activity")
        self.addTab(self.troubles, "Troubles")
        self.addTab(scrolled(self._settings()), "Keep")

    def _settings(self) -> QWidget:
        body = QWidget()
        layout = QFormLayout(body)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.fields = {}
        for path, section, name, title in SETTINGS:
            info = section.model_fields[name]
            field = field_for(info)
            field.set(self._desk.engine.settings.get(path))
            field.widget.setAccessibleName(title)
            field.widget.setToolTip(f"{info.description}\nSetting: {path}")
            field.changed.connect(lambda path=path, field=field: self._set(path, field.value()))
            layout.addRow(title, field.widget)
            self.fields[path] = field
        layout.addRow(muted("Fewer candles kept cuts the files when they are next written; single series can be told to keep "
                            "all in the Data manager by importing or repairing them.", wrap=True))  # fmt: skip
        return body

    def _set(self, path: str, value: Any) -> None:
        if value != self._desk.engine.settings.get(path):
            self._desk.spawn(self._desk.engine.change(path, value))

    def show_troubles(self, troubles: Sequence[Trouble]) -> None:
        """List what is wrong now."""
        self.table.show(troubles)
        self.setTabText(1, f"Troubles {len(troubles)}" if troubles else "Troubles")

    def show_activity(self, entries: Sequence[tuple[int, str]]) -> None:
        """Write what happened since the last call."""
        fresh = [e for e in entries if e[0] > self._told]
        if not fresh:
            return
        self._told = fresh[-1][0]
        zone = self._desk.engine.settings.appearance.time_zone
        self.activity.appendPlainText("\n".join(f"{texts.when(at, zone, '%H:%M:%S')}  {text}" for at, text in fresh))

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
