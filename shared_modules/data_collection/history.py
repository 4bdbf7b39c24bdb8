"""Past candles from the exchange: pages side by side, newest first, only what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.market import Series
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.exchanges.base import CandlePage, MarketData, Priority

Span = tuple[int, int]
T = TypeVar("T")
_BESIDE = 4
_DAY = TIMEFRAMES["1d"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Candles of ``series`` with open times in [start, end)."""

    series: Series
    start: int
    end: int


class HistoryFetcher:
    """Fetches finished candles in pages, at most ``beside`` requests at once over all callers."""

    def __init__(self, data: MarketData, beside: int = _BESIDE) -> None:
        self._data = data
        self._beside = beside
        self._free = asyncio.Semaphore(beside)
        self._asking: asyncio.Task[int] | None = None

    async def server_time(self) -> int:
        """The exchange's time; callers that ask at the same moment share one request."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._data.server_time())
            # whoever asked may be gone by the time that it fails
            self._asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        return await asyncio.shield(self._asking)

    async def page(self, series: Series, start: int, end: int, priority: Priority = Priority.HISTORY) -> CandlePage:
        """One page, when a request is free: the newest candles in [start, end)."""
        async with self._free:
            return await self._data.candles(series, start, end, priority=priority)

    async def fetch(
        self,
        series: Series,
        start: int,
        end: int,
        *,
        on_page: Callable[[Bars], None] | None = None,
        progress: Progress | None = None,
        priority: Priority = Priority.HISTORY,
    ) -> Bars:
        """The finished candles with open times in [start, end); ``on_page`` gets each page as it comes.

        Pages come newest first. Where a market has no older candles, paging ends. Raises the exchange's errors, and
        `Cancelled` when ``progress`` is told to stop; what ``on_page`` got by then is whole.
        """
        limit = self._data.capabilities.candles_per_request
        spans = pages(series.timeframe, start, end, limit)
        pieces: list[Bars] = []
        total = len(spans)
        while spans:
            if progress is not None:
                progress.step(1 - len(spans) / total, str(series))
            wave, spans = spans[: self._beside], spans[self._beside :]
            found = await together([self.page(series, *span, priority) for span in wave])
            pieces += self._told([p.bars for p in found], on_page)
            if spans and not len(found[-1].bars):
                spans = pages(series.timeframe, start, await self._traded_before(series, start, wave[-1][0]), limit)
        if progress is not None:
            progress.step(1.0, str(series))
        bars = Bars.empty()
        for piece in reversed(pieces):
            bars = bars.merged(piece)
        return bars.between(start, end)

    async def _traded_before(self, series: Series, start: int, end: int) -> int:
        """Up to where in [start, end) there may be candles; ``start`` when there are none.

        An empty page may be an outage or the time before the market began: daily candles tell, 1000 in one answer.
        """
        if series.timeframe.ms >= _DAY.ms:
            return start
        page = await self.page(Series(series.market, _DAY), _DAY.floor(start), end)
        if page.unfinished is not None:
            return end
        return min(end, _DAY.next(int(page.bars.time[-1]))) if len(page.bars) else start

    @staticmethod
    def _told(pieces: list[Bars], on_page: Callable[[Bars], None] | None) -> list[Bars]:
        found = [piece for piece in pieces if len(piece)]
        if on_page is not None:
            for piece in found:
                on_page(piece)
        return found

    async def latest(self, series: Series, count: int) -> CandlePage:
        """The newest ``count`` finished candles and the running one, as one page."""
        limit = self._data.capabilities.candles_per_request
        timeframe = series.timeframe
        now = await self.server_time()
        open_now = timeframe.floor(now)
        ahead = timeframe.next(timeframe.next(now))
        newest = await self.page(series, back(timeframe, open_now, min(count, limit - 3)), ahead, Priority.LIVE)
        bars = newest.bars
        if count > len(bars) and count > limit - 3:
            before = int(bars.time[0]) if len(bars) else open_now
            older = await self.fetch(series, back(timeframe, open_now, count), before)
            bars = older.merged(bars)
        return CandlePage(bars.tail(count), newest.unfinished, newest.server_time)

    @property
    def page_size(self) -> int:
        """Most candles in one answer."""
        return self._data.capabilities.candles_per_request


def pages(timeframe: Timeframe, start: int, end: int, limit: int) -> list[Span]:
    """[start, end) cut into spans of at most ``limit`` candles, newest first."""
    spans = []
    while end > start:
        last_open = timeframe.floor(end - 1)
        begin = max(start, back(timeframe, last_open, limit - 1))
        spans.append((begin, end))
        end = begin
    return spans


def back(timeframe: Timeframe, time: int, count: int) -> int:
    """The open time ``count`` candles before the one that opens at ``time``."""
    if not timeframe.is_month:
        return time - count * timeframe.ms
    for _ in range(count):
        time = timeframe.floor(time - 1)
    return time


def missing_spans(bars: Bars, timeframe: Timeframe, start: int, end: int) -> list[Span]:
    """Where in [start, end) ``bars`` lacks candles: spans from a missing open time to the next one that is there."""
    if start >= end:
        return []
    inside = bars.between(start, end)
    if not len(inside):
        return [(start, end)] if timeframe.count(start, end) else []
    times = inside.time
    spans = [(start, int(times[0]))]
    for row in np.flatnonzero(np.diff(times) > timeframe.ms):
        spans.append((timeframe.next(int(times[row])), int(times[row + 1])))
    spans.append((timeframe.next(int(times[-1])), end))
    return [(a, b) for a, b in spans if timeframe.count(a, b)]


async def together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all; the first error ends the others before it is raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
