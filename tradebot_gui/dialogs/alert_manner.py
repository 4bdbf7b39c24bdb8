"""How an alert tells and until when: parts of its form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QToolButton, QWidget

from shared_modules.core.timeframes import DAY
from tradebot_gui.charts.ticks import Zone
from tradebot_gui.forms.moment import MomentBox
from tradebot_gui.language import tr
from tradebot_gui.sound import OF_ALERTS


class SoundRow(QWidget):
    """Whether a sound is played, which one, and a button to hear it, for which ``listen`` gets its name."""

    def __init__(self, listen: Callable[[str], None]) -> None:
        super().__init__()
        self.on = QCheckBox(tr("With a sound"))
        self.tone = QComboBox()
        self.tone.setAccessibleName(tr("Sound"))
        for name, title in OF_ALERTS.items():
            self.tone.addItem(tr(title), name)
        self.hear = QToolButton()
        self.hear.setText(tr("Hear it"))
        self.hear.setAccessibleName(tr("Hear it"))
        self.hear.clicked.connect(lambda: listen(self.name))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.on, self.tone, self.hear):
            row.addWidget(part)
        row.addStretch(1)
        self.on.toggled.connect(self.tone.setEnabled)
        self.on.toggled.connect(self.hear.setEnabled)

    @property
    def name(self) -> str:
        return str(self.tone.currentData())

    def show_choice(self, on: bool, tone: str) -> None:
        self.on.setChecked(on)
        self.tone.setCurrentIndex(max(0, self.tone.findData(tone)))
        self.tone.setEnabled(on)
        self.hear.setEnabled(on)


class EndRow(QWidget):
    """A time from which on the alert rests, in the zone of the window; or none."""

    def __init__(self, zone: Zone, now: int) -> None:
        """``now`` is ms UTC; a day later is offered."""
        super().__init__()
        self.on = QCheckBox(tr("Only until"))
        self.when = MomentBox(zone)
        self.when.setAccessibleName(tr("Until when the alert waits"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.on)
        row.addWidget(self.when)
        row.addStretch(1)
        self.on.toggled.connect(self.when.setEnabled)
        self.show_time(None)
        self.when.set_moment(now + DAY)

    def show_time(self, time: int | None) -> None:
        self.on.setChecked(time is not None)
        self.when.setEnabled(time is not None)
        if time is not None:
            self.when.set_moment(time)

    def time(self) -> int | None:
        """Ms UTC, or None for no end."""
        return self.when.moment() if self.on.isChecked() else None
