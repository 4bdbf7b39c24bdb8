"""Looks at the market for all alerts, whether or not a chart is open."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from shared_modules.core.bars import Bars
from shared_modules.core.bus import EventBus
from shared_modules.core.errors import ExchangeError, TradeBotError, UnknownName
from shared_modules.core.events import AlertFired, AlertsChanged, CandleClosed, TickerUpdated
from shared_modules.core.market import Instrument, Market, Series
from shared_modules.core.timeframes import timeframe

from .alert import Alert, crossed, number
from .book import AlertBook, Fired

_log = logging.getLogger(__name__)


class Source(Protocol):
    """Where prices and candles come from."""

    bus: EventBus

    def market(self, symbol: str) -> Market: ...

    def instrument(self, symbol: str) -> Instrument | None: ...

    def watch_tickers(self, symbols: Iterable[str]) -> Callable[[], None]: ...

    async def watch(self, series: Series, history: int = 0) -> Callable[[], None]: ...

    async def bars(
        self, series: Series, start: int | None = None, end: int | None = None, limit: int | None = None
    ) -> Bars: ...

    def notice(self, level: str, text: str) -> None: ...

    def spawn(self, work: Any) -> None: ...


class AlertWatch:
    """Owns the alerts; what is told goes to the bus as `AlertFired` and into the book."""

    def __init__(self, source: Source, book: AlertBook) -> None:
        self._source, self._book = source, book
        self._undo: list[Callable[[], None]] = []
        self._tickers: Callable[[], None] = lambda: None
        self._watched: dict[Series, tuple[int, Callable[[], None]]] = {}  # candles asked for, and how to end it
        self._following = asyncio.Lock()
        self._by_symbol: dict[str, list[str]] = {}
        self._started = False

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return self._book.alerts

    @property
    def history(self) -> tuple[Fired, ...]:
        return self._book.history

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Read the book; the market is followed from `follow` on."""
        for sentence in await asyncio.to_thread(self._book.load):
            self._source.notice("warning", sentence)
        bus = self._source.bus
        self._undo = [bus.subscribe(TickerUpdated, self._ticked), bus.subscribe(CandleClosed, self._closed)]
        self._started = True
        self._sort()

    async def close(self) -> None:
        """Stop looking and keep how far every line was from its goal."""
        if not self._started:
            return
        self._started = False
        for undo in (*self._undo, self._tickers, *(undo for _, undo in self._watched.values())):
            undo()
        self._watched.clear()
        await self._save()

    async def follow(self) -> None:
        """Ask the exchange for what the active alerts need, and let go of the rest."""
        async with self._following:
            active = [a for a in self._book.alerts if a.active]
            known = [a for a in active if self._source.instrument(a.symbol) is not None]
            self._tickers()
            self._tickers = self._source.watch_tickers(sorted({a.symbol for a in known if a.is_tick}))
            wanted: dict[Series, int] = {}
            for alert in known:
                if not alert.is_tick:
                    series = self._series(alert)
                    wanted[series] = max(alert.bars, wanted.get(series, 0))
            for series in set(self._watched).difference(wanted):
                self._watched.pop(series)[1]()
            for series, bars in wanted.items():
                if bars > self._watched.get(series, (0, None))[0]:
                    await self._watch(series, bars)

    async def _watch(self, series: Series, bars: int) -> None:
        """Have the newest ``bars`` candles at hand: each close would ask the exchange for them otherwise."""
        before = self._watched.get(series)
        try:
            self._watched[series] = bars, await self._source.watch(series, bars)
        except ExchangeError as error:
            self._source.notice("warning", f"Alerts on {series} wait: {error}")
            return
        if before is not None:
            before[1]()

    # -- what a person does ---------------------------------------------------------------------------------------

    async def put(self, alert: Alert) -> None:
        """Take in a new alert, or another version of one that is there; raises `UnknownName` for its symbol."""
        if self._source.instrument(alert.symbol) is None:
            self._source.market(alert.symbol)
        self._book.put(alert)
        await self._changed()

    async def set_active(self, id: str, active: bool) -> None:
        """Arm or rest an alert; one that is armed looks afresh at where the line is."""
        self._book.put(replace(self._book.alert(id), active=active, last=None))
        await self._changed()

    async def remove(self, id: str) -> None:
        self._book.remove(id)
        await self._changed()

    async def clear_history(self) -> None:
        self._book.clear_history()
        await self._changed()

    async def _changed(self) -> None:
        self._sort()
        self._source.bus.publish(AlertsChanged())
        await self._save()
        try:
            await self.follow()
        except UnknownName as error:
            self._source.notice("warning", str(error))

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self._book.save)
        except OSError as error:
            self._source.notice("error", f"The alerts were not saved: {error.strerror}.")

    # -- looking --------------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        """Ids of the alerts on ticks by symbol: a tick must not go through all alerts."""
        self._by_symbol = {}
        for alert in self._book.alerts:
            if alert.active and alert.is_tick:
                self._by_symbol.setdefault(alert.symbol, []).append(alert.id)

    def _ticked(self, event: TickerUpdated) -> None:
        ids = self._by_symbol.get(event.market.symbol)
        if not ids:
            return
        price, time = event.ticker.last, event.ticker.time
        for id in tuple(ids):
            alert = self._book.alert(id)
            if alert.over(time):
                self._expire(alert)
                continue
            now = price - alert.goal(time)
            if math.isfinite(now):
                self._judge(alert, alert.last, now, price, time)

    def _closed(self, event: CandleClosed) -> None:
        symbol, frame = event.series.market.symbol, event.series.timeframe.name
        waiting = [a.id for a in self._book.alerts if a.active and a.symbol == symbol and a.timeframe == frame]
        if waiting:
            self._source.spawn(self._judge_closed(event, waiting))

    async def _judge_closed(self, event: CandleClosed, ids: list[str]) -> None:
        alerts = [alert for id in ids if (alert := self._book.find(id)) is not None]
        need = max((alert.bars for alert in alerts), default=0)
        try:
            bars = await self._source.bars(event.series, limit=need)
        except ExchangeError as error:
            _log.warning("alerts on %s were not judged: %s", event.series, error)
            return
        end = int(bars.time.searchsorted(event.candle.time, side="right"))
        for alert in alerts:
            try:
                before, now, value = await asyncio.to_thread(_differences, alert, bars, end)
            except TradeBotError as error:
                self._source.notice("warning", f"The alert '{alert.sentence()}' could not be judged: {error}")
                continue
            closed = event.series.timeframe.next(event.candle.time)
            if (present := self._still(alert)) is None:
                continue
            if present.expires is not None and closed > present.expires:
                self._expire(present)
            else:
                self._judge(present, before, now, value, closed)

    def _still(self, alert: Alert) -> Alert | None:
        """``alert`` as it is now, if it waits for the same as before: a person may have changed or deleted it."""
        known = self._book.find(alert.id)
        if known is None or not known.active or replace(known, last=alert.last, fired=alert.fired) != alert:
            return None
        return known

    def _expire(self, alert: Alert) -> None:
        """Let ``alert`` rest, whose time is over."""
        self._book.put(replace(alert, active=False))
        _log.info("alert expired: %s", alert.sentence())
        self._source.spawn(self._changed())

    def _judge(self, alert: Alert, before: float | None, now: float, value: float, time: int) -> None:
        kept = replace(alert, last=now)
        if not crossed(before, now, alert.crossing):
            if kept.last != alert.last:
                self._book.put(kept)
            return
        kept = replace(kept, fired=alert.fired + 1, active=alert.repeat)
        self._book.put(kept)
        self._tell(kept, value, time)

    def _tell(self, alert: Alert, value: float, time: int) -> None:
        of = self._source.instrument(alert.symbol)
        digits = of.price_decimals if of is not None and alert.line.is_price else None
        shown = number(value, digits)
        note = f" {alert.note}" if alert.note else ""
        text = f"{alert.sentence(digits)}: {shown}.{note}"
        self._book.tell(Fired(time, alert.id, alert.symbol, value, text))
        self._sort()
        _log.info("alert: %s", text)
        bus = self._source.bus
        bus.publish(AlertFired(alert.id, alert.symbol, time, value, text, alert.sound, alert.tone))
        bus.publish(AlertsChanged())
        self._source.spawn(self._save())

    def _series(self, alert: Alert) -> Series:
        return Series(self._source.market(alert.symbol), timeframe(alert.timeframe))


def _differences(alert: Alert, bars: Bars, end: int) -> tuple[float | None, float, float]:
    """How far the line lay above its goal at the last two of the first ``end`` bars, and the line's last value."""
    if end < 2:
        return None, math.nan, math.nan
    bars = bars[:end]
    line = alert.line.values(bars)[-2:]
    if alert.against is not None:
        before, now = alert.against.values(bars)[-2:]
    else:
        frame = timeframe(alert.timeframe)
        before, now = (alert.goal(frame.next(int(time))) for time in bars.time[-2:])
    return float(line[0] - before), float(line[1] - now), float(line[1])
