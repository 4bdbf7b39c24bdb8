"""The title of the window tells the market of the chart, which is what a task bar shows of it."""

from tests.gui.fake_engine import ticker
from tradebot_gui.panels.watch_columns import Quote
from tradebot_gui.texts import number, percent
from tradebot_gui.window_title import window_title


def test_the_title_begins_with_the_market() -> None:
    told = ticker("BTCUSDT", 134_933.8)
    expected = f"BTCUSDT {number(told.last, 1)} {percent(told.change_24h)} · TradeBot Terminal · DEMO"
    assert window_title("DEMO", Quote("BTCUSDT", 1, told)) == expected


def test_without_a_price_the_title_tells_the_program_alone() -> None:
    assert (
        window_title("LIVE DATA", None) == window_title("LIVE DATA", Quote("X", 2)) == "TradeBot Terminal · LIVE DATA"
    )
