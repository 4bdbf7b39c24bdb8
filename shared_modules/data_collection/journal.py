"""The journal: what is on its way into many CSV files, made durable by one write and one sync.

A batch is a line ``#batch BYTES CRC`` and that many bytes of lines ``FILE,timestamp,open,...``. A batch cut off by a
crash fails its check and is left out, the ones after it are found by their header.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from shared_modules.core.bars import Bars

from .csv_rows import parse

_MARK = b"#batch "
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)


class Journal:
    """An open journal file; used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self.size = 0

    def open(self) -> dict[str, Bars]:
        """Open the file and return the candles of its whole batches by file name, later ones winning."""
        self._file = os.open(self._path, _FLAGS, 0o644)
        data = bytearray()
        while block := os.read(self._file, 1 << 20):
            data += block
        self.size = len(data)
        return _replay(bytes(data))

    def write(self, batch: Mapping[str, str]) -> None:
        """Append ``batch``, rows as text by file name, durably; on OSError nothing of it stays."""
        assert self._file is not None
        payload = "".join([_lines(name, rows) for name, rows in batch.items()]).encode()
        data = b"%s%d %08x\n%s" % (_MARK, len(payload), zlib.crc32(payload), payload)
        try:
            os.lseek(self._file, self.size, os.SEEK_SET)
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def clear(self) -> None:
        """Forget everything: all of it is safe in the CSV files."""
        assert self._file is not None
        if self.size:
            os.ftruncate(self._file, 0)
            os.fsync(self._file)
            self.size = 0

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _lines(name: str, rows: str) -> str:
    # every row ends with a line end, and nearly always there is one
    return f"{name},{rows}" if rows.find("\n") == len(rows) - 1 else _several(name, rows)


def _several(name: str, rows: str) -> str:
    return "".join(f"{name},{row}\n" for row in rows.splitlines())


def _replay(data: bytes) -> dict[str, Bars]:
    found: dict[str, Bars] = {}
    at = data.find(_MARK)
    while at >= 0:
        payload = _payload(data, at)
        if payload is None:
            at = data.find(b"\n" + _MARK, at)
            at += at >= 0
            continue
        for name, lines in _by_file(payload).items():
            bars = parse(lines).bars
            found[name] = found[name].merged(bars) if name in found else bars
        at = data.find(_MARK, data.index(b"\n", at) + 1 + len(payload))
    return found


def _payload(data: bytes, at: int) -> bytes | None:
    """The content of the batch whose header starts at ``at``; None when it is not whole."""
    end = data.find(b"\n", at)
    try:
        length, check = data[at + len(_MARK) : end].split(b" ")
        payload = data[end + 1 : end + 1 + int(length)]
        whole = end > 0 and len(payload) == int(length) and zlib.crc32(payload) == int(check, 16)
    except ValueError:
        return None
    return payload if whole else None


def _by_file(payload: bytes) -> dict[str, bytes]:
    rows: dict[str, list[bytes]] = {}
    for line in payload.splitlines(keepends=True):
        name, _, row = line.partition(b",")
        rows.setdefault(name.decode(), []).append(row)
    return {name: b"".join(lines) for name, lines in rows.items()}
