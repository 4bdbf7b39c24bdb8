"""Where axes put their marks: round prices, and moments a person would name."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared_modules.core.timeframes import DAY, MINUTE
from tradebot_gui.language import tr

MINUS = "\N{MINUS SIGN}"
_STEPS = tuple(m * MINUTE for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720))
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12, 24, 60)
_MONTH = 30.44 * DAY
_QUARTER = 15 * MINUTE
T = TypeVar("T")
# the height of a label, pixels
LABEL = 14.0


def nice_step(raw: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below ``raw``."""
    power = 10.0 ** math.floor(math.log10(max(raw, 1e-300)))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= raw * (1 - 1e-9))


def price_ticks(low: float, high: float, pixels: float, gap: float = 44.0, least: float = 0.0) -> list[float]:
    """Round values inside [low, high], about ``gap`` pixels apart, ``least`` the smallest step."""
    if not (high > low and math.isfinite(high - low)) or pixels < gap / 2:
        return []
    step = max(nice_step((high - low) * gap / pixels), least)
    found = _multiples(low, high, step)
    # one value alone tells nothing of the scale: in a low pane they come as near as they can be read
    while len(found) < 2 and (step := nice_step(step / 2.6)) >= least and step * pixels >= LABEL * (high - low):
        found = _multiples(low, high, step)
    return found


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def step_decimals(values: list[float], span: float) -> int:
    """Digits after the point that tell neighbouring ``values`` apart; of a single one, a tenth of ``span``."""
    step = values[1] - values[0] if len(values) > 1 else span / 10
    return max(0, -math.floor(math.log10(max(abs(step), 1e-12)) + 1e-9))


@lru_cache(maxsize=2048)  # axes and legends write the same ones frame after frame
def number(value: float, decimals: int) -> str:
    """``value`` with thousands separators and a true minus; a dash when it is unknown."""
    if not math.isfinite(value):
        return "—"
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS)


def short_number(value: float) -> str:
    """A volume in four digits: 950, 12.3K, 4.56M."""
    for limit, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= limit:
            return f"{value / limit:.2f}{unit}"
    return f"{value:.2f}" if 0 < value < 100 else f"{value:.0f}"


class Zone:
    """A display zone: 'local', 'UTC' or an IANA name; a name that is not known here shows UTC."""

    def __init__(self, name: str = "local") -> None:
        self._offsets: dict[int, int] = {}
        self._labels: dict[tuple[float, bool], tuple[str, bool]] = {}
        self._zone: tzinfo | None = UTC
        if name == "local":
            self._zone = None
        elif name.upper() != "UTC":
            try:
                self._zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._zone = UTC

    def at(self, time: float) -> datetime:
        """The moment ``time`` (ms UTC) in this zone."""
        return datetime.fromtimestamp(time / 1000, UTC).astimezone(self._zone)

    def offset(self, time: float) -> int:
        """Local time minus UTC at ``time``, in ms."""
        quarter = int(time // _QUARTER)  # zones change at whole quarters of an hour
        found = self._offsets.get(quarter)
        if found is None:
            if len(self._offsets) > 20_000:
                self._offsets.clear()
            delta = self.at(time).utcoffset()
            found = self._offsets[quarter] = round(delta.total_seconds() * 1000) if delta else 0
        return found

    def tick(self, time: float, daily: bool) -> tuple[str, bool]:
        """What the time axis writes at ``time``, and whether a day, month or year begins there."""
        found = self._labels.get((time, daily))
        if found is None:
            if len(self._labels) > 5000:
                self._labels.clear()
            found = self._labels[time, daily] = _label(self.at(time), daily)
        return found

    def time_of(self, local: datetime) -> int:
        """The moment (ms UTC) at which clocks of this zone show ``local``, or leap over it."""
        shown = round(local.replace(tzinfo=UTC).timestamp() * 1000)
        # a day before no leap of that night has been taken yet
        return round(_moment(shown, self.offset(shown - DAY), self))

    def label(self, time: float) -> str:
        """The zone's short name at ``time``, or its offset where it has no name of letters."""
        name = self.at(time).tzname() or "UTC"
        if len(name) <= 5 and name.isalpha():
            return name
        minutes = self.offset(time) // MINUTE
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'+' if minutes >= 0 else MINUS}{hours}" + (f":{rest:02}" if rest else "")

    def moment(self, time: float) -> str:
        """``time`` in full, as for the crosshair."""
        at = self.at(time)
        return f"{tr(at.strftime('%a'))} {at:%d} {tr(at.strftime('%b'))} {at:%Y  %H:%M}"


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A mark of the time axis; ``major`` where a day, month or year begins."""

    x: float
    label: str
    major: bool


def time_ticks(
    x0: float,
    x1: float,
    pixels: float,
    time_of: Callable[[float], float],
    bar_after: Callable[[float], float],
    bar_ms: float,
    zone: Zone,
    gap: float = 92.0,
) -> list[TimeTick]:
    """Marks for bars x0 to x1: ``time_of(x)`` is a bar's time, ``bar_after(time)`` the first bar at or after it.

    Where candles are missing the next mark is looked for after the hole, so the work is bounded by the pixels.
    """
    if not x1 > x0 or pixels <= 0:
        return []
    raw = (x1 - x0) / pixels * gap * bar_ms
    following, daily = _walker(max(raw, bar_ms), zone)
    ticks: list[TimeTick] = []
    least = (x1 - x0) / pixels * gap * 0.62
    time = following(time_of(x0) - 1)
    for _ in range(int(4 * pixels / gap) + 8):
        x = bar_after(time)
        if x > x1:
            break
        if x >= x0:
            tick = TimeTick(x, *zone.tick(time_of(x) if daily else time, daily))
            if not ticks or x - ticks[-1].x >= least:
                ticks.append(tick)
            elif tick.major and not ticks[-1].major:
                ticks[-1] = tick
        time = following(max(time, time_of(x)))
    return ticks


class Stretch(Generic[T]):
    """Marks of a stretch wider than the view, so that a chart that is dragged finds them ready."""

    def __init__(self, place: Callable[[T], float]) -> None:
        self._place = place  # the bar of a mark
        self._of: Hashable = None
        self._x0 = self._x1 = 0.0
        self._marks: list[T] = []

    def between(self, x0: float, x1: float, of: Hashable, make: Callable[[float, float], list[T]]) -> list[T]:
        """Marks in [x0, x1]; ``make`` finds those of a stretch, which hold while ``of`` and the zoom stay the same."""
        size = x1 - x0
        of = (of, round(size, 6))
        if of != self._of or x0 < self._x0 or x1 > self._x1:
            self._of, self._x0, self._x1 = of, x0 - size / 2, x1 + size / 2
            self._marks = make(self._x0, self._x1)
        return [mark for mark in self._marks if x0 <= self._place(mark) <= x1]


def day_breaks(
    x0: float,
    x1: float,
    time_of: Callable[[float], float],
    bar_after: Callable[[float], float],
    bar_ms: float,
    zone: Zone,
    most: int,
) -> list[float]:
    """The first bar of each day of ``zone`` in [x0, x1]; none where days are not longer than bars or over ``most``."""
    if bar_ms >= DAY or (x1 - x0) * bar_ms > most * DAY:
        return []
    found: list[float] = []
    time = _next_step(time_of(x0) - 1, DAY, zone)
    for _ in range(most + 1):
        x = bar_after(time)
        if x > x1:
            break
        if x >= x0:
            found.append(x)
        time = _next_step(max(time, time_of(x)), DAY, zone)
    return found


def _walker(raw: float, zone: Zone) -> tuple[Callable[[float], float], bool]:
    """The function from a time to the next mark after it, and whether marks are whole days."""
    for step in _STEPS:
        if step >= raw:
            return partial(_next_step, step=step, zone=zone), False
    for days in _DAYS:
        if days * DAY >= raw:
            return partial(_next_step, step=days * DAY, zone=zone), True
    months = next((m for m in _MONTHS if m * _MONTH >= raw), 120)
    return partial(_next_months, months=months, zone=zone), True


def _next_step(time: float, step: int, zone: Zone) -> float:
    offset = zone.offset(time)
    anchor = 4 * DAY if step % (7 * DAY) == 0 else 0  # weeks begin on Monday
    return _moment((math.floor((time + offset - anchor) / step) + 1) * step + anchor, offset, zone)


def _moment(local: float, offset: int, zone: Zone) -> float:
    """When clocks show ``local``, a while after they were ``offset`` ahead; where they leap over it, when they leap."""
    found = local - zone.offset(local - offset)
    return found if found + zone.offset(found) == local else local - offset


def _next_months(time: float, months: int, zone: Zone) -> float:
    at = zone.at(time)
    index = ((at.year * 12 + at.month - 1) // months + 1) * months
    local = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000
    return _moment(local, zone.offset(time), zone)


def _label(at: datetime, daily: bool) -> tuple[str, bool]:
    if not daily and (at.hour or at.minute):
        return at.strftime("%H:%M"), False
    if at.day == 1 and at.month == 1:
        return str(at.year), True
    if at.day == 1:
        return f"{tr(at.strftime('%b'))} {at.year}", True
    return f"{at.day} {tr(at.strftime('%b'))}", not daily
