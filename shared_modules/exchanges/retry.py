"""Asking again: which errors may pass is read off the error tree, how long to wait off the error itself."""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState

from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import Throttled, Unreachable

T = TypeVar("T")
_log = logging.getLogger(__name__)


async def patiently(
    ask: Callable[[], Awaitable[T]],
    *,
    attempts: int = 4,
    first: float = 0.5,
    longest: float = 8.0,
    deadline: float = 30.0,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> T:
    """Await ``ask()``, asking again while the trouble may pass; the last error is raised as it came.

    `Unreachable` waits ``first``, doubled up to ``longest`` seconds, shortened by up to half; `Throttled` at least its
    ``retry_after``. Nothing else is asked again. No attempt starts later than ``deadline`` seconds after the first.
    """
    clock = clock or SystemClock()
    started = clock.monotonic()

    def wait(state: RetryCallState) -> float:
        backoff = min(longest, first * 2.0 ** (state.attempt_number - 1)) * (0.5 + 0.5 * jitter())
        error = _error(state)
        return max(backoff, error.retry_after) if isinstance(error, Throttled) else backoff

    def enough(state: RetryCallState) -> bool:
        return state.attempt_number >= attempts or clock.monotonic() - started + state.upcoming_sleep > deadline

    retrying = AsyncRetrying(
        sleep=clock.sleep, stop=enough, wait=wait, retry=_may_pass, before_sleep=_tell, reraise=True
    )
    return await retrying(ask)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _may_pass(state: RetryCallState) -> bool:
    return isinstance(_error(state), Unreachable)


def _tell(state: RetryCallState) -> None:
    _log.info(
        "asking again in %.1f s (attempt %d failed: %s)", state.upcoming_sleep, state.attempt_number, _error(state)
    )
