"""A recording played through the collector: the same stream, the same candles, the same files, at any speed."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared_modules.core.bus import EventBus
from shared_modules.core.events import ConnectionState, GapFilled, GapFound
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import Progress
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import timeframe
from shared_modules.exchanges.bybit import BybitStream
from shared_modules.exchanges.recording import MARK, Record, read
from shared_modules.exchanges.replayed import RecordedMarket, RecordedSockets, ReplayClock

from .collector import Collector
from .hybrid import HybridData
from .rows import Rows, as_bars
from .store import CandleStore

_log = logging.getLogger(__name__)
_STEP = 20_000  # us of the recording between two looks at who sleeps
_PATIENCE = 0.05  # s that work on the disk may hold the replay up
_LONGEST_AFTER = 120  # s that pass at most
_AFTER = 5_000_000  # us that pass after the last record, for what is still to be looked after


@dataclass(slots=True)
class ReplayOutcome:
    """What a replay came to: ``records`` passed on, ``seconds`` of the recording, ``took`` of ours.

    ``rows`` by series; ``gaps`` found and ``refetched`` candles on the way; ``malformed`` frames.
    """

    records: int = 0
    frames: int = 0
    seconds: float = 0.0
    took: float = 0.0
    malformed: int = 0
    gaps: int = 0
    refetched: int = 0
    rows: dict[Series, int] = field(default_factory=dict)


async def replay(
    place: Path,
    paths: DataPaths,
    *,
    speed: float | None = None,
    retention: int | str | None = "recorded",
    bus: EventBus | None = None,
    progress: Progress | None = None,
) -> ReplayOutcome:
    """Play the recording at ``place`` into the candle folder of ``paths``; ``speed`` None is as fast as possible.

    What is collected, from which past and how many rows are kept is what the recording says. Raises
    `DataSourceError` and `DataFormatError` for what is no recording, `StoreError`, and `Cancelled` when stopped.
    """
    market = await asyncio.to_thread(RecordedMarket.of, place)
    player = _Player(market, paths, bus or EventBus(), retention)
    begun = time.perf_counter()
    await player.start()
    try:
        await player.play(place, speed, progress or Progress())
    finally:
        await player.close()
    outcome = player.outcome
    outcome.took = time.perf_counter() - begun
    return outcome


class _Player:
    def __init__(self, market: RecordedMarket, paths: DataPaths, bus: EventBus, retention: int | str | None) -> None:
        self._market, self._retention = market, retention
        self._clock = ReplayClock(market.first)
        self._sockets = RecordedSockets()
        self._ends = _ends(market.marks)
        self._store = _Cut(paths, None if isinstance(retention, str) else retention)
        category = next((s.market.category for s in market.series), Category.LINEAR)
        settings = ExchangeSettings(name=market.name, category=category.value)
        self._stream = BybitStream(settings, category, self._clock, connect=self._sockets.connect, jitter=lambda: -1.0)
        self._hybrid = HybridData(market, self._stream, self._store, bus, self._clock)
        self._collector = Collector(self._hybrid, self._store, bus, self._clock)
        self.outcome = ReplayOutcome()
        bus.subscribe(GapFound, self._gap)
        bus.subscribe(GapFilled, self._filled)

    async def start(self) -> None:
        await asyncio.to_thread(self._store.start)
        await self._hybrid.start()
        await self._stream.start()

    async def close(self) -> None:
        await self._collector.stop()
        await self._hybrid.close()
        await self._stream.close()
        self.outcome.malformed = self._stream.malformed_frames
        for series in self._store.series():
            self.outcome.rows[series] = await asyncio.to_thread(self._store.rows, series)
        await asyncio.to_thread(self._store.close)

    async def play(self, place: Path, speed: float | None, progress: Progress) -> None:
        """Pass on every record at its time."""
        market, clock = self._market, self._clock
        pace = _Pace(market.first, speed)
        looked = market.first
        if not market.marks:
            await self._collect([*market.series], 500)
        for record in read(place):
            if record.time - looked >= _STEP or record.kind == MARK:
                looked = record.time
                await pace.until(record.time)
                await clock.advance(record.time)
                await self._settled()
                progress.step((record.time - market.first) / max(1, market.last - market.first), _shown(record.time))
            market.note(record)
            if record.kind == MARK:
                await self._marked(record)
            else:
                self._sockets.take(record)
            self.outcome.records += 1
        self.outcome.frames = market.frames
        self.outcome.seconds = (market.last - market.first) / 1e6
        await self._caught_up(market.last)
        progress.step(1.0)

    async def _marked(self, record: Record) -> None:
        try:
            mark: dict[str, Any] = json.loads(record.payload)
            what, series = mark.get("what"), [_series(row) for row in mark.get("series", ())]
        except (ValueError, TypeError, AttributeError) as error:
            _log.warning("a mark of the recording cannot be read: %s", error)
            return
        if what == "collect":
            if isinstance(self._retention, str):
                self._store.retention = mark.get("retention")
            self._store.ends = {one: end for one in series if (end := self._end_of(one, record.time)) is not None}
            # the past is loaded as of the first answer that the collector got
            self._market.now = max(self._market.now, self._next_time(record.time))
            await self._collect(series, int(mark.get("history", 0)))
        elif what == "end":
            await self._ended(series, record.time)
        elif what == "stop":
            await self._caught_up(record.time)
            await self._collector.stop()

    async def _ended(self, series: list[Series], moment: int) -> None:
        """Let ``series`` end with the very candle that was their last in the recorded session."""
        if set(series) >= set(self._collector.series):
            await self._caught_up(moment)
        for one in series:
            span, end = self._hybrid.span(one), self._store.ends.get(one)
            if span is not None and end is not None:
                self._store.append(one, self._market.told(one, span[1] + 1, end + 1))
        await self._collector.remove(series)

    def _end_of(self, series: Series, after: int) -> int | None:
        return next((last for at, last in self._ends.get(series, ()) if at > after), None)

    async def _collect(self, series: list[Series], history: int) -> None:
        self._market.now = self._market.now or self._next_time(0)
        await self._collector.start(series, history)
        await self._settled()

    async def _caught_up(self, moment: int) -> None:
        """Let time pass until the connection is back and nothing is fetched any more: what was told is all in hand."""
        self._sockets.reopen()
        for second in range(1, _LONGEST_AFTER):
            await self._clock.advance(moment + second * 1_000_000)
            await self._settled()
            connected = self._stream.health().state is ConnectionState.CONNECTED
            if second * 1_000_000 >= _AFTER and connected and not self._hybrid.busy:
                return

    def _next_time(self, moment: int) -> int:
        return next((told for at, told in self._market.times if at >= moment), 0)

    async def _settled(self) -> None:
        """Wait for what is on its way between memory and disk, so that speed changes no outcome."""
        deadline = time.monotonic() + _PATIENCE
        while busy := self._hybrid.busy - self._clock.sleeping:
            await asyncio.wait(busy, timeout=0.002)
            await asyncio.sleep(0)
            # some wait for others that sleep until the recording goes on
            if time.monotonic() > deadline and len(busy) < len(self._hybrid.busy):
                return

    def _gap(self, _: GapFound) -> None:
        self.outcome.gaps += 1

    def _filled(self, event: GapFilled) -> None:
        self.outcome.refetched += event.candles


class _Cut(CandleStore):
    """A store that takes no candle of a series beyond its end in the recorded session."""

    ends: Mapping[Series, int] = {}

    def append(self, series: Series, rows: Rows, *, trim: bool = True) -> None:
        end = self.ends.get(series)
        super().append(series, rows if end is None else as_bars(rows).between(None, end + 1), trim=trim)


class _Pace:
    """Holds a replay back to ``speed`` times the recording."""

    def __init__(self, first: int, speed: float | None) -> None:
        self._first, self._speed = first, speed
        self._begun = time.monotonic()

    async def until(self, moment: int) -> None:
        if self._speed is not None:
            wait = (moment - self._first) / 1e6 / self._speed - (time.monotonic() - self._begun)
            if wait > 0:
                await asyncio.sleep(wait)


def _shown(moment: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(moment / 1e6))


def _series(row: Sequence[str]) -> Series:
    exchange, category, symbol, frame, *_ = row
    return Series(Market(exchange, Category(category), symbol), timeframe(frame))


def _ends(marks: Iterable[Record]) -> dict[Series, list[tuple[int, int | None]]]:
    """When each series ended, us, and with which candle; marks that cannot be read are told of when they come."""
    found: dict[Series, list[tuple[int, int | None]]] = {}
    for record in marks:
        with suppress(ValueError, TypeError, AttributeError, IndexError):
            mark = json.loads(record.payload)
            for row in mark.get("series", ()) if mark.get("what") == "end" else ():
                found.setdefault(_series(row), []).append((record.time, None if row[4] is None else int(row[4])))
    return found
