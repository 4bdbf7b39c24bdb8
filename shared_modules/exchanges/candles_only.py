"""What a market of which only candles are known answers to every other question."""

from __future__ import annotations

from shared_modules.core.errors import Rejected
from shared_modules.core.market import (
    Category,
    FundingRate,
    Instrument,
    Market,
    OpenInterest,
    OrderBook,
    PublicTrade,
    Ticker,
)
from shared_modules.core.timeframes import Timeframe

from .base import RequestHealth


class CandlesOnly:
    """The part of `MarketData` beside its candles and its clock, for a source that has nothing else."""

    def requests(self) -> RequestHealth:
        """Nobody is asked, so nothing can fail."""
        return RequestHealth(0, 0, 0, 0.0, None, "")

    async def clock_offset(self) -> float:
        return 0.0

    async def instruments(self, category: Category) -> list[Instrument]:
        return []

    async def tickers(self, category: Category) -> list[Ticker]:
        return []

    async def order_book(self, market: Market, depth: int = 50) -> OrderBook:
        """Raises `Rejected`: an empty book would be a statement about the market."""
        raise Rejected(f"no order book of {market.symbol} can be asked for: only candles are known here")

    async def recent_trades(self, market: Market, limit: int = 500) -> list[PublicTrade]:
        return []

    async def funding_history(self, market: Market, start: int, end: int) -> list[FundingRate]:
        return []

    async def open_interest(self, market: Market, start: int, end: int, interval: Timeframe) -> list[OpenInterest]:
        return []

    async def close(self) -> None:
        return
