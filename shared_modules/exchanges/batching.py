"""Fewer wake-ups of a busy socket: several frames are read in one turn of the loop.

Waking a loop costs ten times what a frame costs. Where frames come by the hundreds a second, reading rests for some
milliseconds after each turn, so that the next turn finds several. A screen shows 30 pictures a second, so nobody
sees it.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

REST = 0.016  # s; half of what lies between two pictures
# frames a second from which resting pays; they are counted over so many
BUSY, COUNTED = 300.0, 64
# so many in one turn: the sender does not wait for time, and is not made to wait for us during so many seconds
FLOOD, HURRY = 400, 1.0


class Readable(Protocol):
    """What a loop's transport offers."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Batching:
    """Told of each frame, it decides when the reading of ``transport`` rests."""

    def __init__(self, transport: Readable, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._busy = self._resting = False
        self._count = self._turn = 0
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
        self._transport.pause_reading()
        self._loop.call_later(REST, self._wake)

    def _wake(self) -> None:
        self._resting = False
        if self._turn >= FLOOD:
            self._busy, self._hurried = False, self._loop.time() + HURRY
        self._transport.resume_reading()
