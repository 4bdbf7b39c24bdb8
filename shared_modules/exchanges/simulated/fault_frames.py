"""Frames that go wrong between a topic and its subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from .fault_desk import FaultDesk
from .noise import unit

_ODD: tuple[bytes, ...] = (
    b"", b"nonsense", b"[1,2,3]", b'"text"', b"\xff\xfe{}", b"null", b'{"topic": 7, "data": []}', b"{}",
)  # fmt: skip


class FrameFaults:
    """Changes the frames of topics as the faults want; what is held back comes with a later call."""

    def __init__(self, desk: FaultDesk, seed: int = 1) -> None:
        self._desk, self._seed = desk, seed
        self._held: dict[str, bytes] = {}
        self._later: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._count = 0

    @property
    def quiet(self) -> bool:
        """Whether frames may pass as they are."""
        return self._desk.quiet

    def forget(self, topic: str) -> None:
        """Nobody listens to ``topic`` any more."""
        self._held.pop(topic, None)
        self._later.pop(topic, None)

    def changed(self, topic: str, frames: Iterable[bytes], now: int) -> list[bytes]:
        """What leaves at the exchange's time ``now`` in place of ``frames``."""
        if topic.startswith("kline."):
            frames = self._candles(topic, frames, now)
        found: list[bytes] = []
        for frame in frames:
            found += self._one(topic, frame)
        return found

    def _one(self, topic: str, frame: bytes) -> list[bytes]:
        desk = self._desk
        if desk.strikes("mute", topic):
            return []
        if desk.present("skew") is not None or desk.present("unknown_fields") is not None:
            frame = self._odd_fields(topic, frame)
        if desk.strikes("truncate", topic):
            frame = frame[: len(frame) // 2]
        elif (fault := desk.strikes("oversize", topic)) is not None:
            frame = frame[:-1] + b',"padding":"' + b"x" * max(0, fault.size - len(frame) - 13) + b'"}'
        elif desk.strikes("malform", topic):
            frame = self._malformed(frame)
        found = [frame, frame] if desk.strikes("duplicate", topic) else [frame]
        if topic in self._held:
            return [*found, self._held.pop(topic)]
        if desk.strikes("reorder", topic):
            self._held[topic] = found.pop()
        return found

    def _odd_fields(self, topic: str, frame: bytes) -> bytes:
        message = orjson.loads(frame)
        if (skew := self._desk.strikes("skew", topic)) is not None:
            message["ts"] += skew.ms
        if self._desk.strikes("unknown_fields", topic):
            add_unknown_fields(message)
        return orjson.dumps(message)

    def _malformed(self, frame: bytes) -> bytes:
        self._count += 1
        which = int(unit(self._seed, "malform", self._count) * (len(_ODD) + 4))
        if which < len(_ODD):
            return _ODD[which]
        message = orjson.loads(frame)
        if which == len(_ODD):
            del message["data"]
        elif which == len(_ODD) + 1:
            message["data"] = "none"
        else:
            spoil(message, None if which == len(_ODD) + 2 else "NaN")
        return orjson.dumps(message)

    def _candles(self, topic: str, frames: Iterable[bytes], now: int) -> list[bytes]:
        found: list[bytes] = []
        for frame in frames:
            message = orjson.loads(frame)
            rows = [row for row in message["data"] if self._told(topic, row)]
            for row in rows[:]:
                if row["confirm"]:
                    rows += self._confirmed(topic, row, rows, now)
            if rows:
                found.append(orjson.dumps({**message, "data": rows}))
        for row in self._ripe(topic, now):
            found.append(orjson.dumps({"topic": topic, "data": [row], "ts": now, "type": "snapshot"}))
        return found

    def _told(self, topic: str, row: dict[str, Any]) -> bool:
        key = candle_key(topic, row["start"])
        fault = self._desk.struck("missing", key) or self._desk.strikes("missing", topic, key)
        return fault is None or fault.how == "history"

    def _confirmed(self, topic: str, row: dict[str, Any], rows: list[dict[str, Any]], now: int) -> list[dict[str, Any]]:
        """Take ``row`` out of ``rows`` or change it there; returns what comes beside it."""
        desk, key = self._desk, candle_key(topic, row["start"])
        if desk.strikes("never_confirm", topic, key):
            rows.remove(row)
        elif (late := desk.strikes("late_confirm", topic, key)) is not None:
            rows.remove(row)
            self._later.setdefault(topic, []).append((now + round(late.delay * 1000), row))
        elif (revised := desk.strikes("revise", topic, key)) is not None:
            rows[rows.index(row)] = wrong(row)
            self._later.setdefault(topic, []).append((now + round(revised.delay * 1000), row))
        elif desk.strikes("double_confirm", topic, key):
            return [row]
        return []

    def _ripe(self, topic: str, now: int) -> list[dict[str, Any]]:
        waiting = self._later.get(topic)
        if not waiting:
            return []
        self._later[topic] = [(due, row) for due, row in waiting if due > now]
        return [row for due, row in waiting if due <= now]


def candle_key(topic: str, start: int) -> str:
    """The name of one candle of the topic ``kline.interval.symbol``."""
    return f"{topic}|{start}"


def wrong(row: dict[str, Any]) -> dict[str, Any]:
    """The candle ``row`` as it would be without its last trades: it closed where it opened, and hardly any volume."""
    return {**row, "close": row["open"], "volume": "1", "turnover": row["open"]}


def add_unknown_fields(message: dict[str, Any]) -> None:
    """Put fields that nobody knows into ``message`` and into the rows of its data."""
    message["newThing"] = {"a": [1, None, "x"]}
    for holder in _tables(message):
        holder["newField"] = [{"nested": None}]


def spoil(message: dict[str, Any], value: object) -> None:
    """Put ``value`` where figures should be."""
    for holder in _tables(message):
        for name in holder:
            holder[name] = value


def _tables(message: dict[str, Any]) -> list[dict[str, Any]]:
    data = message.get("data", message.get("result"))
    if isinstance(data, dict) and isinstance(data.get("list"), list):
        data = data["list"]
    return [d for d in (data if isinstance(data, list) else [data]) if isinstance(d, dict)]
