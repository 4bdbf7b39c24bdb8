"""The journal: what is on its way into many CSV files, made durable by one write and one sync.

A batch is a line ``#rows BYTES CRC`` and that many bytes: the number of files, for each how many rows it gets (all
uint32, little-endian), their names, each with a line end, and the rows as `rows.ROW`. It is in the form that is made
soonest, since until it is written nothing is safe. A batch cut off by a crash fails its check and is left out, the ones
after it are found by their header. Versions before this one wrote ``#batch BYTES CRC`` and lines
``FILE,timestamp,open,...``; these are read too.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from shared_modules.core.bars import Bars

from .csv_rows import parse
from .rows import ROW, Rows, count, packed, unpacked

_MARK = b"#rows "
_AS_LINES = b"#batch "
_HEAD = re.compile(rb"#(?:rows|batch) (\d{1,12}) ([0-9a-f]{8})\n")
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

    def write(self, batch: Mapping[str, Rows]) -> None:
        """Append ``batch``, rows by file name, durably; on OSError nothing of it stays."""
        assert self._file is not None
        counts = [count(rows) for rows in batch.values()]
        head = struct.pack(f"<{len(counts) + 1}I", len(counts), *counts)
        names = "".join([f"{name}\n" for name in batch]).encode()
        payload = b"".join((head, names, *map(packed, batch.values())))
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


def _replay(data: bytes) -> dict[str, Bars]:
    found: dict[str, Bars] = {}
    head = _HEAD.search(data)
    while head is not None:
        end = head.end() + int(head[1])
        payload = data[head.end() : end]
        # what stands after a batch that is not whole may be inside of what it claims to be
        whole = end <= len(data) and zlib.crc32(payload) == int(head[2], 16)
        if whole:
            parts = _by_file(payload) if head[0].startswith(_AS_LINES) else _unpacked(payload)
            for name, bars in parts.items():
                found[name] = found[name].merged(bars) if name in found else bars
        head = _HEAD.search(data, end if whole else head.start() + 1)
    return found


def _unpacked(payload: bytes) -> dict[str, Bars]:
    (files,) = struct.unpack_from("<I", payload)
    counts = struct.unpack_from(f"<{files}I", payload, 4)
    at = len(payload) - sum(counts) * ROW.size
    found = {}
    for name, rows in zip(payload[4 + 4 * files : at].decode().split("\n")[:-1], counts, strict=True):
        found[name] = unpacked(payload[at : at + rows * ROW.size])
        at += rows * ROW.size
    return found


def _by_file(payload: bytes) -> dict[str, Bars]:
    rows: dict[str, list[bytes]] = {}
    for line in payload.splitlines(keepends=True):
        name, _, row = line.partition(b",")
        rows.setdefault(name.decode(), []).append(row)
    return {name: parse(b"".join(lines)).bars for name, lines in rows.items()}
