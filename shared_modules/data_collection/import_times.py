"""The times of imported rows: numbers since 1970, milliseconds of a day, or written dates in any of the usual forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from shared_modules.core.bars import Flags, Times
from shared_modules.core.candle_files import in_ms
from shared_modules.core.errors import InvalidInput

from .table_files import is_number

if TYPE_CHECKING:
    import pandas as pd

TIME_FORMATS = ("auto", "s", "ms", "us", "ns", "day", "text", "day first", "month first")
_FACTORS = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_COMPACT = ("%Y%m%d %H%M%S", "%Y%m%d %H:%M:%S", "%Y%m%d %H%M", "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M")
_DAY_FIRST = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f")
_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000  # the years 2000 and 2100


class Wanted(Protocol):
    """What of a mapping concerns times."""

    @property
    def time_format(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def day(self) -> str: ...


def zone(name: str) -> tzinfo:
    """The time zone called ``name``, also as an offset such as +01:00; raises `InvalidInput`."""
    if name.strip().upper() in ("", "UTC", "Z", "GMT"):
        return UTC
    if m := re.fullmatch(r"\s*(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?\s*", name, re.IGNORECASE):
        shift = timedelta(hours=int(m[2]), minutes=int(m[3] or 0))
        if shift < timedelta(hours=24):
            return timezone(shift if m[1] == "+" else -shift)
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError):
        raise InvalidInput(f"there is no time zone '{name}'; write UTC, +01:00 or Europe/Berlin") from None


def shown(ms: int) -> str:
    """A time for a person, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def is_time(cell: str) -> bool:
    """Whether ``cell`` looks like a date or a number of a time."""
    if is_number(cell):
        return float(cell) >= 0
    return bool(re.match(r"\d{4}[-./]\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{8}(\s|$)", cell))


def guess(first: str, cells: Sequence[str]) -> str:
    """Which of `TIME_FORMATS` the ``cells`` are in."""
    if is_number(first) and not re.fullmatch(r"20\d{6}(\d{4}|\d{6})?", first):
        numbers = [float(c) for c in cells if is_number(c)]
        return "day" if max(numbers, default=0.0) < 86_400_000 else "auto"
    match = re.match(r"(\d{1,2})[./-](\d{1,2})[./-]\d{4}", first)
    if not match:
        return "text"
    pairs = [m for c in cells if (m := re.match(r"(\d{1,2})[./-](\d{1,2})[./-]", c))]
    if any(int(m[1]) > 12 for m in pairs):
        return "day first"
    if any(int(m[2]) > 12 for m in pairs):
        return "month first"
    return "day first" if "." in match[0] else "month first"


def times(column: pd.Series[Any], clock: pd.Series[Any] | None, wanted: Wanted) -> tuple[Times, Flags]:
    """Open times in ms UTC, and which rows have none; raises `InvalidInput` for a form or zone that is none."""
    form = wanted.time_format
    if form not in TIME_FORMATS:
        raise InvalidInput(f"'{form}' is no form of times; there are: {', '.join(TIME_FORMATS)}")
    if form in ("auto", *_FACTORS, "day"):
        numbers = _numbers(column)
        found = np.isfinite(numbers)
        if form == "auto" and not found.any():
            form = "text"
        else:
            return _since(numbers, found, form, wanted.day)
    texts = column.astype("str").str.strip()
    if clock is not None:
        texts = texts + " " + clock.astype("str").str.strip()
    return _written(texts, form, zone(wanted.time_zone))


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return np.full(len(column), np.nan)
    return np.asarray(pd.to_numeric(column, errors="coerce"), np.float64)


def _since(numbers: Any, found: Flags, form: str, day: str) -> tuple[Times, Flags]:
    safe = np.where(found, numbers, np.median(numbers[found]) if found.any() else 0.0)
    if form == "day":
        ms = safe + datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000
        found = found & (safe >= 0) & (safe < 86_400_000)
    else:
        ms = in_ms(safe) if form == "auto" else safe * _FACTORS[form]
    # an end such as ...59.999999 s must not round up into the next candle
    whole = np.floor(ms + 1e-3).astype(np.int64)
    return whole, ~(found & (whole >= _EARLIEST) & (whole < _LATEST))


def _written(texts: pd.Series[Any], form: str, where: tzinfo) -> tuple[Times, Flags]:
    import pandas as pd

    parsed = _parsed(texts, form, where)
    bad = np.asarray(parsed.isna())
    plain = pd.Series(parsed).dt.tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64)
    return np.where(bad, 0, plain), bad | (plain < _EARLIEST) | (plain >= _LATEST)


def _parsed(texts: pd.Series[Any], form: str, where: tzinfo) -> pd.Series[Any]:
    """``texts`` as times in UTC; NaT for what is none."""
    import pandas as pd

    offset = texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    if form == "text" and bool(offset.any()):
        return pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    best: pd.Series[Any] | None = None
    for pattern in _patterns(form):
        parsed = pd.to_datetime(texts, format=pattern, errors="coerce")
        if best is None or parsed.isna().sum() < best.isna().sum():
            best = parsed
        if not best.isna().any():
            break
    assert best is not None
    local = best.dt.tz_localize(where, ambiguous="NaT", nonexistent="NaT")
    found: pd.Series[Any] = local.dt.tz_convert("UTC")
    return found


def _patterns(form: str) -> list[str]:
    if form == "text":
        dotted = [f"%Y{s}%m{s}%d{clock}" for s in "./" for clock in _CLOCKS]
        return ["ISO8601", *_COMPACT, *dotted]
    days = _DAY_FIRST if form == "day first" else _MONTH_FIRST
    return [day + clock for day in days for clock in _CLOCKS]
