"""The marks of the time axis and the beginnings of days, found for more than is in view."""

from __future__ import annotations

from .data import ChartData
from .span import Span
from .ticks import Stretch, TimeTick, Zone, day_breaks, time_ticks

_DAY_PIXELS = 30  # days narrower than that are not marked


class TimeMarks:
    """Moments a person would name on the bars of ``data``; while the view moves a little they are found already."""

    def __init__(self, data: ChartData) -> None:
        self._data = data
        self._ticks: Stretch[TimeTick] = Stretch(lambda tick: tick.x)
        self._days: Stretch[float] = Stretch(lambda bar: bar)

    def find(self, span: Span, width: float, zone: Zone, breaks: bool) -> tuple[list[TimeTick], list[float]]:
        """Marks of ``span`` on ``width`` pixels, and with ``breaks`` the bars in it that begin a day of ``zone``."""
        data = self._data
        if not len(data):
            return [], []
        pace, of = data.pace(span.x0, span.x1), (data.time_of, data.bar_after)
        known = (data.stamp, width, pace, zone)

        def ticks(x0: float, x1: float) -> list[TimeTick]:
            return time_ticks(x0, x1, width * (x1 - x0) / span.size, *of, pace, zone)

        def days(x0: float, x1: float) -> list[float]:
            return day_breaks(x0, x1, *of, pace, zone, int(width / _DAY_PIXELS) * round((x1 - x0) / span.size))

        found = self._ticks.between(span.x0, span.x1, known, ticks)
        return found, self._days.between(span.x0, span.x1, known, days) if breaks else []
