"""Looking after a watched series: loading its past, and refetching what the stream missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock
from shared_modules.core.errors import InvalidInput, Rejected, TradeBotError, Unreachable
from shared_modules.core.events import (
    CandleUpdated,
    Gap,
    GapFilled,
    GapFound,
    GapKind,
    HistoryChanged,
    SeriesState,
)
from shared_modules.core.market import Candle, Series
from shared_modules.exchanges.base import CandlePage, Priority

from .checks import differing
from .history import HistoryFetcher, back, missing_spans
from .series_state import LiveSeries
from .store import CandleStore

_log = logging.getLogger(__name__)
_BESIDE = 8
_LONGEST_WAIT = 30.0
_SECOND_LOOK = 2.0
_ALIVE = 10.0  # s within which a stream that told of a candle is taken to tell of its end too
_UNSETTLED = 90_000  # ms of the exchange after which it does not correct a candle any more, as a rule
_RECHECKED = 10  # stored candles that are held against the exchange when a series is loaded


class Caretaker:
    """Runs at most one task per series, which ends when nothing is to be fetched any more."""

    def __init__(
        self,
        history: HistoryFetcher,
        store: CandleStore,
        bus: EventBus,
        clock: Clock,
        memory_bars: int,
        closed: Callable[[LiveSeries, list[Candle]], None],
        keep: Callable[[Series, Bars], None],
        lock_out: Callable[[LiveSeries], None],
    ) -> None:
        self._history = history
        self._store = store
        self._bus = bus
        self._clock = clock
        self._memory_bars = memory_bars
        self._closed = closed
        self._keep = keep
        self._lock_out = lock_out
        self._slots = asyncio.Semaphore(_BESIDE)
        self.server_time: int | None = None

    def attend(self, live: LiveSeries) -> None:
        """See to it that ``live`` gets what it lacks."""
        if live.task is None or live.task.done():
            live.task = asyncio.create_task(self._attend(live), name=f"care of {live.series}")

    async def _attend(self, live: LiveSeries) -> None:
        try:
            await self._fetch_until_whole(live)
        except Exception:  # noqa: BLE001 - a fault here must be seen, and must not leave a watcher waiting
            _log.exception("looking after %s failed", live.series)
            live.state = SeriesState.FAILED
        finally:
            live.tried.set()

    async def _fetch_until_whole(self, live: LiveSeries) -> None:
        wait = 1.0
        while live.needs_care and live.state is not SeriesState.STOPPED:
            try:
                async with self._slots:
                    await (self._repair(live) if live.loaded else self._load(live))
                wait = 1.0
            except (Rejected, InvalidInput) as error:
                self._failed(live, error)
                live.state, live.refused = SeriesState.FAILED, error
                self._lock_out(live)
                return
            except TradeBotError as error:
                self._failed(live, error)
                live.tried.set()
                self._announce(live)
                await self._clock.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)

    def _failed(self, live: LiveSeries, error: TradeBotError) -> None:
        live.counters.errors += 1
        if live.counters.last_error != error.message:
            _log.warning("%s: %s", live.series, error.message)
        live.counters.last_error = error.message

    def _announce(self, live: LiveSeries) -> None:
        """Tell of a hole that cannot be filled for now, once."""
        hole = live.tracker.hole
        if hole is not None and not live.announced:
            live.announced = True
            self._bus.publish(GapFound(Gap(live.series, *hole, live.series.timeframe.count(*hole))))

    async def _load(self, live: LiveSeries) -> None:
        """Bring memory from the store's newest candle, or ``live.history`` candles ago, up to now."""
        series, timeframe = live.series, live.series.timeframe
        live.state = SeriesState.LOADING
        wanted = min(self._memory_bars, max(1, live.history))
        stored = await asyncio.to_thread(self._store.read, series, limit=wanted)
        now = timeframe.floor(await self._history.server_time())
        stored = stored.between(None, now)
        start = self._load_from(live, stored, now)
        spans = missing_spans(stored, timeframe, start, now)
        tail = spans.pop() if spans and spans[-1][1] == now else (now, now)
        # what was written last may have been corrected since, or written by a clock that was wrong
        doubted = max(back(timeframe, tail[0], _RECHECKED), int(stored.time[0])) if len(stored) else tail[0]
        page, older = await self._up_to_now(live, min(tail[0], doubted), now, Priority.HISTORY)
        page = self._rechecked(live, stored, page)
        fetched = older.merged(page.bars)
        for span in reversed(spans):
            fetched = (await self._history.fetch(series, *span, on_page=self._sink(live))).merged(fetched)
        live.memory.merge(stored.merged(fetched))
        self._keep(series, page.bars)
        live.loaded, live.state = True, SeriesState.LIVE
        live.check = False
        self._bus.publish(HistoryChanged(series))
        self._closed(live, live.tracker.begin(self._next_open(live, page, now)))
        self._look_later(live, page.bars, page.server_time)
        self._running(live, page)

    def _rechecked(self, live: LiveSeries, stored: Bars, page: CandlePage) -> CandlePage:
        """``page`` without the candles that are stored just so; tells of those that are stored otherwise."""
        wrong = differing(stored, page.bars)
        if len(wrong):
            live.counters.corrected += len(wrong)
            _log.warning("%s: %d stored candles are not what the exchange has; corrected", live.series, len(wrong))
        same = np.isin(page.bars.time, stored.time) & ~np.isin(page.bars.time, wrong)
        if not same.any():
            return page
        kept = Bars(*(getattr(page.bars, name)[~same] for name in COLUMNS))
        return CandlePage(kept, page.unfinished, page.server_time)

    def _load_from(self, live: LiveSeries, stored: Bars, now: int) -> int:
        """Where to begin: no hole may stay between what is stored and now, as far as rows are kept at all."""
        timeframe, keep = live.series.timeframe, self._store.keep(live.series)
        start = back(timeframe, now, live.history)
        if len(stored):
            after = timeframe.next(int(stored.time[-1]))
            if keep is not None:
                after = max(after, back(timeframe, now, max(keep, live.history)))
            start = min(start, after)
        return start

    @staticmethod
    def _next_open(live: LiveSeries, page: CandlePage, now: int) -> int:
        last = live.memory.last
        if len(page.bars) and last is not None:
            return live.series.timeframe.next(last)
        return now if last is None else max(now, live.series.timeframe.next(last))

    def _sink(self, live: LiveSeries) -> Callable[[Bars], None]:
        return lambda bars: self._keep(live.series, bars)

    async def _up_to_now(self, live: LiveSeries, start: int, now: int, priority: Priority) -> tuple[CandlePage, Bars]:
        """The newest page, with the running candle, and all candles from ``start`` up to it."""
        timeframe = live.series.timeframe
        # room for candles that close while we ask
        begin = max(start, back(timeframe, now, self._history.page_size - 8))
        ahead = timeframe.next(now)
        for _ in range(5):
            ahead = timeframe.next(ahead)
        page = self._doubting(live, await self._history.page(live.series, begin, ahead, priority))
        self.server_time = page.server_time
        older = Bars.empty()
        if begin > start:
            older = await self._history.fetch(live.series, start, begin, on_page=self._sink(live), priority=priority)
        return page, older

    def _doubting(self, live: LiveSeries, page: CandlePage) -> CandlePage:
        """``page`` with the candle that the stream tells as running still unfinished, whatever the clock in it says.

        A clock that is ahead calls it finished. A later candle, or a stream that tells nothing of it, proves it.
        """
        running = live.tracker.unfinished
        if running is None or not len(page.bars) or page.unfinished is not None:
            return page
        newest = int(page.bars.time[-1])
        alive = self._clock.monotonic() - live.heard < _ALIVE
        if newest != running.time or not alive:
            return page
        return CandlePage(page.bars[:-1], page.bars.candle(len(page.bars) - 1, False), page.server_time)

    async def _repair(self, live: LiveSeries) -> None:
        """Refetch from the first candle that was not confirmed up to now, close what is final, and correct the rest.

        Raises `Unreachable` when the answer does not reach as far as the stream already did.
        """
        asked_by_check, live.check = live.check, False
        tracker = live.tracker
        if tracker.hole is not None and not (live.state is SeriesState.STALE or tracker.hole_was_watched):
            live.state = SeriesState.REPAIRING
        try:
            await self._look_again(live)
        except TradeBotError:
            live.check = live.check or asked_by_check
            raise

    async def _look_again(self, live: LiveSeries) -> None:
        expected, doubt = live.tracker.expected, live.doubt
        assert expected is not None
        start = expected if doubt is None else min(expected, doubt)
        known = _by_time(live.memory.bars().between(start, expected))
        page, older = await self._from(live, start)
        needed = expected if start < expected else 0
        if self._incomplete(live, page, older) or _told_until(page) < needed:
            # right after a boundary the exchange may not have the candle yet
            await self._clock.sleep(_SECOND_LOOK)
            page, older = await self._from(live, start)
        told, found = _told_until(page), older.merged(page.bars)
        self._revise(live, known, found.between(start, expected))
        if told >= expected and live.doubt == doubt:
            live.doubt = None
        self._fill(live, found.between(expected, None), self._known_until(live, found, page), page)
        hole = live.tracker.hole
        if told < (needed if hole is None else hole[1]):
            raise Unreachable("the exchange's answer ends before candles that the stream told; it is asked again")

    async def _from(self, live: LiveSeries, start: int) -> tuple[CandlePage, Bars]:
        """The newest page and all before it from ``start``, as far as the server's clock or the stream is."""
        now = max(start, live.series.timeframe.floor(await self._history.server_time()), live.tracker.expected or 0)
        hole = live.tracker.hole
        return await self._up_to_now(live, start, now if hole is None else max(now, hole[1]), Priority.LIVE)

    @staticmethod
    def _incomplete(live: LiveSeries, page: CandlePage, older: Bars) -> bool:
        """Whether the answer lacks candles of the hole, or before later ones of its own."""
        hole, timeframe = live.tracker.hole, live.series.timeframe
        found = older.merged(page.bars)
        if hole is None:
            ahead = found.between(live.tracker.expected, None)
            hole = (int(live.tracker.expected or 0), timeframe.next(int(ahead.time[-1]))) if len(ahead) else (0, 0)
        return len(found.between(*hole)) < timeframe.count(*hole)

    @staticmethod
    def _known_until(live: LiveSeries, bars: Bars, page: CandlePage) -> int:
        """Up to where the answer tells all: missing candles before it had no trades.

        Only later candles say so: a clock alone may be wrong.
        """
        timeframe, expected, hole = live.series.timeframe, live.tracker.expected or 0, live.tracker.hole
        until = max(expected, timeframe.next(int(bars.time[-1])) if len(bars) else expected)
        return max(until, hole[1]) if hole is not None and _told_until(page) >= hole[1] else until

    def _revise(self, live: LiveSeries, known: dict[int, Candle], told: Bars) -> None:
        """Correct closed candles that the exchange tells otherwise now, save those corrected since it was asked."""
        told = told.between(live.memory.first, None)
        if not len(told):
            return
        present = _by_time(live.memory.bars().between(int(told.time[0]), int(told.time[-1]) + 1))
        changed = [
            candle
            for time, candle in _by_time(told).items()
            if candle != present.get(time) and known.get(time) == present.get(time)
        ]
        if changed:
            bars = Bars.from_candles(changed)
            live.memory.merge(bars)
            self._keep(live.series, bars)
            self._bus.publish(HistoryChanged(live.series))

    def _fill(self, live: LiveSeries, bars: Bars, until: int, page: CandlePage) -> None:
        tracker, series = live.tracker, live.series
        expected = tracker.expected or 0
        # before the first close the stream is only just taking over from the past, and of a candle that has only
        # just ended, and nothing after it was told, an answer may know a moment before the stream
        ahead = tracker.hole is None and series.timeframe.next(expected) > page.server_time - series.timeframe.ms
        expected_seam = tracker.hole_was_watched or not live.counters.closed or ahead
        found = tracker.news(bars, until)
        absent = series.timeframe.count(expected, until) - found - tracker.held_before(until)
        closed = tracker.repaired(bars, until)
        if until > expected or tracker.hole is None:
            live.announced = False
        if found and not expected_seam:
            gap = Gap(series, expected, until, found, GapKind.OURS)
            live.counters.gaps += 1
            live.counters.refetched += found
            self._bus.publish(GapFound(gap))
            self._closed(live, closed)
            self._bus.publish(GapFilled(gap, found))
            self._bus.publish(HistoryChanged(series))
        else:
            self._closed(live, closed)
        if absent > 0:
            gap = Gap(series, expected, until, absent, GapKind.NO_TRADES)
            self._bus.publish(GapFound(gap))
            self._bus.publish(GapFilled(gap, 0))
        if found:
            self._look_later(live, bars.between(expected, until), page.server_time)
        if found or closed or (live.state is SeriesState.REPAIRING and tracker.hole is None):
            live.state = SeriesState.LIVE
        self._running(live, page)

    @staticmethod
    def _look_later(live: LiveSeries, bars: Bars, told: int) -> None:
        """Plan a second look at candles fetched right after their end, which the exchange may still correct."""
        fresh = [t for t in bars.time[-3:].tolist() if live.series.timeframe.next(t) > told - _UNSETTLED]
        if fresh:
            first = fresh[0] if live.relook is None else min(fresh[0], live.relook[1])
            live.relook = told + _UNSETTLED, first

    def _running(self, live: LiveSeries, page: CandlePage) -> None:
        """Tell of the running candle, ours or the one in the answer."""
        if page.unfinished is not None:
            live.tracker.receive([page.unfinished])
        running = live.tracker.unfinished
        if running is not None and running.time == live.tracker.expected:
            self._bus.publish(CandleUpdated(live.series, running))


def _told_until(page: CandlePage) -> int:
    """Before when the answer counts candles as finished."""
    return page.server_time if page.unfinished is None else min(page.server_time, page.unfinished.time)


def _by_time(bars: Bars) -> dict[int, Candle]:
    return {int(bars.time[row]): bars.candle(row) for row in range(len(bars))}
