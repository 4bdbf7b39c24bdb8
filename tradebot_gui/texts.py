"""Numbers and times as a person reads them: true minus, fixed digits, a dash for what is unknown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNKNOWN = "—"
# stands where streamer mode hides something
VEIL = "•••"
# the name of the zone that a person has chosen, whichever it is at the moment
CHOSEN = "chosen"
_chosen = "local"
_AMOUNT = re.compile(r"(?<![\d.,])[+−-]?\d[\d,]*\.\d\d(?!\d|\.\d|\s?%)")
# after a letter, a digit or a bracket it is a hyphen, a range or code
_MINUS = re.compile(r"(?<![\w.,()\-])-(?=\d)")
# an absolute path: its folders, which may have gaps in their names, and what follows the last of them
_FOLDER = r"""[^\s\\/:*?"<>|;,()][^\\/:*?"<>|;,()\n]*[\\/]"""
_PATH = re.compile(
    rf"""(?:(?:(?<![A-Za-z])[A-Za-z]:[\\/]|\\\\|•••[\\/])(?:{_FOLDER})*|(?<![\w.:/])/(?:{_FOLDER})+)"""
    r"""([^\s\\/:*?"<>|;,()']*)"""
)
_SHARE = re.compile(r"(\d)%")
_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def number(value: float | None, digits: int = 2, sign: bool = False) -> str:
    """``value`` with ``digits`` after the point and thousands set apart."""
    if value is None or not isfinite(value):
        return UNKNOWN
    shown = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    # a rounded nothing has no sign
    if shown[0] in "+-" and not any(c in "123456789" for c in shown):
        shown = shown[1:]
    return shown.replace("-", "−")


def veiled(text: str) -> str:
    """``text`` with dots in place of its amounts: numbers with two digits after the point that are no percentage."""
    return _AMOUNT.sub(VEIL, text)


def without_folders(text: str) -> str:
    """``text`` with dots in place of folders, which name the user; names of files in them stay."""
    return _PATH.sub(_file_alone, text.replace(str(Path.home()), VEIL))


def _file_alone(path: re.Match[str]) -> str:
    name = path[1]
    return f"{VEIL}/{name}" if "." in name.rstrip(".") else VEIL + name[len(name.rstrip(".")) :]


def typeset(sentence: str) -> str:
    """A sentence of the engine with its figures as all others: true minus, a gap before the per cent."""
    return _SHARE.sub(r"\1 %", _MINUS.sub("−", sentence))


def percent(fraction: float | None, digits: int = 2, sign: bool = True, unit: str = " %") -> str:
    """``fraction`` in percent, signed; without ``unit`` where the column's title has it."""
    if fraction is None or not isfinite(fraction):
        return UNKNOWN
    return number(fraction * 100, digits, sign) + unit


def short(value: float | None) -> str:
    """A large amount with K, M, B or T."""
    if value is None or not isfinite(value):
        return UNKNOWN
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            scaled = value / scale
            return number(scaled, 2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0) + letter
    return number(value, 2)


def seconds(value: float | None) -> str:
    """A span of time in its two largest units."""
    if value is None or not isfinite(value):
        return UNKNOWN
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    for size, big, small_size, small in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {big} {whole % size // small_size} {small}"
    return f"{whole} s"


@lru_cache(maxsize=8)
def zone(name: str) -> tzinfo | None:
    """The time zone called ``name``; None is the PC's own, also for a name nobody knows."""
    if name.upper() == "UTC":
        return UTC
    if name == "local":
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def lately(ms: int | None, zone_name: str = "UTC") -> str:
    """The time of day of what was today, else the day."""
    day = "%Y-%m-%d"
    now = int(datetime.now(UTC).timestamp() * 1000)
    today = when(ms, zone_name, day) == when(now, zone_name, day)
    return when(ms, zone_name, "%H:%M" if today else "%m-%d")


def when(ms: int | None, zone_name: str = "UTC", form: str = "%Y-%m-%d %H:%M") -> str:
    """The time ``ms`` (UTC) in the zone called ``zone_name``."""
    return _written(ms, _chosen if zone_name == CHOSEN else zone_name, form) if ms else UNKNOWN


def clock(ms: int | None, zone_name: str) -> str:
    """The time of day with its distance from UTC, such as '14:05:09 UTC+1'."""
    if not ms:
        return UNKNOWN
    day, offset = when(ms, zone_name, "%H:%M:%S %z").split()
    hours, minutes = f"{offset[0]}{int(offset[1:3])}", offset[3:5]
    away = "" if offset[1:5] == "0000" else hours if minutes == "00" else f"{hours}:{minutes}"
    return f"{day} UTC{away}".replace("-", "−")


def both(ms: int | None, zone_name: str = CHOSEN) -> str:
    """The time ``ms`` in the zone called ``zone_name`` and below it in UTC, where that is another."""
    if not ms:
        return UNKNOWN
    day = "%Y-%m-%d "
    here, there = (f"{when(ms, name, day)}{clock(ms, name)}" for name in (zone_name, "UTC"))
    return here if here == there else f"{here}\n{there}"


@lru_cache(maxsize=512)  # the rows of a table show few different times, again and again
def _written(ms: int, zone_name: str, form: str) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone(zone_name)).strftime(form)


def choose_zone(name: str) -> None:
    """Have `CHOSEN` mean the zone ``name`` from now on; what is on the screen has to be written again."""
    global _chosen
    _chosen = name
