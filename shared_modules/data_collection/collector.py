"""The data collector: keeps chosen series live, writes their candles down, and tells how each is doing."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock
from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import (
    CandleClosed,
    CollectingEnded,
    CollectorChanged,
    ConnectionChanged,
    GapFilled,
    GapKind,
    SeriesState,
)
from shared_modules.core.market import Series

from .history import back
from .hybrid import HybridData
from .rows import Rows, count, first_time
from .store import CandleStore

_log = logging.getLogger(__name__)
_RATE_WINDOW = 60.0
_ACTIVITY = 500
_MOST_HELD = 500


@dataclass(frozen=True, slots=True)
class SeriesStatus:
    """One series at this moment.

    ``rows`` and ``first_time`` are of what is stored, ``last_time`` is of the last candle closed; times are open times
    in ms UTC. ``last_candle_age``: seconds of the exchange's time since that candle closed. ``per_minute``: candles
    closed in the last minute of our time. ``gaps``: holes of the stream that were fetched again; ``missing``: candles
    that the exchange did not have when asked and has not told yet.
    """

    series: Series
    state: SeriesState
    rows: int
    first_time: int | None
    last_time: int | None
    last_candle_age: float | None
    per_minute: float
    gaps: int
    errors: int
    last_error: str
    missing: int = 0


@dataclass(eq=False)
class _Collected:
    series: Series
    closes: deque[float]
    first: int | None = None  # open time of the oldest candle stored, before any was trimmed
    undo_sink: Callable[[], None] = lambda: None
    task: asyncio.Task[None] | None = None
    undo_watch: Callable[[], None] | None = None
    error: str = ""

    def had(self, rows: Rows) -> None:
        """Take note that ``rows`` are stored."""
        if count(rows):
            first = first_time(rows)
            self.first = first if self.first is None else min(self.first, first)


class Collector:
    """Collects series into the store while it runs; `start` with another list changes what is collected."""

    def __init__(self, hybrid: HybridData, store: CandleStore, bus: EventBus, clock: Clock) -> None:
        self._hybrid = hybrid
        self._store = store
        self._bus = bus
        self._clock = clock
        self._collected: dict[Series, _Collected] = {}
        self._activity: deque[tuple[int, str]] = deque(maxlen=_ACTIVITY)
        self._subscriptions: list[Callable[[], None]] = []
        self._running = False

    @property
    def running(self) -> bool:
        return self._running

    @property
    def series(self) -> tuple[Series, ...]:
        """What is collected."""
        return tuple(self._collected)

    async def start(self, series: Sequence[Series], history: int) -> None:
        """Collect exactly ``series``, each with its newest ``history`` candles; returns while they load."""
        wanted = dict.fromkeys(series)
        new = [one for one in wanted if one not in self._collected]
        old = [one for one in self._collected if one not in wanted]
        if self._running and not new and not old:
            return
        if not self._running:
            self._running = True
            self._subscriptions = [
                self._bus.subscribe(CandleClosed, self._closed),
                self._bus.subscribe(GapFilled, self._filled),
                self._bus.subscribe(ConnectionChanged, self._connection),
            ]
        self._end(old)
        for one in new:
            self._begin(one, history)
        self._tell(f"collecting {len(wanted)} series" + (f" ({len(new)} new)" if old or len(new) < len(wanted) else ""))
        self._bus.publish(CollectorChanged(True, self.series))

    async def add(self, series: Sequence[Series], history: int) -> None:
        """Collect ``series`` too."""
        await self.start([*self._collected, *series], history)

    async def remove(self, series: Sequence[Series]) -> None:
        """Collect ``series`` no longer; what is stored stays."""
        gone = set(series)
        await self.start([one for one in self._collected if one not in gone], 0)

    async def ready(self) -> None:
        """Wait until each series was loaded, or failed to."""
        tasks = [one.task for one in self._collected.values() if one.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Stop collecting and wait until every candle is on the disk; twice is safe."""
        if not self._running:
            return
        self._running = False
        tasks = [one.task for one in self._collected.values() if one.task is not None]
        self._end(list(self._collected))
        await asyncio.gather(*tasks, return_exceptions=True)
        for undo in self._subscriptions:
            undo()
        self._subscriptions = []
        try:
            await asyncio.to_thread(self._store.flush)
        except TradeBotError as error:
            self._tell(error.message)
        self._tell("collecting stopped")
        self._bus.publish(CollectorChanged(False, ()))

    def status(self, only: Sequence[Series] | None = None) -> tuple[SeriesStatus, ...]:
        """How each collected series is doing, or each of ``only`` that is collected; quick, touches no disk."""
        exchange_time = self._hybrid.exchange_time
        now = self._clock.monotonic()
        wanted = self._collected.values() if only is None else (
            self._collected[series] for series in only if series in self._collected
        )  # fmt: skip
        return tuple(self._status(one, exchange_time, now) for one in wanted)

    def activity(self) -> list[tuple[int, str]]:
        """What happened, oldest first: time (ms UTC of our clock) and a sentence."""
        return list(self._activity)

    def _begin(self, series: Series, history: int) -> None:
        one = _Collected(series, deque())

        def keep(series: Series, rows: Rows) -> None:
            one.had(rows)
            self._store.append(series, rows)

        one.undo_sink = self._hybrid.keep(series, keep)
        self._collected[series] = one
        one.task = asyncio.create_task(self._watch(one, history), name=f"collect {series}")

    async def _watch(self, one: _Collected, history: int) -> None:
        try:
            one.undo_watch = await self._hybrid.watch(one.series, history, self._held(one.series))
        except TradeBotError as error:
            one.error = error.message
            self._tell(f"{one.series}: {error.message}")
            return
        try:
            stored = await asyncio.to_thread(self._store.read, one.series)
        except TradeBotError as error:
            self._tell(error.message)
            return
        one.had(stored)
        self._tell(f"{one.series}: {len(stored):,} candles stored, live")

    def _held(self, series: Series) -> int:
        """How many candles are in memory for the collector's sake: those whose age it tells, when they are few."""
        keep = self._store.keep(series)
        return 0 if keep is None else min(keep, _MOST_HELD)

    def _end(self, many: Sequence[Series]) -> None:
        ended = []
        for series in many:
            one = self._collected.pop(series)
            span = self._hybrid.span(series)
            ended.append((series, None if span is None else span[1]))
            if one.task is not None:
                one.task.cancel()
            if one.undo_watch is not None:
                one.undo_watch()
            one.undo_sink()
        if ended:
            # at once: what comes from here on is not collected any more, however long the disk takes
            self._bus.publish(CollectingEnded(tuple(ended)))

    def _closed(self, event: CandleClosed) -> None:
        one = self._collected.get(event.series)
        if one is not None:
            now = self._clock.monotonic()
            one.closes.append(now)
            while one.closes[0] < now - _RATE_WINDOW:
                one.closes.popleft()

    def _filled(self, event: GapFilled) -> None:
        gap = event.gap
        if gap.series not in self._collected or gap.kind is GapKind.NO_TRADES:
            return
        self._tell(f"{gap.series}: {event.candles} of {gap.missing} missed candles fetched again")

    def _connection(self, event: ConnectionChanged) -> None:
        self._tell(f"{event.name}: {event.state.value}" + (f" ({event.detail})" if event.detail else ""))

    def _status(self, one: _Collected, exchange_time: int | None, now: float) -> SeriesStatus:
        series = one.series
        span = self._hybrid.span(series)
        counters = self._hybrid.counters(series)
        rows = self._store.counted(series) or 0
        state = SeriesState.FAILED if one.error else self._hybrid.state(series)
        age = None
        if span is not None and exchange_time is not None:
            age = max(0.0, (exchange_time - series.timeframe.next(span[1])) / 1000)
        while one.closes and one.closes[0] < now - _RATE_WINDOW:
            one.closes.popleft()
        rate = len(one.closes) * 60 / _RATE_WINDOW
        return SeriesStatus(
            series, state, rows, self._first(one, rows), span[1] if span else None, age, rate,
            counters.gaps, counters.errors + bool(one.error), one.error or counters.last_error,
            self._hybrid.missing(series),
        )  # fmt: skip

    def _first(self, one: _Collected, rows: int) -> int | None:
        """Open time of the first of the newest ``rows`` stored."""
        first, keep = one.first, self._store.keep(one.series)
        if not rows or first is None:
            return None
        if keep is None or rows < keep:
            return first
        trimmed = self._hybrid.newest(one.series, rows)
        span = self._hybrid.span(one.series)
        if trimmed is None and span is not None:  # more is kept than memory holds
            trimmed = back(one.series.timeframe, span[1], rows - 1)
        return first if trimmed is None else max(first, trimmed)

    def _tell(self, text: str) -> None:
        self._activity.append((self._clock.now(), text))
        _log.info("%s", text)
