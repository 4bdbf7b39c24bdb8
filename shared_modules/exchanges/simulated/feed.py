"""What the exchange's faces ask of a market behind it: rules, candles, and the trades inside the shortest candles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from shared_modules.core.timeframes import Timeframe

from .contracts import Contract
from .tape import Tape
from .ticks import Row, Ticks


class Feed(Protocol):
    """A market as a function of time: the same questions always have the same answers.

    It knows the whole path; the exchange tells of it what lies before its clock.
    """

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """What the exchange tells of its markets."""
        ...

    def relist(self, contract: Contract) -> None:
        """Tell other rules of a market; its path stays as it is."""
        ...

    def offers(self, symbol: str, timeframe: Timeframe) -> bool: ...

    def bars(self, symbol: str, timeframe: Timeframe, start: int, end: int, limit: int | None = None) -> Ticks:
        """Whole candles that open in [start, end), at most the newest ``limit``."""
        ...

    def tape(self, symbol: str, time: int) -> Tape | None:
        """The shortest candle that contains ``time`` with its trades; None where there is none."""
        ...

    def base(self, symbol: str) -> int:
        """Length of the shortest candle in ms."""
        ...

    def prepare(self, symbol: str, timeframe: Timeframe, start: int, end: int) -> Iterator[None]:
        """Compute what a long span needs in short steps, so that others can be served in between."""
        ...

    def coarse(self, symbol: str) -> Timeframe:
        """The timeframe at which a day is summed up cheaply."""
        ...


def closed(feed: Feed, symbol: str, timeframe: Timeframe, start: int, now: int, limit: int | None = None) -> Ticks:
    """Candles from ``start`` on whose time is over at ``now``."""
    return feed.bars(symbol, timeframe, start, end_of_closed(feed, symbol, timeframe, now), limit)


def end_of_closed(feed: Feed, symbol: str, timeframe: Timeframe, now: int) -> int:
    """The open time at and after which candles are not over at ``now``."""
    if timeframe.ms == feed.base(symbol):
        return now - timeframe.ms + 1  # a source may have candles off the grid
    return timeframe.floor(now)


def running(feed: Feed, symbol: str, timeframe: Timeframe, now: int) -> Row | None:
    """The unfinished candle at ``now``; None when it has no trade yet."""
    tape = feed.tape(symbol, now)
    last = None if tape is None else tape.so_far(now)
    if timeframe.ms == feed.base(symbol):
        return last
    start = timeframe.floor(now)
    before = past(feed, symbol, start, now if tape is None else tape.row.time)
    if before is None:
        return (
            None if last is None else Row(start, last.open, last.high, last.low, last.close, last.volume, last.turnover)
        )
    return before.then(last)


def past(feed: Feed, symbol: str, start: int, end: int) -> Row | None:
    """Everything traded in [start, end) as one candle, from the longest candles that fit."""
    coarse = feed.coarse(symbol)
    finest = _finest(feed, symbol)
    first = min(end, coarse.floor(start - 1 + coarse.ms))
    last = max(first, coarse.floor(end))
    parts = [
        feed.bars(symbol, finest, start, first),
        feed.bars(symbol, coarse, first, last),
        feed.bars(symbol, finest, last, end),
    ]
    return Ticks.joined([p for p in parts if len(p)]).whole(start)


def _finest(feed: Feed, symbol: str) -> Timeframe:
    return Timeframe("base", feed.base(symbol))
