"""Candle files that people bring along, and the plain CSV that we write ourselves.

A file is text (plain or gzip) with a header line. What the columns are called, how times are written and what
separates the cells is found out; what cannot be read is refused with the line and the column.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .bars import Bars, Floats, Times
from .errors import DataFormatError, DataSourceError
from .market import Candle
from .paths import write_whole
from .timeframes import DAY, TIMEFRAMES, WEEK, Timeframe, timeframe

if TYPE_CHECKING:
    import pandas as pd

    from .candle_copies import CandleCopies

HEADER = "timestamp,open,high,low,close,volume,turnover"

_OPEN_TIMES = ("timestamp", "time", "open_time", "opentime", "date", "datetime", "date_time", "start", "starttime",
               "start_time", "startat", "start_at", "open_datetime", "opendatetime", "unix", "ts", "t")  # fmt: skip
_CLOSE_TIMES = ("close_time", "closetime", "close_datetime", "closedatetime", "end_time", "endtime")
_PRICES = {name: (name, f"{name}_price", name[0]) for name in ("open", "high", "low", "close")}
_VOLUMES = ("volume", "vol", "v", "base_volume", "base_asset_volume", "volume_base", "qty")
_TURNOVERS = ("turnover", "quote_volume", "quote_asset_volume", "quotevolume", "volume_quote", "amount", "quote_vol")
_MAGIC = {b"PK": "a zip archive", b"PAR1": "a Parquet file", b"\xd0\xcf\x11\xe0": "an Excel workbook",
          b"[": "JSON", b"{": "JSON", b"<": "HTML or XML", b"%PDF": "a PDF"}  # fmt: skip
_PAIR = re.compile(r"(?<![A-Z0-9])([A-Z0-9]{1,20})[-_]?(USDT|USDC|FDUSD|USD|EUR|BTC|ETH|PERP)(?![A-Z0-9])")
_YEAR_2000 = 946_684_800_000
_MOST_PLAUSIBLE = 10_000_000_000_000  # ms; year 2286


@dataclass(frozen=True)
class CandleFile:
    """A candle file as read; ``notes`` are sentences on what was put right or looks wrong.

    ``duplicates``: rows that repeated a time and were left out. ``disorder``: steps back in time between rows.
    """

    path: Path
    symbol: str
    timeframe: Timeframe
    bars: Bars
    notes: tuple[str, ...]
    duplicates: int = 0
    disorder: int = 0


def read_candle_file(
    path: Path,
    *,
    symbol: str | None = None,
    timeframe: Timeframe | None = None,
    copies: CandleCopies | None = None,
) -> CandleFile:
    """The candles of the file at ``path``, sorted and without duplicates.

    Without ``symbol`` it is taken from the file name, without ``timeframe`` from the most common step between rows (or
    the file name). A long file without a fault is kept in ``copies``, and taken from there when its content is met
    again. Raises `DataSourceError` when there is no such file and `DataFormatError` naming file, line and column for
    what cannot be read. Candles with an impossible high or low are kept and noted.
    """
    path = Path(path)
    content = _content(path)
    if copies is not None and (known := copies.find(content)) is not None:
        return CandleFile(path, symbol or symbol_of(path), timeframe or timeframe_of(path, known.time), known, ())
    found = _parsed(path, _text(path, content), symbol, timeframe)
    if copies is not None and not found.notes:
        copies.keep(content, found.bars)
    return found


def _parsed(path: Path, text: bytes, symbol: str | None, timeframe: Timeframe | None) -> CandleFile:
    table = _Table(path, text)
    notes: list[str] = []
    frame = table.parse()
    times = _milliseconds(table, frame)
    bars = _ordered(times, table, frame, notes)
    found = timeframe or timeframe_of(path, bars.time)
    if table.close_time:
        bars = opened(bars, found)
        notes.append(f"the column '{table.names['time']}' holds close times; open times were computed from them")
    _note_prices(bars, notes)
    steps = np.diff(times)
    duplicates = 0 if (steps > 0).all() else len(times) - len(np.unique(times))
    return CandleFile(
        path, symbol or symbol_of(path), found, bars, tuple(notes), duplicates, int((steps < 0).sum())
    )  # fmt: skip


def write_candle_file(path: Path, bars: Bars) -> None:
    """Write ``bars`` as CSV (gzip when the name ends in .gz); a crash leaves the old file or the new one."""
    data = f"{HEADER}\n{format_rows(bars)}".encode()
    write_whole(path, gzip.compress(data, 6, mtime=0) if path.suffix == ".gz" else data)


def format_rows(bars: Bars) -> str:
    """The lines of ``bars``, each with a line end, without a header."""
    columns = [[str(t) for t in bars.time.tolist()]]
    columns += [_texts(c) for c in (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)]
    return "".join([",".join(row) + "\n" for row in zip(*columns, strict=True)])


def format_candle(candle: Candle) -> str:
    """The line of one candle with its line end, as `format_rows` writes it."""
    c = candle
    text = f"{c.time},{c.open!r},{c.high!r},{c.low!r},{c.close!r},{c.volume!r},{c.turnover!r}\n"
    if "e" not in text:
        return text.replace(".0,", ",").replace(".0\n", "\n")
    return f"{c.time},{','.join(_texts((c.open, c.high, c.low, c.close, c.volume, c.turnover)))}\n"


def format_number(value: float) -> str:
    """The shortest text that reads back as ``value``: no exponent, no '.0'."""
    return _texts((float(value),))[0]


def _texts(values: Floats | Iterable[float]) -> list[str]:
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    texts = []
    for text in map(repr, plain):
        if "e" in text:
            text = f"{Decimal(text):f}"
        texts.append(text[:-2] if text.endswith(".0") else text)
    return texts


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataSourceError(f"there is no file {path}", path=str(path)) from None
    except OSError as error:
        if path.is_dir():  # Windows calls that 'permission denied'
            raise DataSourceError(f"{path} is a folder, not a candle file", path=str(path)) from None
        raise DataSourceError(f"{path} cannot be read: {error.strerror or error}", path=str(path)) from None


def _text(path: Path, data: bytes) -> bytes:
    """``data``, the content of ``path``, unpacked and as UTF-8."""
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFormatError(f"{path}: the gzip file is damaged or cut off ({error})", path=str(path)) from None
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(bom):
            try:
                data = data.decode(encoding).encode()
            except UnicodeDecodeError:
                raise DataFormatError(f"{path} is not a text file", path=str(path)) from None
    start = data.lstrip()
    if not start:
        raise DataFormatError(f"{path} is empty", path=str(path))
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            raise DataFormatError(
                f"{path} is {kind}, not CSV text; unpack or export it as CSV with a header line first", path=str(path)
            )
    if b"\0" in data[:65536]:
        raise DataFormatError(f"{path} is not a text file", path=str(path))
    return data


def named_columns(found: Sequence[str]) -> tuple[dict[str, str | None], bool]:
    """Which of the column names ``found`` holds what (time, open ...), and whether the times are those of closes."""
    known = {re.sub(r"[\s\-.]+", "_", name.lower()).strip("<>_"): name for name in reversed(found)}

    def pick(aliases: Iterable[str]) -> str | None:
        return next((known[a] for a in aliases if a in known), None)

    names = {key: pick(aliases) for key, aliases in _PRICES.items()}
    names["time"] = pick(_OPEN_TIMES)
    close_time = names["time"] is None and pick(_CLOSE_TIMES) is not None
    if close_time:
        names["time"] = pick(_CLOSE_TIMES)
    names["volume"], names["turnover"] = pick(_VOLUMES), pick(_TURNOVERS)
    return names, close_time


class _Table:
    """The text of a candle file with what was found out about its columns."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.data = path, data
        # leading blank lines count for line numbers
        self.skipped = 0
        stream = io.BytesIO(data)
        line = stream.readline()
        while not line.strip():
            self.skipped += 1
            line = stream.readline()
        sample = b"".join(stream.readline() for _ in range(5)).decode("utf-8", "replace")
        header = line.decode("utf-8", "replace").rstrip("\r\n")
        self.separator = max(",;\t|", key=header.count)
        self.found = [cell.strip().strip('"').strip() for cell in header.split(self.separator)]
        self._refuse_headerless()
        self.close_time = False
        self.names = self._columns()
        self.decimal = "," if self.separator != "," and re.search(r"\d,\d", sample) else "."
        cells = next((s for s in sample.splitlines() if s.strip()), "").split(self.separator)
        index = self.found.index(self.names["time"])
        self.first_time = cells[index].strip().strip('"') if index < len(cells) else ""

    def _refuse_headerless(self) -> None:
        if all(_is_number(cell) for cell in self.found[:2] if cell):
            raise self.error(
                f"has no header line; its first line must name the columns, such as {HEADER}", self.skipped + 1
            )

    def _columns(self) -> dict[str, str]:
        names, self.close_time = named_columns(self.found)
        missing = [key for key in ("time", "open", "high", "low", "close") if names[key] is None]
        if missing:
            what = ", ".join(f"'{'timestamp' if m == 'time' else m}'" for m in missing)
            raise self.error(f"column {what} is missing; found: {', '.join(self.found)}", column=missing[0])
        return {key: name for key, name in names.items() if name is not None}

    def parse(self) -> pd.DataFrame:
        """The wanted columns, numbers as float64; raises for the first cell that is not one."""
        import pandas as pd

        time_type = "str"
        if re.fullmatch(r"-?\d{1,18}", self.first_time):
            time_type = "int64"
        elif _is_number(self.first_time):
            time_type = "float64"
        types: Any = {name: time_type if key == "time" else "float64" for key, name in self.names.items()}
        try:
            frame = pd.read_csv(
                io.BytesIO(self.data), sep=self.separator, decimal=self.decimal, usecols=list(self.names.values()),
                dtype=types, skipinitialspace=True, index_col=False, encoding="utf-8",
                encoding_errors="replace",
            )  # fmt: skip
        except (ValueError, OverflowError) as error:  # pandas' own errors are ValueErrors
            self._explain()
            raise self.error(f"cannot be read as a table ({error})") from None
        if not len(frame):
            raise self.error("holds a header and no candles")
        if self._surplus():
            self._explain()
        for key in ("open", "high", "low", "close"):
            if not np.isfinite(frame[self.names[key]].to_numpy()).all():
                self._explain()
                raise self.error(f"holds a value that is no number in column '{key}'")
        return frame

    def _surplus(self) -> bool:
        """Whether some line has more cells than the header, which pandas would pass over in silence."""
        separators = self.data.count(self.separator.encode())
        lines = self.data.count(b"\n") + (not self.data.endswith(b"\n"))
        return b'"' not in self.data and separators > (len(self.found) - 1) * lines

    def _explain(self) -> None:
        """Raise for the first cell that is not what its column needs, with its line."""
        where = {key: self.found.index(name) for key, name in self.names.items()}
        for number, line in enumerate(self.data.decode("utf-8", "replace").splitlines(), 1):
            if number <= self.skipped + 1 or not line.strip():
                continue
            cells = [cell.strip().strip('"').strip() for cell in line.split(self.separator)]
            while len(cells) > len(self.found) and not cells[-1]:
                cells.pop()
            if len(cells) > len(self.found):
                raise self.error(f"line {number} has {len(cells)} cells, the header has {len(self.found)}", number)
            for key, index in where.items():
                cell = cells[index] if index < len(cells) else ""
                if not cell and key in ("volume", "turnover"):
                    continue
                if key == "time" and not _is_number(self.first_time):
                    continue
                if not _is_number(cell.replace(self.decimal, ".")):
                    name = self.names[key]
                    what = f"{cell!r} is not a number" if cell else "the cell is empty"
                    raise self.error(f"line {number}, column '{name}': {what}", number, name)

    def error(self, text: str, line: int | None = None, column: str | None = None) -> DataFormatError:
        between = ":" if text.startswith(("line", "column")) else ""
        return DataFormatError(f"{self.path}{between} {text}", path=str(self.path), line=line, column=column)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _milliseconds(table: _Table, frame: pd.DataFrame) -> Times:
    column = frame[table.names["time"]]
    if column.dtype == np.int64:
        times: Times = in_ms(column.to_numpy())
    elif column.dtype == np.float64:
        values = column.to_numpy()
        if not np.isfinite(values).all():
            table._explain()
        times = np.rint(in_ms(values)).astype(np.int64)
    else:
        times = _written_times(table, column)
    if int(times.min()) < _YEAR_2000 or int(times.max()) > _MOST_PLAUSIBLE:
        row = int(np.argmin(times)) if int(times.min()) < _YEAR_2000 else int(np.argmax(times))
        raise table.error(
            f"column '{table.names['time']}': {column.iloc[row]} is not a time in s, ms or us since 1970 or a date",
            column=table.names["time"],
        )
    return times


def in_ms(values: Any) -> Any:
    """Numbers since 1970 in s, ms, us or ns, told apart by their size, as ms."""
    size = float(np.median(np.abs(values)))
    if size < 1e11:
        return values * 1000
    if size < 1e14:
        return values
    return values // 1000 if size < 1e17 else values // 1_000_000


def _written_times(table: _Table, column: pd.Series[Any]) -> Times:
    import pandas as pd

    try:
        parsed = pd.to_datetime(column, utc=True, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        parsed = pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce")
    bad = parsed.isna().to_numpy()
    if bad.any():
        name, text = table.names["time"], column.iloc[int(np.argmax(bad))]
        line = _line_of(table, str(text)) if isinstance(text, str) else None
        place = f"line {line}, " if line else ""
        raise table.error(
            f"{place}column '{name}': {text!r} is not a time; write ms since 1970 or 2024-12-31 23:59:00", line, name
        )
    plain = parsed.dt.tz_localize(None).to_numpy()
    return plain.astype("datetime64[ms]").astype(np.int64)


def _line_of(table: _Table, text: str) -> int | None:
    lines = table.data.decode("utf-8", "replace").splitlines()
    return next((n for n, line in enumerate(lines, 1) if n > table.skipped + 1 and text in line), None)


def _ordered(times: Times, table: _Table, frame: pd.DataFrame, notes: list[str]) -> Bars:
    prices = [frame[table.names[key]].to_numpy(np.float64) for key in ("open", "high", "low", "close")]
    volume = _amounts(table, frame, "volume", notes)
    turnover = _amounts(table, frame, "turnover", notes)
    columns = [*prices, np.zeros(len(times)) if volume is None else volume]
    columns.append(columns[4] * columns[3] if turnover is None else turnover)
    steps = np.diff(times)
    if (steps > 0).all():
        return Bars.of(times, *columns)
    if (steps < 0).any():
        notes.append(f"the rows were not in time order ({int((steps < 0).sum())} steps back); they were sorted")
    order = np.argsort(times, kind="stable")
    times = times[order]
    last = np.r_[times[1:] != times[:-1], True]
    if not last.all():
        notes.append(f"{int((~last).sum())} rows repeated a time; the last of each was kept")
    return Bars.of(times[last], *(column[order][last] for column in columns))


def _amounts(table: _Table, frame: pd.DataFrame, key: str, notes: list[str]) -> Floats | None:
    if key not in table.names:
        if key == "volume":
            notes.append("there is no volume column; volume is 0")
        return None
    values = frame[table.names[key]].to_numpy(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        notes.append(f"{int(bad.sum())} rows without a {key}; it is 0 there")
        values = np.where(bad, 0.0, values)
    return values


def timeframe_of(path: Path, times: Times) -> Timeframe:
    """The timeframe of rising open times: their most common step, or what the name of the file says.

    Raises `DataFormatError` when neither tells.
    """
    named = _named_timeframe(path)
    if len(times) < 2:
        if named is None:
            raise DataFormatError(
                f"{path}: one row does not tell the timeframe; put it into the file name, such as BTCUSDT_1m.csv",
                path=str(path),
            )
        return named
    step = _most_common(np.diff(times))
    if 28 * DAY <= step <= 31 * DAY and not (named and named.ms == WEEK):
        return TIMEFRAMES["1M"]
    found = next((t for t in TIMEFRAMES.values() if t.ms == step), None) or named
    if found is None:
        raise DataFormatError(
            f"{path}: rows are mostly {step / 60_000:g} minutes apart, which is none of the timeframes "
            + ", ".join(TIMEFRAMES),
            path=str(path),
        )
    return found


def _most_common(steps: Times) -> int:
    # what more than half are is also in the middle, and needs no sorting
    middle = int(np.partition(steps, len(steps) // 2)[len(steps) // 2])
    if 2 * np.count_nonzero(steps == middle) > len(steps):
        return middle
    different, counts = np.unique(steps, return_counts=True)
    return int(different[np.argmax(counts)])


def _named_timeframe(path: Path) -> Timeframe | None:
    if _stem(path) == "1month":
        return TIMEFRAMES["1M"]
    parts = re.split(r"[_\-. ]+", _stem(path))
    return next((timeframe(part) for part in reversed(parts) if part in TIMEFRAMES), None)


def symbol_of(path: Path) -> str:
    """The symbol that the name of the file (or of its folder, in our own layout) tells."""
    stem = _stem(path)
    if stem in TIMEFRAMES or stem == "1month":  # our own layout: SYMBOL/1m.csv
        return path.resolve().parent.name.upper()
    if pair := _pair_in(stem):
        return pair
    parts = [p for p in re.split(r"[_\-. ]+", stem) if p]
    return (parts[0] if parts else stem).upper()


def names_a_pair(path: Path) -> bool:
    """Whether the name of the file has a pair such as BTCUSDT in it, which is then what the file is of."""
    return bool(_pair_in(_stem(path)))


def _pair_in(stem: str) -> str:
    pair = _PAIR.search(stem) or _PAIR.search(stem.upper())
    return pair[1] + pair[2] if pair else ""


def _stem(path: Path) -> str:
    return re.sub(r"(\.csv|\.txt|\.tsv|\.json|\.jsonl|\.parquet|\.zip|\.gz)+$", "", path.name, flags=re.IGNORECASE)


def opened(bars: Bars, timeframe: Timeframe) -> Bars:
    """``bars`` whose times are those of their closes, with open times."""
    if timeframe.is_month:
        opens = np.array([timeframe.floor(int(t) - 1) for t in bars.time], np.int64)
    else:
        anchor = timeframe.floor(0)
        opens = (bars.time - 1 - anchor) // timeframe.ms * timeframe.ms + anchor
    keep = np.r_[opens[1:] != opens[:-1], True]
    return (
        Bars.of(opens, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)
        if keep.all()
        else (
            Bars.of(*(c[keep] for c in (opens, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)))
        )
    )


def _note_prices(bars: Bars, notes: list[str]) -> None:
    bad = bad_ohlc(bars)
    if bad.any():
        notes.append(f"{int(bad.sum())} candles have an impossible high or low, first at {bars.time[np.argmax(bad)]}")
    low = bars.low <= 0
    if low.any():
        notes.append(f"{int(low.sum())} candles have a price of zero or less, first at {bars.time[np.argmax(low)]}")


def bad_ohlc(bars: Bars) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where the high is not the highest or the low not the lowest of a candle's four prices."""
    top = np.maximum(bars.open, bars.close)
    bottom = np.minimum(bars.open, bars.close)
    return (bars.high < top) | (bars.low > bottom) | (bars.high < bars.low)
