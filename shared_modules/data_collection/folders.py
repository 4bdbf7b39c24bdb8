"""Which series lie in the candle folder: the way back from a path to a series."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths, plain_name
from shared_modules.core.timeframes import TIMEFRAMES


def series_of(name: str) -> Series | None:
    """The series whose file is ``name`` relative to the candle folder; None for a file that is not ours."""
    parts = PurePosixPath(name).parts
    if len(parts) != 4 or not parts[3].endswith(".csv"):
        return None
    stem = parts[3].removesuffix(".csv")
    timeframe = TIMEFRAMES["1M"] if stem == "1month" else TIMEFRAMES.get(stem)
    try:
        category = Category(parts[1])
    except ValueError:
        return None
    if timeframe is None or timeframe.is_month != (stem == "1month"):
        return None
    return Series(Market(plain_name(parts[0]), category, plain_name(parts[2])), timeframe)


def series_in(paths: DataPaths) -> list[Series]:
    """The series that have a file, by market and length of their candles."""
    root: Path = paths.candles
    names = (path.relative_to(root).as_posix() for path in root.glob("*/*/*/*.csv"))
    found = [series for series in map(series_of, names) if series is not None]
    return sorted(found, key=lambda s: (s.market, s.timeframe.ms))


def series_touched(paths: DataPaths) -> list[Series]:
    """The series that have a file or had one and were deleted: those of which something was recorded."""
    root: Path = paths.candles
    names = (path.relative_to(root).as_posix() for path in root.glob("*/*/*/*.provenance.jsonl"))
    past = (series_of(name.replace(".provenance.jsonl", ".csv")) for name in names)
    found = {*series_in(paths), *(series for series in past if series is not None)}
    return sorted(found, key=lambda s: (s.market, s.timeframe.ms))
