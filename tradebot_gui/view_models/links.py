"""Connections in the words of a person: one row for each socket and one for the requests, and the log of outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared_modules.core.events import ConnectionState, LostMessages
from shared_modules.exchanges.base import ConnectionHealth, RequestHealth
from shared_modules.system_integration import Outage
from tradebot_gui import texts

from .table import Column

TONES = {
    ConnectionState.CONNECTED: "gain",
    ConnectionState.CONNECTING: "warning",
    ConnectionState.DEGRADED: "warning",
    ConnectionState.RECONNECTING: "warning",
    ConnectionState.DOWN: "loss",
    ConnectionState.OFF: "muted",
}
REQUESTS = "requests"
# a socket that has said nothing for so long is worth a colour, seconds
QUIET = 10.0


@dataclass(frozen=True, slots=True)
class Link:
    """A socket or the requests; None where the one has nothing of the kind."""

    name: str
    state: ConnectionState
    topics: int | None
    per_second: float | None
    messages: int
    age: float | None
    reconnects: int | None
    latency_ms: float | None
    up: float | None
    detail: str


def links(
    sockets: Sequence[ConnectionHealth], requests: RequestHealth | None, rest: ConnectionState
) -> tuple[Link, ...]:
    """The rows of the table of connections."""
    found = [
        Link(s.name, s.state, s.topics, s.per_second, s.messages, s.age, s.reconnects, s.latency_ms, s.up, s.detail)
        for s in sockets
    ]
    if requests is not None:
        found.append(
            Link(REQUESTS, rest, None, None, requests.made, None, None, requests.took_ms, None, _requests(requests))
        )
    return tuple(found)


def _requests(health: RequestHealth) -> str:
    parts = [f"{health.failed:,} failed" if health.failed else "none failed"]
    if health.waiting:
        parts.append(f"{health.waiting:,} wait for their turn")
    if health.paused:
        parts.append(f"held back for {texts.seconds(health.paused)} as the exchange wished")
    if health.error:
        parts.append(health.error)
    return "; ".join(parts)


def _ms(value: float | None) -> str:
    return texts.UNKNOWN if value is None else f"{texts.number(value, 0)} ms"


def link_columns() -> tuple[Column[Link], ...]:
    """The columns of the table of connections."""

    def count(value: int | None) -> str:
        return texts.UNKNOWN if value is None else texts.number(value, 0)

    return (
        Column("Connection", lambda c: c.name, width=110),
        Column("State", lambda c: c.state.value, tone=lambda c: TONES[c.state], width=90),
        Column("Topics", lambda c: c.topics, lambda c: count(c.topics), None, True, 56, "What it is subscribed to",
               spare=1),
        Column("Msg/s", lambda c: c.per_second, lambda c: texts.number(c.per_second, 0), None, True, 56,
               "Messages a second over the last five"),
        Column("Messages", lambda c: c.messages, lambda c: count(c.messages), None, True, 80,
               "Messages of a socket, or requests made", spare=2),
        Column("Last", lambda c: c.age, lambda c: texts.seconds(c.age),
               lambda c: "warning" if c.age is not None and c.age > QUIET else None, True, 70,
               "Time since the newest message"),
        Column("Reconnects", lambda c: c.reconnects, lambda c: count(c.reconnects),
               lambda c: "warning" if c.reconnects else None, True, 76, "How often it had to be connected anew"),
        Column("Latency", lambda c: c.latency_ms, lambda c: _ms(c.latency_ms), None, True, 70,
               "From the exchange to here; for requests, there and back", spare=1),
        Column("Up", lambda c: c.up, lambda c: texts.seconds(c.up), None, True, 90, "Connected for so long",
               spare=2),
        Column("What it says", lambda c: c.detail, width=110, hint=lambda c: c.detail, elastic=True),
    )  # fmt: skip


def became(outage: Outage) -> str:
    """What became of what the outage cost."""
    if outage.ended is None:
        return "still away; what is missed is fetched when it is back"
    parts = []
    if outage.candles:
        of = "1 series" if outage.series == 1 else f"{outage.series:,} series"
        parts.append(f"{outage.candles:,} candle{'s' if outage.candles != 1 else ''} of {of} fetched again")
    elif outage.lost is not LostMessages.NOTHING:
        parts.append("no candle had closed meanwhile")
    if outage.lost is LostMessages.UNKNOWN:
        parts.append("single trades of that time are lost")
    return "; ".join(parts) or "nothing was lost"


def outage_columns(zone: str) -> tuple[Column[Outage], ...]:
    """The columns of the log."""
    return (
        Column("When", lambda o: o.started, lambda o: texts.when(o.started, zone, "%m-%d %H:%M:%S"), width=112,
               moment=True),
        Column("Connection", lambda o: o.name, width=110),
        Column("Away for", lambda o: o.duration, lambda o: texts.seconds(o.duration),
               lambda o: "loss" if o.ended is None else None, True, 76, total=texts.seconds),
        Column("Why", lambda o: o.reason, width=140, hint=lambda o: o.reason, elastic=True),
        Column("Attempts", lambda o: o.attempts, lambda o: str(o.attempts), None, True, 64,
               "Attempts until it was back", spare=1),
        Column("What became of it", became, tone=lambda o: "loss" if o.ended is None else None, width=140, hint=became,
               elastic=True),
    )  # fmt: skip
