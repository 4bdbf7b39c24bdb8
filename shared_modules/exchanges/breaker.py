"""Leaving a service alone that does not answer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Throttled, Unreachable

_log = logging.getLogger(__name__)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Opens after ``failures`` in a row, lets single requests try after ``rest`` seconds, closes after ``successes``.

    A failure is an `Unreachable` that is no `Throttled`: an exchange that refuses does answer.
    """

    def __init__(self, failures: int = 5, rest: float = 30.0, successes: int = 3, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._most, self._rest, self._wanted = failures, rest, successes
        self._failed = self._succeeded = 0
        self._opened: float | None = None
        self._trying = False
        self._reason = ""

    @property
    def state(self) -> BreakerState:
        if self._opened is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._left > 0 else BreakerState.HALF_OPEN

    @asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """One request; raises `Unreachable` at once while the service is left alone."""
        trying = self._opened is not None
        if trying:
            self._admit()
        try:
            yield
        except Throttled:
            self._worked()
            raise
        except Unreachable as error:
            self._broke(error.message)
            raise
        except asyncio.CancelledError:
            raise
        except Exception:
            self._worked()
            raise
        else:
            self._worked()
        finally:
            if trying:
                self._trying = False

    @property
    def _left(self) -> float:
        return 0.0 if self._opened is None else self._opened + self._rest - self._clock.monotonic()

    def _admit(self) -> None:
        if self._left > 0:
            raise Unreachable(f"{self._reason}; the next attempt is in {self._left:.0f} s")
        if self._trying:
            raise Unreachable(f"{self._reason}; an attempt is under way")
        self._trying = True

    def _worked(self) -> None:
        self._failed = 0
        if self._opened is None or self._left > 0:
            return  # an answer to what was asked before it opened proves little
        self._succeeded += 1
        if self._succeeded >= self._wanted:
            self._opened = None
            _log.info("requests are answered again")

    def _broke(self, reason: str) -> None:
        self._failed += 1
        self._succeeded = 0
        if self._opened is not None and self._left > 0:
            return
        if self._opened is not None or self._failed >= self._most:
            self._opened, self._reason = self._clock.monotonic(), reason
            _log.warning("%s; no requests for %.0f s", reason, self._rest)
