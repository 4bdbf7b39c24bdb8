"""The live log: level, search, pause, copy."""

from __future__ import annotations

from collections import deque
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from shared_modules.core.log import LogLine
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .parts import button, column, row, search_box
from .record_view import RecordView

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MOST_LINES = 2_000
_TONES = {"WARNING": "warning", "ERROR": "loss", "CRITICAL": "loss", "DEBUG": "muted"}


class LogPanel(Panel):
    """What the program writes down, as it does so; the file keeps all of it."""

    id = "log"
    title = "Log"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        zone = texts.CHOSEN
        columns: tuple[Column[tuple[int, LogLine]], ...] = (
            Column("Time", lambda r: r[1].time, lambda r: texts.when(r[1].time, zone, "%H:%M:%S.%f")[:-3], width=96,
                   moment=True),
            Column("Level", lambda r: r[1].level, tone=lambda r: _TONES.get(r[1].level), width=74),
            Column("Source", lambda r: r[1].logger.rpartition("shared_modules.")[2], width=190, spare=1),
            Column("Text", lambda r: r[1].text, tone=lambda r: _TONES.get(r[1].level), width=200,
                   hint=lambda r: r[1].text, elastic=True),
        )  # fmt: skip
        self.table: RecordTable[tuple[int, LogLine]] = RecordTable(columns, lambda r: r[0], self)
        self.table.set_theme(desk.theme)
        self.view = RecordView(self.table, "Log", "Nothing has been logged at this level yet. Choose a lower level.")
        self.view.setSortingEnabled(False)
        self._arrived: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._lines: deque[tuple[int, LogLine]] = deque(maxlen=MOST_LINES)
        self._count = 0
        self._build()
        self._timer = QTimer(self, interval=200)
        self._timer.timeout.connect(self.take)
        self._timer.start()
        # lines come on the writer's thread; a deque takes them without a lock, the timer brings them over
        self.destroyed.connect(desk.engine.log.listen(self._arrived.append))

    def _build(self) -> None:
        self.level = QComboBox()
        self.level.addItems(LEVELS)
        self.level.setCurrentText("INFO")
        self.level.setAccessibleName(tr("Least level"))
        self.level.setToolTip(tr("Show lines of this level and above"))
        self.level.currentTextChanged.connect(lambda _: self._filter())
        self.search = search_box("Search log", self.view.rows.search)
        self.pause: QPushButton = button("Pause", "Hold the list still; lines that come meanwhile follow later",
                                         self.take)  # fmt: skip
        self.pause.setCheckable(True)
        copy = button("Copy", "Copy the selected lines, or all that are shown", self.view.copy)
        layout = column(self, 0, 0)
        layout.addLayout(row(self.level, self.search, self.pause, copy, margins=(6, 4, 6, 4)))
        layout.addWidget(self.view)
        self._filter()

    def take(self) -> None:
        """Show what has arrived, unless the list is held still."""
        if self.pause.isChecked() or not self._arrived:
            return
        bar = self.view.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        fresh = []
        while self._arrived:
            self._count += 1
            fresh.append((self._count, self._arrived.popleft()))
        self._lines.extend(fresh)
        if self._lines[0] is not (self.table.records[0] if self.table.records else None):
            self.table.replace(self._lines)
        else:
            self.table.extend(fresh)
        if at_end:
            self.view.scrollToBottom()

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.search

    def save_state(self) -> dict[str, Any]:
        return {"level": self.level.currentText(), "columns": self.view.save_columns()}

    def restore_state(self, state: dict[str, Any]) -> None:
        if state.get("level") in LEVELS:
            self.level.setCurrentText(state["level"])
        self.view.restore_columns(state.get("columns"))

    def _filter(self) -> None:
        least = LEVELS.index(self.level.currentText())
        self.view.rows.accept_only(lambda r: _rank(r[1].level) >= least)


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS) - 1
