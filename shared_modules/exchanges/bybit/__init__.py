"""Bybit V5: REST through pybit in worker threads, sockets by our own client."""

from .market_data import BybitMarketData
from .stream import BybitStream

__all__ = ["BybitMarketData", "BybitStream"]
