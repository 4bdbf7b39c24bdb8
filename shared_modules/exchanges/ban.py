"""A ban of our address by the exchange: kept over restarts, and ended by a single request."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Throttled
from shared_modules.core.paths import write_whole

_log = logging.getLogger(__name__)


class Ban:
    """A pause that the exchange imposed on our address, which outlives a restart by a small file at ``path``.

    When it is over a single request tries; the others wait for what comes of it.
    """

    def __init__(self, path: Path | None, longest: float, clock: Clock | None = None) -> None:
        self._path, self._longest = path, longest
        self._clock = clock or SystemClock()
        self._until: float | None = None
        self._probe = asyncio.Lock()
        self._read = False

    @property
    def left(self) -> float:
        """Seconds until a request may try; 0 when there is no ban."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock.monotonic())

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """One request; raises `Throttled` during the pause."""
        if not self._read:
            async with self._probe:  # nobody may pass before the file is read
                await self._remember()
        self._refuse()
        if self._until is None:
            yield
            return
        async with self._probe:
            self._refuse()
            suspect = self._until
            yield
            if suspect is not None and self._until == suspect:
                self._until = None
                if self._path is not None:
                    await asyncio.to_thread(self._forget, self._path)

    async def impose(self, seconds: float) -> None:
        """The exchange sent us away for ``seconds``."""
        self._until = self._clock.monotonic() + seconds
        if self._path is not None:
            await asyncio.to_thread(self._write, self._path, self._clock.now() + round(seconds * 1000))

    def _refuse(self) -> None:
        if (left := self.left) > 0:
            raise Throttled(
                f"the exchange refuses this address: requests are possible again in {left:.0f} s",
                retry_after=left,
            )

    async def _remember(self) -> None:
        if not self._read and self._path is not None:
            remembered = await asyncio.to_thread(self._remembered, self._path)
            self._until = self._until if self._until is not None else remembered
        self._read = True

    def _remembered(self, path: Path) -> float | None:
        try:
            until = json.loads(path.read_text(encoding="utf-8"))["until"]
            left = (float(until) - self._clock.now()) / 1000
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s cannot be read (%s); a pause it may tell of is not kept", path, error)
            return None
        # a clock that was set back must not make it longer than it can be
        return self._clock.monotonic() + min(left, self._longest) if left > -self._longest else None

    @staticmethod
    def _write(path: Path, until: int) -> None:
        try:
            write_whole(path, json.dumps({"until": until}).encode())
        except OSError as error:
            _log.warning("%s cannot be written (%s); the pause ends with this run", path, error)

    @staticmethod
    def _forget(path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", path, error)
