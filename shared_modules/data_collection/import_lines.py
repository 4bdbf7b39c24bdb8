"""The lines of a text file, packed or not, one after the other: a recording may be larger than memory."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Generator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import IO, Any

from shared_modules.core.errors import DataFormatError, DataSourceError
from shared_modules.core.progress import Progress

_EVERY = 2000  # lines between two reports


def lines_of(path: Path, progress: Progress | None = None) -> Generator[str, None, None]:
    """The lines of ``path`` (plain, .gz, .zst, or the only file of a .zip) without their ends.

    Progress is the share of the packed bytes. Raises `DataSourceError` for a file that cannot be opened,
    `DataFormatError` for a damaged archive.
    """
    from zstandard import ZstdError

    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            size = max(1, path.stat().st_size)
        except OSError as error:
            what = "is a folder; choose a file in it" if path.is_dir() else f"cannot be read: {error.strerror or error}"
            raise DataSourceError(f"{path} {what}", path=str(path)) from None
        try:
            text = stack.enter_context(io.TextIOWrapper(_unpacked(path, raw, stack), "utf-8", "replace"))
            for number, line in enumerate(text):
                if progress is not None and number % _EVERY == 0:
                    progress.step(min(1.0, raw.tell() / size), "reading")
                yield line.rstrip("\r\n")
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, ZstdError) as error:
            raise DataFormatError(f"{path}: the archive is damaged or cut off ({error})", path=str(path)) from None


def head_of(path: Path, count: int) -> list[str]:
    """The first ``count`` lines of ``path``; raises what `lines_of` raises."""
    with closing(lines_of(path)) as lines:
        return list(islice(lines, count))


def _unpacked(path: Path, raw: IO[bytes], stack: ExitStack) -> Any:
    start = raw.read(4)
    raw.seek(0)
    if start[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=raw)
    if start == b"(\xb5/\xfd":
        import zstandard

        return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
    if start == b"PK\x03\x04":
        archive = stack.enter_context(zipfile.ZipFile(raw))
        names = [i.filename for i in archive.infolist() if not i.is_dir() and "__MACOSX" not in i.filename]
        if len(names) != 1:
            raise DataFormatError(f"{path} holds {len(names)} files; unpack it and choose one of them", path=str(path))
        return archive.open(names[0])
    return raw
