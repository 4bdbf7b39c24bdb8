import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.panels import record_flash
from tradebot_gui.panels.watch_columns import STAR
from tradebot_gui.panels.watchlist import WatchlistPanel
from tradebot_gui.view_models.trails import POINTS
from tradebot_gui.watch_groups import ALL, FAVOURITES

SYMBOL, LAST, CHANGE = 1, 2, 3


def shown(panel: WatchlistPanel, column: int) -> list[str]:
    rows = panel.view.rows
    return [rows.index(n, column).data() for n in range(rows.rowCount())]


def opened(desk: Desk, engine: FakeEngine, qtbot) -> WatchlistPanel:
    panel = WatchlistPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(420, 300)
    panel.show()
    engine.list_instruments()
    return panel


async def test_a_price_moves_on_screen_when_it_moves_on_the_market(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    engine.move("ETHUSDT", 2500.0)
    await until(lambda: "2,500.0" in shown(panel, LAST))
    engine.move("ETHUSDT", 2501.5, change=-0.02)
    await until(lambda: "2,501.5" in shown(panel, LAST))
    row = shown(panel, SYMBOL).index("ETHUSDT")
    assert shown(panel, CHANGE)[row] == "−2.00"


async def test_every_listed_symbol_is_watched_and_shown(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    assert "is being asked" in panel.view.empty_text
    engine.connections.offline = (1, 5.0)
    panel.refresh_age(offline=True)
    assert "demo market" in panel.view.empty_text.lower()
    engine.connections.offline = None
    panel.refresh_age(offline=False)
    engine.list_instruments()
    assert sorted(shown(panel, SYMBOL)) == sorted(engine.watched)


async def test_the_search_box_leaves_what_fits(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel.search.setText("eth")
    assert shown(panel, SYMBOL) == ["ETHUSDT"]
    panel.search.setText("nothing")
    assert shown(panel, SYMBOL) == []
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
    panel.view.sort_by(LAST)
    before = shown(panel, SYMBOL)
    for n, symbol in enumerate(before):
        engine.move(symbol, 500.0 - n)
    desk.bridge.flush()
    assert shown(panel, SYMBOL) == before
    panel.view.rows.resort()
    assert shown(panel, SYMBOL) == before[::-1]


def star(panel: WatchlistPanel, symbol: str) -> None:
    panel.view.select_record(lambda q: q.symbol == symbol)
    QTest.keyClick(panel.view, Qt.Key.Key_Space)


async def test_favourites_are_listed_alone_and_kept_over_a_restart(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = opened(desk, engine, qtbot)
    star(panel, "SOLUSDT")
    panel.view.select_record(lambda q: q.symbol == "XRPUSDT")
    at = panel.view.visualRect(panel.view.currentIndex().siblingAtColumn(STAR)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    panel.groups.choose(FAVOURITES)
    assert sorted(shown(panel, SYMBOL)) == ["SOLUSDT", "XRPUSDT"]
    kept = engine.paths.watch_groups  # written in the background
    await until(lambda: kept.exists() and "XRPUSDT" in kept.read_text(encoding="utf-8"))
    again = WatchlistPanel(desk)
    again.restore_state(panel.save_state())
    assert sorted(shown(again, SYMBOL)) == ["SOLUSDT", "XRPUSDT"]
    star(panel, "SOLUSDT")
    assert shown(panel, SYMBOL) == ["XRPUSDT"]


async def test_an_empty_list_says_how_to_fill_it(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel.groups.choose(FAVOURITES)
    assert shown(panel, SYMBOL) == []
    assert "click a star" in panel.view.empty_text


async def test_a_group_of_ones_own_is_made_filled_and_given_up(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel.groups.add_group("Majors", "ETHUSDT")
    assert shown(panel, SYMBOL) == ["ETHUSDT"]
    entries = {a.text(): a for a in panel.groups.menu("BTCUSDT").actions()}
    entries["BTCUSDT in Majors"].trigger()
    assert sorted(shown(panel, SYMBOL)) == ["BTCUSDT", "ETHUSDT"]
    told: list[str] = []
    desk.notice.connect(lambda _, text: told.append(text))
    panel.groups.add_group("majors")
    assert "already" in told[0]
    entries["Delete group Majors"].trigger()
    assert len(shown(panel, SYMBOL)) == 4


async def test_damaged_groups_are_kept_aside_and_said(desk: Desk, engine: FakeEngine) -> None:
    engine.paths.watch_groups.write_text("{nonsense")
    panel = WatchlistPanel(desk)
    told: list[str] = []
    desk.notice.connect(lambda _, text: told.append(text))
    desk.engine_ready.emit()
    assert "watch-groups.damaged.json" in told[0]
    assert panel.groups.groups.names == (FAVOURITES,)


async def test_symbols_in_sight_get_the_curve_of_their_last_day(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = opened(desk, engine, qtbot)
    engine.move("BTCUSDT", 100.5)
    desk.bridge.flush()
    assert len(panel._trails.trails["BTCUSDT"].prices) == 1
    panel._trails._look()
    await until(lambda: all(panel._trails.trails[s].complete for s in shown(panel, SYMBOL)))
    trail = panel._trails.trails["BTCUSDT"]
    assert len(trail.prices) == POINTS
    before = panel.view.viewport().grab().toImage()
    trail.move(10**13, 200.0)
    assert panel.view.viewport().grab().toImage() != before


async def test_nobody_is_asked_for_symbols_that_are_out_of_sight(desk: Desk, engine: FakeEngine) -> None:
    panel = WatchlistPanel(desk)
    engine.list_instruments()
    panel._trails._look()
    assert panel._trails._task is None


async def test_a_search_or_another_group_changes_no_symbol_by_itself(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = opened(desk, engine, qtbot)
    panel.groups.toggle(FAVOURITES, "SOLUSDT")
    panel.view.select_record(lambda q: q.symbol == "ETHUSDT")
    assert desk.symbol == "ETHUSDT"
    panel.groups.choose(FAVOURITES)
    QTest.keyClicks(panel.search, "SO")
    panel.search.clear()
    panel.view.sort_by(SYMBOL)
    engine.list_instruments(("BTCUSDT", "SOLUSDT", "ETHUSDT"))
    panel.groups.choose(ALL)
    QTest.keyClicks(panel.search, "XR")
    assert desk.symbol == "ETHUSDT"
    panel.search.clear()
    assert panel.view.rows.record(panel.view.currentIndex()).symbol == "ETHUSDT"


async def test_a_click_on_a_star_leaves_the_symbol_shown(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = opened(desk, engine, qtbot)
    panel.view.select_record(lambda q: q.symbol == "ETHUSDT")
    (row,) = (n for n, symbol in enumerate(shown(panel, SYMBOL)) if symbol == "SOLUSDT")
    at = panel.view.visualRect(panel.view.rows.index(row, STAR)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert panel.groups.groups.members(FAVOURITES) == {"SOLUSDT"}
    QTest.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert desk.symbol == "ETHUSDT"


async def test_the_places_widths_and_order_of_columns_are_kept(desk: Desk, engine: FakeEngine, qtbot) -> None:
    panel = opened(desk, engine, qtbot)
    header = panel.view.horizontalHeader()
    header.moveSection(header.visualIndex(SYMBOL + 1), 0)
    header.resizeSection(SYMBOL, 140)
    header.setSectionHidden(5, True)
    panel.view.sort_by(3)
    again = WatchlistPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    assert again.view.save_columns() == panel.view.save_columns()
    assert again.view.horizontalHeader().visualIndex(SYMBOL + 1) == 0


async def test_a_price_that_moves_lights_up_its_ground_for_under_300_ms_and_can_be_told_not_to(
    desk: Desk, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    clock = 10.0
    monkeypatch.setattr(record_flash, "monotonic", lambda: clock)
    panel = WatchlistPanel(desk)
    qtbot.addWidget(panel)
    panel.resize(420, 300)
    panel.show()
    engine.list_instruments()
    engine.move("BTCUSDT", 100.0)
    desk.bridge.flush()
    assert panel.view.flashes.lit == {}  # nothing is known of before
    engine.move("BTCUSDT", 101.0)
    desk.bridge.flush()
    assert panel.view.flashes.ground("BTCUSDT", 2).name() == desk.theme.gain
    engine.move("BTCUSDT", 99.0)
    desk.bridge.flush()
    assert panel.view.flashes.ground("BTCUSDT", 2).name() == desk.theme.loss
    assert record_flash.LIT + record_flash.LOOK / 1000 < 0.3
    clock += record_flash.LIT + 0.01
    panel.view.flashes.look()
    assert panel.view.flashes.lit == {}
    await engine.change("appearance.flash", False)
    engine.move("BTCUSDT", 98.0)
    desk.bridge.flush()
    assert panel.view.flashes.lit == {}
