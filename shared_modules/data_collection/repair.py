"""Putting stored series right with what the exchange has, so that every change can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Rejected
from shared_modules.core.events import Gap, GapKind
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import Progress
from shared_modules.exchanges.base import MarketData

from .checks import Span, differing, off_grid, spans_of
from .findings import Fault, SeriesReport
from .gaps import explained_gaps, neighbours
from .history import HistoryFetcher
from .integrity import verify_folder, verify_series
from .provenance import ABSENT, REPAIR, Entry, absent, record
from .repair_files import free_id, keep_rows, set_aside
from .store import CandleStore

_SUSPECT = (
    Fault.OFF_GRID, Fault.BAD_OHLC, Fault.BAD_PRICE, Fault.OUTLIER, Fault.TURNOVER, Fault.FROZEN, Fault.TIMEFRAMES,
    Fault.EXCHANGE, Fault.TRADES,
)  # fmt: skip
_TOGETHER = 300  # candles between two suspects that are rather fetched along than asked about twice


@dataclass(frozen=True, slots=True)
class RepairOutcome:
    """What was done to ``series``: candles ``added``, ``replaced``, ``removed``; ``absent``: gaps that stay, and why.

    ``id`` takes it back; None when no row changed. ``kept``: candles that looked wrong and are what the exchange has,
    or of which it has none. ``quarantined``: id of the damaged file set aside. ``error``: why it could not be done.
    """

    series: Series
    id: str | None = None
    added: int = 0
    replaced: int = 0
    removed: int = 0
    kept: int = 0
    absent: tuple[Gap, ...] = ()
    quarantined: str | None = None
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether the file is not what it was."""
        return self.id is not None or self.quarantined is not None


class Repairer:
    """Compares stored series with the exchange behind ``data`` and writes what is missing or wrong anew.

    ``changed`` is called with each series whose file was changed. What the exchange no longer has is never removed,
    save candles off the grid in whose place it has one on the grid.
    """

    def __init__(
        self,
        data: MarketData,
        store: CandleStore,
        paths: DataPaths,
        clock: Clock | None = None,
        changed: Callable[[Series], None] | None = None,
    ) -> None:
        self._fetcher = HistoryFetcher(data)
        self._name = data.name
        self._store = store
        self._paths = paths
        self._clock = clock or SystemClock()
        self._changed = changed

    async def repair_all(
        self, series: Sequence[Series] | None = None, *, thorough: bool = False, progress: Progress | None = None
    ) -> list[RepairOutcome]:
        """Repair ``series``, or everything stored; ``thorough`` compares every row with the exchange.

        Gaps are explained last, when every series has what there is. Raises `Unreachable` and `StoreError`, after
        which it can be called again; a series that the exchange refuses has its ``error`` instead.
        """
        await asyncio.to_thread(self._store.flush)
        chosen = list(self._store.series() if series is None else series)
        quarantined = {one: await asyncio.to_thread(self._clean, one) for one in chosen}
        reports = {r.series: r for r in await asyncio.to_thread(verify_folder, self._paths)}
        outcomes = []
        for n, one in enumerate(chosen):
            if progress is not None:
                progress.step(n / len(chosen), str(one))
            done = await self._repair(one, reports[one], thorough) if one in reports else RepairOutcome(one)
            outcomes.append(replace(done, quarantined=quarantined[one]))
        for n, done in enumerate(outcomes):
            if not done.error:
                outcomes[n] = replace(done, absent=await self._explain(done.series))
            if done.changed and self._changed is not None:
                self._changed(done.series)
        if progress is not None:
            progress.step(1.0)
        return outcomes

    def _clean(self, series: Series) -> str | None:
        """Set a damaged file aside and keep what can be saved of it; the id of that, or None."""
        return self._store.exclusively(series, lambda file: set_aside(self._paths, series, file, self._now()))

    async def _repair(self, series: Series, report: SeriesReport, thorough: bool) -> RepairOutcome:
        if report.first is None or report.last is None:
            return RepairOutcome(series)
        timeframe = series.timeframe
        whole = (timeframe.floor(report.first), timeframe.next(report.last))
        suspects = [whole] if thorough else _joined([*report.gaps, *_widened(report)], 0, series)
        ours = await asyncio.to_thread(self._store.read, series)
        try:
            theirs = await self._fetched(series, suspects)
        except Rejected as error:
            return RepairOutcome(series, error=error.message)
        change = _Change.between(series, ours, theirs, suspects)
        suspicious = sum(len(ours.between(a, b)) for a, b in _widened(report))
        kept = max(0, suspicious - change.replaced - change.removed)
        if not change.spans:
            return RepairOutcome(series, kept=kept)
        ident = await asyncio.to_thread(self._write, series, ours, change)
        return RepairOutcome(series, ident, change.added, change.replaced, change.removed, kept)

    async def _fetched(self, series: Series, suspects: Sequence[Span]) -> Bars:
        found = Bars.empty()
        # side by side up to the fetcher's limit; the answers are merged in time order
        asked = _joined(suspects, _TOGETHER, series)
        for bars in await asyncio.gather(*(self._fetcher.fetch(series, *span) for span in asked)):
            found = found.merged(bars)
        return found

    def _write(self, series: Series, ours: Bars, change: _Change) -> str:
        ident = free_id(self._paths, series, self._now())
        before = Bars.empty()
        for a, b in change.spans:
            before = before.merged(ours.between(a, b))
        saved = keep_rows(self._paths, series, ident, before)
        counts = (change.added, change.replaced, change.removed)
        entry = Entry(REPAIR, ident, self._now(), self._name, change.spans, *counts, saved=saved)
        record(self._paths, series, entry)  # before the change: what cannot be taken back must not happen
        self._store.replace(series, change.spans, change.bars)
        return ident

    async def _explain(self, series: Series) -> tuple[Gap, ...]:
        """Record why each remaining gap is there; returns them."""
        report = await asyncio.to_thread(verify_series, series, self._paths.series(series), absent(self._paths, series))
        gaps = [gap for gap in report.reasons if gap.kind is GapKind.UNREPAIRED]
        found = [gap for gap in report.reasons if gap.kind is not GapKind.UNREPAIRED]
        if gaps:
            ours = await asyncio.to_thread(self._store.read, series)
            for gap in gaps:
                others = await asyncio.to_thread(neighbours, gap, self._store.series(), self._store.read)
                found += explained_gaps(series, (gap.start, gap.end), Bars.empty(), ours, others)
        known = {gap for gap in report.reasons if gap.kind is not GapKind.UNREPAIRED}
        for kind in (GapKind.EXCHANGE, GapKind.NO_TRADES):
            spans = tuple((g.start, g.end) for g in found if g.kind is kind and g not in known)
            if spans:
                record(self._paths, series, Entry(ABSENT, "", self._now(), self._name, spans, reason=kind.value))
        return tuple(sorted(found, key=lambda gap: gap.start))

    def _now(self) -> int:
        return self._clock.now()


@dataclass(frozen=True, slots=True)
class _Change:
    """Rows ``bars`` that take the place of everything in ``spans``."""

    spans: tuple[Span, ...]
    bars: Bars
    added: int
    replaced: int
    removed: int

    @classmethod
    def between(cls, series: Series, ours: Bars, theirs: Bars, suspects: Sequence[Span]) -> _Change:
        """From ``ours`` to ``theirs`` inside ``suspects``."""
        theirs = _inside(theirs, suspects)
        added = np.setdiff1d(theirs.time, ours.time, assume_unique=True)
        replaced = differing(_inside(ours, suspects), theirs)
        loose = ours.time[off_grid(ours.time, series.timeframe)]
        homes = np.array([series.timeframe.floor(t) for t in loose.tolist()], np.int64)
        removed = np.isin(homes, theirs.time)
        times = np.unique(np.concatenate((added, replaced, homes[removed])))
        spans = spans_of(times, series.timeframe)
        return cls(spans, _inside(theirs, spans), len(added), len(replaced), int(removed.sum()))


def _inside(bars: Bars, spans: Sequence[Span]) -> Bars:
    rows = np.zeros(len(bars), np.bool_)
    for a, b in spans:
        rows[np.searchsorted(bars.time, a) : np.searchsorted(bars.time, b)] = True
    return Bars(*(getattr(bars, name)[rows] for name in COLUMNS))


def _widened(report: SeriesReport) -> list[Span]:
    """Where ``report`` suspects rows, as whole intervals."""
    frame = report.series.timeframe
    return _joined([(frame.floor(a), frame.next(b - 1)) for a, b in report.spans(*_SUSPECT)], 0, report.series)


def _joined(spans: Sequence[Span], slack: int, series: Series) -> list[Span]:
    """``spans`` sorted, those joined that lie at most ``slack`` candles apart."""
    joined: list[Span] = []
    for a, b in sorted(spans):
        if joined and a <= joined[-1][1] + slack * series.timeframe.ms:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined
