"""A binary copy beside a long CSV file, so that it is parsed once: the CSV stays the truth.

``cache/<timeframe>-<size>-<mtime>-<crc>-1.npy``: seven rows of 64 bits, the times and six columns of floats. The name
says of which state of the file it is a copy (bytes, ns, CRC-32 of the content, version of this format), so it is valid
exactly while its name fits. A copy may be deleted at any time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.errors import DataFormatError
from shared_modules.core.paths import patiently, replace

from .csv_rows import TURNS, parse, read_rows

_log = logging.getLogger(__name__)
_VERSION = "1"
_WORTH = 1 << 20  # bytes; a shorter file is parsed quickly enough
_SETTLED = 2_000_000_000  # ns; two changes in one tick of a coarse clock must not look like one
_FOLDER = "cache"
_GROWN = 0.05


@dataclass(frozen=True, slots=True)
class _Copy:
    path: Path
    size: int
    mtime: int
    crc: int


def cached_rows(path: Path, *, limit: int | None = None, start: int | None = None) -> Bars:
    """The candles of the CSV file at ``path``; with ``limit`` or ``start`` at least the newest so many or later ones.

    Short files and the ends of long ones are parsed, long ones come from their binary copy, which is made where it is
    missing. The arrays may be private views of a mapped file. Raises OSError when the CSV cannot be read.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return Bars.empty()
    # the end of a file is quicker parsed than a stale copy brought up to date
    if size < _WORTH or (limit is not None and limit * 400 < size):
        return read_rows(path, limit=limit, start=start).bars
    with TURNS, patiently(lambda: open(path, "rb")) as file:
        return _whole(path, file)


def forget_copies(path: Path) -> None:
    """Delete the copies of ``path``; one that is in use stays and does no harm."""
    for copy in _copies(path):
        with suppress(OSError):
            copy.path.unlink()


def _whole(path: Path, file: BinaryIO) -> Bars:
    stat = os.fstat(file.fileno())
    size, mtime = stat.st_size, stat.st_mtime_ns
    copies = _copies(path)
    for copy in copies:
        if (copy.size, copy.mtime) == (size, mtime):
            bars = _load(copy)
            if bars is not None:
                return bars
    data = file.read(size)
    for copy in copies:
        if copy.size < size and zlib.crc32(memoryview(data)[: copy.size]) == copy.crc:
            bars = _load(copy)
            if bars is not None:
                return _extended(path, bars, data, copy, mtime)
    parsed = parse(data)
    now = os.fstat(file.fileno())
    still = (now.st_size, now.st_mtime_ns, len(data)) == (size, mtime, size)
    if still and parsed.orderly and parsed.standard and not parsed.damaged and not parsed.torn:
        _save(path, parsed.bars, _Copy(path, size, mtime, zlib.crc32(data)))
    return parsed.bars


def _extended(path: Path, bars: Bars, data: bytes, copy: _Copy, mtime: int) -> Bars:
    """``bars``, the content of the first ``copy.size`` bytes of ``data``, with what was appended since."""
    tail = parse(data[copy.size :])
    whole = bars.merged(tail.bars)
    sound = tail.orderly and tail.standard and not tail.damaged and not tail.torn
    sound = sound and len(whole) == len(bars) + len(tail.bars)
    if sound and len(tail.bars) > _GROWN * len(bars):
        _save(path, whole, _Copy(path, len(data), mtime, zlib.crc32(data)))
    return whole


def _copies(path: Path) -> list[_Copy]:
    """The copies of some state of ``path``, the newest first."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(path.parent / _FOLDER):
            parts = entry.name.removesuffix(".npy").split("-")
            if len(parts) != 5 or parts[0] != path.stem or parts[4] != _VERSION or not entry.name.endswith(".npy"):
                continue
            with suppress(ValueError):
                found.append(_Copy(Path(entry.path), int(parts[1]), int(parts[2]), int(parts[3], 16)))
    return sorted(found, key=lambda copy: -copy.mtime)


def _load(copy: _Copy) -> Bars | None:
    try:
        # copy on write: who changes the arrays changes nobody else's
        table = np.load(copy.path, mmap_mode="c", allow_pickle=False)
        if table.dtype != np.int64 or table.ndim != 2 or len(table) != len(COLUMNS):
            return None
        plain = np.asarray(table)
        return Bars(plain[0], *(plain[i].view(np.float64) for i in range(1, len(COLUMNS))))
    except (OSError, ValueError, EOFError, DataFormatError):
        return None


def _save(path: Path, bars: Bars, state: _Copy) -> None:
    """Write the copy of ``path`` as it is in ``state``; failing costs nothing but time."""
    if time.time_ns() - state.mtime < _SETTLED:
        return
    folder = path.parent / _FOLDER
    name = f"{path.stem}-{state.size}-{state.mtime}-{state.crc:08x}-{_VERSION}.npy"
    draft = folder / f"{path.stem}-{os.getpid()}-{threading.get_ident()}.new"
    table = np.stack([bars.time, *(getattr(bars, column).view(np.int64) for column in COLUMNS[1:])])
    try:
        folder.mkdir(exist_ok=True)
        with open(draft, "wb") as file:
            np.save(file, table, allow_pickle=False)
        replace(draft, folder / name)
    except OSError as error:
        _log.info("no binary copy of %s was made: %s", path.name, error.strerror or error)
        with suppress(OSError):
            draft.unlink()
        return
    for copy in _copies(path):
        if copy.path.name != name:
            with suppress(OSError):  # Windows keeps a file that somebody still reads; it goes next time
                copy.path.unlink()
