"""Order book, tape and market details as a person sees them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from shared_modules.core.events import BookUpdated, ConnectionState, TradesPrinted
from shared_modules.core.market import OrderBook, PublicTrade, Side
from tests.gui.fake_engine import START, FakeEngine, market
from tests.gui.fixtures import until
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.panels.market_details import MOVING, MarketDetailsPanel
from tradebot_gui.panels.order_book import OrderBookPanel
from tradebot_gui.panels.tape import TapePanel

BOOK = OrderBook("BTCUSDT", START, 1, ((99.9, 1.0), (99.8, 2.0), (99.3, 5.0)), ((100.1, 1.5), (100.2, 2.5)))


def opened(desk: Desk, engine: FakeEngine, kind: type, qtbot) -> object:
    engine.list_instruments()
    panel = kind(desk)
    qtbot.addWidget(panel)
    panel.resize(300, 500)
    panel.show()
    desk.select_symbol("BTCUSDT")
    return panel


async def test_the_book_of_the_chosen_symbol_is_shown_and_left_when_nobody_looks(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, OrderBookPanel, qtbot)
    assert engine.feeds.books == ["BTCUSDT"]
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: "99.9" in panel.ladder.accessibleDescription())
    desk.select_symbol("ETHUSDT")
    assert engine.feeds.books == ["ETHUSDT"]
    panel.hide()
    assert engine.feeds.books == []


async def test_a_wider_step_puts_levels_together(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, OrderBookPanel, qtbot)
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: "99.9" in panel.ladder.accessibleDescription())
    panel.group.setCurrentIndex(panel.group.findText("1"))
    assert [level.price for level in panel.ladder._ladder.bids] == [99.0]
    assert "Best bid 99.9, best ask 100.1" in panel.ladder.accessibleDescription()
    assert panel.state.text() == "3 levels a side"
    kept = panel.save_state()
    again = opened(desk, engine, OrderBookPanel, qtbot)
    again.restore_state(kept)
    assert again.group.currentText() == "1"


async def test_a_price_is_copied_by_mouse_or_by_keys(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, OrderBookPanel, qtbot)
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: "99.9" in panel.ladder.accessibleDescription())
    QTest.keyClick(panel.ladder, Qt.Key.Key_Down)
    QTest.keyClick(panel.ladder, Qt.Key.Key_Down)
    QTest.keyClick(panel.ladder, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == "99.9"


async def test_a_price_chosen_by_keys_stays_chosen_while_the_book_moves(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, OrderBookPanel, qtbot)
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: "99.9" in panel.ladder.accessibleDescription())
    for _ in range(3):
        QTest.keyClick(panel.ladder, Qt.Key.Key_Down)
    moved = OrderBook("BTCUSDT", START, 2, ((100.0, 1.0), *BOOK.bids), BOOK.asks)
    engine.bus.publish(BookUpdated(market("BTCUSDT"), moved))
    await until(lambda: "100.0" in panel.ladder.accessibleDescription())
    QTest.keyClick(panel.ladder, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == "99.8"


async def test_a_book_is_grey_while_the_feed_is_away(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, OrderBookPanel, qtbot)
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: "99.9" in panel.ladder.accessibleDescription())
    engine.feed_state = ConnectionState.RECONNECTING
    await until(lambda: "stale" in panel.state.text(), turns=1500)
    engine.feed_state = ConnectionState.CONNECTED
    engine.bus.publish(BookUpdated(market("BTCUSDT"), BOOK))
    await until(lambda: panel.state.text() == "")


def prints(*sizes: float) -> TradesPrinted:
    return TradesPrinted(
        market("BTCUSDT"),
        tuple(PublicTrade(START + n, 100.0, size, Side.BUY, f"{size}-{n}") for n, size in enumerate(sizes)),
    )


async def test_trades_are_listed_newest_first_and_filtered_by_value(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, TapePanel, qtbot)
    engine.bus.publish(prints(1.0, 20.0, 3.0))
    await until(lambda: len(panel.table.records) == 3)
    assert [p.size for p in panel.table.records] == [3.0, 20.0, 1.0]
    panel.least.setCurrentIndex(1)
    assert [p.size for p in panel.table.records] == [20.0]
    assert panel.share.text() == "Bought 100 %"


async def test_another_symbol_begins_with_an_empty_tape(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, TapePanel, qtbot)
    engine.bus.publish(prints(1.0))
    await until(lambda: panel.table.records)
    desk.select_symbol("ETHUSDT")
    assert not panel.table.records
    assert "ETHUSDT" in panel.view.empty_text


async def test_details_show_the_rules_and_follow_the_ticker(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, MarketDetailsPanel, qtbot)
    assert panel.values["tick"].text() == "0.1 USDT"
    assert panel.values["leverage"].text() == "1× to 100×"
    engine.move("BTCUSDT", 123.4, change=-0.05)
    await until(lambda: panel.values["last"].text() == "123.4")
    assert panel.values["change"].text() == "−5.00 %"


async def test_details_of_another_symbol_show_no_figure_of_the_one_before(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, MarketDetailsPanel, qtbot)
    engine.move("BTCUSDT", 123.4, change=-0.05)
    await until(lambda: panel.values["last"].text() == "123.4")
    desk.select_symbol("ETHUSDT")
    assert panel.name.text() == "ETHUSDT"
    assert {panel.values[key].text() for key in MOVING} == {texts.UNKNOWN}
    assert panel.values["tick"].text() == "0.1 USDT"
    desk.select_symbol("BTCUSDT")
    assert panel.values["last"].text() == "123.4"


async def test_a_tape_that_the_filter_leaves_empty_says_so(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, TapePanel, qtbot)
    engine.bus.publish(prints(1.0, 20.0, 3.0))
    await until(lambda: len(panel.table.records) == 3)
    panel.least.setCurrentIndex(panel.least.count() - 1)
    assert not panel.table.records
    assert "None of the last 3 trades" in panel.view.empty_text
    assert "1.00M USDT" in panel.view.empty_text


async def test_without_a_symbol_each_panel_says_what_to_do(desk, engine, qtbot) -> None:
    engine.list_instruments()
    details, tape, book = MarketDetailsPanel(desk), TapePanel(desk), OrderBookPanel(desk)
    assert "market watch" in details.empty.text()
    assert "market watch" in tape.view.empty_text
    assert "market watch" in book.ladder.empty_text


async def test_old_trades_are_grey_and_say_since_when(desk, engine, qtbot) -> None:
    panel = opened(desk, engine, TapePanel, qtbot)
    trade = PublicTrade(START, 100.0, 2.0, Side.BUY, "1")
    engine.bus.publish(TradesPrinted(market("BTCUSDT"), (trade,)))
    await until(lambda: panel.table.records)
    price, shown = panel.table.columns[1], panel.table.records[0]
    assert panel.table.colour(price, shown).name() == desk.theme.gain
    panel.set_offline("Offline since 12:00:00")
    assert panel.table.colour(price, shown).name() == desk.theme.muted
    assert panel.away.text() == "Offline since 12:00:00"
    panel.set_offline("")
    assert panel.table.colour(price, shown).name() == desk.theme.gain
