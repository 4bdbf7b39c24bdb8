"""Where rows came from and what is known of holes: a small JSON-lines file beside each series."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shared_modules.core.market import GapKind, Series
from shared_modules.core.paths import DataPaths

REPAIR, ABSENT, UNDO, QUARANTINE = "repair", "absent", "undo", "quarantine"
IMPORT, RESAMPLE, DELETE = "import", "resample", "delete"
# what put other rows in the place of some, and can be taken back by putting the old ones there again
CHANGES = frozenset({REPAIR, IMPORT, RESAMPLE, DELETE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done to a series, or learnt of it, at ``at`` (ms UTC).

    ``kind``: 'repair' (the rows of ``spans`` were replaced by those of ``source``), 'import', 'resample' and 'delete'
    (a person's wish, done like a repair), 'absent' (``source`` has no candles in ``spans``; ``reason`` is a
    `GapKind`), 'quarantine' (a damaged file was set aside), 'undo' of the entry named by ``reason``. ``spans``: pairs
    of open times, the second not included. ``saved``: the file, relative to the
    market's folder, that holds what stood there before.
    """

    kind: str
    id: str
    at: int
    source: str
    spans: tuple[tuple[int, int], ...] = ()
    added: int = 0
    replaced: int = 0
    removed: int = 0
    reason: str = ""
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """Where the exchange was asked and has no candle, by reason."""

    spans: dict[GapKind, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def reason(self, start: int, end: int) -> GapKind | None:
        """Why [start, end) is empty, when that is known of all of it."""
        return next((k for k, spans in self.spans.items() if any(a <= start and end <= b for a, b in spans)), None)

    def rows(self) -> tuple[tuple[int, int, str], ...]:
        """Every span as (start, end, reason)."""
        return tuple((a, b, kind.value) for kind, spans in self.spans.items() for a, b in spans)


def ledger_path(paths: DataPaths, series: Series) -> Path:
    """The file that says what was done to ``series``."""
    return paths.series(series).with_suffix(".provenance.jsonl")


def entries(paths: DataPaths, series: Series) -> list[Entry]:
    """What was done to ``series``, oldest first; lines that cannot be read are passed over."""
    return _entries(ledger_path(paths, series))


def _entries(ledger: Path) -> list[Entry]:
    try:
        lines = ledger.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [entry for entry in map(_entry, lines) if entry is not None]


def record(paths: DataPaths, series: Series, entry: Entry) -> None:
    """Add ``entry``; what is already written stays as it is. Raises OSError."""
    path = ledger_path(paths, series)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(entry), separators=(",", ":")) + "\n")


def absent(paths: DataPaths, series: Series) -> Absent:
    """What is known of the holes of ``series``."""
    return absent_beside(paths.series(series))


def absent_beside(candles: Path) -> Absent:
    """What is known of the holes of the stored series in the file ``candles``; nothing of a file from elsewhere."""
    found: dict[GapKind, tuple[tuple[int, int], ...]] = {}
    for entry in _entries(candles.with_suffix(".provenance.jsonl")):
        if entry.kind == ABSENT and entry.reason in set(GapKind):
            kind = GapKind(entry.reason)
            found[kind] = _joined((*found.get(kind, ()), *entry.spans))
    return Absent(found)


def undone(past: Sequence[Entry]) -> set[str]:
    """The ids of repairs that were taken back."""
    return {entry.reason for entry in past if entry.kind == UNDO}


def _joined(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return tuple(joined)


def _entry(line: str) -> Entry | None:
    try:
        found: dict[str, Any] = json.loads(line)
        return Entry(**{**found, "spans": tuple((int(a), int(b)) for a, b in found.get("spans", ()))})
    except (ValueError, TypeError, AttributeError):
        return None
