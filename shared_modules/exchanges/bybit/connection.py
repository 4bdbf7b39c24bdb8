"""One socket that comes back by itself: connects, pings, notices silence, reconnects and restores subscriptions."""

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Protocol

import orjson

from shared_modules.core.clock import Clock
from shared_modules.core.events import ConnectionState
from shared_modules.core.settings import ExchangeSettings
from shared_modules.exchanges.base import ConnectionHealth
from shared_modules.exchanges.budget import ConnectBudget
from shared_modules.exchanges.transport import SocketListener, Transport, open_socket

from .rate import Rate
from .subscriptions import Subscriptions

_log = logging.getLogger(__name__)
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
GOOD_SECONDS = 60.0
# streams are said to become unreliable after days
LONGEST_LIFE = 24 * 3600.0
RENEW_AGAIN = 3600.0
DOWN_AFTER = 3
# a topic that says nothing for so long is asked for anew, and so is one that was refused
TOPIC_DEADLINE = 90.0
# a busy exchange may take its time; asking again too early would only add to its load
ANSWER_SECONDS = 30.0
CONNECT_SECONDS = 10.0
_FRAME_PAUSE = 0.1
_LONGEST_REST = 5.0
_CLOSE_SECONDS = 1.0

Connector = Callable[[str, SocketListener, str, float], Awaitable[None]]


class ConnectionOwner(Protocol):
    """Who gets the data and is told what happens to a connection."""

    def receive(self, connection: "Connection", topic: str, message: Mapping[str, Any]) -> None: ...
    def malformed(self, where: str, error: Exception) -> None: ...
    def changed(self, connection: "Connection") -> None:
        """Its state, its ``detail`` or both are different now."""
        ...

    def dropped(self, connection: "Connection", reason: str) -> None:
        """What it delivered so far is out of date."""
        ...

    def silent(self, connection: "Connection") -> str | None:
        """A sentence when one of its topics says nothing though it should."""
        ...

    def aged(self, connection: "Connection") -> None:
        """It is so old that another should take its place."""
        ...


class Connection:
    """A supervised socket of the topics in ``subscriptions``."""

    def __init__(
        self,
        url: str,
        settings: ExchangeSettings,
        clock: Clock,
        owner: ConnectionOwner,
        chunk: int,
        *,
        name: str = "public",
        connect: Connector = open_socket,
        jitter: Callable[[], float] = random.random,
        budget: ConnectBudget | None = None,
        topic_deadline: float = TOPIC_DEADLINE,
    ) -> None:
        self.url, self.name = url, name
        self.subscriptions = Subscriptions(chunk)
        self.state = ConnectionState.OFF
        self.detail = ""
        self.reconnects = 0
        self.messages = 0
        self.rate = Rate()
        self.latency: float | None = None
        self.last_frame: float | None = None
        self._settings, self._clock, self._owner = settings, clock, owner
        self._connect, self._jitter = connect, jitter
        self._budget = budget or ConnectBudget(clock=clock)
        self._topic_deadline = topic_deadline
        self.connected_at: float | None = None
        self._attempt = 0
        self._work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._link: _Link | None = None

    def start(self) -> None:
        if self._task is None:
            self._tell(ConnectionState.CONNECTING, f"connecting to {self.url}")
            self._task = asyncio.get_running_loop().create_task(self._supervise(), name=f"connection {self.url}")

    async def close(self) -> None:
        """End for good; returns when the socket is gone."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._link is not None:
            await self._link.gone()
        self.subscriptions.reset()
        self._tell(ConnectionState.OFF, "closed")

    def recycle(self, reason: str) -> None:
        """End the present socket, when there is one; the next follows by itself."""
        if self._link is not None and self._link.opened:
            self._link.end(reason)

    def health(self, now: float) -> ConnectionHealth:
        """How it is doing at ``now`` of the clock's monotonic scale."""
        return ConnectionHealth(
            name=self.name,
            url=self.url,
            state=self.state,
            detail=self.detail,
            topics=len(self.subscriptions.wanted),
            messages=self.messages,
            per_second=self.rate.at(now),
            age=None if self.last_frame is None else now - self.last_frame,
            reconnects=self.reconnects,
            latency_ms=self.latency,
            up=None if self.connected_at is None else now - self.connected_at,
        )

    def want(self, topic: str) -> None:
        self.subscriptions.want(topic)
        self._work.set()

    def unwant(self, topic: str) -> None:
        self.subscriptions.unwant(topic)
        self._work.set()

    def renew(self, topic: str) -> None:
        self.subscriptions.renew(topic)
        self._work.set()

    def take(self, data: bytes) -> None:
        """Read one frame; one that cannot be read is counted, never fatal."""
        self.last_frame = self._clock.monotonic()
        try:
            message = orjson.loads(data)
            topic = message.get("topic")
            if topic is not None and not isinstance(topic, str):
                raise ValueError(f"the topic is {topic!r}")
        except (ValueError, AttributeError) as error:
            self._owner.malformed("a frame", error)
            return
        if topic is not None:
            self._owner.receive(self, topic, message)
        elif message.get("op") in ("subscribe", "unsubscribe"):
            self.subscriptions.answer(message, self.last_frame)
            self._work.set()

    async def _supervise(self) -> None:
        while True:
            link = self._link = _Link(self)
            try:
                if (wait := self._budget.take()) > 0:
                    self._tell(ConnectionState.DOWN, f"too many connections; trying again in {wait:.0f} s")
                    await self._clock.sleep(wait)
                await self._connect(self.url, link, self._settings.socket_library, CONNECT_SECONDS)
                if not link.opened:
                    raise OSError(f"no connection to {self.url}: the handshake ended without one")
                reason = await self._live(link)
            except OSError as error:
                link.abort()
                reason = str(error)
            except Exception:  # noqa: BLE001 - whatever it is, the next attempt may do better
                link.abort()
                _log.exception("%s: connecting failed in an unknown way", self.url)
                reason = "the connection failed"
            self.subscriptions.reset()
            self._owner.dropped(self, reason)
            self.connected_at = None
            await self._pause(reason)

    async def _pause(self, reason: str) -> None:
        self._attempt += 1
        self.reconnects += 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(self._attempt - 1, 10)) * (0.7 + 0.6 * self._jitter())
        state = ConnectionState.DOWN if self._attempt >= DOWN_AFTER else ConnectionState.RECONNECTING
        _log.log(
            logging.INFO if self._attempt == 1 else logging.WARNING,
            "%s: %s; attempt %d in %.1f s", self.url, reason, self._attempt, delay,
        )  # fmt: skip
        self._tell(state, f"{reason}; trying again in {delay:.1f} s")
        await self._clock.sleep(delay)

    async def _live(self, link: "_Link") -> str:
        """Serve an open socket until it ends; why it did."""
        opened = self.last_frame = self._clock.monotonic()
        helpers = [self._helper(self._watch(link), link), self._helper(self._keep_subscribed(link), link)]
        try:
            return await link.ended
        finally:
            link.abort()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            if self._clock.monotonic() - opened >= GOOD_SECONDS:
                self._attempt = 0

    def _helper(self, work: Coroutine[Any, Any, None], link: "_Link") -> asyncio.Task[None]:
        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("%s: the supervision failed", self.url, exc_info=error)
                link.end("internal error")

        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(ended)
        return task

    async def _watch(self, link: "_Link") -> None:
        """The one timer of a connection: pings, and ends the link when it is silent or the computer slept."""
        clock, limit = self._clock, self._settings.silence_limit
        every = min(self._settings.ping_interval, limit * 2 / 3)
        ids = itertools.count(1)
        next_ping = clock.monotonic() + every
        old = clock.monotonic() + LONGEST_LIFE
        again = clock.monotonic() + self._topic_deadline
        rest = min(_LONGEST_REST, self._topic_deadline / 4)
        drift = clock.now() / 1000 - clock.monotonic()
        while True:
            now = clock.monotonic()
            deadline = (now if self.last_frame is None else self.last_frame) + limit
            jumped, drift = clock.now() / 1000 - now - drift, clock.now() / 1000 - now
            if now >= deadline:
                return link.end(f"nothing arrived for {limit:g} s")
            if jumped > limit:
                return link.end("the computer slept")
            if now >= old:
                self._owner.aged(self)
                old = now + RENEW_AGAIN
            if now >= again:
                again = now + self._topic_deadline
                if self.subscriptions.try_refused():
                    self._work.set()
            if (silence := self._owner.silent(self)) is not None:
                return link.end(silence)
            if self.subscriptions.overdue(now - min(ANSWER_SECONDS, self._topic_deadline)):
                return link.end("a subscription was not answered")
            if now >= next_ping:
                link.send(orjson.dumps({"req_id": f"ping-{next(ids)}", "op": "ping"}))
                next_ping = now + every
            await clock.sleep(min(next_ping, deadline, now + rest) - now)

    async def _keep_subscribed(self, link: "_Link") -> None:
        """Send what is missing, with a pause between frames; CONNECTED is told when nothing is missing any more."""
        may_send = self._clock.monotonic()
        while True:
            self._work.clear()
            if not self.subscriptions.due:
                if self.state is not ConnectionState.CONNECTED and self.subscriptions.settled:
                    self._tell(ConnectionState.CONNECTED, f"connected to {self.url}")
                await self._work.wait()
                continue
            if (early := may_send - self._clock.monotonic()) > 0:
                await self._clock.sleep(early)
            if (frame := self.subscriptions.next_frame(self._clock.monotonic())) is not None:
                link.send(frame)
                may_send = self._clock.monotonic() + _FRAME_PAUSE

    def _tell(self, state: ConnectionState, detail: str) -> None:
        self.state, self.detail = state, detail
        if state is ConnectionState.CONNECTED:
            self.connected_at = self._clock.monotonic()
        self._owner.changed(self)


class _Link:
    """One life of the socket; what comes after its end is not listened to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transport: Transport | None = None
        self._closed = asyncio.Event()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def opened(self) -> bool:
        return self._transport is not None

    def on_open(self, transport: Transport) -> None:
        self._transport = transport

    def on_text(self, data: bytes) -> None:
        if not self.ended.done():
            self._connection.take(data)

    def on_close(self, reason: str) -> None:
        self.end(reason)
        self._closed.set()

    def end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    def send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.send(frame)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> None:
        """Wait (briefly) until the socket is closed."""
        self.end("closed")
        self.abort()
        if self._transport is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), _CLOSE_SECONDS)
