"""An SQLite file that survives a kill, grows with the program and is used from any thread."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from shared_modules.core.errors import StoreError
from shared_modules.core.paths import replace

# how long a statement waits for another process that is writing, seconds
_PATIENCE = 10.0


class Database:
    """The file ``path``, brought to the newest of ``migrations`` when it is opened.

    Each migration is a script; the file remembers how many it has seen. A file that is no database is kept aside under
    another name and a new one begun: ``set_aside`` tells where it lies. Raises `StoreError` for what can't be used.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened(migrations)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise self._trouble(error) from error
            self.set_aside = _aside(path)
            self._connection = self._opened(migrations)

    def _opened(self, migrations: Sequence[str]) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            # space of what is deleted goes back to the disk; must be said before the first table
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._migrate(connection, migrations)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            seen = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if seen > len(migrations):
                raise StoreError(
                    f"{self.path.name} comes from a newer version of the program; update it or choose another folder",
                    path=str(self.path),
                )
            for script in migrations[seen:]:
                for statement in filter(str.strip, script.split(";")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block or none; raises `StoreError` when the disk refuses."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._trouble(error) from error

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of ``query``."""
        with self._lock:
            try:
                with closing(self._connection.execute(query, values)) as cursor:
                    return cursor.fetchall()
            except sqlite3.Error as error:
                raise self._trouble(error) from error

    def shrink(self) -> None:
        """Give the space of what was deleted back to the disk."""
        # stepped to its end by a script alone: a plain statement frees one page
        with self._lock:
            try:
                self._connection.executescript("PRAGMA incremental_vacuum")
            except sqlite3.Error as error:
                raise self._trouble(error) from error

    def close(self) -> None:
        """Close the file; twice is safe."""
        with self._lock:
            self._connection.close()

    def _trouble(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"{self.path.name} can't be read or written ({error})", path=str(self.path))


def _aside(path: Path) -> Path:
    """Move the damaged ``path`` and what belongs to it out of the way."""
    kept = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
    replace(path, kept)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            replace(beside, kept.with_name(kept.name + ending))
    return kept
