"""What makes the result doubtful: every check with its sentence and its details."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import column
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .pieces import LEVELS, check_title
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

# a line of a strategy stays as it is written
_CODE = re.compile(r"\bline \d+: ")
_WORST_FIRST = ("bad", "warning", "unknown", "good", "note")
NOTE = "rule or note"


def _level(level: str) -> tuple[str, str, str]:
    return LEVELS.get(level, LEVELS["unknown"])


# (check, level, text, details)
Check = tuple[str, str, str, tuple[str, ...]]
COLUMNS: tuple[Column[Check], ...] = (
    Column("Level", lambda c: _WORST_FIRST.index(c[1]) if c[1] in _WORST_FIRST else 9,
           lambda c: f"{_level(c[1])[0]} {tr(_level(c[1])[2])}", lambda c: _level(c[1])[1], width=92),
    Column("Check", lambda c: check_title(c[0]), width=190),
    Column("Finding", lambda c: c[2], lambda c: texts.typeset(phrase(c[2])), width=200, elastic=True,
           hint=lambda c: texts.typeset(phrase(c[2]))),
)  # fmt: skip


class HonestyTab(ResultTab):
    """The checks, the worst first; the chosen one's details below."""

    title: ClassVar[str] = "Honesty"
    tip: ClassVar[str] = "What was checked, and what makes this result doubtful"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.table: RecordTable[Check] = RecordTable(COLUMNS, lambda c: (c[0], c[2]), self)
        self.table.set_theme(desk.theme)
        self.view = RecordView(self.table, "Checks", NO_RESULT)
        self.view.setToolTip(tr("What each check found; the chosen one's details are below"))
        self.view.chosen.connect(self._show)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("Details of the check"))
        self.details.setToolTip(tr("What the chosen check has seen"))
        self.details.setPlaceholderText(tr("Choose a check to read what it has seen."))
        split = Splitter(Qt.Orientation.Vertical)
        split.addWidget(self.view)
        split.addWidget(self.details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([300, 110])
        column(self, 0, 0).addWidget(split)
        self._wanted = ""

    def choose(self, check: str) -> None:
        """Put the cursor on ``check``, now or when it is there."""
        self._wanted = check
        if check and self.view.select_record(lambda c: c[0] == check):
            self._wanted = ""

    def compute(self, result: BacktestResult, asked: Any) -> list[Check]:
        verdicts = [(v.check, v.level, v.text, tuple(v.details)) for v in getattr(result, "honesty", ())]
        verdicts.sort(key=lambda c: _WORST_FIRST.index(c[1]) if c[1] in _WORST_FIRST else 9)
        if self.veiled:
            hide = texts.veiled
            verdicts = [(check, level, hide(text), tuple(map(hide, more))) for check, level, text, more in verdicts]
        # the notes are true of every run, checked or not
        return verdicts + [(NOTE, "note", note, ()) for note in result.notes]

    def fill(self, result: BacktestResult, data: Any) -> None:
        self.table.replace(data)
        self.details.clear()
        self.choose(self._wanted or (data[0][0] if data else ""))

    def _show(self, check: Check) -> None:
        lines = (line if _CODE.search(line) else texts.typeset(phrase(line)) for line in (check[2], "", *check[3]))
        self.details.setPlainText("\n".join(lines).strip())

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
