from shared_modules.core.bus import EventBus
from shared_modules.core.events import BookUpdated, TradesPrinted
from shared_modules.core.market import Category, Market, OrderBook, PublicTrade, Side
from shared_modules.exchanges.base import BookTopic, TradeTopic
from shared_modules.system_integration.market_feeds import MarketFeeds
from tests.fakes import FakeStream

BTC = Market("fake", Category.LINEAR, "BTCUSDT")
BOOK = OrderBook("BTCUSDT", 1, 1, ((99.0, 1.0),), ((101.0, 1.0),))


def feeds() -> tuple[MarketFeeds, FakeStream, list[object]]:
    bus, stream, heard = EventBus(), FakeStream(), []
    bus.subscribe(BookUpdated, heard.append)
    bus.subscribe(TradesPrinted, heard.append)
    return MarketFeeds(lambda: stream, bus), stream, heard


def test_two_who_look_at_one_book_cost_one_subscription_and_one_event() -> None:
    made, stream, heard = feeds()
    first, second = made.watch_book(BTC), made.watch_book(BTC)
    stream.deliver(BookTopic(BTC, 50), BOOK)
    assert heard == [BookUpdated(BTC, BOOK)]
    first()
    first()
    assert stream.topics == {BookTopic(BTC, 50)}
    second()
    assert stream.topics == set()
    assert made.book(BTC) is None


def test_trades_come_as_the_exchange_sent_them() -> None:
    made, stream, heard = feeds()
    made.watch_trades(BTC)
    prints = (PublicTrade(1, 100.0, 2.0, Side.SELL, "a"),)
    stream.deliver(TradeTopic(BTC), prints)
    assert heard == [TradesPrinted(BTC, prints)]


def test_who_comes_later_finds_the_present_book() -> None:
    made, stream, _ = feeds()
    made.watch_book(BTC)
    stream.deliver(BookTopic(BTC, 50), BOOK)
    assert made.book(BTC) == BOOK
