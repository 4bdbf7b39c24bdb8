"""One writing process for one candle folder, told apart by a lock that ends with the process."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from shared_modules.core.errors import StoreError

_log = logging.getLogger(__name__)


class WriterLock:
    """The right to write into ``folder``; readers need none.

    SQLite's file lock is used because it is the same on Windows and elsewhere and the system frees it with a killed
    process. Where the file system knows no locks, there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take the lock; raises `StoreError` naming the process that has it."""
        if self._connection is not None:
            return
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(
                self._folder / "writer.lock", timeout=0, isolation_level=None, check_same_thread=False
            )
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise StoreError(
                    f"another program ({self._holder()}) is writing candles into {self._folder}; "
                    "close it, or choose another folder with --data-dir",
                    path=str(self._folder),
                ) from None
            _log.warning("the folder %s cannot be locked (%s); a second writer would not be noticed",
                         self._folder, error)  # fmt: skip
            return
        self._connection = connection
        with suppress(OSError):
            self._note.write_text(str(os.getpid()), encoding="ascii")

    def release(self) -> None:
        """Give the lock back; twice is safe."""
        if self._connection is None:
            return
        with suppress(OSError):
            self._note.unlink()
        self._connection.close()
        self._connection = None

    @property
    def _note(self) -> Path:
        return self._folder / "writer.pid"

    def _holder(self) -> str:
        try:
            return f"process {int(self._note.read_text(encoding='ascii'))}"
        except (OSError, ValueError):
            return "unknown process"
