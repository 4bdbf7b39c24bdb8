"""What a check of a series found, and the one number that sums it up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from shared_modules.core.events import Gap, GapKind
from shared_modules.core.market import Series

_STEEPNESS = 20.0
_EXPLAINED = (GapKind.EXCHANGE, GapKind.NO_TRADES)


class Fault(StrEnum):
    """A kind of defect; the first group is wrong for certain, the second deserves a look."""

    DAMAGED = "damaged line"
    DUPLICATE = "repeated time"
    DISORDER = "out of order"
    OFF_GRID = "off the grid"
    BAD_OHLC = "impossible OHLC"
    BAD_PRICE = "price or volume below zero"
    TIMEFRAMES = "contradicts another timeframe"
    EXCHANGE = "differs from the exchange"
    TRADES = "contradicts the trades"

    OUTLIER = "outlier"
    TURNOVER = "turnover fits no price"
    FROZEN = "repeats itself"


# how much of a lost candle each weighs in the score
WEIGHTS: dict[Fault, float] = {
    Fault.DAMAGED: 1.0,
    Fault.DUPLICATE: 0.25,
    Fault.DISORDER: 0.25,
    Fault.OFF_GRID: 1.0,
    Fault.BAD_OHLC: 1.0,
    Fault.BAD_PRICE: 1.0,
    Fault.TIMEFRAMES: 0.5,
    Fault.EXCHANGE: 1.0,
    Fault.TRADES: 1.0,
    Fault.OUTLIER: 0.1,
    Fault.TURNOVER: 0.1,
    Fault.FROZEN: 0.1,
}
WARNINGS = frozenset({Fault.OUTLIER, Fault.TURNOVER, Fault.FROZEN})


@dataclass(frozen=True, slots=True)
class Finding:
    """``count`` candles (or lines) with ``fault``; ``spans`` say where, as pairs of open times, as many as known."""

    fault: Fault
    count: int
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """The findings of one series.

    ``gaps``: pairs of open times, from the first missing candle to the next one there. ``missing``: candles in them.
    ``duplicates``: lines that repeat a time. ``disorder``: lines older than the one before. ``bad_ohlc``: candles
    whose high is not the highest or low not the lowest, or with a price of zero or less. ``reasons``: the gaps by kind,
    as far as that is known. ``findings``: every other defect with its place. ``stale``: milliseconds that the series
    lies behind the newest of its exchange, 0 when it keeps up.
    """

    series: Series
    rows: int
    first: int | None
    last: int | None
    gaps: tuple[tuple[int, int], ...]
    missing: int
    duplicates: int
    disorder: int
    bad_ohlc: int
    notes: tuple[str, ...] = ()
    reasons: tuple[Gap, ...] = ()
    findings: tuple[Finding, ...] = ()
    stale: int = 0

    @property
    def unexplained(self) -> int:
        """Missing candles that neither an outage of the exchange nor a lack of trades accounts for."""
        return self.missing - sum(gap.missing for gap in self.reasons if gap.kind in _EXPLAINED)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to repair; warnings and explained gaps need none."""
        certain = any(f.count for f in self.findings if f.fault not in WARNINGS)
        return not (self.unexplained or self.duplicates or self.disorder or self.bad_ohlc or certain or self.notes)

    def count(self, fault: Fault) -> int:
        """How many candles or lines have ``fault``."""
        return sum(f.count for f in self.findings if f.fault is fault)

    def spans(self, *faults: Fault) -> tuple[tuple[int, int], ...]:
        """Where ``faults`` lie, sorted."""
        return tuple(sorted({span for f in self.findings if f.fault in faults for span in f.spans}))

    @property
    def score(self) -> float:
        """Quality from 0 to 100: ``100 * exp(-20 * d)``, a tenth less when stale, rounded down to 0.01.

        ``d`` is the weighted number of defects (an unexplained missing candle counts 1, others as in `WEIGHTS`) by
        the candles that should be there. 0.1 % missing give 98.0, 1 % 81.9, 5 % 36.8; 100 means no defect at all.
        """
        expected = self.rows - self.duplicates + self.missing
        if not expected:
            return 0.0
        weight = self.unexplained + sum(WEIGHTS[f.fault] * f.count for f in self.findings)
        value = 100.0 * math.exp(-_STEEPNESS * weight / expected) * (0.9 if self.stale else 1.0)
        # a defect must show, however long the series is
        return min(math.floor(value * 100) / 100, 99.99 if weight else 100.0)
