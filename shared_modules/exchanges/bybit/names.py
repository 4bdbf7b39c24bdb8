"""How Bybit calls what we know by our own names: intervals, topics, paths."""

import re

from shared_modules.core.errors import OutOfRange, UnknownName
from shared_modules.core.market import Category
from shared_modules.core.timeframes import TIMEFRAMES, Timeframe
from shared_modules.exchanges.base import BookTopic, CandleKind, CandleTopic, Capabilities, TickerTopic, Topic

INTERVALS: dict[str, str] = {
    "1m": "1", "3m": "3", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "2h": "120", "4h": "240", "6h": "360",
    "12h": "720", "1d": "D", "1w": "W", "1M": "M",
}  # fmt: skip
OPEN_INTEREST_INTERVALS: dict[str, str] = {
    "5m": "5min", "15m": "15min", "30m": "30min", "1h": "1h", "4h": "4h", "1d": "1d",
}  # fmt: skip
CANDLE_METHODS: dict[CandleKind, str] = {
    CandleKind.TRADED: "get_kline",
    CandleKind.MARK: "get_mark_price_kline",
    CandleKind.INDEX: "get_index_price_kline",
}
CAPABILITIES = Capabilities(
    timeframes=tuple(TIMEFRAMES[name] for name in INTERVALS),
    categories=tuple(Category),
    candles_per_request=1000,
    book_depths=(1, 50, 200, 1000),
)
_NAMED_TOPIC = re.compile(r"topic:\s*([^\s,\]]+)|\[([^\]\s]+)\]")


def interval(timeframe: Timeframe) -> str:
    """Bybit's name of ``timeframe``; raises `UnknownName`."""
    if timeframe.name not in INTERVALS:
        raise UnknownName.of("Bybit candle interval", timeframe.name, INTERVALS)
    return INTERVALS[timeframe.name]


def open_interest_interval(timeframe: Timeframe) -> str:
    """Bybit's name of ``timeframe`` for open interest; raises `UnknownName`."""
    if timeframe.name not in OPEN_INTEREST_INTERVALS:
        raise UnknownName.of("Bybit open interest interval", timeframe.name, OPEN_INTEREST_INTERVALS)
    return OPEN_INTEREST_INTERVALS[timeframe.name]


def wire_topic(topic: Topic) -> str:
    """The name of ``topic`` on the public socket; raises `UnknownName` or `OutOfRange`."""
    if isinstance(topic, CandleTopic):
        return f"kline.{interval(topic.series.timeframe)}.{topic.series.market.symbol}"
    if isinstance(topic, TickerTopic):
        return f"tickers.{topic.market.symbol}"
    if isinstance(topic, BookTopic):
        if topic.depth not in CAPABILITIES.book_depths:
            depths = ", ".join(map(str, CAPABILITIES.book_depths))
            raise OutOfRange(f"Bybit streams books of {depths} levels, not of {topic.depth}")
        return f"orderbook.{topic.depth}.{topic.market.symbol}"
    return f"publicTrade.{topic.market.symbol}"


def refused_topic(text: str) -> str | None:
    """The topic that the refusal ``text`` of a subscription names."""
    found = _NAMED_TOPIC.search(text)
    return (found[1] or found[2]) if found else None
