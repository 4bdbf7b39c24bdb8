"""Alerts and what became of them, on disk."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared_modules.core.errors import TradeBotError, UnknownName
from shared_modules.core.paths import set_aside, write_whole

from .alert import Alert, Crossing, DrawnLine, Line

HISTORY = 1_000


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that was told at ``time`` (ms UTC) with the value it had then."""

    time: int
    alert: str
    symbol: str
    value: float
    text: str


class AlertBook:
    """All alerts by id in the order they were made, and the newest that were told; small files, written whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._alerts: dict[str, Alert] = {}
        self._history: list[Fired] = []

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(self._alerts.values())

    @property
    def history(self) -> tuple[Fired, ...]:
        """Newest last."""
        return tuple(self._history)

    def alert(self, id: str) -> Alert:
        """The alert with this id; raises `UnknownName`."""
        if id not in self._alerts:
            raise UnknownName.of("alert", id, self._alerts)
        return self._alerts[id]

    def find(self, id: str) -> Alert | None:
        return self._alerts.get(id)

    def put(self, alert: Alert) -> None:
        """Take in a new alert, or another version of one that is there."""
        self._alerts[alert.id] = alert

    def remove(self, id: str) -> None:
        self._alerts.pop(id, None)

    def tell(self, fired: Fired) -> None:
        self._history = [*self._history, fired][-HISTORY:]

    def clear_history(self) -> None:
        self._history = []

    # -- on disk --------------------------------------------------------------------------------------------------

    def load(self) -> list[str]:
        """Read the file, if there is one; sentences on what could not be used. A damaged file is kept aside."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            entries, told = list(data["alerts"]), list(data["history"])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError) as error:
            return [self._set_aside(str(error))]
        troubles = []
        for entry in entries:
            try:
                alert = _alert(entry)
            except (TradeBotError, TypeError, ValueError, KeyError, AttributeError) as error:
                troubles.append(f"An alert could not be used and was left out: {error}")
            else:
                self._alerts[alert.id] = alert
        self._history = [Fired(**entry) for entry in told if isinstance(entry, dict) and set(entry) == _FIRED]
        return troubles

    def save(self) -> None:
        """Write everything; a crash leaves the old file whole. Raises OSError."""
        data = {
            "version": 1,
            "alerts": [_plain(alert) for alert in self._alerts.values()],
            "history": [asdict(fired) for fired in self._history],
        }
        write_whole(self._path, json.dumps(data, indent=1).encode())

    def _set_aside(self, reason: str) -> str:
        try:
            aside = set_aside(self._path)
        except OSError:
            return f"Your alerts could not be read ({reason})."
        return f"Your alerts could not be read ({reason}); the file was kept as {aside.name}."


_FIRED = {"time", "alert", "symbol", "value", "text"}


def _plain(alert: Alert) -> dict[str, Any]:
    data = asdict(alert)
    data["crossing"] = alert.crossing.value
    # what few alerts have is not written for the others: an older program would not know it
    for name in ("drawn", "drawing", "expires", "tone"):
        if not data[name]:
            del data[name]
    # JSON has no NaN
    data["level"] = alert.level if math.isfinite(alert.level) else None
    return data


def _alert(data: Mapping[str, Any]) -> Alert:
    values = dict(data)
    values["line"] = Line(**values["line"])
    values["against"] = None if values["against"] is None else Line(**values["against"])
    values["crossing"] = Crossing(values["crossing"])
    if values.get("drawn") is not None:
        (t0, p0), (t1, p1) = values["drawn"]["start"], values["drawn"]["end"]
        values["drawn"] = DrawnLine((int(t0), float(p0)), (int(t1), float(p1)))
    values["level"] = math.nan if values["level"] is None else float(values["level"])
    return Alert(**values)
