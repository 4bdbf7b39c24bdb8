"""A busy socket is read several frames at a time, and never so many that the loop has no time for others.

Waking a loop costs ten times what a frame costs. Where frames come by the hundreds a second, reading rests for some
milliseconds after each turn, so that the next turn finds several. A screen shows 30 pictures a second, so nobody
sees it. When a minute ends, five hundred candles close in one reading: those wait for turns of their own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Protocol

REST = 0.016  # s; half of what lies between two pictures
# frames a second from which resting pays; they are counted over so many
BUSY, COUNTED = 300.0, 64
# so many in one turn: the sender does not wait for time, and is not made to wait for us during so many seconds
FLOOD, HURRY = 400, 1.0
# s of work in one turn, and s until the next one when something waits
WORK, BREATH = 0.004, 0.001
# s without a frame after which the next one begins a turn; those of one reading follow each other at once
APART = 0.0005


class Readable(Protocol):
    """What a loop's transport offers."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Batching:
    """Told of each frame, it decides when the reading of ``transport`` rests."""

    def __init__(self, transport: Readable, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._busy = self._resting = False
        self._count = self._turn = self._held = 0
        self._since = loop.time()
        self._hurried = self._since

    def frame(self) -> None:
        """A frame was read."""
        self._turn += 1
        self._count += 1
        if self._count >= COUNTED:
            now = self._loop.time()
            self._busy = now >= self._hurried and COUNTED / max(now - self._since, 1e-6) > BUSY
            self._count, self._since = 0, now
        if self._busy and not self._resting:
            self._rest()

    def _rest(self) -> None:
        self._resting, self._turn = True, 1
        # what was read already is still handed on in this turn
        self.hold()
        self._loop.call_later(REST, self._wake)

    def hold(self) -> None:
        """Read no more until `let_go`; each call needs one of its own."""
        self._held += 1
        if self._held == 1:
            self._transport.pause_reading()

    def let_go(self) -> None:
        self._held -= 1
        if self._held == 0:
            self._transport.resume_reading()

    def _wake(self) -> None:
        self._resting = False
        if self._turn >= FLOOD:
            self._busy, self._hurried = False, self._loop.time() + HURRY
        self.let_go()


class Portions:
    """Hands texts to ``hand_on`` in their order, for at most `WORK` in one turn of the loop; the others wait.

    Nothing is read while something waits, so what waits is never more than one reading. ``clock`` is in seconds.
    """

    def __init__(
        self,
        hand_on: Callable[[bytes], None],
        reading: Batching,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._hand_on, self._reading, self._loop, self._clock = hand_on, reading, loop, clock
        self._waiting: deque[bytes] = deque()
        self._began = self._ended = 0.0

    def put(self, text: bytes) -> None:
        """Hand ``text`` on, now or when its turn comes."""
        if self._waiting:
            self._waiting.append(text)
            return
        now = self._clock()
        if now - self._ended > APART:
            self._began = now
        if now - self._began > WORK:
            self._waiting.append(text)
            self._reading.hold()
            self._loop.call_later(BREATH, self._go_on)
            return
        self._hand_on(text)
        self._ended = self._clock()

    def finish(self) -> None:
        """Hand on what waits, because nothing more will come."""
        while self._waiting:
            self._hand_on(self._waiting.popleft())

    def forget(self) -> None:
        """Let go what waits: who is told wants no more of it."""
        self._waiting.clear()

    def _go_on(self) -> None:
        until = self._clock() + WORK
        try:
            while self._waiting and self._clock() < until:
                self._hand_on(self._waiting.popleft())
        finally:
            # whatever one text did: a socket that is held is deaf
            if self._waiting:
                self._loop.call_later(BREATH, self._go_on)
            else:
                self._reading.let_go()
