"""A new socket takes the place of an old one without a moment between them."""

import asyncio
import logging
from collections.abc import Callable

from shared_modules.core.clock import Clock
from shared_modules.core.events import ConnectionState

from .connection import Connection

_log = logging.getLogger(__name__)
_LOOK = 1.0
_PATIENCE = 90.0


class Renewals:
    """Opens successors and waits until they speak; ``finish(old, new)`` lets ``new`` take over.

    ``abandon(old, new)``: it came to nothing. ``moved(old)``: whether every topic of ``old`` came from its successor.
    """

    def __init__(
        self,
        clock: Clock,
        moved: Callable[[Connection], bool],
        finish: Callable[[Connection, Connection], None],
        abandon: Callable[[Connection, Connection], None],
    ) -> None:
        self._clock, self._moved, self._finish, self._abandon = clock, moved, finish, abandon
        self._successors: dict[Connection, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def successor(self, old: Connection) -> Connection | None:
        """Who is about to take the place of ``old``."""
        return self._successors.get(old)

    def begin(self, old: Connection, new: Connection) -> None:
        """Start ``new``, which has the topics of ``old``."""
        self._successors[old] = new
        new.start()
        task = asyncio.get_running_loop().create_task(self._hand_over(old, new), name=f"renew {old.url}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hand_over(self, old: Connection, new: Connection) -> None:
        deadline = self._clock.monotonic() + _PATIENCE
        try:
            while self._clock.monotonic() < deadline and not self._ready(old, new):
                await self._clock.sleep(_LOOK)
        except asyncio.CancelledError:
            del self._successors[old]
            await new.close()
            raise
        del self._successors[old]
        if new.state is ConnectionState.CONNECTED and old.state is not ConnectionState.OFF:
            self._finish(old, new)
            await old.close()
        else:
            _log.warning("%s: no other connection could be had; the old one stays", old.url)
            self._abandon(old, new)
            await new.close()

    def _ready(self, old: Connection, new: Connection) -> bool:
        if old.state is ConnectionState.OFF:
            return True
        connected = new.state is ConnectionState.CONNECTED
        return connected and (old.state is not ConnectionState.CONNECTED or self._moved(old))
