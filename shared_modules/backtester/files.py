"""Candle files as the sources of a run, with what lies beside them, found by the symbols in their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared_modules.core.candle_files import CandleFile, names_a_pair, read_candle_file, symbol_of
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.paths import DataPaths, safe_name
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe, timeframe

from .data import resampled
from .request import BarSource

CANDLES = (".csv", ".csv.gz")


def candle_files(given: Iterable[Path]) -> list[Path]:
    """The files of ``given``, those in its folders too; raises `InvalidInput` where there is none."""
    found: list[Path] = []
    for path in given:
        inside = _inside(path) if path.is_dir() else [path]
        if not inside:
            raise InvalidInput(f"there is no candle file in {path}")
        if not path.exists():
            raise InvalidInput(f"there is no file {path}")
        found += inside
    return [path.resolve() for path in dict.fromkeys(found)]


def _inside(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.name.lower().endswith(CANDLES)]


def stored_files(paths: DataPaths, symbols: Sequence[str], frame: str | None) -> list[Path]:
    """The stored candles of ``symbols`` in the data folder, of ``frame`` or of the longest that makes it up.

    Without a ``frame`` a symbol needs exactly one series. Raises `InvalidInput` or `UnknownName` with what is there.
    """
    return [_stored(paths, symbol, frame) for symbol in symbols]


def _stored(paths: DataPaths, symbol: str, frame: str | None) -> Path:
    there = {path.stem: path for path in sorted(paths.candles.glob(f"*/*/{safe_name(symbol)}/*.csv"))
             if path.stem in TIMEFRAMES or path.stem == "1month"}  # fmt: skip
    if not there:
        known = {path.parent.name for path in paths.candles.glob("*/*/*/*.csv")}
        if not known:
            raise InvalidInput(f"the data folder {paths.root} holds no candles; collect, fetch or import some first")
        raise UnknownName.of("stored symbol", symbol, known)
    if frame is None:
        if len(there) > 1:
            raise InvalidInput(f"{symbol} is stored as {', '.join(there)}; choose one with a timeframe")
        return next(iter(there.values()))
    wanted = timeframe(frame)
    name = "1month" if wanted.is_month else wanted.name
    parts = [TIMEFRAMES[n] for n in there if n in TIMEFRAMES and TIMEFRAMES[n].ms < wanted.ms]
    fitting = [part for part in parts if wanted.is_month or wanted.ms % part.ms == 0]
    if name not in there and not fitting:
        raise InvalidInput(f"{symbol} is stored as {', '.join(there)}, of which no {frame} bars can be made")
    return there[name] if name in there else there[max(fitting, key=lambda part: part.ms).name]


def file_sources(
    files: Sequence[Path], to: str | None = None, detail: str | None = None, funding: Iterable[Path] = (),
    mark: Iterable[Path] = (), detail_files: Iterable[Path] = (),
) -> tuple[tuple[BarSource, ...], bool]:  # fmt: skip
    """The sources of ``files``, and whether those that are resampled decide themselves what came first within a bar.

    ``to``: the timeframe traded, the files' own when None. ``detail``: a timeframe made of the files, or the path of
    shorter bars; the rest as `with_files` has it. Raises `InvalidInput` for what does not go together.
    """
    of_frame = detail is not None and detail in TIMEFRAMES
    shorter = [*detail_files, *([] if of_frame or detail is None else [Path(detail)])]
    if of_frame and shorter:
        raise InvalidInput("give the detail as a timeframe or as files, not both")
    sources = with_files([BarSource(symbol_of(path), path=str(path)) for path in files], shorter, funding, mark)
    if not of_frame:
        return sources, False
    return _with_detail(sources, timeframe(str(detail)), to)


def with_files(
    sources: Sequence[BarSource], detail: Iterable[Path] = (), funding: Iterable[Path] = (), mark: Iterable[Path] = ()
) -> tuple[BarSource, ...]:
    """``sources`` with files of shorter bars, funding rates and mark prices in place of what they had of each.

    The files are found by symbol, in folders too. Raises `InvalidInput` where none is of a symbol of ``sources``.
    """
    symbols = [source.symbol for source in sources]
    beside = {
        "detail": _by_symbol(detail, symbols, "detail candles"),
        "funding": _by_symbol(funding, symbols, "funding"),
        "mark": _by_symbol(mark, symbols, "mark prices"),
    }
    found = []
    for source in sources:
        more: dict[str, Any] = {}
        for kind, files in beside.items():
            if source.symbol in files:
                more |= dict.fromkeys(_HANDED[kind]) | {f"{kind}_path": files[source.symbol]}
        found.append(replace(source, **more))
    return tuple(found)


_HANDED = {"detail": ("detail",), "funding": ("funding_time", "funding_rate"), "mark": ("mark",)}


def _by_symbol(given: Iterable[Path], symbols: Sequence[str], what: str) -> dict[str, str]:
    """The files of ``given`` by the symbol that they are of; a single one that names none belongs to a single one."""
    found = [p for path in given for p in (sorted(path.iterdir()) if path.is_dir() else [path])]
    if len(found) == len(symbols) == 1 and not names_a_pair(found[0]):
        return {symbols[0]: str(found[0])}
    named = {symbol_of(path): str(path) for path in found if symbol_of(path) in symbols}
    if found and not named:
        raise InvalidInput(f"no file with {what} is called after one of {', '.join(symbols)}")
    return named


def _with_detail(sources: Sequence[BarSource], wanted: Timeframe, to: str | None) -> tuple[tuple[BarSource, ...], bool]:
    found, own = [], []
    for source in sources:
        file: CandleFile = read_candle_file(Path(source.path or ""))
        if wanted.ms >= timeframe(to or file.timeframe).ms:
            raise InvalidInput(
                f"the detail must be shorter than the bars traded; {wanted} is not below {to or file.timeframe}: "
                f"give a longer timeframe to trade on"
            )
        own.append(wanted == file.timeframe)
        shorter = None if own[-1] else resampled(file.bars, file.timeframe, wanted)
        found.append(replace(source, timeframe=file.timeframe.name, detail=shorter))
    return tuple(found), all(own)
