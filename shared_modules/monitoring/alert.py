"""What an alert waits for, as a value."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import DAY, WEEK, Timeframe, timeframe

if TYPE_CHECKING:
    from shared_modules.indicators.entry import Indicator

# what may be watched besides the indicators: columns of the candles
PRICES = ("close", "open", "high", "low", "volume")
# sums since the first candle that is known, and counts of candles: where they stand tells nothing
ENDLESS = frozenset((
    "obv", "ad", "wad", "pvt", "nvi", "pvi", "cumsum", "vwap", "vwap_anchored", "maxindex", "minindex", "minmaxindex",
))  # fmt: skip
# as many candles as a chart loads, so that an alert sees the line a person sees
_USUAL = 1_500
# the present session and the whole one before it
_SESSIONS = {"day": 2 * DAY, "week": 2 * WEEK, "month": 62 * DAY}


def _indicator(name: str) -> Indicator:
    # the catalogue brings TA-Lib and numba: who only has price alerts need not wait for them
    from shared_modules.indicators.catalogue import indicator

    return indicator(name)


class Crossing(StrEnum):
    """Which way a line must go through the other."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


@dataclass(frozen=True)
class Line:
    """A line of a chart: a column of the candles, or an ``output`` of the indicator ``name``."""

    name: str = "close"
    params: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""

    @property
    def is_price(self) -> bool:
        return self.name in PRICES

    def checked(self) -> Line:
        """This line with all parameters and a known output; raises `UnknownName` or `OutOfRange`."""
        if self.is_price:
            return Line(self.name)
        found = _indicator(self.name)
        output = self.output or found.outputs[0]
        if output not in found.outputs:
            raise InvalidInput(f"'{self.name}' has no line '{output}'; it has {', '.join(found.outputs)}")
        if not found.causal:
            raise InvalidInput(f"'{self.name}' changes its past with later candles, so nobody can be told in time")
        if self.name in ENDLESS:
            raise InvalidInput(f"'{self.name}' counts from the first candle it is given, so its level tells nothing")
        return Line(self.name, found.checked(self.params), output)

    def values(self, bars: Bars) -> Floats:
        """Its value at each of ``bars``."""
        if self.is_price:
            column: Floats = getattr(bars, self.name)
            return column
        return _indicator(self.name).compute(bars, **self.params)[self.output]

    def bars(self, of: Timeframe) -> int:
        """So many candles of ``of`` are needed for the newest two values to be right."""
        if self.is_price:
            return 2
        follower = _indicator(self.name)
        # recursive averages forget slowly: four times the warm-up leaves less than one part in a thousand
        need = max(_USUAL, 4 * follower.warmup(**self.params) + 50)
        session = _SESSIONS.get(str(self.params.get("session", "")), 0)
        return max(need, session // of.ms + 2)

    def __str__(self) -> str:
        if self.is_price:
            return self.name
        numbers = " ".join(f"{v:g}" if isinstance(v, (int, float)) else str(v) for v in self.params.values())
        title = f"{_indicator(self.name).title} {numbers}".strip()
        several = len(_indicator(self.name).outputs) > 1
        return f"{title} ({self.output.replace('_', ' ')})" if several else title


@dataclass(frozen=True)
class DrawnLine:
    """A straight line through two points, each a time in ms UTC and a price; it goes on after the second."""

    start: tuple[int, float]
    end: tuple[int, float]

    def __post_init__(self) -> None:
        if self.end[0] <= self.start[0]:
            raise InvalidInput("a line to be crossed leads from one time to a later one")
        if not (math.isfinite(self.start[1]) and math.isfinite(self.end[1])):
            raise InvalidInput("a line to be crossed leads from one price to another")

    def at(self, time: int) -> float:
        """Its price at ``time``; NaN before it begins."""
        (t0, p0), (t1, p1) = self.start, self.end
        return math.nan if time < t0 else p0 + (p1 - p0) * (time - t0) / (t1 - t0)


@dataclass(frozen=True)
class Alert:
    """Tell a person when ``line`` of ``symbol`` crosses ``level``, the line ``against`` or the drawn line ``drawn``.

    ``timeframe`` empty: every trade counts, for prices alone; else the candles of it are judged when they close.
    ``repeat``: go on after it was told; else it rests then. ``last``: how far the line lay above what it is to cross
    when it was looked at last, None before that. ``drawing`` is the id of what it was made on and follows; from
    ``expires`` (ms UTC) on it rests. ``tone`` names the sound, empty for the usual one.
    """

    symbol: str
    line: Line = field(default_factory=Line)
    crossing: Crossing = Crossing.EITHER
    level: float = math.nan
    against: Line | None = None
    timeframe: str = ""
    repeat: bool = False
    sound: bool = True
    note: str = ""
    active: bool = True
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    fired: int = 0
    last: float | None = None
    drawn: DrawnLine | None = None
    drawing: str = ""
    expires: int | None = None
    tone: str = ""

    def __post_init__(self) -> None:
        if not self.symbol:
            raise InvalidInput("an alert needs a symbol")
        if self.timeframe:
            timeframe(self.timeframe)
        elif self.line.name != "close" or self.against is not None:
            raise InvalidInput("an indicator is judged when a candle closes; choose a timeframe for the alert")
        if self.drawn is not None and not self.line.is_price:
            raise InvalidInput("a line drawn over the candles can only be crossed by a price")
        if self.against is None and self.drawn is None and not math.isfinite(self.level):
            raise InvalidInput("an alert needs a price or value to wait for")
        object.__setattr__(self, "line", self.line.checked())
        if self.against is not None:
            object.__setattr__(self, "against", self.against.checked())

    @property
    def is_tick(self) -> bool:
        return not self.timeframe

    @property
    def bars(self) -> int:
        """So many candles are needed to judge it; 0 where every trade counts."""
        lines = () if self.is_tick else (self.line, self.against)
        return max((line.bars(timeframe(self.timeframe)) for line in lines if line is not None), default=0)

    def goal(self, time: int) -> float:
        """The level, or the price of the drawn line at ``time`` (ms UTC)."""
        return self.level if self.drawn is None else self.drawn.at(time)

    def over(self, time: int) -> bool:
        """Whether it has expired at ``time`` (ms UTC)."""
        return self.expires is not None and time >= self.expires

    def sentence(self, digits: int | None = None) -> str:
        """What it waits for, in words."""
        what = str(self.line) if self.timeframe else "price"
        against = "the drawn line" if self.drawn else number(self.level, digits)
        against = against if self.against is None else str(self.against)
        way = {"above": "crosses above", "below": "crosses below", "either": "crosses"}[self.crossing.value]
        closes = f" at the close of a {self.timeframe} candle" if self.timeframe else ""
        return f"{self.symbol} {what} {way} {against}{closes}"


def watchable(entry: Indicator) -> bool:
    """Whether an alert can wait for a level of ``entry``: a line that keeps its past and forgets where it began."""
    return entry.causal and entry.kind == "line" and entry.name not in ENDLESS


def number(value: float, digits: int | None) -> str:
    """``value`` with ``digits`` after the point, or with what it needs."""
    return f"{value:,.{digits}f}" if digits is not None else f"{value:,.10g}"


def crossed(before: float | None, now: float, crossing: Crossing) -> bool:
    """Whether a difference that was ``before`` went through zero the wished way to ``now``.

    Arriving exactly at zero counts as crossed, so that a price alert at 100 is told at 100; leaving it does not.
    """
    if before is None or not (math.isfinite(before) and math.isfinite(now)):
        return False
    up, down = before < 0.0 <= now, before > 0.0 >= now
    return up if crossing is Crossing.ABOVE else down if crossing is Crossing.BELOW else up or down
