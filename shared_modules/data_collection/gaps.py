"""Why candles are missing: told from what the exchange answers and from what its other markets have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from shared_modules.core.bars import Bars, Times
from shared_modules.core.events import Gap, GapKind
from shared_modules.core.market import Series
from shared_modules.core.timeframes import Timeframe

from .checks import spans_of
from .provenance import Absent

_AROUND = 1000
_SURE = 1e-6
_COMPARED = 12
_BESIDE = 20


def opens_in(timeframe: Timeframe, start: int, end: int) -> Times:
    """The open times in [start, end)."""
    first = start if timeframe.floor(start) == start else timeframe.next(start)
    if not timeframe.is_month:
        return np.arange(first, end, timeframe.ms, dtype=np.int64)
    found = []
    while first < end:
        found.append(first)
        first = timeframe.next(first)
    return np.array(found, np.int64)


def known_gaps(series: Series, spans: Sequence[tuple[int, int]], known: Absent) -> tuple[Gap, ...]:
    """The holes of ``series`` as far as an earlier question to the exchange explains them; the rest is unrepaired."""
    count = series.timeframe.count
    return tuple(Gap(series, a, b, count(a, b), known.reason(a, b) or GapKind.UNREPAIRED) for a, b in spans)


def explained_gaps(
    series: Series, span: tuple[int, int], answer: Bars, around: Bars, others: Sequence[tuple[Series, Bars]]
) -> tuple[Gap, ...]:
    """The hole ``span`` split by reason, given all that the exchange has in it.

    What the exchange has, we lost (`OURS`). What it has not is `NO_TRADES` where another market of ``others`` (stored
    series of the same place) has candles, and `EXCHANGE` where at least two of them cover the time and none has. With
    fewer to compare, ``around`` decides, the candles stored before and after: a market that trades nearly always does
    not pause so long by itself.
    """
    opens = opens_in(series.timeframe, *span)
    there = np.isin(opens, answer.time)
    kinds = np.where(there, GapKind.OURS.value, "").astype(object)
    lacking = opens[~there]
    if len(lacking):
        kinds[~there] = _absence(series, lacking, around, others)
    gaps: list[Gap] = []
    for kind in dict.fromkeys(kinds.tolist()):
        for a, b in spans_of(opens[kinds == kind], series.timeframe):
            gaps.append(Gap(series, a, min(b, span[1]), series.timeframe.count(a, b), GapKind(kind)))
    return tuple(sorted(gaps, key=lambda g: g.start))


def neighbours(
    gap: Gap, stored: Sequence[Series], read: Callable[[Series, int, int], Bars]
) -> list[tuple[Series, Bars]]:
    """What up to twelve other ``stored`` markets of the same place have in and around ``gap``."""
    here, frame = gap.series.market, gap.series.timeframe
    near = [
        other for other in stored
        if other.market != here and (other.market.exchange, other.market.category) == (here.exchange, here.category)
        and other.timeframe.ms <= frame.ms
    ]  # fmt: skip
    near.sort(key=lambda other: (other.timeframe.ms != frame.ms, other.market))
    start, end = gap.start - _BESIDE * frame.ms, gap.end + _BESIDE * frame.ms
    return [(other, read(other, start, end)) for other in near[:_COMPARED]]


def _absence(series: Series, lacking: Times, around: Bars, others: Sequence[tuple[Series, Bars]]) -> list[str]:
    covering = np.zeros(len(lacking), np.int64)
    alive = np.zeros(len(lacking), np.bool_)
    for other, bars in others:
        if not len(bars) or other.timeframe.ms > series.timeframe.ms:
            continue
        covering += (lacking >= bars.time[0]) & (lacking <= bars.time[-1])
        # a shorter candle anywhere inside ours is a sign of life
        end = np.array([series.timeframe.next(t) for t in lacking.tolist()], np.int64)
        alive |= np.searchsorted(bars.time, lacking) < np.searchsorted(bars.time, end)
    alone = _outage(series.timeframe, lacking, around)
    silent = np.where(covering >= 2, True, alone)
    return [GapKind.NO_TRADES if a else GapKind.EXCHANGE if s else GapKind.NO_TRADES
            for a, s in zip(alive.tolist(), silent.tolist(), strict=True)]  # fmt: skip


def _outage(timeframe: Timeframe, lacking: Times, around: Bars) -> np.ndarray:
    """Per missing candle whether its run is too long for a pause in trading, by how often the market pauses."""
    found = np.zeros(len(lacking), np.bool_)
    for a, b in spans_of(lacking, timeframe):
        middle = int(np.searchsorted(around.time, a))
        near = around[max(0, middle - _AROUND // 2) : middle + _AROUND // 2]
        traded = int((near.volume > 0).sum())
        inside = (lacking >= a) & (lacking < b)
        if not len(near):
            continue
        whole = timeframe.count(int(near.time[0]), int(near.time[-1]) + 1) - timeframe.count(a, b)
        quiet = (max(0, whole - traded) + 1) / (max(whole, traded) + 2)
        found[inside] = int(inside.sum()) * math.log(quiet) < math.log(_SURE)
    return found
