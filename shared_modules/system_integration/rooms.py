"""The rooms that the engine builds when it starts, imported late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from shared_modules.core.errors import ExchangeError
from shared_modules.exchanges.base import MarketData, MarketStream

if TYPE_CHECKING:
    from shared_modules.data_collection.collector import Collector
    from shared_modules.data_collection.hybrid import HybridData
    from shared_modules.data_collection.store import CandleStore

T = TypeVar("T")


@dataclass(frozen=True)
class Rooms:
    """What makes each room of a running engine."""

    market_data: Callable[..., MarketData]
    stream: Callable[..., MarketStream]
    store: Callable[..., CandleStore]
    from_trades: Callable[..., MarketStream]
    hybrid: Callable[..., HybridData]
    collector: Callable[..., Collector]


def imported() -> Rooms:
    """The rooms, imported now; they bring heavy libraries."""
    from shared_modules.data_collection.collector import Collector
    from shared_modules.data_collection.hybrid import HybridData
    from shared_modules.data_collection.store import CandleStore
    from shared_modules.data_collection.trade_stream import TradeCandleStream
    from shared_modules.exchanges.bybit import BybitMarketData, BybitStream

    return Rooms(BybitMarketData, BybitStream, CandleStore, TradeCandleStream, HybridData, Collector)


def built(room: T | None) -> T:
    """``room``; raises `ExchangeError` while there is none."""
    if room is None:
        raise ExchangeError("the engine has not started yet; try again in a moment")
    return room
