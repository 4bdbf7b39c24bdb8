"""Order books and trades of single markets on the bus, for as long as somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable

from shared_modules.core.bus import EventBus
from shared_modules.core.events import BookUpdated, TradesPrinted
from shared_modules.core.market import Market, OrderBook
from shared_modules.exchanges.base import BookTopic, Delivery, MarketStream, Topic, TradeTopic


class MarketFeeds:
    """Subscribes a topic once, however many watch it, and publishes what it brings."""

    def __init__(self, stream: Callable[[], MarketStream], bus: EventBus) -> None:
        self._stream = stream
        self._bus = bus
        self._watchers: dict[Topic, int] = {}
        self._undo: dict[Topic, Callable[[], None]] = {}
        self._books: dict[Market, OrderBook] = {}

    def watch_book(self, market: Market, depth: int = 50) -> Callable[[], None]:
        """Publish `BookUpdated` of ``market`` until the returned function is called (twice is safe)."""
        return self._watch(BookTopic(market, depth))

    def watch_trades(self, market: Market) -> Callable[[], None]:
        """Publish `TradesPrinted` of ``market`` until the returned function is called (twice is safe)."""
        return self._watch(TradeTopic(market))

    def book(self, market: Market) -> OrderBook | None:
        """The newest book of ``market`` while it is watched."""
        return self._books.get(market)

    def _watch(self, topic: BookTopic | TradeTopic) -> Callable[[], None]:
        self._watchers[topic] = self._watchers.get(topic, 0) + 1
        if topic not in self._undo:
            self._undo[topic] = self._stream().subscribe([topic], self._deliver)
        watching = True

        def end() -> None:
            nonlocal watching
            if watching:
                watching = False
                self._leave(topic)

        return end

    def _leave(self, topic: BookTopic | TradeTopic) -> None:
        self._watchers[topic] -= 1
        if self._watchers[topic]:
            return
        del self._watchers[topic]
        self._undo.pop(topic)()
        if isinstance(topic, BookTopic):
            self._books.pop(topic.market, None)

    def _deliver(self, topic: Topic, message: Delivery) -> None:
        if isinstance(topic, BookTopic) and isinstance(message, OrderBook):
            self._books[topic.market] = message
            self._bus.publish(BookUpdated(topic.market, message))
        elif isinstance(topic, TradeTopic) and isinstance(message, tuple):
            self._bus.publish(TradesPrinted(topic.market, message))  # type: ignore[arg-type]
