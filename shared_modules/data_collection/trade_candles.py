"""Candles of our own from the trades of a market: right in any order of arrival, and never more sure than they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared_modules.core.market import Candle, PublicTrade
from shared_modules.core.timeframes import Timeframe

_GRACE_MS = 2_000
_REVISABLE = 3
_LONGEST_SILENCE = 500  # candles; a PC that slept for weeks must not invent thousands


@dataclass(frozen=True, slots=True)
class BuiltCandle:
    """A candle of ``trades`` trades; none means that it was closed by time alone and nobody traded at its price.

    ``complete``: every trade of its interval was there to be seen. ``candle.confirmed`` is False: the exchange has not
    spoken.
    """

    candle: Candle
    trades: int
    complete: bool


@dataclass(slots=True)
class Built:
    """What trades or time came to: candles ``closed`` in time order, those ``revised``, the running one if it moved."""

    closed: list[BuiltCandle] = field(default_factory=list)
    revised: list[BuiltCandle] = field(default_factory=list)
    updated: Candle | None = None


@dataclass(slots=True)
class _Interval:
    time: int
    price: float  # the close before it: what a candle without trades shows
    whole: bool
    ids: set[str] = field(default_factory=set)
    first: int = 0
    last: int = 0
    open: float = math.nan
    high: float = -math.inf
    low: float = math.inf
    close: float = math.nan
    volumes: list[float] = field(default_factory=list)
    turnovers: list[float] = field(default_factory=list)

    def add(self, trade: PublicTrade) -> None:
        """Count ``trade``; among those of one millisecond the order of arrival decides."""
        if not self.ids or trade.time < self.first:
            self.first, self.open = trade.time, trade.price
        if not self.ids or trade.time >= self.last:
            self.last, self.close = trade.time, trade.price
        self.high, self.low = max(self.high, trade.price), min(self.low, trade.price)
        self.volumes.append(trade.size)
        self.turnovers.append(trade.price * trade.size)
        self.ids.add(trade.id)

    @property
    def final_price(self) -> float:
        return self.close if self.ids else self.price

    def built(self) -> BuiltCandle:
        p = self.price
        prices = (self.open, self.high, self.low, self.close) if self.ids else (p, p, p, p)
        # exact sums: the order of arrival must not show in the last digit
        candle = Candle(self.time, *prices, math.fsum(self.volumes), math.fsum(self.turnovers))
        return BuiltCandle(candle, len(self.ids), self.whole)


class CandleBuilder:
    """Builds the candles of one market at one timeframe.

    A candle closes ``grace_ms`` after its end, told by the newest trade or by `advance`; trades that come out of order
    until then count as if they had come in order, repeated ones (by id) once. A later one revises one of the last
    three closed candles; what is older still is dropped and counted in ``dropped``. A silence of over 500 candles is
    passed over. Trades are taken to be complete from ``since`` on (ms UTC); without it, from the second candle on.
    """

    def __init__(self, timeframe: Timeframe, since: int | None = None, grace_ms: int = _GRACE_MS) -> None:
        self._timeframe = timeframe
        self._since = since
        self._grace = grace_ms
        self._open: dict[int, _Interval] = {}
        self._closed: dict[int, _Interval] = {}
        self._next: int | None = None  # open time of the candle that closes next
        self._now = -1
        self.duplicates = 0
        self.dropped = 0

    def add(self, trades: Iterable[PublicTrade]) -> Built:
        """Take in ``trades`` in any order."""
        built = Built()
        revised: set[int] = set()
        moved = False
        for trade in trades:
            interval = self._interval(trade)
            if interval is None:
                self.dropped += 1
            elif trade.id in interval.ids:
                self.duplicates += 1
            else:
                interval.add(trade)
                moved = True
                if interval.time in self._closed:
                    revised.add(interval.time)
            self._now = max(self._now, trade.time)
        built.revised = self._revised(revised)
        self._close(built)
        built.updated = self._running() if moved else None
        return built

    def advance(self, now: int) -> Built:
        """Let the exchange's clock be ``now`` (ms UTC) at least; closes what is due, with trades or without."""
        built = Built()
        self._now = max(self._now, now)
        self._close(built)
        return built

    def interrupt(self, now: int) -> None:
        """Trades may have been missed up to ``now``: no candle that began before is complete."""
        self._since = max(now, self._since or 0)
        for interval in self._open.values():
            interval.whole = False

    def _interval(self, trade: PublicTrade) -> _Interval | None:
        """The interval of ``trade``; None when it is too old to be counted."""
        time = self._timeframe.floor(trade.time)
        if self._next is None:
            self._next = time
            if self._since is None:
                self._since = self._timeframe.next(time)
        known = self._open.get(time) or self._closed.get(time)
        if known is not None or (time < self._next and not self._before_all(time)):
            return known
        self._next = min(self._next, time)
        interval = self._open[time] = _Interval(time, math.nan, self._whole(time))
        return interval

    def _before_all(self, time: int) -> bool:
        """Whether nothing was closed yet and ``time`` is still within the grace: the first trades came out of order."""
        return not self._closed and self._now < self._timeframe.next(time) + self._grace

    def _whole(self, time: int) -> bool:
        return self._since is not None and time >= self._since

    def _close(self, built: Built) -> None:
        while self._next is not None and self._now >= self._timeframe.next(self._next) + self._grace:
            if not self._open and self._now - self._next > _LONGEST_SILENCE * self._timeframe.ms:
                self._next = self._timeframe.floor(self._now)
                self.interrupt(self._now)
                return
            interval = self._open.pop(self._next, None)
            if interval is None:
                interval = _Interval(self._next, math.nan, self._whole(self._next))
            interval.price = self._price_before()
            self._closed[interval.time] = interval
            while len(self._closed) > _REVISABLE:
                del self._closed[next(iter(self._closed))]
            built.closed.append(interval.built())
            self._next = self._timeframe.next(self._next)

    def _price_before(self) -> float:
        last = next(reversed(self._closed.values()), None)
        return math.nan if last is None else last.final_price

    def _revised(self, times: set[int]) -> list[BuiltCandle]:
        """The closed candles at ``times``, and those without trades whose price follows from them."""
        found: list[BuiltCandle] = []
        before: _Interval | None = None
        for interval in self._closed.values():
            follows = before is not None and not interval.ids and interval.price != before.final_price
            if before is not None:
                interval.price = before.final_price
            if interval.time in times or follows:
                found.append(interval.built())
            before = interval
        return found

    def _running(self) -> Candle | None:
        newest = max(self._open, default=None)
        return None if newest is None else self._open[newest].built().candle
