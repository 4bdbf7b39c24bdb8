"""The CSV file of one series, as its one writer sees it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars, Flags
from shared_modules.core.candle_files import HEADER, format_rows
from shared_modules.core.paths import patiently, write_whole

from .csv_rows import TURNS, read_rows
from .rows import Rows, as_lines, count, first_time, last_time
from .sidecar import forget_copies

_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
_TAIL = 64
# Windows tells the time of a change only when the file is closed
_SETTLES_LATE = os.name == "nt"


class SeriesFile:
    """Appends to a file what is newer than its last row and rewrites it whole for everything else.

    What is known of the file is trusted while its size and time are as we left them; an edit from outside is noticed.
    Methods raise OSError and may be called again afterwards with the same rows. ``keep_damaged`` is called before lines
    that cannot be read are left out of a file written anew.
    """

    def __init__(self, path: Path, keep_damaged: Callable[[SeriesFile], object] | None = None) -> None:
        self.path = path
        self._keep_damaged = keep_damaged
        self._place = str(path)
        # thousands of series close in the same minute: their files are not all to be rewritten in the same one later
        self._share = zlib.crc32(self._place.encode()) % 256 / 256
        self.rows = 0
        self.unsynced = False
        self._last: int | None = None
        self._sound = True
        self._stamp: tuple[int, int] | None = None
        self._looked = False

    def append(self, rows: Rows, keep: int | None) -> bool:
        """Append ``rows`` where that is enough; False when the file must be merged instead.

        It is not enough when the file is not sound, ends later, or would be far longer than ``keep``.
        """
        trusted = self._looked and self._stamp is not None
        if not trusted:
            self._look()
        if not self._sound or (self._last is not None and first_time(rows) <= self._last):
            return False
        more = self.rows + count(rows)
        if keep is not None and more > keep + self._slack(keep):
            return False
        stamp = self._add(as_lines(rows), trusted)
        if stamp is None:  # what is known of the file is no longer so
            return self.append(rows, keep)
        self._remember(more, last_time(rows), stamp)
        self.unsynced = True
        return True

    def _add(self, text: str, trusted: bool) -> tuple[int, int] | None:
        """Append ``text``; the new stamp, None when the file is not as it was left and nothing was written.

        Only a ``trusted`` memory is held against the open file: asking for its state by name costs as much as opening.
        """
        self._looked = False  # until proved otherwise, the write may be torn
        if self._stamp is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = f"{HEADER}\n{text}"
        try:
            file = os.open(self._place, _APPEND if self._stamp is not None else _APPEND | os.O_CREAT, 0o644)
        except FileNotFoundError:
            if trusted:
                return None
            raise
        try:
            if trusted and _state(os.fstat(file)) != self._stamp:
                return None
            data = text.encode()
            written = os.write(file, data)
            while written < len(data):
                written += os.write(file, data[written:])
            found = os.fstat(file)
        finally:
            os.close(file)
        return _stamp(self._place) if _SETTLES_LATE else _state(found)

    def merge(self, bars: Bars, keep: int | None) -> bool:
        """Merge ``bars`` in and keep the newest ``keep`` rows; tells whether an older row is not as it was."""
        found = read_rows(self.path)
        if found.damaged and self._keep_damaged is not None:
            self._keep_damaged(self)
        merged = found.bars.merged(bars)
        if keep is not None:
            merged = merged.tail(keep)
        plain = found.orderly and found.standard and not found.damaged and not found.torn
        if merged.equals(found.bars) and plain and (_stamp(self._place) is None or _has_header(self.path)):
            self._remember(len(merged), int(merged.time[-1]) if len(merged) else None)
            return False
        self.write(merged)
        return True

    def replace(self, spans: Sequence[tuple[int, int]], bars: Bars) -> Bars:
        """Make ``bars`` the only rows in ``spans``, write the file anew in order, and return what stood there."""
        found = read_rows(self.path).bars
        inside = np.zeros(len(found), np.bool_)
        for a, b in spans:
            inside |= (found.time >= a) & (found.time < b)
        self.write(_where(found, ~inside).merged(bars))
        return _where(found, inside)

    def write(self, bars: Bars) -> None:
        """Make ``bars`` the content of the file."""
        self._looked = False
        data = f"{HEADER}\n{format_rows(bars)}".encode()
        with TURNS:
            write_whole(self.path, data)
        self._remember(len(bars), int(bars.time[-1]) if len(bars) else None)
        self.unsynced = False

    def remove(self) -> None:
        """Delete the file and its binary copies."""
        with TURNS:
            patiently(lambda: self.path.unlink(missing_ok=True))
        forget_copies(self.path)
        self._looked, self.unsynced = False, False

    def repair(self) -> bool:
        """Rewrite a file whose last line was cut off; tells whether there was something to do."""
        self._look()
        return not self._sound and self.merge(Bars.empty(), None)

    def trim(self, keep: int) -> None:
        """Leave the newest ``keep`` rows."""
        self._look()
        if self.rows > keep:
            self.merge(Bars.empty(), keep)

    def sync(self) -> None:
        """Wait until what was appended is on the disk."""
        if self.unsynced and self.path.exists():
            file = os.open(self.path, os.O_RDWR)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        self.unsynced = False

    def _slack(self, keep: int) -> int:
        """How many rows the file may hold beyond ``keep`` before it is rewritten: 50 to 100, or a half to all of it."""
        return round(max(50, keep // 2) * (1 + self._share))

    def _look(self) -> None:
        stamp = _stamp(self._place)
        if self._looked and stamp == self._stamp:
            return
        if stamp is None:
            self.rows, self._last, self._sound, self._stamp, self._looked = 0, None, True, None, True
            return
        tail = read_rows(self.path, limit=_TAIL)
        self._sound = not tail.torn and tail.orderly and tail.standard and _has_header(self.path)
        self.rows = len(tail.bars) if stamp[0] < 1 << 14 else max(0, _count_lines(self.path) - 1)
        self._last = int(tail.bars.time[-1]) if len(tail.bars) else None
        self._stamp, self._looked = stamp, True

    def _remember(self, rows: int, last: int | None, stamp: tuple[int, int] | None = None) -> None:
        self.rows, self._last, self._sound = rows, last, True
        self._stamp, self._looked = stamp or _stamp(self._place), True


def _where(bars: Bars, rows: Flags) -> Bars:
    return Bars(*(getattr(bars, name)[rows] for name in COLUMNS))


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return _state(found)


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _has_header(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.readline().strip() == HEADER.encode()


def _count_lines(path: Path) -> int:
    count = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            count += block.count(b"\n")
    return count
