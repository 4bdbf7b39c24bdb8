"""Recordings on disk as a person sees them: what is in one, its first lines, and away with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from shared_modules.core.errors import DataFormatError, StoreError
from shared_modules.core.paths import patiently
from shared_modules.exchanges.recording import MARK, index, line_of, read, records, segments

LINES, LONGEST = 200, 400


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """What the recording in ``folder`` holds.

    ``first`` and ``last``: times of its records in us UTC; ``lines``: how many there are; ``series``: what was
    collected then, such as 'BTCUSDT 1m'; ``damaged``: files that are no recordings.
    """

    folder: Path
    size: int
    files: int
    lines: int
    first: int | None
    last: int | None
    series: tuple[str, ...]
    damaged: int = 0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return 0.0 if self.first is None or self.last is None else (self.last - self.first) / 1e6


def look(folder: Path) -> RecordingInfo:
    """What is in the recording, told from the heads of its blocks; raises `DataSourceError` where there is none."""
    files = segments(folder)
    blocks, damaged = [], 0
    for path in files:
        try:
            blocks += index(path)
        except DataFormatError:
            damaged += 1
    size = sum(path.stat().st_size for path in files)
    first = min((block.first for block in blocks), default=None)
    last = max((block.last for block in blocks), default=None)
    marks = (record.payload for block in blocks[:2] for record in records(block) if record.kind == MARK)
    return RecordingInfo(
        folder, size, len(files), sum(b.lines for b in blocks), first, last, _series(marks), damaged
    )  # fmt: skip


def _series(marks: Iterator[bytes]) -> tuple[str, ...]:
    """What the first mark of them that names series says."""
    for payload in marks:
        mark: Any = {}
        with suppress(ValueError):
            mark = json.loads(payload)
        named = mark.get("series") if isinstance(mark, dict) else None
        if named:
            return tuple(f"{symbol} {frame}" for _, _, symbol, frame in named)
    return ()


def sample(folder: Path, most: int = LINES) -> list[str]:
    """The first ``most`` lines as they are written, long ones cut; raises `DataSourceError` and `DataFormatError`."""
    lines = (line_of(record).decode("utf-8", "replace").rstrip("\n") for record in islice(read(folder), most))
    return [line if len(line) <= LONGEST else line[:LONGEST] + " …" for line in lines]


def delete(folder: Path, root: Path) -> None:
    """Remove the recording ``folder`` of ``root``; raises `StoreError` when it cannot be done."""
    if folder.parent != root or not folder.is_dir():
        raise StoreError(f"{folder} is no recording of this terminal", path=str(folder))
    try:
        patiently(lambda: shutil.rmtree(folder))
    except OSError as error:
        raise StoreError(f"cannot delete {folder}: {error.strerror or error}", path=str(folder)) from error
