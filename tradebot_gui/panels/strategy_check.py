"""Whether the chosen strategy looks ahead: asked when its file is saved, or by a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLabel, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import StrategyChecked
from shared_modules.core.progress import ProgressReport
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr

from .parts import button, column, row, set_tone

_SIGNS = {"good": ("✓", "gain"), "warning": ("!", "warning"), "bad": ("✕", "loss"), "unknown": ("?", "")}
_TIP = "Ask this strategy with these parameters whether it knows later bars, on a made-up market"


class LookAheadLine(QWidget):
    """A sentence, and a button that asks anew; while it runs, how far it is, and Stop."""

    def __init__(self, desk: Desk, chosen: Callable[[], tuple[str, dict[str, Any]]]) -> None:
        super().__init__()
        self._checks, self._chosen, self._notice = desk.engine.strategy_watch.checks, chosen, desk.notice
        self._name = ""
        self._followed: set[str] = set()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setAccessibleName(tr("Whether this strategy looks ahead"))
        self.button = button("Check", _TIP, self.press)
        line = row()
        line.addWidget(self.text, 1)
        line.addWidget(self.button)
        column(self, 0, 0).addLayout(line)
        if self._checks is None:
            self.hide()
        desk.bridge.every(StrategyChecked, self._checked, self)

    def show_for(self, name: str) -> None:
        """Show what is known of the strategy called ``name``."""
        self._name = name
        if self._checks is None:
            return
        running = self._checks.running.get(name)
        found = self._checks.found.get(name)
        self.button.setText(tr("Stop" if running is not None else "Check"))
        self.button.setAccessibleName(tr("Stop the check" if running is not None else "Check for a look ahead"))
        self.button.setToolTip(tr("Stop the check" if running is not None else _TIP))
        if running is not None:
            self._say("Looking for a look ahead…", "")
            self._follow(name)
        elif found is None:
            self._say("Not yet checked for look-ahead.", "")
        else:
            sign, tone = _SIGNS.get(found.level, _SIGNS["unknown"])
            self._say(f"{sign} {found.text}", tone)
            self.text.setToolTip(phrase("\n".join(found.details)))

    def press(self) -> None:
        """Ask the chosen strategy, or stop asking it."""
        if self._checks is None:
            return
        name, values = self._chosen()
        running = self._checks.running.get(name)
        if running is not None:
            running.cancel()
            return
        try:
            self._checks.check(name, values)
        except TradeBotError as error:
            self._notice.emit("error", f"{name} can't be checked now: {error}.")
        self.show_for(name)

    def _follow(self, name: str) -> None:
        """Show the progress of the check of ``name``, and what is known once it has ended in any way."""
        job = self._checks.running[name]
        if job.operation in self._followed:
            return
        self._followed.add(job.operation)
        undo = job.on_report(lambda report: self._reported(name, report))

        def ended(_: object) -> None:
            undo()
            self._followed.discard(job.operation)
            if name == self._name:
                self.show_for(name)

        job.on_done(ended)

    def _reported(self, name: str, report: ProgressReport) -> None:
        if name == self._name:
            left = "" if report.eta is None else f", {report.eta:.0f} s to go"
            self._say(f"Looking for a look ahead: {report.share:.0%}{left}", "")

    def _checked(self, event: StrategyChecked) -> None:
        if event.name == self._name:
            self.show_for(event.name)
        if event.level == "bad":
            self._notice.emit("warning", f"{event.name} looks ahead: {event.text}")

    def _say(self, text: str, tone: str) -> None:
        self.text.setText(phrase(text))
        self.text.setToolTip("")
        set_tone(self.text, tone)
