"""Faults for a person to try: a few bad days by name, switched on in an exchange of another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared_modules.core.errors import InvalidInput, Unreachable

_PATH = "/simulator/faults"
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Drill:
    """A bad day: ``sentence`` says what happens, ``faults`` are as in a script."""

    name: str
    title: str
    sentence: str
    faults: tuple[Mapping[str, Any], ...]


DRILLS: tuple[Drill, ...] = (
    Drill("drop", "Cut the line", "Every socket is cut once.", ({"kind": "drop"},)),
    Drill(
        "away", "Away for ten seconds", "Sockets are cut and refused for 10 s.",
        ({"kind": "refuse", "for": 10.0}, {"kind": "drop"}),
    ),
    Drill("silence", "Silence", "Sockets stay open and say nothing.", ({"kind": "half_open", "for": 0.1},)),
    Drill("garbage", "Garbage", "For 30 s one frame in five cannot be read.", (
        {"kind": "malform", "chance": 0.1, "for": 30.0}, {"kind": "truncate", "chance": 0.1, "for": 30.0},
    )),
    Drill("disorder", "Disorder", "For 30 s frames come twice and in the wrong order.", (
        {"kind": "duplicate", "chance": 0.2, "for": 30.0}, {"kind": "reorder", "chance": 0.2, "for": 30.0},
    )),
    Drill("holes", "Lost candles", "For five minutes one candle in five is not confirmed on the stream.", (
        {"kind": "missing", "how": "stream", "chance": 0.1, "for": 300.0},
        {"kind": "never_confirm", "chance": 0.1, "for": 300.0},
    )),
    Drill("gateway", "Bad gateway", "For 20 s requests are answered with HTTP 502.", (
        {"kind": "server_error", "for": 20.0},
    )),
    Drill("visits", "Too many visits", "The next ten requests are refused with code 10006.", (
        {"kind": "too_many_visits", "count": 10},
    )),
    Drill("ban", "Banned address", "For 30 s requests are refused with HTTP 403.", ({"kind": "ban", "for": 30.0},)),
    Drill("maintenance", "Maintenance", "For 30 s nothing is served.", ({"kind": "maintenance", "for": 30.0},)),
)  # fmt: skip


class FaultSwitch:
    """Switches the faults of the simulated exchange at ``rest_url``.

    Every call raises `Unreachable` when no simulated exchange answers there.
    """

    def __init__(self, rest_url: str) -> None:
        self._url = rest_url.rstrip("/") + _PATH

    async def add(self, faults: Iterable[Mapping[str, Any]], seed: int | None = None) -> list[int]:
        """Switch ``faults`` on, given as in a script; returns their numbers. Raises `InvalidInput` for bad ones.

        With a ``seed`` they hit the same frames, candles and requests each time, counted from now.
        """
        params = {} if seed is None else {"seed": str(seed)}
        found = await self._ask("POST", json=[dict(fault) for fault in faults], params=params)
        return [int(number) for number in found["numbers"]]

    async def faults(self) -> list[dict[str, Any]]:
        """The faults with ``number``, ``active`` and ``hits``, beside their settings."""
        return list((await self._ask("GET"))["faults"])

    async def clear(self, number: int | None = None) -> None:
        """Switch one off, or all."""
        await self._ask("DELETE", params={} if number is None else {"number": str(number)})

    async def _ask(self, method: str, **options: Any) -> dict[str, Any]:
        import aiohttp

        limit = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.request(method, self._url, **options) as reply,
            ):
                found = await reply.json()
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(
                f"no simulated exchange answers at {self._url}: {str(error) or type(error).__name__}"
            ) from error
        if status >= 400:
            raise InvalidInput(str(found.get("error", f"HTTP {status}")))
        return dict(found)
