"""Tables that other programs wrote: CSV, JSON and Parquet, packed or not, as columns by name.

What a table means is decided elsewhere (`importing`); here it is only found out how it is written.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import DataFormatError, DataSourceError

if TYPE_CHECKING:
    import pandas as pd

_LISTS = ("result", "list", "data", "candles", "ohlcv", "rows", "klines", "prices", "values")
_REFUSED = {
    b"ARROW1": "a Feather file; convert it to Parquet or CSV first, for freqtrade with 'freqtrade convert-data "
    "--format-to json'",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV first",
    b"%PDF": "a PDF",
    b"\x89HDF": "an HDF5 file; export it as CSV or Parquet first",
    b"SQLite format 3": "a database; export the candles as CSV first",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written; ``separator``, ``decimal``, ``header`` and ``skip`` (lines before it) are of CSV."""

    format: str = "csv"
    separator: str = ","
    decimal: str = "."
    header: bool = True
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a table: its columns and first rows as texts. ``member``: the file inside an archive."""

    layout: Layout
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    member: str = ""


def content(path: Path) -> tuple[bytes, str]:
    """The unpacked content of ``path`` and the name of the file inside an archive.

    Raises `DataSourceError` when there is no such file and `DataFormatError` for what cannot be unpacked.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DataSourceError(f"there is no file {path}", path=str(path)) from None
    except OSError as error:
        if path.is_dir():
            raise DataSourceError(f"{path} is a folder; choose a file in it", path=str(path)) from None
        raise DataSourceError(f"{path} cannot be read: {error.strerror or error}", path=str(path)) from None
    try:
        return _unpacked(path, data)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise DataFormatError(f"{path}: the archive is damaged or cut off ({error})", path=str(path)) from None


def _unpacked(path: Path, data: bytes) -> tuple[bytes, str]:
    member = ""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif data[:4] == b"(\xb5/\xfd":
        data = _zstd(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir() and "__MACOSX" not in i.filename]
            if "[Content_Types].xml" in names:
                raise DataFormatError(f"{path} is an Excel workbook; save it as CSV first", path=str(path))
            if len(names) != 1:
                raise DataFormatError(
                    f"{path} holds {len(names)} files; unpack it and choose one of them", path=str(path)
                )
            member = names[0]
            data = archive.read(member)
    for magic, what in _REFUSED.items():
        if data.startswith(magic):
            raise DataFormatError(f"{path} is {what}", path=str(path))
    return data, member


def _zstd(data: bytes) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            return reader.read()
    except zstandard.ZstdError as error:
        raise EOFError(str(error)) from None


def sample(path: Path, rows: int = 20) -> Sample:
    """How the table at ``path`` is written, found out, with its first ``rows``. Raises what `content` raises."""
    data, member = content(path)
    if data[:4] == b"PAR1":
        frame = _parquet(path, data).head(rows)
        texts = tuple(tuple(str(v) for v in row) for row in frame.itertuples(index=False))
        return Sample(Layout("parquet"), tuple(map(str, frame.columns)), texts, member)
    if b"\0" in data[:65536] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise DataFormatError(f"{path} is not a text file", path=str(path))
    text = decoded(path, data)
    if not text.strip():
        raise DataFormatError(f"{path} is empty", path=str(path))
    if text.lstrip()[0] in "[{":
        frame = _json(path, text)
        texts = tuple(tuple(str(v) for v in row) for row in frame.head(rows).itertuples(index=False))
        return Sample(Layout("json"), tuple(map(str, frame.columns)), texts, member)
    return _csv_sample(text, rows, member)


def load(path: Path, layout: Layout, columns: tuple[str, ...], texts: bool = False) -> pd.DataFrame:
    """The ``columns`` of the table at ``path``; of a CSV as numbers where they are, or all as text.

    Raises what `content` raises, and `DataFormatError` for a line with more cells than the others.
    """
    data, _ = content(path)
    if layout.format == "parquet":
        return _parquet(path, data)[list(columns)]
    if layout.format == "json":
        return _json(path, decoded(path, data))[list(columns)]
    return _csv(path, decoded(path, data), layout, columns, texts)


def decoded(path: Path, data: bytes) -> str:
    """``data`` as text: UTF-8 or UTF-16 by its mark, else UTF-8 or Latin 1."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-16":
            raise DataFormatError(f"{path} is not a text file", path=str(path)) from None
        return data.decode("latin-1")


def numbered(count: int) -> tuple[str, ...]:
    """Names for the columns of a table that names none."""
    return tuple(f"column {n}" for n in range(1, count + 1))


def is_number(text: str) -> bool:
    """Whether ``text`` is a finite number."""
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip()))


def _csv_sample(text: str, rows: int, member: str) -> Sample:
    lines = text.splitlines()
    # some vendors put a title or a link above the table
    usual = max((line.count(s) for line in lines[1:40] for s in ",;\t|"), default=0)
    separator = max(",;\t|", key=lambda s: (sum(line.count(s) for line in lines[:40]), -",;\t|".index(s)))
    most = max((line.count(separator) for line in lines[:40]), default=usual)
    skip = next((n for n, line in enumerate(lines) if line.count(separator) >= max(1, most - 1)), 0)
    table = [_cells(line, separator) for line in lines[skip : skip + rows + 1] if line.strip()]
    header = not all(is_number(cell.replace(",", ".")) for cell in table[0][1:5] if cell)
    body = table[1:] if header else table
    width = max(map(len, table))
    columns = _named(table[0], width) if header else numbered(width)
    comma = separator != "," and any(re.fullmatch(r"-?\d+,\d+", cell) for row in body[:5] for cell in row)
    layout = Layout("csv", separator, "," if comma else ".", header, skip)
    return Sample(layout, columns, tuple(tuple(row) for row in body[:rows]), member)


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(separator)]


def _named(header: list[str], width: int) -> tuple[str, ...]:
    names: list[str] = []
    for n, name in enumerate([*header, *[""] * (width - len(header))], 1):
        name = name or f"column {n}"
        names.append(name if name not in names else f"{name} ({n})")
    return tuple(names)


def _csv(path: Path, text: str, layout: Layout, columns: tuple[str, ...], texts: bool) -> pd.DataFrame:
    import pandas as pd

    found = _csv_sample(text, 5, "") if layout.header else None
    names = found.columns if found else numbered(max(len(_cells(line, layout.separator)) for line in _head(text)))
    wanted = [names.index(c) for c in columns]
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=layout.separator, decimal=layout.decimal, skiprows=layout.skip + layout.header,
            header=None, names=list(names), usecols=wanted, index_col=False, skipinitialspace=True,
            dtype="str" if texts else None, keep_default_na=not texts, low_memory=False,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise DataFormatError(f"{path} cannot be read as a table: {str(error).strip()}", path=str(path)) from None
    return frame[list(columns)]


def _head(text: str) -> list[str]:
    return [line for line in text[:65536].splitlines()[:40] if line.strip()] or [""]


def _json(path: Path, text: str) -> pd.DataFrame:
    import pandas as pd

    try:
        found = json.loads(text)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            found = [json.loads(line) for line in lines]
        except ValueError:
            raise DataFormatError(f"{path} is no JSON ({error})", path=str(path)) from None
    rows = _rows(found)
    if isinstance(rows, dict):
        return pd.DataFrame(rows)
    if not rows:
        raise DataFormatError(f"{path} holds no list of candles", path=str(path))
    if isinstance(rows[0], dict):
        return pd.DataFrame(rows)
    frame = pd.DataFrame(rows)
    frame.columns = pd.Index(numbered(frame.shape[1]))
    return frame


def _rows(found: Any) -> Any:
    """The list of rows, or the dictionary of columns, inside what an exchange or a program wrapped it in."""
    while isinstance(found, dict):
        lists = {k: v for k, v in found.items() if isinstance(v, list)}
        if len(lists) >= 5 and len({len(v) for v in lists.values()}) == 1:
            return lists
        inner = [found[k] for k in _LISTS if isinstance(found.get(k), (list, dict))]
        if not inner:
            return [found] if len(found) >= 5 else []
        found = inner[0]
    if isinstance(found, list) and found and isinstance(found[0], (list, dict)):
        return found
    return []


def _parquet(path: Path, data: bytes) -> pd.DataFrame:
    import fastparquet

    try:
        frame: pd.DataFrame = fastparquet.ParquetFile(io.BytesIO(data)).to_pandas()
    except Exception as error:  # noqa: BLE001 - the reader has many ways to fail on a damaged file
        raise DataFormatError(f"{path} cannot be read as Parquet ({error})", path=str(path)) from None
    return frame.reset_index() if frame.index.name else frame
