"""Requests through pybit: each worker thread has its own session, errors come out as ours, waiting is ours too."""

import asyncio
import datetime
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Generic, TypeVar

from shared_modules.core.clock import Clock
from shared_modules.core.errors import Rejected, Throttled, TradeBotError, Unreachable
from shared_modules.core.settings import ExchangeSettings
from shared_modules.exchanges.ban import Ban
from shared_modules.exchanges.base import Priority, RequestHealth
from shared_modules.exchanges.breaker import Breaker
from shared_modules.exchanges.retry import patiently
from shared_modules.exchanges.throttle import Throttle
from shared_modules.exchanges.transport import is_loopback

from . import codes

T = TypeVar("T")
Parse = Callable[[Any, int], T]
# told of every answer as it came: address, status, body; on the thread that asked
Tap = Callable[[str, int, bytes], None]
_CLOSING_SECONDS = 2.0
_BANNED = 403


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer: ``time`` is the exchange's clock in it, ``sent`` ours before it (ms), ``took`` the round trip in s."""

    value: T
    time: int
    sent: int
    took: float


class RestClient:
    """Asks Bybit's REST service; nothing blocks the event loop, the parsing is done on the workers too."""

    def __init__(
        self,
        settings: ExchangeSettings,
        clock: Clock,
        throttle: Throttle,
        breaker: Breaker,
        ban: Ban,
        tap: Tap | None = None,
    ) -> None:
        self._tap = tap
        self._settings, self._clock, self._throttle = settings, clock, throttle
        self._breaker, self._ban = breaker, ban
        self._pool = ThreadPoolExecutor(settings.rest_workers, thread_name_prefix="bybit-rest")
        self._local = threading.local()
        self._running: set[Future[Any]] = set()
        self._sessions: list[Any] = []
        self._closed = False
        self._made = self._failed = 0
        self._took: float | None = None
        self._error = ""

    def health(self) -> RequestHealth:
        """See `MarketData.requests`."""
        return RequestHealth(
            self._made, self._failed, self._throttle.waiting, self._throttle.paused, self._took, self._error
        )

    async def ask(self, method: str, parse: Parse[T], priority: Priority, **parameters: Any) -> Reply[T]:
        """What pybit's ``method`` answers, made a value by ``parse(result, time)``; retried while it may help.

        Raises `Unreachable`, `Throttled` or `Rejected`.
        """
        return await patiently(partial(self._once, method, parse, priority, parameters), clock=self._clock)

    async def close(self) -> None:
        """Refuse further requests and let go of the connections; waits briefly for what is under way."""
        self._closed = True
        self._pool.shutdown(wait=False)
        if running := [asyncio.wrap_future(f) for f in tuple(self._running)]:
            await asyncio.wait(running, timeout=_CLOSING_SECONDS)
            for waiter in running:
                if waiter.done() and not waiter.cancelled():
                    waiter.exception()
        for session in self._sessions:
            session.client.close()

    async def _once(self, method: str, parse: Parse[T], priority: Priority, parameters: dict[str, Any]) -> Reply[T]:
        async with self._throttle.turn(priority), self._ban.passage(), self._breaker.guard():
            if self._closed:
                raise Rejected("the connection to the exchange is closed")
            work = self._pool.submit(self._call, method, parse, parameters)
            self._running.add(work)
            work.add_done_callback(self._running.discard)
            try:
                return await self._counted(asyncio.wrap_future(work))
            except Throttled as error:
                self._throttle.pause(self._clock.monotonic() + error.retry_after, error.message)
                if error.details.get("exchange_code") == _BANNED:
                    await self._ban.impose(error.retry_after)
                raise

    async def _counted(self, work: Awaitable[Reply[T]]) -> Reply[T]:
        self._made += 1
        try:
            reply = await work
        except TradeBotError as error:
            self._failed += 1
            self._error = error.message
            raise
        self._took, self._error = reply.took * 1000, ""
        return reply

    def _call(self, method: str, parse: Parse[T], parameters: dict[str, Any]) -> Reply[T]:
        session = self._session()
        sent, started = self._clock.now(), self._clock.monotonic()
        try:
            answer, _, _ = getattr(session, method)(**parameters)
            took = self._clock.monotonic() - started
            time = int(answer.get("time") or sent)
            return Reply(parse(answer["result"], time), time, sent, took)
        except Exception as error:
            raise translated(error, self._settings, self._clock.now()) from error

    def _session(self) -> Any:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = open_session(self._settings)
            if (tap := self._tap) is not None:

                def record(response: Any, *_: Any, **__: Any) -> None:
                    tap(response.url, response.status_code, response.content)

                session.client.hooks["response"].append(record)
            self._sessions.append(session)
        return session


def open_session(settings: ExchangeSettings) -> Any:
    """A pybit session that reports every error at once and logs nothing."""
    from pybit.unified_trading import HTTP

    # an empty set would be replaced by pybit's own list, and its waiting blocks a worker
    session = HTTP(timeout=settings.timeout, retry_codes={-99999}, return_response_headers=True, log_requests=False)
    session.endpoint = settings.rest_url.rstrip("/")
    session.client.trust_env = not is_loopback(settings.rest_url)
    return session


def translated(error: Exception, settings: ExchangeSettings, now: int) -> TradeBotError:
    """The error of ours that stands for what pybit, requests or the parsing of an answer raised at ``now`` (ms)."""
    import requests
    from pybit.exceptions import FailedRequestError, InvalidRequestError

    address = settings.rest_url
    if isinstance(error, TradeBotError):
        return error
    if isinstance(error, InvalidRequestError):
        code = error.status_code if isinstance(error.status_code, int) else 0
        return codes.refusal(code, str(error.message), _told_wait(error.resp_headers, now))
    if isinstance(error, FailedRequestError):
        if error.resp_headers is None:
            return Unreachable(f"{address} answered with something that is not JSON; check the address")
        return codes.failure(error.status_code, address, _told_wait(error.resp_headers, now))
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable(f"no answer from {address} within {settings.timeout:g} s; check the address or your network")
    if isinstance(error, requests.exceptions.ConnectionError):
        return Unreachable(f"no answer from {address}: {_reason(error)}; check the address or your network")
    if isinstance(error, requests.exceptions.RequestException) and isinstance(error, ValueError):
        return Rejected(f"'{address}' cannot be used as an address; it should look like https://api.bybit.com")
    if isinstance(error, requests.exceptions.RequestException):
        return Unreachable(f"the answer from {address} broke off: {type(error).__name__}")
    return Unreachable(f"{address} gave an answer that cannot be understood ({type(error).__name__}: {error})")


def _told_wait(headers: Mapping[str, str], now: int) -> float | None:
    """Seconds until the limit is reset, which may have passed; None when the answer does not say."""
    if (after := headers.get("Retry-After")) is not None:
        return _retry_after(after, now)
    try:
        return (int(headers["X-Bapi-Limit-Reset-Timestamp"]) - now) / 1000
    except (KeyError, ValueError):
        return None


def _retry_after(text: str, now: int) -> float | None:
    """Seconds that ``text`` asks for: a number, or a date of HTTP."""
    if text.strip().isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)
    return date.timestamp() - now / 1000


_SIGNS = (
    ("refused", "connection refused"),
    ("getaddrinfo", "the name cannot be resolved"),
    ("Name or service", "the name cannot be resolved"),
    ("resolve", "the name cannot be resolved"),
    ("certificate", "its certificate is not trusted"),
    ("reset", "the connection was reset"),
    ("aborted", "the connection was cut"),
    ("unreachable", "the network is unreachable"),
)


def _reason(error: Exception) -> str:
    text = str(error)
    return next((sentence for sign, sentence in _SIGNS if sign.lower() in text.lower()), "the connection failed")
