"""A field for a date with its hour and minute, in a zone that a person has chosen."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone
from PySide6.QtWidgets import QDateTimeEdit

from tradebot_gui.charts.ticks import Zone


class MomentBox(QDateTimeEdit):
    """Shows a moment as clocks of ``zone`` show it."""

    def __init__(self, zone: Zone) -> None:
        super().__init__()
        self.zone = zone
        self.setTimeZone(QTimeZone.utc())  # it carries the figures of the zone
        self.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.setCalendarPopup(True)

    def set_moment(self, time: int) -> None:
        """Show ``time`` (ms UTC)."""
        at = self.zone.at(time)
        self.setDateTime(QDateTime(QDate(at.year, at.month, at.day), QTime(at.hour, at.minute), QTimeZone.utc()))

    def moment(self) -> int:
        """What is shown, in ms UTC."""
        shown = self.dateTime().toPython()
        assert isinstance(shown, datetime)
        return self.zone.time_of(shown.replace(tzinfo=None))
