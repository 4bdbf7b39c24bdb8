"""Replies to candle requests: newest first, the unfinished candle on top."""

from __future__ import annotations

import asyncio

import numpy as np

from shared_modules.core.timeframes import DAY, Timeframe

from .asked import Asked, Refused
from .contracts import Contract
from .feed import Feed, end_of_closed, running
from .figures import Figures
from .ticks import Row, shortest

_LONG = 40 * DAY


class CandleReplies:
    """Answers the four candle requests."""

    def __init__(self, feed: Feed, figures: Figures) -> None:
        self._feed, self._figures = feed, figures

    async def answer(self, asked: Asked, kind: str, now: int) -> dict[str, object]:
        """The reply for ``kind``: '' traded, 'mark', 'index' or 'premium'."""
        category = asked.category()
        symbol = asked.symbol()
        _, timeframe = asked.interval(symbol)
        limit = asked.limit(200, 1000)
        start, end = asked.time("start"), asked.time("end")
        if start is not None and end is not None and start > end:
            raise Refused("params error: start is after end")
        span = self._span(symbol, timeframe, start, end, limit, now)
        await self._prepare(symbol, timeframe, *span, limit)
        rows = self._rows(symbol, kind, timeframe, *span, limit, now)
        return {"symbol": symbol, "category": category, "list": rows}

    def _span(
        self, symbol: str, timeframe: Timeframe, start: int | None, end: int | None, limit: int, now: int
    ) -> tuple[int, int]:
        """First open and last open (both inclusive) that are asked for; a start alone counts forwards."""
        launch = self._feed.contracts[symbol].launch
        first = timeframe.floor(max(launch, 0 if start is None else start))
        last = now if end is None else min(end, now)
        if start is not None and end is None:
            step = 31 * DAY if timeframe.is_month else timeframe.ms
            last = min(last, first + (limit - 1) * step)
        return first, last

    async def _prepare(self, symbol: str, timeframe: Timeframe, first: int, last: int, limit: int) -> None:
        first = max(first, last - (limit + 1) * timeframe.ms)
        if last - first < _LONG:
            return
        for _ in self._feed.prepare(symbol, timeframe, first, last):
            await asyncio.sleep(0)  # others are answered meanwhile

    def _rows(
        self, symbol: str, kind: str, timeframe: Timeframe, first: int, last: int, limit: int, now: int
    ) -> list[list[str]]:
        rules = self._feed.contracts[symbol]
        if kind == "premium":
            return self._premium(rules, timeframe, first, last, limit)
        if kind:
            begin = max(first, timeframe.floor(last) - (limit + 1) * timeframe.ms)
            found = self._figures.kind_bars(symbol, kind, timeframe, begin, last + 1, now)
            rows = found[max(0, len(found) - limit) :].rows()
            return [self.row(rules, r)[:5] for r in reversed(rows)]
        rows = self._traded(symbol, timeframe, first, last, limit, now)
        return [self.row(rules, r) for r in reversed(rows)]

    def _traded(self, symbol: str, timeframe: Timeframe, first: int, last: int, limit: int, now: int) -> list[Row]:
        end = min(last + 1, end_of_closed(self._feed, symbol, timeframe, now))
        done = self._feed.bars(symbol, timeframe, first, end, limit)
        rows = done.rows()
        live = running(self._feed, symbol, timeframe, now)
        if live is not None and first <= live.time <= last:
            rows.append(live)
        return rows[-limit:]

    def _premium(self, rules: Contract, timeframe: Timeframe, first: int, last: int, limit: int) -> list[list[str]]:
        opens: list[int] = []
        time = timeframe.floor(last)
        while len(opens) < limit and time >= first:
            opens.append(time)
            time = timeframe.floor(time - 1)
        if not opens:
            return []
        times = np.array(opens, np.int64)
        edges = np.append(times, timeframe.next(opens[0]))
        rates = self._figures.funding(rules, edges) - 0.0001
        rows = []
        for i, t in enumerate(opens):
            a, b = float(rates[i]), float(rates[i - 1] if i else rates[-1])
            rows.append([str(t), *(f"{x:.6f}" for x in (a, max(a, b) + 0.00004, min(a, b) - 0.00004, b))])
        return rows

    @staticmethod
    def row(rules: Contract, r: Row) -> list[str]:
        """A candle as the exchange writes it."""
        p = rules.price_decimals
        prices = (shortest(x, p) for x in (r.open, r.high, r.low, r.close))
        return [
            str(r.time), *prices,
            shortest(r.volume, rules.size_decimals), shortest(r.turnover, rules.turnover_decimals),
        ]  # fmt: skip
