"""Bybit's market data on request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from shared_modules.core.bars import Bars
from shared_modules.core.clock import Clock, SystemClock
from shared_modules.core.market import (
    Category,
    FundingRate,
    Instrument,
    Market,
    OpenInterest,
    OrderBook,
    PublicTrade,
    Series,
    Ticker,
)
from shared_modules.core.settings import ExchangeSettings
from shared_modules.core.timeframes import Timeframe
from shared_modules.exchanges.ban import Ban
from shared_modules.exchanges.base import CandleKind, CandlePage, Capabilities, Priority, RequestHealth
from shared_modules.exchanges.breaker import Breaker, BreakerState
from shared_modules.exchanges.throttle import Throttle

from . import codes, names, parse
from .rest import Reply, RestClient, Tap

T = TypeVar("T")
# a candle may still change this long after its end, by the exchange's clock
SETTLE_MS = 2_000
_PAGE = 200
_SAMPLES = 5
# the exchange bans an address above 600 requests in 5 s: burst + 5 * rate must stay below
_MOST_BURST = 50.0


class BybitMarketData:
    """`MarketData` of Bybit V5; ``settings.rest_url`` may be any server that speaks it.

    ``ban_file``: where a ban of our address is kept, so that a restart does not ask during it. ``tap`` is told
    of every answer as it came.
    """

    def __init__(
        self,
        settings: ExchangeSettings,
        clock: Clock | None = None,
        throttle: Throttle | None = None,
        *,
        breaker: Breaker | None = None,
        ban_file: Path | None = None,
        tap: Tap | None = None,
    ) -> None:
        clock = clock or SystemClock()
        rate = settings.requests_per_second
        self._settings = settings
        self._breaker = breaker or Breaker(clock=clock)
        self._rest = RestClient(
            settings,
            clock,
            throttle or Throttle(rate, min(rate, _MOST_BURST), slots=settings.rest_workers, clock=clock),
            self._breaker,
            Ban(ban_file, codes.BREAKER_SECONDS, clock),
            tap,
        )

    @property
    def breaker(self) -> BreakerState:
        """Whether requests are made, held back, or tried one by one."""
        return self._breaker.state

    def requests(self) -> RequestHealth:
        return self._rest.health()

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def capabilities(self) -> Capabilities:
        return names.CAPABILITIES

    async def server_time(self) -> int:
        return (await self._server_time()).time

    async def clock_offset(self) -> float:
        """Exchange time minus ours in ms: of five samples the one with the shortest round trip."""
        samples = [await self._server_time() for _ in range(_SAMPLES)]
        best = min(samples, key=lambda s: s.took)
        return best.value - (best.sent + best.took * 500)

    async def instruments(self, category: Category) -> list[Instrument]:
        """What trades now in ``category``: all contract types and settle coins of it."""

        def read(result: Any, _: int) -> tuple[list[Instrument], str]:
            return parse.instruments(result, self.name, category), parse.cursor(result)

        found: dict[str, Instrument] = {}
        seen: set[str] = set()
        cursor = ""
        while True:
            page = await self._ask(
                "get_instruments_info", read, Priority.LIVE, category=category.value, limit=1000, cursor=cursor or None
            )
            listed, cursor = page.value
            found.update((i.symbol, i) for i in listed)
            if not listed or not cursor or cursor in seen:
                return list(found.values())
            seen.add(cursor)

    async def candles(
        self,
        series: Series,
        start: int,
        end: int,
        *,
        kind: CandleKind = CandleKind.TRADED,
        priority: Priority = Priority.HISTORY,
    ) -> CandlePage:
        """Candles with open times in [start, end); the newest 1000 of them.

        A candle counts as finished 2 s of exchange time after its end. ``unfinished`` is the one that follows the
        finished ones, so that both together have no hole.
        """
        if end <= start:
            return CandlePage(Bars.empty(), None, await self.server_time())
        start = _newest_page(series.timeframe, start, end)
        reply = await self._ask(
            names.CANDLE_METHODS[kind],
            lambda result, _: parse.bars(result),
            priority,
            category=series.market.category.value,
            symbol=series.market.symbol,
            interval=names.interval(series.timeframe),
            start=start,
            end=end - 1,  # Bybit's is inclusive
            limit=names.CAPABILITIES.candles_per_request,
        )
        return split(reply.value.between(start, end), series.timeframe, reply.time)

    async def tickers(self, category: Category) -> list[Ticker]:
        return (await self._ask("get_tickers", parse.tickers, Priority.LIVE, category=category.value)).value

    async def order_book(self, market: Market, depth: int = 50) -> OrderBook:
        return await self._of(market, "get_orderbook", parse.order_book, limit=max(1, min(depth, 1000)))

    async def recent_trades(self, market: Market, limit: int = 500) -> list[PublicTrade]:
        most = 60 if market.category is Category.SPOT else 1000
        return await self._of(market, "get_public_trade_history", parse.recent_trades, limit=max(1, min(limit, most)))

    async def funding_history(self, market: Market, start: int, end: int) -> list[FundingRate]:
        found: dict[int, FundingRate] = {}
        last = end - 1
        while last >= start:
            page = await self._of(
                market, "get_funding_rate_history", parse.funding_rates, startTime=start, endTime=last, limit=_PAGE
            )
            new = {f.time: f for f in page if start <= f.time <= last}
            if not new:
                break
            found.update(new)
            last = min(new) - 1
        return [found[t] for t in sorted(found)]

    async def open_interest(self, market: Market, start: int, end: int, interval: Timeframe) -> list[OpenInterest]:
        def read(result: Any) -> tuple[list[OpenInterest], str]:
            return parse.open_interest(result), parse.cursor(result)

        spacing = names.open_interest_interval(interval)
        found: dict[int, OpenInterest] = {}
        seen: set[str] = set()
        cursor = ""
        while end > start:
            page, cursor = await self._of(
                market, "get_open_interest", read,
                intervalTime=spacing, startTime=start, endTime=end - 1, limit=_PAGE, cursor=cursor or None,
            )  # fmt: skip
            found.update((o.time, o) for o in page if start <= o.time < end)
            if not page or page[0].time <= start or not cursor or cursor in seen:
                break
            seen.add(cursor)
        return [found[t] for t in sorted(found)]

    async def close(self) -> None:
        await self._rest.close()

    async def _server_time(self) -> Reply[float]:
        return await self._ask("get_server_time", parse.server_time, Priority.LIVE)

    async def _of(self, market: Market, method: str, read: Callable[[Any], T], **parameters: Any) -> T:
        where = {"category": market.category.value, "symbol": market.symbol}
        return (await self._ask(method, lambda result, _: read(result), Priority.LIVE, **where, **parameters)).value

    async def _ask(self, method: str, read: Callable[[Any, int], T], priority: Priority, **p: Any) -> Reply[T]:
        return await self._rest.ask(method, read, priority, **p)


def _newest_page(timeframe: Timeframe, start: int, end: int) -> int:
    """``start``, moved so that [start, end) holds no more candles than one answer."""
    if timeframe.is_month:
        return start
    oldest = timeframe.floor(end - 1) - (names.CAPABILITIES.candles_per_request - 1) * timeframe.ms
    return max(start, oldest)


def split(bars: Bars, timeframe: Timeframe, server_time: int) -> CandlePage:
    """``bars`` parted at ``server_time`` into the finished ones and the first that is not."""
    finished = len(bars)
    while finished and timeframe.next(int(bars.time[finished - 1])) + SETTLE_MS > server_time:
        finished -= 1
    unfinished = bars.candle(finished, confirmed=False) if finished < len(bars) else None
    return CandlePage(bars[:finished], unfinished, server_time)
