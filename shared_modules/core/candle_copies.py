"""Binary copies of candle files that people bring along, so that a long one is parsed once.

A copy is named by the SHA-256 of the bytes of its file, packed or not: it is valid for exactly that content, wherever
the file lies and whatever its times say. Copies can be deleted at any moment; the oldest go when there are too many.
"""

import hashlib
import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from .bars import COLUMNS, Bars
from .errors import DataFormatError
from .paths import APP, replace

_log = logging.getLogger(__name__)
_VERSION = "1"
_WORTH = 1 << 20  # bytes; a shorter file is parsed quickly enough
_MOST, _MOST_BYTES = 16, 1 << 30


def default_copies() -> "CandleCopies":
    """The copies in the user's cache folder."""
    return CandleCopies(user_cache_path(APP, appauthor=False) / "candles")


@dataclass(frozen=True, slots=True)
class CandleCopies:
    """Copies in ``folder``, which is made when the first is kept."""

    folder: Path

    def find(self, content: bytes) -> Bars | None:
        """The candles kept of a file with this ``content``, as private views of a mapped file; None without a copy."""
        if len(content) < _WORTH:
            return None
        path = self._path(content)
        try:
            # copy on write: who changes the arrays changes nobody else's
            table = np.load(path, mmap_mode="c", allow_pickle=False)
            if table.dtype != np.int64 or table.ndim != 2 or len(table) != len(COLUMNS):
                return None
            rows = np.asarray(table)
            bars = Bars(rows[0], *(rows[i].view(np.float64) for i in range(1, len(COLUMNS))))
        except (OSError, ValueError, EOFError, DataFormatError):
            return None
        with suppress(OSError):
            os.utime(path)
        return bars

    def keep(self, content: bytes, bars: Bars) -> None:
        """Write ``bars``, what a file with this ``content`` holds; failing costs nothing but time."""
        if len(content) < _WORTH:
            return
        path = self._path(content)
        draft = path.with_name(f"{os.getpid()}-{threading.get_ident()}.new")
        table = np.stack([bars.time, *(getattr(bars, column).view(np.int64) for column in COLUMNS[1:])])
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(draft, "wb") as file:
                np.save(file, table, allow_pickle=False)
            replace(draft, path)
        except OSError as error:
            _log.info("no binary copy of the candles was made: %s", error.strerror or error)
            with suppress(OSError):
                draft.unlink()
            return
        self._drop_oldest()

    def _path(self, content: bytes) -> Path:
        return self.folder / f"{hashlib.sha256(content).hexdigest()[:40]}-{_VERSION}.npy"

    def _drop_oldest(self) -> None:
        found = []
        for path in self.folder.glob("*.npy"):
            with suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        total = 0
        for n, (_, size, path) in enumerate(sorted(found, reverse=True)):
            total += size
            if n >= _MOST or (n and total > _MOST_BYTES):
                with suppress(OSError):  # Windows keeps a file that somebody still reads; it goes next time
                    path.unlink()
