"""One door to candles: memory, then store, then exchange, and then live, with no seam."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock
from shared_modules.core.events import (
    CandleClosed,
    CandleUpdated,
    ConnectionState,
    HistoryChanged,
    SeriesState,
    SeriesStateChanged,
)
from shared_modules.core.market import Candle, Series
from shared_modules.exchanges.base import CandleTopic, Delivery, MarketData, MarketStream, Topic

from .care import Caretaker
from .history import HistoryFetcher, Span, back, missing_spans
from .rows import Rows, count
from .series_state import CandleMemory, LiveSeries, SeriesCounters, Sink
from .store import CandleStore
from .stream import CandleTracker

# corrections and second looks reach back so many candles at most
LEAST_HELD = 64
_GUARD_SECONDS = 1.0
_GRACE_MS = 5_000
_REQUESTS = 8
# as many closed candles before a cut of the line are looked at again: their corrections may have been lost with it
_DOUBTED = 10


class HybridData:
    """Finished candles from A to B, and whatever comes after them while a series is watched.

    Lives on one event loop. In memory are as many candles of a series as its watchers asked for, a tenth more at
    times, and ``memory_bars`` at most.
    """

    def __init__(
        self,
        data: MarketData,
        stream: MarketStream,
        store: CandleStore,
        bus: EventBus,
        clock: Clock,
        memory_bars: int = 20_000,
    ) -> None:
        self.history = HistoryFetcher(data, _REQUESTS)
        self._stream = stream
        self._store = store
        self._bus = bus
        self._clock = clock
        self._memory_bars = memory_bars
        self._live: dict[Series, LiveSeries] = {}
        self._sinks: dict[Series, dict[Sink, None]] = {}
        self._asked: dict[Series, set[Span]] = {}
        self._care = Caretaker(self.history, store, bus, clock, memory_bars, self._closed, self._keep, self._lock_out)
        self._guard: asyncio.Task[None] | None = None
        self._forget_state: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Begin to look after what is watched; the stream is started by its owner."""
        if self._guard is None:
            self._forget_state = self._stream.on_state(self._connection)
            self._guard = asyncio.create_task(self._guarding(), name="candle guard")

    async def close(self) -> None:
        """Let go of everything watched; twice is safe."""
        self._forget_state()
        tasks = [live.task for live in self._live.values() if live.task is not None]
        if self._guard is not None:
            tasks.append(self._guard)
            self._guard = None
        for live in list(self._live.values()):
            self._drop(live)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def watch(self, series: Series, history: int = 0, hold: int | None = None) -> Callable[[], None]:
        """Keep ``series`` live until the returned function is called; the newest ``history`` candles are loaded first.

        ``hold``: how many of them stay in memory for this watcher, all when None; the rest is the sinks' alone.
        While the exchange does not answer this returns nevertheless and loading is tried again. Raises `Rejected`
        when the exchange has no such series.
        """
        held = min(self._memory_bars, max(LEAST_HELD, history if hold is None else hold))
        live = self._live.get(series)
        if live is None:
            live = self._begin(series, history, held)
        live.holds.append(held)
        try:
            await live.tried.wait()
            if live.refused is not None:
                raise live.refused
            if held > live.memory.most:
                live.memory.hold(held)
            if history > live.history or (hold is None and history > len(live.memory)):
                live.history = max(history, live.history)
                await self._extend(live, history)
        except BaseException:
            self._release(live, held)
            raise
        released = False

        def undo() -> None:
            nonlocal released
            if not released:
                released = True
                self._release(live, held)

        return undo

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars:
        """Finished candles with open times in [start, end), with ``limit`` the newest so many of them.

        Without ``start`` and ``limit``: all that memory and store have. Raises the exchange's errors when it must be
        asked and does not answer, and `StoreError` when the disk does not.
        """
        live = self._live.get(series)
        near = live.memory.bars() if live is not None else Bars.empty()
        tracked = live.tracker.expected if live is not None and live.loaded else None
        if tracked is not None and _covers(near, start, end, limit):
            return _cut(near, start, end, limit)
        stored = await asyncio.to_thread(self._store.read, series, start, end, limit=limit)
        found = stored.merged(near.between(start, end))
        if start is None and limit is None:
            if len(found):
                return found
            limit = 500
        if limit is not None and len(found) >= limit and tracked is not None:
            return _cut(found, start, end, limit)
        until = tracked if tracked is not None else series.timeframe.floor(await self.history.server_time())
        until = until if end is None else min(end, until)
        begin = start
        if limit is not None:
            latest_open = series.timeframe.floor(until - 1)
            earliest = back(series.timeframe, latest_open, limit - 1)
            begin = earliest if start is None else max(start, earliest)
        assert begin is not None
        for span in missing_spans(found, series.timeframe, begin, until):
            if span not in self._asked.setdefault(series, set()):
                page = await self.history.fetch(series, *span)
                found = found.merged(page)
                self._remember(series, span, page)
        return _cut(found, start, end, limit)

    async def reread(self, series: Series) -> None:
        """Take what is stored of ``series`` for what memory had: its file was changed by a person or a repair."""
        self._asked.pop(series, None)
        live = self._live.get(series)
        if live is not None and live.loaded:
            stored = await asyncio.to_thread(self._store.read, series, limit=live.memory.most)
            live.memory.reset(stored.between(None, live.tracker.expected))
        self._bus.publish(HistoryChanged(series))

    def unfinished(self, series: Series) -> Candle | None:
        """The running candle of a watched series as last told."""
        live = self._live.get(series)
        return None if live is None else live.tracker.unfinished

    def state(self, series: Series) -> SeriesState:
        """What is going on with ``series``."""
        live = self._live.get(series)
        return SeriesState.STOPPED if live is None else live.state

    def counters(self, series: Series) -> SeriesCounters:
        """What happened to ``series`` since it is watched."""
        live = self._live.get(series)
        return SeriesCounters() if live is None else live.counters

    def missing(self, series: Series) -> int:
        """How many candles of ``series`` the stream left out and the exchange did not have when it was asked."""
        live = self._live.get(series)
        hole = None if live is None or not live.announced else live.tracker.hole
        return 0 if hole is None else series.timeframe.count(*hole)

    def span(self, series: Series) -> tuple[int, int] | None:
        """Open times of the oldest and the newest finished candle in memory; None when there is none."""
        live = self._live.get(series)
        if live is None or live.memory.first is None or live.memory.last is None:
            return None
        return live.memory.first, live.memory.last

    def newest(self, series: Series, count: int) -> int | None:
        """Open time of the finished candle in memory that is ``count``-th from the end; None when there are fewer."""
        live = self._live.get(series)
        return None if live is None else live.memory.newest(count)

    @property
    def watched(self) -> tuple[Series, ...]:
        """The series that are watched."""
        return tuple(self._live)

    @property
    def busy(self) -> set[asyncio.Task[None]]:
        """The tasks that look after series now."""
        return {live.task for live in self._live.values() if live.task is not None and not live.task.done()}

    @property
    def exchange_time(self) -> int | None:
        """The exchange's clock as last told by a message or an answer."""
        times = [t for t in (self._stream.health().exchange_time, self._care.server_time) if t is not None]
        return max(times) if times else None

    def keep(self, series: Series, sink: Sink) -> Callable[[], None]:
        """Hand ``sink`` every finished candle of ``series`` that comes in, from whatever source, until undone.

        One that closed comes by itself, others as bars.
        """
        self._sinks.setdefault(series, {})[sink] = None

        def undo() -> None:
            self._sinks.get(series, {}).pop(sink, None)

        return undo

    def _begin(self, series: Series, history: int, held: int) -> LiveSeries:
        live = LiveSeries(series, history, CandleMemory(held), CandleTracker(series.timeframe), self._tell)
        self._live[series] = live
        # first the stream, then the past: what closes in between waits in the tracker
        live.unsubscribe = self._stream.subscribe([CandleTopic(series)], self._deliver)
        self._care.attend(live)
        return live

    def _tell(self, series: Series, state: SeriesState) -> None:
        self._bus.publish(SeriesStateChanged(series, state))

    def _release(self, live: LiveSeries, held: int) -> None:
        live.holds.remove(held)
        if self._live.get(live.series) is not live:
            return
        if not live.holds:
            self._drop(live)
        elif max(live.holds) < live.memory.most:
            live.memory.hold(max(live.holds))

    def _drop(self, live: LiveSeries) -> None:
        self._live.pop(live.series, None)
        live.unsubscribe()
        live.state = SeriesState.STOPPED
        if live.task is not None:
            live.task.cancel()
        live.tried.set()

    def _lock_out(self, live: LiveSeries) -> None:
        """The exchange refuses the series: no further messages of it are wanted."""
        live.unsubscribe()

    async def _extend(self, live: LiveSeries, history: int) -> None:
        older = await self.bars(live.series, limit=history)
        known = live.memory.first
        live.memory.merge(older.between(None, known))
        self._bus.publish(HistoryChanged(live.series))

    def _remember(self, series: Series, span: Span, found: Bars) -> None:
        """Do not ask again for what the exchange has not."""
        asked = self._asked[series]
        if len(asked) > 1000:
            asked.clear()
        asked.update(missing_spans(found, series.timeframe, *span))

    def _deliver(self, topic: Topic, delivery: Delivery) -> None:
        series = cast(CandleTopic, topic).series
        live = self._live.get(series)
        if live is None or live.state is SeriesState.FAILED:
            return
        live.counters.updates += 1
        live.heard = self._clock.monotonic()
        step = live.tracker.receive(cast(Sequence[Candle], delivery))
        if live.state is SeriesState.STALE:
            live.state = SeriesState.LIVE
        if step.late:
            self._corrected(live, step.late)
        self._closed(live, step.closed)
        if step.updated is not None and live.loaded:
            self._bus.publish(CandleUpdated(series, step.updated))
        if live.tracker.hole is not None:
            self._care.attend(live)

    def _closed(self, live: LiveSeries, candles: list[Candle]) -> None:
        """Tell that ``candles`` are final."""
        if not candles:
            return
        for candle in candles:
            live.memory.add(candle)
        live.counters.closed += len(candles)
        self._keep(live.series, candles[0] if len(candles) == 1 else Bars.from_candles(candles))
        for candle in candles:
            self._bus.publish(CandleClosed(live.series, candle))

    def _corrected(self, live: LiveSeries, candles: list[Candle]) -> None:
        """A candle confirmed after we already had it from elsewhere: the confirmed one wins, quietly if it is equal."""
        late = Bars.from_candles({candle.time: candle for candle in candles}.values())
        first, last = int(late.time[0]), int(late.time[-1]) + 1
        if live.memory.first is None or first < live.memory.first:
            return
        known = live.memory.bars().between(first, last)
        if known.merged(late).equals(known):
            return
        live.memory.merge(late)
        self._keep(live.series, late)
        self._bus.publish(HistoryChanged(live.series))

    def _keep(self, series: Series, rows: Rows) -> None:
        if count(rows):
            for sink in tuple(self._sinks.get(series, ())):
                sink(series, rows)

    def _connection(self, state: ConnectionState, detail: str) -> None:
        for live in list(self._live.values()):
            if live.loaded and live.tracker.expected is not None:
                doubt = back(live.series.timeframe, live.tracker.expected, _DOUBTED)
                live.doubt = doubt if live.doubt is None else min(live.doubt, doubt)
            if state is ConnectionState.CONNECTED and live.loaded:
                live.check = True
                self._care.attend(live)
            elif state is not ConnectionState.CONNECTED and live.state is SeriesState.LIVE:
                live.state = SeriesState.STALE

    async def _guarding(self) -> None:
        """Ask for series that fell silent: by the exchange's clock alone, which may run faster than ours."""
        while True:
            await self._clock.sleep(_GUARD_SECONDS)
            now = self.exchange_time
            if now is None:
                continue
            for live in list(self._live.values()):
                if live.relook is not None and now >= live.relook[0]:
                    live.doubt = live.relook[1] if live.doubt is None else min(live.relook[1], live.doubt)
                    live.relook, live.check = None, True
                    self._care.attend(live)
                if self._overdue(live, now):
                    live.state = SeriesState.STALE
                    live.check, live.checked_at = True, now
                    self._care.attend(live)

    @staticmethod
    def _overdue(live: LiveSeries, now: int) -> bool:
        expected = live.tracker.expected
        if not live.loaded or expected is None or live.state is SeriesState.FAILED:
            return False
        length = live.series.timeframe.ms
        due = live.series.timeframe.next(expected) + length + _GRACE_MS
        # a series long without trades is asked for ever more rarely; a clock that went back makes no check recent
        pause = max(length, (live.checked_at - expected) // 8)
        return now > due and abs(now - live.checked_at) > pause


def _covers(bars: Bars, start: int | None, end: int | None, limit: int | None) -> bool:
    if not len(bars):
        return False
    if start is not None and start >= int(bars.time[0]):
        return True
    return limit is not None and len(bars.between(start, end)) >= limit


def _cut(bars: Bars, start: int | None, end: int | None, limit: int | None) -> Bars:
    found = bars.between(start, end)
    return found if limit is None else found.tail(limit)
