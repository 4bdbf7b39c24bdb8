"""Bybit's live market data: topics shared by subscribers, spread over as many connections as they need."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.errors import InvalidInput
from shared_modules.core.events import ConnectionState, Disconnected, LostMessages
from shared_modules.core.market import Category
from shared_modules.core.settings import ExchangeSettings
from shared_modules.exchanges.base import CandleTopic, ConnectionHealth, Delivery, StreamHealth, Topic, TradeTopic
from shared_modules.exchanges.budget import ConnectBudget
from shared_modules.exchanges.transport import open_socket

from .connection import TOPIC_DEADLINE, Connection, Connector
from .feeds import Feed, TradeFeed, feed_for
from .names import wire_topic
from .outages import Outages
from .renewal import Renewals

Deliver = Callable[[Topic, Delivery], None]
_log = logging.getLogger(__name__)
_MOST_CHARACTERS = 15_000
_CHUNK = {Category.SPOT: 10}
_USUAL_CHUNK = 100
_RENEW_SECONDS = 5.0
_LONGEST_PATIENCE = 3600.0
_WORTH_A_CONNECTION = 2
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class _Channel:
    """A topic with its subscribers and the connection that carries it."""

    def __init__(self, topic: Topic, wire: str, connection: Connection) -> None:
        self.topic, self.wire, self.connection = topic, wire, connection
        self.feed: Feed = feed_for(topic)
        self.subscribers: dict[object, Deliver] = {}
        self.deliverers: tuple[Deliver, ...] = ()  # the same, ready to go through
        self.renewed = float("-inf")
        self.heard = float("-inf")
        self.misses = 0


class BybitStream:
    """`MarketStream` of one category of Bybit V5; ``settings.public_ws_url`` may be any server that speaks it.

    ``clock_offset`` (exchange minus ours in ms) may be set at any time; only then is a latency known. A topic other
    than trades that is silent for ``topic_deadline`` seconds is subscribed again, and costs its connection when that
    does not help or others are silent too; each time in vain doubles the seconds.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        category: Category,
        clock: Clock | None = None,
        *,
        connect: Connector = open_socket,
        jitter: Callable[[], float] = random.random,
        topic_deadline: float = TOPIC_DEADLINE,
        budget: ConnectBudget | None = None,
    ) -> None:
        self._settings, self._category, self._clock = settings, category, clock or SystemClock()
        self._connect, self._jitter, self._topic_deadline = connect, jitter, topic_deadline
        self._budget = budget or ConnectBudget(clock=self._clock)
        self._outages = Outages(self._clock)
        self._renewals = Renewals(self._clock, self._moved, self._replace, self._restore)
        self._names = 0
        self._channels: dict[str, _Channel] = {}
        self._connections: list[Connection] = [self._connection()]
        self._closing: set[asyncio.Task[None]] = set()
        self._listeners: dict[object, Callable[[ConnectionState, str], None]] = {}
        self._state = ConnectionState.OFF
        self._started = False
        self._past_reconnects = 0
        self._past_messages = 0
        self._exchange_time: int | None = None
        self._latency: float | None = None
        self._failures = 0
        self.malformed_frames = 0
        self.clock_offset: float | None = None

    def subscribe(self, topics: Iterable[Topic], deliver: Deliver) -> Callable[[], None]:
        """See the port; raises `InvalidInput` for a market of another category or a topic Bybit does not have."""
        wanted = {self._wire(topic): topic for topic in topics}
        identity = object()
        for wire, topic in wanted.items():
            channel = self._channels.get(wire) or self._open(topic, wire)
            channel.subscribers[identity] = deliver
            channel.deliverers = tuple(channel.subscribers.values())
            if (present := channel.feed.latest()) is not None:
                self._hand_on(channel, deliver, present)

        def undo() -> None:
            for wire in wanted:
                self._leave(wire, identity)

        return undo

    def on_state(self, listener: Callable[[ConnectionState, str], None]) -> Callable[[], None]:
        identity = object()
        self._listeners[identity] = listener

        def undo() -> None:
            self._listeners.pop(identity, None)

        return undo

    def health(self) -> StreamHealth:
        now = self._clock.monotonic()
        frames = [c.last_frame for c in self._connections if c.last_frame is not None]
        return StreamHealth(
            state=self._state,
            topics=len(self._channels),
            messages=self._past_messages + sum(c.messages for c in self._connections),
            messages_per_second=sum(c.rate.at(now) for c in self._connections),
            last_message_age=now - max(frames) if frames else None,
            reconnects=self._past_reconnects + sum(c.reconnects for c in self._connections),
            refused=tuple(topic for c in self._connections for topic in c.subscriptions.refused),
            exchange_time=self._exchange_time,
            latency_ms=self._latency,
        )

    def connections(self) -> tuple[ConnectionHealth, ...]:
        now = self._clock.monotonic()
        return tuple(connection.health(now) for connection in self._connections)

    def carrier(self, topic: Topic) -> str | None:
        channel = self._channels.get(self._wire(topic))
        return None if channel is None else channel.connection.name

    def disconnects(self) -> tuple[Disconnected, ...]:
        return self._outages.all()

    def on_disconnect(self, listener: Callable[[Disconnected], None]) -> Callable[[], None]:
        return self._outages.listen(listener)

    def recycle(self, reason: str) -> None:
        """See the port."""
        for connection in tuple(self._connections):
            connection.recycle(reason)

    async def start(self) -> None:
        self._started = True
        for connection in self._connections:
            connection.start()

    async def close(self) -> None:
        self._started = False
        self._channels.clear()
        await self._renewals.close()
        await asyncio.gather(*(c.close() for c in self._connections), *self._closing)

    def receive(self, connection: Connection, wire: str, message: Mapping[str, Any]) -> None:
        """Take one message of the topic ``wire``; called by the connections."""
        now = connection.last_frame or 0.0
        self._note(connection, message, now)
        channel = self._channels.get(wire)
        if channel is None or (channel.connection is not connection and not self._taken(channel, connection, message)):
            return
        channel.heard, channel.misses = now, 0
        feed = channel.feed
        try:
            delivery = feed.receive(message)
        except _MALFORMED as error:
            self.malformed(wire, error)
            feed.lose()
            delivery = None
        if feed.lost:
            self._renew(channel)
        if delivery is not None:
            for deliver in channel.deliverers:
                try:
                    deliver(channel.topic, delivery)
                except Exception:  # noqa: BLE001 - one broken subscriber must not stop the feed
                    self._failed(channel)

    def malformed(self, where: str, error: Exception) -> None:
        self.malformed_frames += 1
        if _is_power_of_two(self.malformed_frames):
            _log.warning(
                "%s cannot be read (%s: %s); %d so far", where, type(error).__name__, error, self.malformed_frames
            )

    def changed(self, connection: Connection) -> None:
        if connection.state in (ConnectionState.CONNECTED, ConnectionState.OFF):
            self._outages.ended(connection.name)
        state = _together([c.state for c in self._connections])
        if state is self._state:
            return
        self._state = state
        for listener in tuple(self._listeners.values()):
            try:
                listener(state, connection.detail)
            except Exception:  # noqa: BLE001 - one broken listener must not stop the feed
                _log.exception("a listener of the connection state failed")

    def dropped(self, connection: Connection, reason: str) -> None:
        lost = LostMessages.NOTHING
        for channel in self._channels.values():
            if channel.connection is connection:
                channel.feed.reset()
                if lost is not LostMessages.UNKNOWN:
                    lost = LostMessages.UNKNOWN if isinstance(channel.topic, TradeTopic) else LostMessages.REFETCHED
        self._outages.began(connection.name, reason, lost, connection.connected_at is not None)

    def silent(self, connection: Connection) -> str | None:
        """See `ConnectionOwner`: one silent topic is subscribed again first, and is worth the connection once."""
        now = self._clock.monotonic()
        owing = [
            c for c in self._channels.values() if c.connection is connection and not isinstance(c.topic, TradeTopic)
        ]
        late = [c for c in owing if self._late(c, now)]
        for channel in late:
            channel.misses += 1
        if not late:
            return None
        if 2 * len(late) >= len(owing) or any(c.misses == _WORTH_A_CONNECTION for c in late):
            others = f" and {len(late) - 1} more topics" if len(late) > 1 else ""
            return f"nothing came of {late[0].wire}{others} in time"
        for channel in late:
            _log.info("nothing came of %s in time; subscribing again", channel.wire)
            connection.renew(channel.wire)
        return None

    def _late(self, channel: _Channel, now: float) -> bool:
        since = channel.connection.subscriptions.live_since(channel.wire)
        return since is not None and now - max(since, channel.heard) >= self._patience(channel)

    def _patience(self, channel: _Channel) -> float:
        return min(_LONGEST_PATIENCE, self._topic_deadline * 2.0**channel.misses)

    def aged(self, connection: Connection) -> None:
        if connection not in self._connections or self._renewals.successor(connection) is not None:
            return
        successor = self._connection()
        for wire in connection.subscriptions.wanted:
            successor.want(wire)
            if isinstance(feed := self._channels[wire].feed, TradeFeed):
                feed.two_sources()
        self._renewals.begin(connection, successor)

    def _taken(self, channel: _Channel, connection: Connection, message: Mapping[str, Any]) -> bool:
        """Whether ``connection`` takes the topic over: from a snapshot on it is as good as the old one.

        Single trades are taken from both until the old one is closed.
        """
        if self._renewals.successor(channel.connection) is not connection:
            return False
        if isinstance(channel.topic, TradeTopic):
            return True
        if message.get("type") != "snapshot":
            return False
        channel.connection = connection
        return True

    def _moved(self, old: Connection) -> bool:
        return not any(
            channel.connection is old and not isinstance(channel.topic, TradeTopic)
            for channel in self._channels.values()
        )

    def _restore(self, old: Connection, new: Connection) -> None:
        for channel in self._channels.values():
            if channel.connection is new:
                channel.connection = old
                channel.feed.reset()
                old.renew(channel.wire)

    def _replace(self, old: Connection, new: Connection) -> None:
        for channel in self._channels.values():
            if channel.connection is old:
                channel.connection = new
                new.want(channel.wire)
        for wire in new.subscriptions.wanted:
            if wire not in self._channels:
                new.unwant(wire)
        self._connections[self._connections.index(old)] = new
        self._past_reconnects += old.reconnects
        self._past_messages += old.messages
        _log.info("%s was renewed after a day", new.url)

    def _wire(self, topic: Topic) -> str:
        market = topic.series.market if isinstance(topic, CandleTopic) else topic.market
        if market.category is not self._category:
            raise InvalidInput(f"{market} cannot be streamed here: this stream carries {self._category.value} markets")
        return wire_topic(topic)

    def _open(self, topic: Topic, wire: str) -> _Channel:
        channel = self._channels[wire] = _Channel(topic, wire, self._roomy(wire))
        channel.connection.want(wire)
        return channel

    def _leave(self, wire: str, identity: object) -> None:
        channel = self._channels.get(wire)
        if channel is None or channel.subscribers.pop(identity, None) is None:
            return
        channel.deliverers = tuple(channel.subscribers.values())
        if channel.subscribers:
            return
        del self._channels[wire]
        channel.connection.unwant(wire)
        if len(self._connections) > 1 and not channel.connection.subscriptions.wanted:
            self._retire(channel.connection)

    def _roomy(self, wire: str) -> Connection:
        for connection in self._connections:
            if connection.subscriptions.length + len(wire) <= _MOST_CHARACTERS:
                return connection
        connection = self._connection()
        self._connections.append(connection)
        if self._started:
            connection.start()
        return connection

    def _connection(self) -> Connection:
        self._names += 1
        return Connection(
            f"{self._settings.public_ws_url.rstrip('/')}/{self._category.value}",
            self._settings,
            self._clock,
            self,
            _CHUNK.get(self._category, _USUAL_CHUNK),
            connect=self._connect,
            name=f"public {self._category.value}" + (f" {self._names}" if self._names > 1 else ""),
            jitter=self._jitter,
            budget=self._budget,
            topic_deadline=self._topic_deadline,
        )

    def _retire(self, connection: Connection) -> None:
        self._connections.remove(connection)
        self._past_reconnects += connection.reconnects
        self._past_messages += connection.messages
        if self._started:
            task = asyncio.get_running_loop().create_task(connection.close(), name="retire connection")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _renew(self, channel: _Channel) -> None:
        now = self._clock.monotonic()
        if now - channel.renewed >= _RENEW_SECONDS:
            channel.renewed = now
            _log.warning("%s is not consistent; subscribing again", channel.wire)
            channel.connection.renew(channel.wire)

    def _note(self, connection: Connection, message: Mapping[str, Any], now: float) -> None:
        connection.messages += 1
        connection.rate.count(now)
        time = message.get("ts")
        if isinstance(time, int):
            if self._exchange_time is None or time > self._exchange_time:
                self._exchange_time = time
            if self.clock_offset is not None:
                self._latency = connection.latency = self._clock.now() + self.clock_offset - time

    def _hand_on(self, channel: _Channel, deliver: Deliver, delivery: Delivery) -> None:
        try:
            deliver(channel.topic, delivery)
        except Exception:  # noqa: BLE001 - one broken subscriber must not stop the feed
            self._failed(channel)

    def _failed(self, channel: _Channel) -> None:
        """Called where a subscriber's error is handled."""
        self._failures += 1
        if _is_power_of_two(self._failures):
            _log.exception("a subscriber of %s failed; %d failures so far", channel.wire, self._failures)


def _together(states: list[ConnectionState]) -> ConnectionState:
    """The state of several connections as one; a further one that is just being opened does not count."""
    established = [s for s in states if s not in (ConnectionState.CONNECTING, ConnectionState.OFF)]
    if not established:
        return ConnectionState.CONNECTING if ConnectionState.CONNECTING in states else ConnectionState.OFF
    if len(set(established)) == 1:
        return established[0]
    return ConnectionState.DEGRADED if ConnectionState.CONNECTED in established else ConnectionState.RECONNECTING


def _is_power_of_two(n: int) -> bool:
    return n & (n - 1) == 0
