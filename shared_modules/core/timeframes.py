"""Candle intervals: their names, lengths and boundaries in UTC."""

from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import UnknownName

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
# the epoch was a Thursday; exchange weeks start on Monday
_WEEK_ANCHOR = 4 * DAY


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A candle interval; ``ms`` is its length, for a month the nominal 30 days."""

    name: str
    ms: int

    @property
    def is_month(self) -> bool:
        return self.name == "1M"

    def floor(self, time: int) -> int:
        """Open time of the candle that contains ``time`` (ms UTC)."""
        if self.is_month:
            at = datetime.fromtimestamp(time / 1000, UTC)
            return timegm((at.year, at.month, 1, 0, 0, 0)) * 1000
        anchor = _WEEK_ANCHOR if self.ms == WEEK else 0
        return (time - anchor) // self.ms * self.ms + anchor

    def next(self, time: int) -> int:
        """Open time of the candle after the one that contains ``time``; the close time of that one."""
        if self.is_month:
            at = datetime.fromtimestamp(time / 1000, UTC)
            year, month = divmod(at.year * 12 + at.month, 12)
            return timegm((year, month + 1, 1, 0, 0, 0)) * 1000
        return self.floor(time) + self.ms

    def count(self, start: int, end: int) -> int:
        """Number of candle opens in [start, end)."""
        if end <= start:
            return 0
        first = start if self.floor(start) == start else self.next(start)
        if not self.is_month:
            return max(0, -(-(end - first) // self.ms))
        n = 0
        while first < end:
            n, first = n + 1, self.next(first)
        return n

    def __str__(self) -> str:
        return self.name


TIMEFRAMES: dict[str, Timeframe] = {
    t.name: t
    for t in (
        Timeframe("1m", MINUTE),
        Timeframe("3m", 3 * MINUTE),
        Timeframe("5m", 5 * MINUTE),
        Timeframe("15m", 15 * MINUTE),
        Timeframe("30m", 30 * MINUTE),
        Timeframe("1h", HOUR),
        Timeframe("2h", 2 * HOUR),
        Timeframe("4h", 4 * HOUR),
        Timeframe("6h", 6 * HOUR),
        Timeframe("12h", 12 * HOUR),
        Timeframe("1d", DAY),
        Timeframe("1w", WEEK),
        Timeframe("1M", 30 * DAY),
    )
}


def timeframe(name: "str | Timeframe") -> Timeframe:
    """The timeframe called ``name``; raises `UnknownName` with the nearest names."""
    if isinstance(name, Timeframe):
        return name
    # 1m and 1M differ, every other name may be typed in any case
    found = TIMEFRAMES.get(name) or TIMEFRAMES.get(name.lower())
    if found is None:
        raise UnknownName.of("timeframe", name, TIMEFRAMES)
    return found
