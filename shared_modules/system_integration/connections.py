"""The connections of the engine: how each is doing, and a log of every time one was away with what that cost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shared_modules.core.bus import EventBus
from shared_modules.core.clock import Clock
from shared_modules.core.events import (
    ConnectionChanged,
    ConnectionState,
    Disconnected,
    GapFilled,
    GapKind,
    LostMessages,
)
from shared_modules.core.market import Series
from shared_modules.exchanges.base import CandleTopic, ConnectionHealth, MarketData, MarketStream, RequestHealth

REQUESTS = "requests"
_KEPT = 1000
_FEED_AWAY = (ConnectionState.DOWN, ConnectionState.RECONNECTING, ConnectionState.CONNECTING)


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without a connection, and what was fetched for it afterwards.

    Times in ms UTC of our clock, ``ended`` None while it lasts; ``duration`` in seconds. ``candles`` of ``series``
    were fetched again so far.
    """

    name: str
    started: int
    ended: int | None
    duration: float
    reason: str
    attempts: int
    lost: LostMessages
    candles: int = 0
    series: int = 0


@dataclass(eq=False)
class _Fetched:
    candles: int = 0
    series: set[Series] = field(default_factory=set)


class Connections:
    """Asks the stream and the requests; remembers what the bus tells of them."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._clock = clock
        self._stream: MarketStream | None = None
        self._data: MarketData | None = None
        self._fetched: dict[tuple[str, int], _Fetched] = {}
        self._newest: dict[str, tuple[str, int]] = {}
        self._over: deque[Disconnected] = deque(maxlen=_KEPT)
        self._rest_away: tuple[int, float, str, int] | None = None
        self._rest = ConnectionState.OFF
        self._feed = ConnectionState.OFF
        self._feed_away: tuple[int, float] | None = None
        bus.subscribe(Disconnected, self._back)
        bus.subscribe(GapFilled, self._filled)
        bus.subscribe(ConnectionChanged, self._changed)

    def attach(self, stream: MarketStream, data: MarketData) -> None:
        """Tell of these from now on."""
        self._stream, self._data = stream, data

    @property
    def sockets(self) -> tuple[ConnectionHealth, ...]:
        """Every socket of the live feed by itself."""
        return () if self._stream is None else self._stream.connections()

    @property
    def requests(self) -> RequestHealth | None:
        """The requests of this session; None before there are any."""
        return None if self._data is None else self._data.requests()

    @property
    def rest(self) -> ConnectionState:
        """Whether the market data service answers."""
        return self._rest

    @property
    def offline(self) -> tuple[int, float] | None:
        """Since when the live feed is away: ms UTC of our clock, and seconds; None while it is connected."""
        if self._feed_away is None:
            return None
        started, since = self._feed_away
        return started, self._clock.monotonic() - since

    def log(self) -> tuple[Outage, ...]:
        """Every time without a connection, oldest first; those that last are at the end."""
        known = [*self._over, *(() if self._stream is None else self._stream.disconnects())]
        if self._rest_away is not None:
            started, since, reason, attempts = self._rest_away
            lasting = self._clock.monotonic() - since
            known.append(Disconnected(REQUESTS, started, None, lasting, reason, attempts, LostMessages.NOTHING))
        known.sort(key=lambda one: (one.ended is None, one.started))
        return tuple(self._outage(one) for one in known)

    def _outage(self, one: Disconnected) -> Outage:
        fetched = self._fetched.get((one.name, one.started)) or _Fetched()
        return Outage(
            one.name, one.started, one.ended, one.duration, one.reason, one.attempts, one.lost,
            fetched.candles, len(fetched.series),
        )  # fmt: skip

    def _back(self, event: Disconnected) -> None:
        self._newest[event.name] = (event.name, event.started)

    def _filled(self, event: GapFilled) -> None:
        """What is fetched is put down to the last time that the socket of its series was away."""
        if not event.candles or event.gap.kind is GapKind.NO_TRADES or self._stream is None:
            return
        name = self._stream.carrier(CandleTopic(event.gap.series))
        outage = self._newest.get(name or "")
        if outage is not None:
            fetched = self._fetched.setdefault(outage, _Fetched())
            fetched.candles += event.candles
            fetched.series.add(event.gap.series)
            while len(self._fetched) > _KEPT:
                self._fetched.pop(next(iter(self._fetched)))

    def _changed(self, event: ConnectionChanged) -> None:
        if event.name == "rest":
            self._rest_changed(event)
            return
        self._feed = event.state
        if event.state not in _FEED_AWAY:
            self._feed_away = None
        elif self._feed_away is None:
            self._feed_away = (self._clock.now(), self._clock.monotonic())

    def _rest_changed(self, event: ConnectionChanged) -> None:
        self._rest = event.state
        if event.state is ConnectionState.DOWN:
            self._rest_away = self._rest_away or (self._clock.now(), self._clock.monotonic(), event.detail, 1)
        elif self._rest_away is not None:
            started, since, reason, attempts = self._rest_away
            duration = self._clock.monotonic() - since
            self._over.append(
                Disconnected(REQUESTS, started, self._clock.now(), duration, reason, attempts, LostMessages.NOTHING)
            )
            self._rest_away = None


def logged(outages: tuple[Outage, ...], when: Callable[[int], str]) -> str:
    """``outages`` as CSV; ``when`` makes text of a time in ms UTC."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["connection", "started", "ended", "started_ms", "ended_ms", "seconds", "reason", "attempts", "lost",
         "candles_refetched", "series_refetched"]
    )  # fmt: skip
    for one in outages:
        ended = "" if one.ended is None else when(one.ended)
        writer.writerow(
            [one.name, when(one.started), ended, one.started, one.ended or "", round(one.duration, 3), one.reason,
             one.attempts, one.lost.value, one.candles, one.series]
        )  # fmt: skip
    return text.getvalue()
