"""The past of many markets at once: only what is missing, within the exchange's limits, resumable at any point."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Rejected, Throttled, Unreachable
from shared_modules.core.market import Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.exchanges.base import CandleKind, MarketData

from .extras import Extra, ExtraKind, Table, columns, read_extra, write_extra
from .history import Span, Wanted, back, missing_spans, pages, together
from .pace import Pace
from .provenance import absent
from .store import CandleStore

T = TypeVar("T")
_BESIDE = 8
_PAGES_PER_UNIT = 20
_TRIES = 8
_LONGEST_WAIT = 30.0
_TELL_EVERY = 0.25
_DAY = TIMEFRAMES["1d"]
_MONTH = TIMEFRAMES["1M"]
_CANDLES = {ExtraKind.MARK: CandleKind.MARK, ExtraKind.INDEX: CandleKind.INDEX}
_EXTRA_ROWS = 200  # rows in one answer of funding and open interest
_FUNDING_STEP = 3_600_000 * 8


@dataclass(frozen=True, slots=True)
class WantedExtra:
    """Rows of ``extra`` in [start, end)."""

    extra: Extra
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """How far it is: requests ``done`` of ``total``, seconds ``elapsed`` and to go (``eta``, None while unknown)."""

    done: int
    total: int
    candles: int
    elapsed: float
    eta: float | None
    text: str

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 1.0


@dataclass(slots=True)
class BackfillOutcome:
    """What came: candles by series, rows by extra, and the sentence of each market that was refused."""

    candles: dict[Series, int] = field(default_factory=dict)
    extras: dict[Extra, int] = field(default_factory=dict)
    refused: dict[Market, str] = field(default_factory=dict)
    requests: int = 0


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece of work for one worker: requests for ``spans`` of a series or an extra, in this order."""

    what: Series | Extra
    spans: tuple[Span, ...]

    @property
    def market(self) -> Market:
        return self.what.market


class Backfill:
    """Fetches the past into ``store``, at most ``beside`` requests at once; the limits themselves are the adapter's.

    What is stored is all the state there is: killed at any instant and run again it asks for the rest alone, save at
    most 20 pages of each of ``beside`` series. Rows come oldest first, so that files grow at their end. A series of
    which more is fetched than is kept of it is kept whole from then on: nobody asks for a past to have it cut off.
    """

    def __init__(
        self, data: MarketData, store: CandleStore, paths: DataPaths, clock: Clock | None = None, beside: int = _BESIDE
    ) -> None:
        self._data = data
        self._store = store
        self._paths = paths
        self._clock = clock or SystemClock()
        self._beside = beside
        self._limit = data.capabilities.candles_per_request

    async def run(
        self,
        wanted: Sequence[Wanted],
        extras: Sequence[WantedExtra] = (),
        *,
        on_report: Callable[[BackfillReport], None] | None = None,
        progress: Progress | None = None,
    ) -> BackfillOutcome:
        """Fetch what is missing of ``wanted`` and ``extras``; a market that the exchange refuses is passed over.

        Raises `Unreachable` when the exchange stays silent over several tries, `StoreError`, and `Cancelled` when
        ``progress`` is told to stop. What came by then is stored.
        """
        now = await self._patiently(self._data.server_time)
        job = _Job(self._clock, on_report, progress)
        births = await self._births(wanted, job)
        units = await asyncio.to_thread(self._units, wanted, extras, births, now)
        await asyncio.to_thread(self._store.keep_all_of, [o.series for o in wanted if self._exceeds(o)])
        job.pace = Pace(sum(len(unit.spans) for unit in units), self._clock.monotonic())
        job.outcome.candles.update({order.series: 0 for order in wanted})
        job.outcome.extras.update({order.extra: 0 for order in extras})
        job.tell("")
        waiting = iter(units)
        await together([self._worker(waiting, job) for _ in range(self._beside)])
        await asyncio.to_thread(self._store.flush)
        if progress is not None:
            progress.step(1.0)
        return job.outcome

    def _exceeds(self, order: Wanted) -> bool:
        """Whether the retention of the series would cut what is wanted."""
        keep = self._store.keep(order.series)
        return keep is not None and order.series.timeframe.count(order.start, order.end) > keep

    async def _worker(self, units: Iterator[_Unit], job: _Job) -> None:
        for unit in units:
            if unit.market in job.outcome.refused:
                job.pace.drop(len(unit.spans))
                continue
            try:
                await (self._candles(unit, job) if isinstance(unit.what, Series) else self._extra(unit, job))
            except Rejected as error:
                job.outcome.refused[unit.market] = error.message

    async def _candles(self, unit: _Unit, job: _Job) -> None:
        series = unit.what
        assert isinstance(series, Series)
        found: list[Bars] = []
        try:
            for span in unit.spans:
                page = await self._patiently(lambda s=span: self._data.candles(series, *s))  # type: ignore[misc]
                found.append(page.bars.between(*span))
                job.outcome.candles[series] += len(found[-1])
                job.step(1, len(found[-1]), str(series))
        finally:
            # together: rows before stored ones make the file be written anew
            self._store.append(series, _joined(found), trim=False)

    async def _extra(self, unit: _Unit, job: _Job) -> None:
        extra = unit.what
        assert isinstance(extra, Extra)
        # one after the other: rows that are stored must have no hole between them
        for span in unit.spans:
            table = await self._patiently(lambda s=span: self._rows(extra, *s))  # type: ignore[misc]
            if len(table):
                await asyncio.to_thread(write_extra, self._paths, extra, table)
            job.outcome.extras[extra] += len(table)
            job.step(1, 0, str(extra))

    async def _rows(self, extra: Extra, start: int, end: int) -> Table:
        """One piece of an extra from the exchange."""
        if extra.kind is ExtraKind.FUNDING:
            rates = await self._data.funding_history(extra.market, start, end)
            return _table(extra.kind, [(r.time, (r.rate,)) for r in rates])
        assert extra.interval is not None
        if extra.kind is ExtraKind.OPEN_INTEREST:
            found = await self._data.open_interest(extra.market, start, end, extra.interval)
            return _table(extra.kind, [(r.time, (r.value,)) for r in found])
        page = await self._data.candles(Series(extra.market, extra.interval), start, end, kind=_CANDLES[extra.kind])
        bars = page.bars.between(start, end)
        return Table(bars.time, np.column_stack((bars.open, bars.high, bars.low, bars.close)))

    def _units(
        self, wanted: Sequence[Wanted], extras: Sequence[WantedExtra], births: dict[Market, int], now: int
    ) -> list[_Unit]:
        """The work that is left, cut into pieces that take turns: the same piece of every series, then the next."""
        rows: list[list[_Unit]] = []
        for order in wanted:
            frame, units = order.series.timeframe, []
            known = absent(self._paths, order.series)
            start, end = max(order.start, births.get(order.series.market, 0)), min(order.end, frame.floor(now))
            stored = self._store.read(order.series, start, end)
            for a, b in missing_spans(stored, frame, start, end):
                if known.reason(a, b) is None:
                    cut = pages(frame, a, b, self._limit * _PAGES_PER_UNIT)
                    units += [
                        _Unit(order.series, tuple(reversed(pages(frame, *s, self._limit)))) for s in reversed(cut)
                    ]
            rows.append(units)
        rows += [[_Unit(order.extra, spans)] for order in extras if (spans := self._extra_spans(order, births, now))]
        longest = max(map(len, rows), default=0)
        return [row[n] for n in range(longest) for row in rows if n < len(row)]

    def _extra_spans(self, order: WantedExtra, births: dict[Market, int], now: int) -> tuple[Span, ...]:
        """What to ask for: from the stored rows backwards, then from the stored rows forwards."""
        extra = order.extra
        step = _FUNDING_STEP if extra.interval is None else extra.interval.ms
        start, end = max(order.start, births.get(extra.market, 0)), min(order.end, now)
        candles = extra.kind in _CANDLES
        if candles and extra.interval is not None:
            end = extra.interval.floor(end)
        rows = self._limit if candles else _EXTRA_ROWS

        def pieces(a: int, b: int) -> list[Span]:
            return [(at, min(b, at + rows * step)) for at in range(a, b, rows * step)] if b - a >= step else []

        stored = read_extra(self._paths, extra).time
        stored = stored[(stored >= start) & (stored < end)]
        if not len(stored):
            return tuple(pieces(start, end))
        return (*reversed(pieces(start, int(stored[0]))), *pieces(int(stored[-1]) + 1, end))

    async def _births(self, wanted: Sequence[Wanted], job: _Job) -> dict[Market, int]:
        """A time at or shortly before each market's first candle, where something that old is asked for.

        The list of instruments tells it. Where it does not, candles of months and then of days do, in two requests;
        empty pages would be thousands.
        """
        oldest: dict[Market, int] = {}
        for order in wanted:
            if await asyncio.to_thread(self._much_before, order):
                market = order.series.market
                oldest[market] = min(order.start, oldest.get(market, order.start))
        births = await self._launches(oldest)
        if not {_DAY, _MONTH} <= set(self._data.capabilities.timeframes):
            return births
        waiting = iter([(market, start) for market, start in oldest.items() if market not in births])

        async def work() -> None:
            for market, start in waiting:
                try:
                    births[market] = await self._birth(market, start)
                except Rejected as error:
                    job.outcome.refused[market] = error.message

        await together([work() for _ in range(self._beside)])
        return births

    async def _launches(self, markets: Iterable[Market]) -> dict[Market, int]:
        """The day before each of ``markets`` was launched, as far as the exchange tells."""
        launches: dict[Market, int] = {}
        for category in {market.category for market in markets}:
            found = await self._patiently(lambda c=category: self._data.instruments(c))  # type: ignore[misc]
            launches.update({i.market: _DAY.floor(i.launch_time) - _DAY.ms for i in found if i.launch_time > 0})
        return {market: launches[market] for market in markets if market in launches}

    def _much_before(self, order: Wanted) -> bool:
        """Whether more than a page is missing before the first stored candle of ``order``."""
        frame = order.series.timeframe
        stored = self._store.read(order.series, order.start, order.end)
        first = int(stored.time[0]) if len(stored) else order.end
        return frame.count(order.start, first) > self._limit

    async def _birth(self, market: Market, start: int) -> int:
        for frame in (_MONTH, _DAY):
            series = Series(market, frame)
            begin = frame.floor(start)
            end = back(frame, begin, -self._limit) if not frame.is_month else _far(begin, self._limit)
            page = await self._patiently(lambda s=series, a=begin, b=end: self._data.candles(s, a, b))  # type: ignore[misc]
            found = page.bars.time[:1].tolist() or ([page.unfinished.time] if page.unfinished else [])
            if not found:
                break
            # the first month or day may be left out when the market began inside it
            start = max(start, back(frame, found[0], 1))
        return start

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to ``ask``, asked again while the exchange does not answer."""
        wait = 1.0
        for _ in range(_TRIES - 1):
            try:
                return await ask()
            except Throttled as error:
                await self._clock.sleep(max(error.retry_after, wait))
            except Unreachable:
                await self._clock.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
        return await ask()


class _Job:
    """One run: what came, how far it is, and who is told."""

    def __init__(
        self, clock: Clock, on_report: Callable[[BackfillReport], None] | None, progress: Progress | None
    ) -> None:
        self.outcome = BackfillOutcome()
        self.pace = Pace(0, clock.monotonic())
        self._clock = clock
        self._on_report = on_report
        self._progress = progress
        self._candles = 0
        self._told = float("-inf")

    def step(self, requests: int, candles: int, text: str) -> None:
        """``requests`` were answered; raises `Cancelled` when asked to stop."""
        now = self._clock.monotonic()
        self.pace.add(requests, now)
        self._candles += candles
        self.outcome.requests += requests
        if self._progress is not None:
            self._progress.step(min(0.999, self.pace.share), text)
        if now - self._told >= _TELL_EVERY or self.pace.done >= self.pace.total:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Report how far it is."""
        now = self._told = self._clock.monotonic()
        if self._on_report is not None:
            pace = self.pace
            self._on_report(
                BackfillReport(pace.done, pace.total, self._candles, pace.elapsed(now), pace.eta(now), text)
            )


def _far(month: int, count: int) -> int:
    """A time after ``count`` months from ``month`` on, well enough: no month is longer than 31 days."""
    return month + count * 31 * _DAY.ms


def _joined(pieces: Sequence[Bars]) -> Bars:
    bars = Bars.empty()
    for piece in pieces:
        bars = bars.merged(piece)
    return bars


def _table(kind: ExtraKind, rows: Sequence[tuple[int, tuple[float, ...]]]) -> Table:
    values = np.array([values for _, values in rows], np.float64).reshape(len(rows), len(columns(kind)))
    return Table(np.array([time for time, _ in rows], np.int64), values)
