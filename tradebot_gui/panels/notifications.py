"""Notifications: every notice of this session, to be read again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .parts import button, column, row
from .record_view import RecordView

KEPT = 1_000
WORDS = {"info": "All", "alert": "Alerts and worse", "warning": "Warnings and errors", "error": "Errors"}
LEVELS = tuple(WORDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice as a row; ``times`` counts how often it came in a row."""

    number: int
    at: int
    level: str
    text: str
    times: int = 1


def _tone(entry: Entry) -> str | None:
    return {"alert": "accent", "warning": "warning", "error": "loss"}.get(entry.level)


class NotificationsPanel(Panel):
    """Newest on top; ``unread_changed`` tells how many were not seen yet."""

    id = "notifications"
    title = "Notifications"
    unread_changed = Signal(int)

    def __init__(self, desk: Desk, now: Callable[[], float] = time.time) -> None:
        super().__init__(desk)
        self._now = now
        self._count = 0
        self.unread = 0
        zone = texts.CHOSEN
        self.table: RecordTable[Entry] = RecordTable(
            (
                Column(
                    "Time", lambda e: e.at, lambda e: texts.when(e.at, zone, "%m-%d %H:%M:%S"), width=120, moment=True
                ),
                Column("Level", lambda e: e.level, None, _tone, width=70),
                Column(
                    "Times", lambda e: e.times, lambda e: "" if e.times == 1 else str(e.times), None, True, 48, spare=1
                ),
                Column("Notice", lambda e: e.text, width=200, hint=lambda e: e.text, elastic=True),
            ),
            lambda e: e.number,
            self,
        )
        self.table.set_theme(desk.theme)
        self.view = RecordView(self.table, "Notifications", "What the terminal has to tell appears here.")
        self.level = QComboBox()
        self.level.setAccessibleName(tr("Least level of listed notices"))
        self.level.setToolTip(tr("List notices of this level and worse"))
        for level in LEVELS:
            self.level.addItem(tr(WORDS[level]), level)
        clear = button("Clear", "Forget all notices of this list", self.clear)
        layout = column(self, margin=0, spacing=0)
        layout.addLayout(row(self.level, clear, None, margins=(6, 4, 6, 4)))
        layout.addWidget(self.view, 1)
        self.level.currentIndexChanged.connect(lambda _: self._filter())
        desk.notice.connect(self.add)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.view

    def save_state(self) -> dict[str, Any]:
        return {"level": self.level.currentData(), "columns": self.view.save_columns()}

    def restore_state(self, state: dict[str, Any]) -> None:
        if state.get("level") in LEVELS:
            self.level.setCurrentIndex(LEVELS.index(state["level"]))
        self.view.restore_columns(state.get("columns"))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._read()

    def add(self, level: str, text: str) -> None:
        """List a notice; one that repeats the newest only counts."""
        known = list(self.table.records)
        at = int(self._now() * 1000)
        if known and (known[0].level, known[0].text) == (level, text):
            known[0] = Entry(known[0].number, at, level, text, known[0].times + 1)
        else:
            self._count += 1
            known.insert(0, Entry(self._count, at, level, text))
        self.table.replace(known[:KEPT])
        if self.isVisible():
            self._read()
        elif level != "info":
            self.unread += 1
            self.unread_changed.emit(self.unread)

    def clear(self) -> None:
        self.table.replace(())
        self._read()

    def _read(self) -> None:
        if self.unread:
            self.unread = 0
            self.unread_changed.emit(0)

    def _filter(self) -> None:
        least = LEVELS.index(str(self.level.currentData()))
        self.view.rows.accept_only((lambda e: LEVELS.index(e.level) >= least) if least else None)
