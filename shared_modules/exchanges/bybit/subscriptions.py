"""What one connection is subscribed to, and which frame brings it nearer to what is wanted; no input or output here."""

import itertools
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from .names import refused_topic

_log = logging.getLogger(__name__)


class _State(Enum):
    ASKED = 1
    LIVE = 2
    LEAVING = 3


@dataclass(frozen=True, slots=True)
class _Batch:
    op: str
    topics: tuple[str, ...]
    sent: float


class Subscriptions:
    """Topics wanted, asked for, live and refused.

    A refused batch subscribes nothing of it: the topic named in the refusal is dropped and the others are asked for
    again; where none is named, the batch is halved. "Already subscribed" is as good as subscribed.
    """

    def __init__(self, chunk: int) -> None:
        self._chunk = chunk
        self._wanted: dict[str, None] = {}
        self._state: dict[str, _State] = {}
        self._stale: set[str] = set()
        self._halves: list[tuple[str, ...]] = []
        self._pending: dict[str, _Batch] = {}
        self._ids = itertools.count(1)
        self.refused: dict[str, str] = {}
        self._known_refused: set[str] = set()
        self._since: dict[str, float] = {}

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(self._wanted)

    @property
    def length(self) -> int:
        """Characters that the wanted topics take of the connection's allowance."""
        return sum(map(len, self._wanted))

    def want(self, topic: str) -> None:
        if topic in self._wanted:
            return
        self._wanted[topic] = None
        if topic in self._state:
            # still subscribed from before: a snapshot comes only with a new subscription
            self._stale.add(topic)

    def unwant(self, topic: str) -> None:
        self._wanted.pop(topic, None)
        self.refused.pop(topic, None)

    def renew(self, topic: str) -> None:
        """Leave ``topic`` and subscribe again, for a new snapshot."""
        if topic in self._state:
            self._stale.add(topic)

    def try_refused(self) -> bool:
        """Ask once more for what was refused; False when there is nothing of the kind."""
        found = bool(self.refused)
        self.refused.clear()
        return found

    def reset(self) -> None:
        """The connection is gone, and with it every subscription; refused topics get another chance."""
        self._state.clear()
        self._since.clear()
        self._stale.clear()
        self._halves.clear()
        self._pending.clear()
        self.refused.clear()

    @property
    def due(self) -> bool:
        """Whether there is a frame to send."""
        return bool(self._to_leave() or self._to_ask())

    @property
    def settled(self) -> bool:
        """Whether everything asked for was answered and nothing is left to ask."""
        return not self._pending and not self.due

    def overdue(self, before: float) -> bool:
        """Whether something asked for earlier than ``before`` has no answer."""
        return any(b.sent < before for b in self._pending.values())

    def next_frame(self, now: float) -> bytes | None:
        """The next frame to send; None when there is nothing to do but wait."""
        if leaving := self._to_leave():
            return self._frame("unsubscribe", leaving, _State.LEAVING, now)
        while self._halves:
            half = tuple(t for t in self._halves.pop() if t in self._wanted and t not in self._state)
            if half:
                return self._frame("subscribe", half, _State.ASKED, now)
        if asking := self._to_ask():
            return self._frame("subscribe", asking, _State.ASKED, now)
        return None

    def _to_leave(self) -> tuple[str, ...]:
        found = (
            topic for topic, state in self._state.items()
            if state is _State.LIVE and (topic not in self._wanted or topic in self._stale)
        )  # fmt: skip
        return tuple(itertools.islice(found, self._chunk))

    def _to_ask(self) -> tuple[str, ...]:
        found = (t for t in self._wanted if t not in self._state and t not in self.refused)
        return tuple(itertools.islice(found, self._chunk))

    def _frame(self, op: str, topics: tuple[str, ...], state: _State, now: float) -> bytes:
        identity = str(next(self._ids))
        self._pending[identity] = _Batch(op, topics, now)
        self._state.update(dict.fromkeys(topics, state))
        return orjson.dumps({"req_id": identity, "op": op, "args": topics})

    def live_since(self, topic: str) -> float | None:
        """When ``topic`` was acknowledged; None when it is not subscribed now."""
        return self._since.get(topic, 0.0) if self._state.get(topic) is _State.LIVE else None

    def answer(self, message: Mapping[str, Any], now: float = 0.0) -> None:
        """Take the exchange's answer to a frame; one that belongs to nothing is ignored."""
        batch = self._answered(message)
        if batch is None:
            return
        if batch.op == "unsubscribe":
            self._forget(batch.topics)
        elif message.get("success") is False:
            self._refused(batch, str(message.get("ret_msg", "")), now)
        else:
            self._state.update(dict.fromkeys(batch.topics, _State.LIVE))
            self._since.update(dict.fromkeys(batch.topics, now))

    def _answered(self, message: Mapping[str, Any]) -> _Batch | None:
        found = self._pending.pop(str(message.get("req_id") or ""), None)
        if found is not None:
            return found
        # some sockets do not repeat the id: then the oldest of its kind is meant
        op = message.get("op")
        for identity, batch in self._pending.items():
            if batch.op == op:
                return self._pending.pop(identity)
        return None

    def _refused(self, batch: _Batch, text: str, now: float) -> None:
        self._forget(batch.topics)
        named = _named(refused_topic(text), batch.topics) or (batch.topics if len(batch.topics) == 1 else ())
        if not named:
            middle = len(batch.topics) // 2
            self._halves += [batch.topics[middle:], batch.topics[:middle]]
        elif "already subscribed" in text:
            self._state.update(dict.fromkeys(named, _State.LIVE))
            self._since.update(dict.fromkeys(named, now))
        else:
            for topic in named:
                self.refused[topic] = text
                if topic not in self._known_refused:
                    _log.warning("the exchange refused the subscription of %s: %s", topic, text)
                self._known_refused.add(topic)

    def _forget(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._state.pop(topic, None)
            self._since.pop(topic, None)
            self._stale.discard(topic)


def _named(name: str | None, topics: tuple[str, ...]) -> tuple[str, ...]:
    """The topics that a refusal means by ``name``: a whole topic, or a symbol."""
    return tuple(t for t in topics if t == name or t.endswith(f".{name}")) if name else ()
