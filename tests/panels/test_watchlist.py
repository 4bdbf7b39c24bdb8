from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels.watchlist import WatchlistPanel


def shown(panel: WatchlistPanel, column: int) -> list[str]:
    rows = panel.view.rows
    return [rows.index(n, column).data() for n in range(rows.rowCount())]


async def test_a_price_moves_on_screen_when_it_moves_on_the_market(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    engine.move("ETHUSDT", 2500.0)
    await until(lambda: "2,500.0" in shown(panel, 1))
    engine.move("ETHUSDT", 2501.5, change=-0.02)
    await until(lambda: "2,501.5" in shown(panel, 1))
    row = shown(panel, 0).index("ETHUSDT")
    assert shown(panel, 2)[row] == "−2.00"


async def test_every_listed_symbol_is_watched_and_shown(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    assert "appear here" in panel.view.empty_text
    engine.list_instruments()
    assert sorted(shown(panel, 0)) == sorted(engine.watched)


async def test_the_search_box_leaves_what_fits(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel.search.setText("eth")
    assert shown(panel, 0) == ["ETHUSDT"]
    panel.search.setText("nothing")
    assert shown(panel, 0) == []
    assert "nothing" in panel.view.empty_text


async def test_a_first_start_chooses_a_symbol_by_itself(desk: Desk, engine: FakeEngine) -> None:
    WatchlistPanel(desk)
    engine.list_instruments()
    assert desk.symbol == "BTCUSDT"


async def test_choosing_a_row_tells_the_other_panels(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    told: list[str] = []
    desk.symbol_selected.connect(told.append)
    panel.view.select_record(lambda q: q.symbol == "XRPUSDT")
    assert told == ["XRPUSDT"]


async def test_moving_prices_do_not_move_the_rows(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel.view.sort_by(1)
    before = shown(panel, 0)
    for n, symbol in enumerate(before):
        engine.move(symbol, 500.0 - n)
    desk.bridge.flush()
    assert shown(panel, 0) == before
    panel.view.rows.resort()
    assert shown(panel, 0) == before[::-1]
