"""The candles of a backtest, gathered before it starts: from memory, the data folder and the exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shared_modules.backtester.request import BarSource
from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.errors import DataSourceError, InvalidInput
from shared_modules.core.market import Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import Timeframe, timeframe
from shared_modules.data_collection.provenance import absent

if TYPE_CHECKING:
    from shared_modules.data_collection.extras import Table

# candles asked for at once: between two such parts there is progress, and a place to stop
CHUNK = 5_000
Tell = Callable[[float, str], None]


class Giver(Protocol):
    """What candles are asked of; the engine is one."""

    paths: DataPaths

    def market(self, symbol: str) -> Market: ...

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars: ...


@dataclass(frozen=True)
class Wanted:
    """Which candles: the newest ``bars`` of them, or those that open in [``start``, ``end``), ms UTC.

    ``warmup``: candles before ``start`` for the indicators. ``detail``: a shorter timeframe that decides what came
    first within a candle, '' for none. ``funding``: with the stored funding rates. ``mark``: with stored mark prices
    where there are any, of ``mark_timeframe`` ('': that of the candles). ``base``: a shorter timeframe that the candles
    will be put together from, '' for none.
    ``everything``: all that is stored, and what came since.
    """

    symbols: tuple[str, ...]
    timeframe: str
    bars: int | None = None
    start: int | None = None
    end: int | None = None
    warmup: int = 0
    detail: str = ""
    funding: bool = False
    mark: bool = False
    base: str = ""
    everything: bool = False
    mark_timeframe: str = ""

    @property
    def fetched(self) -> Timeframe:
        """The timeframe of the candles that are asked for."""
        return timeframe(self.base or self.timeframe)

    def __post_init__(self) -> None:
        if not self.symbols:
            raise InvalidInput("choose a symbol to test on")
        if len(set(self.symbols)) < len(self.symbols):
            raise InvalidInput("a symbol is named twice; once is enough")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise InvalidInput("the end of the range must come after its start")
        if self.detail and timeframe(self.detail).ms >= timeframe(self.timeframe).ms:
            raise InvalidInput(f"the detail timeframe must be shorter than {self.timeframe}, not {self.detail}")
        to, made = timeframe(self.timeframe), self.fetched
        if self.base and (made.ms >= to.ms or (not to.is_month and to.ms % made.ms)):
            raise InvalidInput(f"candles of {to} cannot be made of {made}; choose a shorter one that divides them")


async def gather(giver: Giver, wanted: Wanted, tell: Tell | None = None) -> tuple[BarSource, ...]:
    """The sources of a backtest on ``wanted``; ``tell`` hears the share done and what is fetched.

    Raises `UnknownName` for a symbol that is not listed and `DataSourceError` where there are too few candles or no
    funding, with what to do.
    """
    tell = tell or (lambda share, text: None)
    found = []
    for n, symbol in enumerate(wanted.symbols):
        market = giver.market(symbol)
        parts = _Parts(tell, n / len(wanted.symbols), 1 / len(wanted.symbols))
        found.append(await _source(giver, market, wanted, parts))
    tell(1.0, "")
    return tuple(found)


@dataclass(frozen=True)
class _Parts:
    """The share of one symbol: candles take four fifths of it without detail, one fifth with."""

    tell: Tell
    begin: float
    size: float

    def say(self, share: float, text: str) -> None:
        self.tell(self.begin + self.size * share, text)

    def part(self, begin: float, size: float) -> _Parts:
        return _Parts(self.tell, self.begin + self.size * begin, self.size * size)


async def _source(giver: Giver, market: Market, wanted: Wanted, parts: _Parts) -> BarSource:
    series = Series(market, wanted.fetched)
    share = 0.2 if wanted.detail else 0.9
    bars = await _candles(giver, series, wanted, parts.part(0.0, share))
    if len(bars) < 2:
        raise DataSourceError(f"there are no candles of {series} to test on; collect some or choose another range")
    detail = None
    # candles that are put together decide themselves where their own timeframe is the detail
    if wanted.detail and wanted.detail != wanted.base:
        finer = Series(market, timeframe(wanted.detail))
        first, last = int(bars.time[0]), series.timeframe.next(int(bars.time[-1]))
        detail = await _between(giver, finer, first, last, parts.part(share, 0.9 - share))
    time, rate, mark = None, None, None
    mark_frame = wanted.mark_timeframe or wanted.timeframe
    if wanted.funding:
        time, rate = await asyncio.to_thread(_funding, giver.paths, market)
    if wanted.mark:
        mark = await asyncio.to_thread(_mark, giver.paths, Series(market, timeframe(mark_frame)))
    known = await asyncio.to_thread(absent, giver.paths, series)
    return BarSource(
        market.symbol, series.timeframe.name, bars=bars, detail=detail, mark=mark,
        mark_timeframe=mark_frame if mark is not None else "", funding_time=time, funding_rate=rate,
        absent=known.rows(),
    )  # fmt: skip


async def _candles(giver: Giver, series: Series, wanted: Wanted, parts: _Parts) -> Bars:
    frame, traded = series.timeframe, timeframe(wanted.timeframe)
    count = (wanted.bars or CHUNK) * max(1, traded.ms // frame.ms)
    if wanted.everything:
        start = await asyncio.to_thread(_first_stored, giver.paths, series)
    elif wanted.start is None and wanted.end is None:
        return await _newest(giver, series, count, parts)
    elif wanted.start is None:
        end = wanted.end or 0
        return await _between(giver, series, max(0, end - count * frame.ms), end, parts)
    else:
        start = max(0, wanted.start - wanted.warmup * traded.ms)
    if wanted.end is not None:
        return await _between(giver, series, start, wanted.end, parts)
    newest = await giver.bars(series, limit=1)
    end = frame.next(int(newest.time[-1])) if len(newest) else start
    return await _between(giver, series, start, end, parts)


async def _newest(giver: Giver, series: Series, count: int, parts: _Parts) -> Bars:
    """The newest ``count`` candles, asked for backwards in parts."""
    found = [await giver.bars(series, limit=min(count, CHUNK))]
    have = len(found[0])
    while 0 < have < count and len(found[0]):
        parts.say(have / count, f"{series}: {have:,} of {count:,} candles")
        end = int(found[0].time[0])
        more = await giver.bars(series, max(0, end - min(CHUNK, count - have) * series.timeframe.ms), end)
        if not len(more):
            break
        found.insert(0, more)
        have += len(more)
    return _joined(found)[-count:]


async def _between(giver: Giver, series: Series, start: int, end: int, parts: _Parts) -> Bars:
    """The candles that open in [start, end), asked for in parts."""
    step = CHUNK * series.timeframe.ms
    found = []
    for at in range(start, end, step):
        parts.say((at - start) / max(1, end - start), f"{series}")
        found.append(await giver.bars(series, at, min(end, at + step)))
    return _joined(found)


def _first_stored(paths: DataPaths, series: Series) -> int:
    """When the stored candles of ``series`` begin, ms UTC."""
    try:
        with paths.series(series).open(encoding="utf-8") as file:
            next(file)
            return int(next(file).partition(",")[0])
    except (OSError, StopIteration, ValueError):
        raise DataSourceError(
            f"nothing of {series} is stored; collect or import it, or choose the newest candles or dates"
        ) from None


def _joined(parts: list[Bars]) -> Bars:
    full = [p for p in parts if len(p)]
    if len(full) < 2:
        return full[0] if full else Bars.empty()
    names = ("time", "open", "high", "low", "close", "volume", "turnover")
    whole = Bars(*(np.concatenate([getattr(p, name) for p in full]) for name in names))
    fresh = np.r_[True, whole.time[1:] > whole.time[:-1]]
    return whole if fresh.all() else Bars(*(getattr(whole, name)[fresh] for name in names))


def _funding(paths: DataPaths, market: Market) -> tuple[Times, Floats]:
    from shared_modules.data_collection.extras import Extra, ExtraKind, read_extra

    table = read_extra(paths, Extra(market, ExtraKind.FUNDING))
    if not len(table):
        raise DataSourceError(
            f"the data folder has no funding rates of {market.symbol}; fetch them, or switch funding off"
        )
    return table.time, table.values[:, 0]


def _mark(paths: DataPaths, series: Series) -> Bars | None:
    from shared_modules.data_collection.extras import Extra, ExtraKind, read_extra

    frame: Timeframe = series.timeframe
    table: Table = read_extra(paths, Extra(series.market, ExtraKind.MARK, frame))
    if not len(table):
        return None
    return Bars.of(table.time, *(table.values[:, n] for n in range(4)))
