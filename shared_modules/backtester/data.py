"""The bars of a backtest: read, resampled, cut."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.candle_copies import default_copies
from shared_modules.core.candle_files import read_candle_file
from shared_modules.core.errors import DataSourceError, InvalidInput
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe, timeframe

from .extras import Extras, read_extras
from .request import BacktestRequest, BarSource


@dataclass(frozen=True)
class SymbolData:
    """Candles of one symbol: as they came (``source``) and as they are traded (``bars``).

    Rows ``first`` to ``last`` (exclusive) of ``bars`` are inside the asked time; those before warm up. ``absent``: as
    `BarSource` has it.
    """

    symbol: str
    source: Bars
    source_frame: Timeframe
    bars: Bars
    frame: Timeframe
    first: int
    last: int
    extras: Extras = field(default_factory=Extras)
    absent: tuple[tuple[int, int, str], ...] = ()

    @cached_property
    def traded(self) -> Bars:
        whole = (self.first, self.last) == (0, len(self.bars))
        return self.bars if whole else self.bars[self.first : self.last]

    @cached_property
    def even(self) -> bool:
        """Whether each traded bar follows the one before without a gap."""
        return self.frame.is_month or remembered(self.traded, ("even", self.frame.ms), self._follows)

    def _follows(self) -> bool:
        from .passes import evenly

        time = self.traded.time
        return len(time) < 2 or bool(evenly(time, self.frame.ms))

    def higher(self, frame: Timeframe) -> Bars:
        """Whole bars of the longer timeframe ``frame``."""
        return resampled(self.source, self.source_frame, frame)


# what was found out about bars that are still in use; those of one session are played many times
_FOUND: WeakKeyDictionary[Bars, dict[Any, bool]] = WeakKeyDictionary()


def remembered(bars: Bars, question: Any, answer: Callable[[], bool]) -> bool:
    """The ``answer`` to ``question`` about ``bars``, asked for once."""
    known = _FOUND.setdefault(bars, {})
    if question not in known:
        known[question] = answer()
    return known[question]


def load(request: BacktestRequest, progress: Progress) -> tuple[tuple[SymbolData, ...], tuple[str, ...]]:
    """The data of all symbols by name, and sentences on what was found in the files."""
    found, notes = [], []
    for i, source in enumerate(request.sources):
        progress.step(i / len(request.sources), f"Reading {source.symbol or Path(source.path or '').name}")
        symbol, frame, bars, said = _read(source)
        notes += [f"{symbol}: {note}" for note in said]
        data = _cut(request, symbol, frame, bars, read_extras(source, frame))
        found.append(replace(data, absent=source.absent or _absent(source)))
    found.sort(key=lambda d: d.symbol)
    _check_together(found)
    return tuple(found), tuple(notes)


def _read(source: BarSource) -> tuple[str, Timeframe, Bars, tuple[str, ...]]:
    if source.bars is not None:
        return source.symbol, timeframe(source.timeframe), source.bars, ()
    frame = timeframe(source.timeframe) if source.timeframe else None
    path = Path(source.path or "")
    file = read_candle_file(path, symbol=source.symbol or None, timeframe=frame, copies=default_copies())
    return file.symbol, file.timeframe, file.bars, file.notes


def _absent(source: BarSource) -> tuple[tuple[int, int, str], ...]:
    """What the data folder knows of the holes in a file of its own."""
    if source.path is None:
        return ()
    from shared_modules.data_collection.provenance import absent_beside

    return absent_beside(Path(source.path)).rows()


def _cut(request: BacktestRequest, symbol: str, source_frame: Timeframe, source: Bars, extras: Extras) -> SymbolData:
    source = source.between(None, request.end)
    frame = source_frame if request.timeframe is None else timeframe(request.timeframe)
    bars = resampled(source, source_frame, frame)
    first = 0 if request.start is None else int(np.searchsorted(bars.time, request.start))
    if request.newest is not None:
        first = max(first, len(bars) - request.newest)
    if first >= len(bars):
        raise DataSourceError(f"{symbol} has no {frame} bars in the asked time", symbol=symbol)
    _check_prices(symbol, bars)
    if request.detail and extras.detail is None and frame != source_frame:
        extras = replace(extras, detail=source)
    return SymbolData(symbol, source, source_frame, bars, frame, first, len(bars), extras)


def resampled(bars: Bars, frame: Timeframe, to: Timeframe) -> Bars:
    """``bars`` of ``frame`` as bars of ``to``, without a first or last one that they cover in part.

    Raises `InvalidInput` when ``to`` is shorter, or no whole number of ``frame`` fits it.
    """
    if to == frame or not len(bars):
        return bars
    if to.ms < frame.ms:
        raise InvalidInput(f"{frame} bars can't be split into {to} bars; choose {frame} or longer")
    if not to.is_month and to.ms % frame.ms:
        raise InvalidInput(f"{to} bars can't be made of {frame} bars: {to} is no multiple of {frame}")
    start = 0 if to.floor(int(bars.time[0])) == bars.time[0] else 1
    whole = bars.resampled(to)
    complete = frame.next(int(bars.time[-1])) >= to.next(int(bars.time[-1]))
    return whole[start : len(whole) if complete else len(whole) - 1]


def _check_prices(symbol: str, bars: Bars) -> None:
    if remembered(bars, "prices", lambda: _all_prices(bars)):
        return
    for name in ("open", "high", "low", "close"):
        column = getattr(bars, name)
        good = np.isfinite(column) & (column > 0.0)
        if not good.all():
            row = int(np.argmin(good))
            at = datetime.fromtimestamp(int(bars.time[row]) / 1000, UTC)
            raise DataSourceError(
                f"{symbol}: the {name} of the bar of {at:%Y-%m-%d %H:%M} UTC is {column[row]}; prices must be above 0",
                symbol=symbol,
            )


def _all_prices(bars: Bars) -> bool:
    from .passes import all_prices

    return bool(all_prices(*(np.ascontiguousarray(c) for c in (bars.open, bars.high, bars.low, bars.close))))


def _check_together(found: list[SymbolData]) -> None:
    names = [d.symbol for d in found]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"there are two sources of candles for {name}; one is enough", symbol=name)
    frames = sorted({d.frame.name for d in found})
    if len(frames) > 1:
        raise InvalidInput(f"the sources have different timeframes ({', '.join(frames)}); choose one to resample to")
