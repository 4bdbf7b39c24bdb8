"""One feed per topic: turns the messages of the topic into what subscribers get, and keeps what must be kept."""

import math
from collections.abc import Mapping
from typing import Any

from shared_modules.core.market import Candle, PublicTrade, Side, Ticker
from shared_modules.exchanges.base import BookTopic, CandleTopic, Delivery, TickerTopic, Topic

from .book import LocalBook
from .parse import NO_FIGURES, TICKER_FIELDS, levels, whole

Message = Mapping[str, Any]
# trades that two sockets bring within some seconds of each other
_REMEMBERED = 5_000
# a ticker as a list in the order of its fields, and where each figure of the wire belongs in it
_FIELDS = Ticker.__struct_fields__
_PLACE = {wire: _FIELDS.index(name) for wire, name in TICKER_FIELDS.items()}
_NAN = math.nan
_BLANK: list[Any] = [NO_FIGURES.get(name, 0) for name in _FIELDS]
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}


class Feed:
    """What a topic without memory does; `receive` raises KeyError, TypeError or ValueError for a malformed message."""

    lost = False

    def receive(self, message: Message) -> Delivery | None:
        raise NotImplementedError

    def latest(self) -> Delivery | None:
        """The present state for a late subscriber; None where there is none."""
        return None

    def reset(self) -> None:
        """The connection broke: what is kept is not true any more."""

    def lose(self) -> None:
        """A message could not be read; ``lost`` becomes true where only a new snapshot helps."""


class CandleFeed(Feed):
    def receive(self, message: Message) -> tuple[Candle, ...] | None:
        rows = message["data"]
        if len(rows) == 1:
            return (_candle(rows[0]),)
        return tuple(sorted(map(_candle, rows), key=_candle_time)) or None


def _candle(row: Message) -> Candle:
    return Candle(
        int(row["start"]), float(row["open"]), float(row["high"]), float(row["low"]), float(row["close"]),
        float(row["volume"]), float(row["turnover"]), row["confirm"] is True,
    )  # fmt: skip


def _candle_time(candle: Candle) -> int:
    return candle.time


class TradeFeed(Feed):
    """Trades as they come; from `two_sources` on each of them once."""

    def __init__(self) -> None:
        self._seen: dict[str, None] | None = None

    def receive(self, message: Message) -> tuple[PublicTrade, ...] | None:
        trades = [_trade(row) for row in message["data"]]
        return tuple(trades if self._seen is None else self._unseen(trades, self._seen)) or None

    def two_sources(self) -> None:
        """The same trades may come from another socket too."""
        self._seen = {} if self._seen is None else self._seen

    @staticmethod
    def _unseen(trades: list[PublicTrade], seen: dict[str, None]) -> list[PublicTrade]:
        new = [trade for trade in trades if trade.id not in seen]
        seen.update(dict.fromkeys(trade.id for trade in new))
        while len(seen) > _REMEMBERED:
            del seen[next(iter(seen))]
        return new


def _trade(row: Message) -> PublicTrade:
    return PublicTrade(int(row["T"]), float(row["p"]), float(row["v"]), _SIDES[row["S"]], row["i"])


class TickerFeed(Feed):
    """Merges deltas into the snapshot of the same connection: an absent key means unchanged, an empty value none."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._ticker: Ticker | None = None

    def receive(self, message: Message) -> Ticker | None:
        data = message["data"]
        if message["type"] == "snapshot":
            values = _BLANK.copy()
        elif self._ticker is None:
            return None
        else:
            values = self._values.copy()
        for key, value in data.items():
            at = _PLACE.get(key)
            if at is not None:
                values[at] = _NAN if value is None or value == "" else float(value)
        if "nextFundingTime" in data:
            values[-1] = whole(data["nextFundingTime"])
        values[0], values[1] = data["symbol"], int(message["ts"])
        # all of it could be read: only now the message counts
        self._values = values
        self._ticker = Ticker(*values)
        return self._ticker

    def latest(self) -> Ticker | None:
        return self._ticker

    def reset(self) -> None:
        self._ticker, self.lost = None, False


class BookFeed(Feed):
    """The book of one symbol; never delivers a crossed one, and is lost when it stays crossed."""

    def __init__(self, topic: BookTopic) -> None:
        self._book = LocalBook(topic.market.symbol, topic.depth)
        self._time = 0
        self._was_crossed = False

    @property
    def gaps(self) -> int:
        return self._book.gaps

    def receive(self, message: Message) -> Delivery | None:
        data = message["data"]
        update_id = int(data["u"])
        whole_book = message["type"] == "snapshot" or update_id == 1
        if not whole_book and self._book.update_id is None:
            return None
        bids, asks, time = levels(data["b"]), levels(data["a"]), int(message["ts"])
        if whole_book:
            self._book.snapshot(bids, asks, update_id)
            self.lost = False
        elif not self._book.delta(bids, asks, update_id):
            return None
        self._time = time
        return self._checked()

    def latest(self) -> Delivery | None:
        return None if self._book.update_id is None or self._was_crossed else self._book.at(self._time)

    def reset(self) -> None:
        self._book.drop()
        self._was_crossed = self.lost = False

    def lose(self) -> None:
        self.reset()
        self.lost = True

    def _checked(self) -> Delivery | None:
        if not self._book.crossed:
            self._was_crossed = False
            return self._book.at(self._time)
        if self._was_crossed:
            self.lose()
        else:
            self._was_crossed = True
        return None


def feed_for(topic: Topic) -> Feed:
    """The feed that serves ``topic``."""
    if isinstance(topic, CandleTopic):
        return CandleFeed()
    if isinstance(topic, TickerTopic):
        return TickerFeed()
    return BookFeed(topic) if isinstance(topic, BookTopic) else TradeFeed()
