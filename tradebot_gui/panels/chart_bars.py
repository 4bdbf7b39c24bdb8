"""The candles of the shown series: loaded once, then live; nothing that closes while loading is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared_modules.core.bars import Bars
from shared_modules.core.errors import ExchangeError, Rejected
from shared_modules.core.events import CandleClosed, CandleUpdated
from shared_modules.core.market import Candle, Market, Series
from tradebot_gui.charts import ChartView
from tradebot_gui.desk import Desk

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine


class SeriesFeed:
    """Fills a chart from the engine and keeps it up to date."""

    def __init__(self, desk: Desk, view: ChartView) -> None:
        self._desk, self._view = desk, view
        self.series: Series | None = None
        self.loading = False
        self.reading = 0  # so many times the past is being read again
        self._opened = 0  # tells a load that another began while it waited
        self._waiting: list[Candle] = []
        self._closed_to = 0
        self._undo: Callable[[], None] | None = None

    async def open(self, series: Series, history: int) -> bool:
        """Show the newest ``history`` candles of ``series`` and follow it; False when another was asked for meanwhile.

        Stored candles are shown even when the exchange does not answer; then its error is raised after that.
        """
        self.close()
        self.series, self.loading = series, True
        mine = self._opened
        try:
            try:
                undo = await self._desk.engine.watch(series, history)
            except Rejected:
                await self._fill_from_store(series, history, mine)
                raise
            if mine != self._opened:
                undo()
                return False
            self._undo = undo
            await self._fill(series, history, mine)
            return mine == self._opened
        finally:
            if mine == self._opened:
                self.loading = False

    async def reload(self, history: int) -> None:
        """Read again what is shown, after it changed in the past; of an empty chart the newest ``history``."""
        series, data, mine = self.series, self._view.data, self._opened
        if series is None:
            return
        self.reading += 1
        try:
            if len(data):
                bars = await self._desk.engine.bars(series, int(data.time_of(data.first)))
            else:
                bars = await self._desk.engine.bars(series, limit=history)
        finally:
            self.reading -= 1
        if mine == self._opened:
            self._set(series, bars)

    def close(self) -> None:
        """Follow nothing any more."""
        if self._undo is not None:
            self._undo()
        self._undo = self.series = None
        self.loading = False
        self._opened += 1
        self._waiting, self._closed_to = [], 0

    def updated(self, event: CandleUpdated) -> None:
        # the newest update may be delivered after the close of its candle, which is final
        if event.series == self.series and not self.loading and event.candle.time > self._closed_to:
            self._view.update_candle(event.candle)

    def closed(self, event: CandleClosed) -> None:
        if event.series != self.series:
            return
        if self.loading or self.reading:
            self._waiting.append(event.candle)
        if self.loading:
            return
        self._closed_to = max(self._closed_to, event.candle.time)
        self._view.update_candle(event.candle)

    async def _fill_from_store(self, series: Series, history: int, mine: int) -> None:
        """Show what is stored of a series that the exchange does not have, such as one that is traded no more."""
        bars = await asyncio.to_thread(self._desk.engine.store.read, series, limit=history)
        if mine == self._opened:
            self._set(series, bars)

    async def _fill(self, series: Series, history: int, mine: int) -> None:
        engine = self._desk.engine
        trouble: ExchangeError | None = None
        try:
            bars = await engine.bars(series, limit=history)
        except ExchangeError as error:
            trouble, bars = error, (await engine.bars(series)).tail(history)
        if mine != self._opened:
            return
        self._set(series, bars)
        if trouble is not None:
            raise trouble

    def _set(self, series: Series, bars: Bars) -> None:
        last = int(bars.time[-1]) if len(bars) else -1
        self._closed_to = last
        running = self._desk.engine.unfinished(series)
        self._view.set_bars(bars, running if running is not None and running.time > last else None)
        waiting = self._waiting
        if not self.reading:
            self._waiting = []
        for candle in waiting:
            if candle.time > last:
                self._closed_to = candle.time
                self._view.update_candle(candle)


def stored_market(engine: Engine, symbol: str) -> Market | None:
    """The market called ``symbol`` on the engine's exchange of which candles are stored; reads the disk."""
    ours = engine.settings.exchange.name
    found = (s.market for s in engine.store.series() if s.market.symbol == symbol and s.market.exchange == ours)
    return next(found, None)
