"""Recordings of raw market data on disk: what they look like, and reading them, also when their writer was killed.

A recording is a folder of segments ``20260301-120000-000001.rec.zst``. A segment is a row of blocks, each a skippable
frame (magic 0x184D2A51; first time, last time, lines, bytes of what follows) and a frame of zstd, so `zstdcat` shows
its lines: ``<time in us UTC> <kind> <name> <payload>``. A block cut off by a crash is left out, all before it is read.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from shared_modules.core.errors import DataFormatError, DataSourceError

ENDING = ".rec.zst"
FRAME, SENT, OPENED, CLOSED, ANSWER, MARK = "w", "s", "o", "c", "r", "m"
_HEAD = struct.Struct("<IIqqII")
_MAGIC, _SIZE = 0x184D2A51, 24
_MOST_BLOCK = 1 << 28


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that came or went at ``time`` (us UTC).

    ``kind``: `FRAME` and `SENT` of the socket ``name``, `OPENED`, `CLOSED` (payload: why), `ANSWER` of the REST
    service to the path and query ``name`` (``status`` of HTTP), `MARK` of what the program did (payload: JSON).
    """

    time: int
    kind: str
    name: str
    payload: bytes
    status: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the segment ``path``: its times in us, its lines, and where its data lie."""

    path: Path
    first: int
    last: int
    lines: int
    offset: int
    size: int


def line_of(record: Record) -> bytes:
    """``record`` as one line; a payload with line ends inside is written as a JSON string, marked by '+'."""
    kind = f"{record.kind}{record.status or ''}"
    payload = record.payload
    if b"\n" in payload or b"\r" in payload:
        kind, payload = kind + "+", json.dumps(payload.decode("latin-1")).encode()
    return b"%d %s %s %s\n" % (record.time, kind.encode(), quote(record.name, safe="/?&=,.:-_#").encode(), payload)


def record_of(line: bytes) -> Record:
    """The record of one line; raises ValueError for what is none."""
    time, kind, name, payload = line.split(b" ", 3)
    word = kind.decode("ascii")
    if word.endswith("+"):
        word, payload = word[:-1], json.loads(payload).encode("latin-1")
    return Record(int(time), word[0], unquote(name.decode()), payload, int(word[1:] or 0))


def block_bytes(records: Iterable[bytes], first: int, last: int, count: int) -> bytes:
    """``count`` lines between the times ``first`` and ``last`` as a block."""
    import zstandard

    packed = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(b"".join(records))
    return _HEAD.pack(_MAGIC, _SIZE, first, last, count, len(packed)) + packed


def segments(place: Path) -> list[Path]:
    """The segments of the recording at ``place``, a folder or one of its files, oldest first.

    Raises `DataSourceError` when there is none.
    """
    place = Path(place)
    found = [place] if place.is_file() else sorted(place.rglob(f"*{ENDING}"), key=lambda path: path.name)
    if not found:
        raise DataSourceError(f"there is no recording in {place}", path=str(place))
    return found


def index(path: Path) -> list[Block]:
    """The whole blocks of a segment, read from their heads alone; a torn end is left out.

    Raises `DataFormatError` when it is no segment, `DataSourceError` when it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return list(_blocks(path, file))
    except OSError as error:
        raise DataSourceError(f"{path} cannot be read: {error.strerror or error}", path=str(path)) from error


def _blocks(path: Path, file: BinaryIO) -> Iterator[Block]:
    end = path.stat().st_size
    offset = 0
    while head := file.read(_HEAD.size):
        if len(head) < _HEAD.size:
            return
        magic, size, first, last, lines, packed = _HEAD.unpack(head)
        if (magic, size) != (_MAGIC, _SIZE) or packed > _MOST_BLOCK:
            if not offset:
                raise DataFormatError(f"{path} is no recording", path=str(path))
            return
        offset += _HEAD.size + packed
        if offset > end:
            return
        yield Block(path, first, last, lines, offset - packed, packed)
        file.seek(offset)


def read(place: Path, start: int | None = None, end: int | None = None) -> Iterator[Record]:
    """The records of a recording with times in [start, end) in us, in the order they were taken.

    Raises `DataSourceError` and `DataFormatError` like `index`; a block that is damaged is left out.
    """
    for path in segments(place):
        for block in index(path):
            if (end is None or block.first < end) and (start is None or block.last >= start):
                for record in records(block):
                    if (start is None or record.time >= start) and (end is None or record.time < end):
                        yield record


def records(block: Block) -> Iterator[Record]:
    """The records of ``block``, none when it is damaged."""
    import zstandard

    with open(block.path, "rb") as file:
        file.seek(block.offset)
        packed = file.read(block.size)
    try:
        lines = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST_BLOCK)
    except zstandard.ZstdError:
        return
    for line in lines.split(b"\n"):
        with suppress(ValueError):
            if line:
                yield record_of(line)
