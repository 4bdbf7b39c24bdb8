"""Faults that the simulated exchange can have, as declared in a TOML script or switched on while it runs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from shared_modules.core.errors import ConfigurationError, OutOfRange, UnknownName


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: ``at_once`` happens at a moment, others last; ``ways`` are the values of ``how``."""

    sentence: str
    at_once: bool = False
    ways: tuple[str, ...] = ("",)
    needs: str = ""


KINDS: dict[str, Kind] = {
    "drop": Kind("every open socket is cut", True, ("reset", "close")),
    "refuse": Kind("new sockets are turned away", ways=("reset", "503")),
    "half_open": Kind("sockets open then or opened meanwhile fall silent for good, without a close"),
    "slow": Kind("each frame leaves `delay` seconds after the one before"),
    "duplicate": Kind("a frame comes twice"),
    "reorder": Kind("a frame comes after the one that follows it"),
    "truncate": Kind("a frame ends in the middle"),
    "oversize": Kind("a frame is blown up to `size` bytes"),
    "malform": Kind("a frame is not what it should be, in ten different ways"),
    "mute": Kind("a topic says nothing though its socket speaks"),
    "unknown_fields": Kind("frames and replies have fields nobody knows"),
    "snapshot_first": Kind("the first data of a topic comes before its acknowledgement"),
    "refuse_topic": Kind("a subscription is refused, and with it its batch"),
    "no_ack": Kind("a subscription is not answered"),
    "missing": Kind("a candle is never told", ways=("stream", "history", "both")),
    "late_confirm": Kind("a candle is confirmed `delay` seconds of exchange time late"),
    "double_confirm": Kind("a candle is confirmed twice"),
    "never_confirm": Kind("a candle is not confirmed; the next one simply begins"),
    "revise": Kind("a candle is confirmed with wrong figures, and with the right ones `delay` seconds later"),
    "too_many_visits": Kind("retCode 10006", ways=("reset", "past", "none")),
    "ban": Kind("HTTP 403, as for an address over its limit"),
    "busy": Kind("HTTP 429", ways=("none", "retry_after")),
    "server_error": Kind("HTTP `status` with an HTML page"),
    "timeout": Kind("a reply comes `delay` seconds late"),
    "wrong_type": Kind("a reply of another content type", ways=("html", "json")),
    "cut_reply": Kind("a reply breaks off", ways=("reset", "short")),
    "skew": Kind("the times told are `ms` off"),
    "jump": Kind("the exchange's clock jumps by `ms`", True, needs="ms"),
    "maintenance": Kind("sockets are closed and refused, requests answered with HTTP 503"),
    "delist": Kind("`symbol` is not traded any more", True, needs="symbol"),
    "list": Kind("`symbol` begins to trade; it is unknown until then", True, needs="symbol"),
    "tick_size": Kind("the tick of `symbol` becomes ten times finer", True, needs="symbol"),
}
_WORDS = {"for": "lasts"}
_NUMBERS = ("at", "lasts", "every", "chance", "delay")
_WHOLE = ("count", "ms", "status", "size")
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; times in real seconds from the exchange's start, or from the moment it is switched on.

    ``lasts``: seconds (``for`` in a script), None for ever. ``every``: begins again after so many seconds. ``count``:
    most hits. ``chance``: of a frame, candle or request to be hit. ``topics`` and ``paths``: patterns with ``*``.
    """

    kind: str
    at: float = 0.0
    lasts: float | None = None
    every: float | None = None
    count: int | None = None
    chance: float = 1.0
    topics: str = "*"
    paths: str = "*"
    symbol: str = ""
    how: str = ""
    delay: float = 1.0
    ms: int = 0
    status: int = 502
    size: int = 9_000_000

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """The fault that ``table`` declares; raises `InvalidInput` with what is wrong in it."""
        if not isinstance(table, Mapping):
            raise ConfigurationError(f"a fault is a table with a 'kind', not {table!r}")
        names = {_WORDS.get(name, name): value for name, value in table.items()}
        known = {f.name for f in fields(cls)}
        for name in names:
            if name not in known:
                raise UnknownName.of("setting of a fault", name, sorted(known - {"lasts"} | {"for"}))
        kind = names.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise UnknownName.of("kind of fault", str(kind), KINDS)
        for name, value in names.items():
            _check_type(kind, name, value)
        found = cls(**{"how": KINDS[kind].ways[0], **names})
        found._check()
        return found

    def _check(self) -> None:
        kind = KINDS[self.kind]
        if self.how not in kind.ways:
            raise UnknownName.of(f"way of the fault '{self.kind}'", self.how, kind.ways)
        if kind.needs and not getattr(self, kind.needs):
            raise ConfigurationError(f"the fault '{self.kind}' needs '{kind.needs}'")
        limits = {"at": 0, "lasts": 0, "every": 0.01, "count": 1, "delay": 0, "chance": 0, "size": 1}
        for name, least in limits.items():
            value = getattr(self, name)
            if value is not None and not least <= value < float("inf"):
                raise OutOfRange(f"'{_told(name)}' of the fault '{self.kind}' must be at least {least}, not {value}")
        if self.chance > 1 or self.size > _LARGEST or not 400 <= self.status < 600:
            raise OutOfRange(
                f"the fault '{self.kind}' is out of range: chance up to 1, size up to {_LARGEST}, status 400 to 599"
            )


def _told(name: str) -> str:
    return next((word for word, field in _WORDS.items() if field == name), name)


def _check_type(kind: str, name: str, value: object) -> None:
    wanted: tuple[type, ...] = (str,)
    if name in _NUMBERS:
        wanted = (int, float)
    elif name in _WHOLE:
        wanted = (int,)
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise ConfigurationError(f"'{_told(name)}' of the fault '{kind}' cannot be {value!r}")


@dataclass(frozen=True, slots=True)
class Limits:
    """The real limits of the exchange: ``requests`` in any ``seconds`` per address, then HTTP 403 for ``ban`` seconds;

    ``connections`` new sockets in ``connection_seconds``.
    """

    requests: int = 600
    seconds: float = 5.0
    ban: float = 600.0
    connections: int = 500
    connection_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class FaultScript:
    """What is to happen; ``seed`` decides which frames, candles and requests a chance hits."""

    seed: int = 1
    faults: tuple[Fault, ...] = ()
    limits: Limits | None = None


def read_script(path: str | Path) -> FaultScript:
    """The script in the TOML file ``path``; raises `ConfigurationError` naming the file and what is wrong in it."""
    place = Path(path)
    try:
        found = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read the fault script {place}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{place} is no TOML file: {error}") from error
    unknown = set(found) - {"seed", "fault", "limits"}
    if unknown:
        raise ConfigurationError(f"{place}: '{min(unknown)}' is unknown; there are seed, [limits] and [[fault]]")
    try:
        return FaultScript(_seed(found.get("seed", 1)), _faults(found.get("fault", [])), _limits(found.get("limits")))
    except (ConfigurationError, UnknownName, OutOfRange) as error:
        raise ConfigurationError(f"{place}: {error.message}") from error


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"'seed' must be a whole number, not {value!r}")
    return value


def _faults(tables: object) -> tuple[Fault, ...]:
    if not isinstance(tables, list):
        raise ConfigurationError("faults are written as [[fault]] tables")
    return tuple(Fault.read(table) for table in tables)


def _limits(table: object) -> Limits | None:
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigurationError("limits are written as a [limits] table")
    known = {f.name for f in fields(Limits)}
    for name, value in table.items():
        if name not in known:
            raise UnknownName.of("limit", name, sorted(known))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise ConfigurationError(f"the limit '{name}' must be a number above 0, not {value!r}")
    return Limits(**table)
