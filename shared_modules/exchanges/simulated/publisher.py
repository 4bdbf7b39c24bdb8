"""One task that moves the exchange's time on and tells every topic's subscribers what happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from .clock import VenueClock
from .connection import Connection
from .fault_desk import FaultDesk
from .fault_frames import FrameFaults
from .topics import Topic, TopicFactory

_TICK = 0.05
_SLICE = 0.01  # seconds of work before others get the loop
_PATIENCE = 10.0


class Publisher:
    """Topics by name, working only for those with subscribers.

    ``lossless``: wait for consumers that lag instead of running ahead of them. ``wait_for_first``: time stands still
    while nobody has subscribed.
    """

    def __init__(
        self,
        factory: TopicFactory,
        clock: VenueClock,
        lossless: bool,
        wait_for_first: bool,
        faults: FrameFaults | None = None,
    ) -> None:
        self._factory, self._clock = factory, clock
        self._lossless, self._waits = lossless, wait_for_first
        self._faults = faults or FrameFaults(FaultDesk())
        self._topics: dict[str, Topic] = {}
        self.connections: set[Connection] = set()

    def known(self, name: str) -> bool:
        return self._factory.known(name, self._clock.now())

    def subscribe(self, connection: Connection, names: Iterable[str]) -> list[bytes]:
        """Add ``connection`` to the topics; returns the first frames of those that have one."""
        frames = []
        for name in names:
            if name not in self._topics:
                self._topics[name] = self._factory.make(name, self._clock.told)
            topic = self._topics[name]
            topic.connections.add(connection)
            connection.topics.add(name)
            first = topic.first(self._clock.told)
            if first is not None:
                frames += self._faulty(name, [first], self._clock.told)
        return frames

    def _pace(self) -> float:
        """Fewer updates of each when there are many: about a thousand frames a second are plenty."""
        return min(1.0, max(0.2, len(self._topics) / 600))

    def unsubscribe(self, connection: Connection, names: Iterable[str]) -> None:
        for name in list(names):
            connection.topics.discard(name)
            topic = self._topics.get(name)
            if topic is not None:
                topic.connections.discard(connection)
                if not topic.connections:
                    del self._topics[name]
                    self._faults.forget(name)

    def silence(self, symbol: str) -> None:
        """Nothing is told of ``symbol`` any more."""
        for connection in list(self.connections):
            self.unsubscribe(connection, [name for name in connection.topics if name.endswith(f".{symbol}")])

    def _faulty(self, name: str, frames: list[bytes], now: int) -> list[bytes]:
        return frames if self._faults.quiet else self._faults.changed(name, frames, now)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            began = time.monotonic()
            if self._waits:
                self._clock.hold(not self._topics)
            await self._advance(self._clock.told, self._clock.now())
            await asyncio.sleep(max(0.0, _TICK - (time.monotonic() - began)) if not self._waits else 0)

    async def _advance(self, before: int, now: int) -> None:
        if now <= before:
            await asyncio.sleep(_TICK)
            return
        # a topic that comes in while others are being told starts at `now`
        topics = list(self._topics.items())
        self._clock.reach(now)
        worked, pace = time.monotonic(), self._pace()
        for name, topic in topics:
            real = time.monotonic()
            for frame in self._faulty(name, topic.frames(before, now, real, pace), now):
                for connection in topic.connections:
                    connection.send(frame)
            if real - worked > _SLICE:
                await asyncio.sleep(0)
                worked = time.monotonic()
        if self._lossless:
            for connection in list(self.connections):
                await connection.room(_PATIENCE)
