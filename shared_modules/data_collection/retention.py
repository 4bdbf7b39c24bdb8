"""How many rows of which series are kept: one number for all, and exceptions a person made, kept in a small file."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from shared_modules.core.paths import patiently, write_whole

_log = logging.getLogger(__name__)


class Exceptions:
    """Names of series files with the rows kept of them, None for all; safe to use from several threads.

    A file that cannot be read keeps everything of every series, because rows cut off are gone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[str, int | None] = {}
        self._unreadable = False

    def __bool__(self) -> bool:
        return bool(self._rows) or self._unreadable

    def load(self) -> None:
        """Read the file; a missing one has no exceptions."""
        try:
            found = json.loads(patiently(lambda: self._path.read_text(encoding="utf-8-sig")))
            rows = {str(name): None if n is None else max(1, int(n)) for name, n in found.items()}
        except FileNotFoundError:
            rows = {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            _log.warning("%s cannot be read (%s); nothing is trimmed until it is mended or deleted", self._path, error)
            self._unreadable = True
            return
        with self._lock:
            self._rows, self._unreadable = rows, False

    def rows(self, name: str, otherwise: int | None) -> int | None:
        """The rows kept of the series file ``name``."""
        if self._unreadable:
            return None
        return self._rows.get(name, otherwise)

    def known(self, name: str) -> bool:
        """Whether ``name`` has a number of its own."""
        return name in self._rows

    def set(self, name: str, rows: int | None) -> None:
        """Keep ``rows`` of ``name`` from now on; raises OSError."""
        self._write({**self._rows, name: rows})

    def keep_all(self, names: Iterable[str]) -> None:
        """Keep every row of each of ``names`` from now on; raises OSError."""
        self._write({**self._rows, **dict.fromkeys(names)})

    def forget(self, name: str) -> None:
        """Let ``name`` be kept as all others; raises OSError."""
        self._write({known: rows for known, rows in self._rows.items() if known != name})

    def _write(self, rows: dict[str, int | None]) -> None:
        with self._lock:
            if rows == self._rows and not self._unreadable:
                return
            write_whole(self._path, (json.dumps(rows, indent=1, sort_keys=True) + "\n").encode())
            self._rows, self._unreadable = rows, False
