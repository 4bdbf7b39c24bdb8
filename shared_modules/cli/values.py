"""Texts of the command line as values, each refused with a sentence that says what would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from typing import Any

from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import timeframe


def names(text: str | None) -> tuple[str, ...] | None:
    """'A,B' as a tuple of upper-case names; None stays None."""
    if text is None:
        return None
    found = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    if not found:
        raise InvalidInput(f"'{text}' names no symbol; write them like BTCUSDT,ETHUSDT")
    return found


def timeframes(text: str) -> tuple[str, ...]:
    """'1m,5m' as a tuple of known timeframe names."""
    found = tuple(timeframe(part.strip()).name for part in text.split(",") if part.strip())
    if not found:
        raise InvalidInput("no timeframe given; write them like 1m,5m,15m")
    return found


def retention(text: str) -> int | None:
    """A number of candles, or None for 'unlimited'."""
    if text.lower() in ("unlimited", "all", "none"):
        return None
    return _whole("retention", text, 1)


def count(text: str, what: str) -> int:
    """A whole number above zero."""
    return _whole(what, text, 1)


def symbols_or_number(text: str) -> int | tuple[str, ...]:
    """'50' as a number of symbols, 'BTCUSDT,ETHUSDT' as names."""
    return _whole("symbols", text, 1) if text.isdigit() else names(text) or ()


def _whole(what: str, text: str, low: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise InvalidInput(f"{what} must be a whole number of at least {low}, not '{text}'") from None
    if value < low:
        raise InvalidInput(f"{what} must be at least {low}, not {value}")
    return value


def positive(value: float, what: str) -> float:
    """``value``, refused unless above zero."""
    if not 0 < value < float("inf"):
        raise InvalidInput(f"{what} must be above 0, not {value:g}")
    return value


def assignments(texts: Sequence[str]) -> Mapping[str, Any]:
    """['fast=20', 'slow=50'] as a mapping of texts."""
    found = {}
    for text in texts:
        for part in text.split(","):
            name, equals, value = part.partition("=")
            if not equals or not name.strip() or not value.strip():
                raise InvalidInput(f"'{part}' does not set anything; write --set name=value, such as --set fast=20")
            found[name.strip()] = value.strip()
    return found


def moment(text: str | None) -> int | None:
    """A date, date and time (UTC) or milliseconds as ms UTC."""
    if text is None:
        return None
    if text.isdigit() and len(text) > 8:
        return int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'{text}' is no time; write 2025-03-01, 2025-03-01T12:00 or milliseconds") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def paths(texts: Sequence[str]) -> tuple[str, ...]:
    """Existing files; each text may list several with commas and hold wildcards, which Windows leaves to us."""
    found: list[str] = []
    for text in texts:
        for part in [text] if Path(text).is_file() else text.split(","):
            name = part.strip()
            matches = [name] if Path(name).is_file() else sorted(glob(name))
            if not matches:
                raise InvalidInput(f"there is no file {name}")
            found.extend(str(Path(match).resolve()) for match in matches)
    return tuple(dict.fromkeys(found))
