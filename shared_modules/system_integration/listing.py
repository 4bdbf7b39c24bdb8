"""What the exchange lists: its instruments and the newest ticker of each."""

from __future__ import annotations

import asyncio
import logging

from shared_modules.core.errors import ExchangeError, Unreachable
from shared_modules.core.log import operation, timed
from shared_modules.core.market import Category, Instrument, Ticker
from shared_modules.exchanges.base import MarketData

_log = logging.getLogger(__name__)


class Listing:
    """Instruments and tickers by symbol; empty until the exchange has answered."""

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.tickers: dict[str, Ticker] = {}
        self._waiting: list[asyncio.Future[None]] = []

    async def load(self, data: MarketData, category: Category) -> tuple[Instrument, ...]:
        """Ask ``data`` and tell whoever waits; raises `ExchangeError` when it does not answer."""
        try:
            with operation("instruments"), timed(_log, "reading the list of instruments", 2.0):
                found = await data.instruments(category)
                tickers = await data.tickers(category)
        except ExchangeError as error:
            self._tell(Unreachable(str(error)))
            raise
        # the linear category also lists dated futures and USDC contracts, which this version does not trade
        kept = tuple(i for i in found if i.contract_type != "LinearFutures" and i.settle in ("USDT", i.base))
        self.instruments = {i.symbol: i for i in kept}
        for ticker in tickers:
            self.tickers.setdefault(ticker.symbol, ticker)
        self._tell(None)
        return kept

    async def loaded(self, patient: bool) -> None:
        """Return when the instruments are there; if not ``patient``, raise `Unreachable` at a first failure."""
        while not self.instruments:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except Unreachable:
                if not patient:
                    raise

    def _tell(self, error: Unreachable | None) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(error) if error else waiter.set_result(None)
