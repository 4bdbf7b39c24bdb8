"""Several charts: opened, linked by colour, kept over a restart, closed."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.charts import Style
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow


async def second_chart(window: MainWindow):
    await until(lambda: window.chart.series)
    window.commands.by_id["view.new_chart"].trigger()
    chart = window.charts.charts[2]
    await until(lambda: chart.series)
    return chart


def symbol(chart) -> str:
    return chart.series.market.symbol


async def test_a_new_chart_stands_alone_until_it_gets_a_colour(window: MainWindow) -> None:
    second = await second_chart(window)
    window.desk.select_symbol("ETHUSDT")
    assert (symbol(window.chart), symbol(second)) == ("ETHUSDT", "BTCUSDT")
    second._link.set_group("A")
    window.desk.select_symbol("SOLUSDT")
    assert (symbol(window.chart), symbol(second)) == ("SOLUSDT", "SOLUSDT")


async def test_charts_of_one_colour_share_symbol_and_timeframe(window: MainWindow) -> None:
    second = await second_chart(window)
    for chart in (window.chart, second):
        chart._link.set_group("B")
    second._timeframe_picked("15m")
    second._symbol_picked("XRPUSDT")
    assert str(window.chart.series) == str(second.series) == "XRPUSDT 15m"
    assert window.desk.symbol == "BTCUSDT"


async def test_the_crosshair_of_one_chart_is_seen_on_the_other(window: MainWindow) -> None:
    second = await second_chart(window)
    await until(lambda: second.candles_drawn and window.chart.candles_drawn)
    window.chart.view.set_cursor(QPoint(60, 60))
    assert second.view.marks.linked is not None
    window.chart.view.set_cursor(None)
    assert second.view.marks.linked is None


async def test_charts_come_back_after_a_restart(window: MainWindow, desk: Desk) -> None:
    second = await second_chart(window)
    second._symbol_picked("XRPUSDT")
    second._link.set_group("C")
    window.keep_layout()
    again = MainWindow(desk, (1200, 760))
    chart = again.charts.charts[2]
    await until(lambda: chart.series and symbol(chart) == "XRPUSDT")
    assert chart._link.group == "C"
    assert not again.docks.docks["chart-2"].isClosed()
    again.deleteLater()


async def test_a_workspace_brings_its_charts_and_takes_others_away(window: MainWindow) -> None:
    window.workspaces.save_as("one chart")
    await second_chart(window)
    window.workspaces.save_as("two charts")
    window.workspaces.open("one chart")
    assert window.charts.charts == {}
    window.workspaces.open("two charts")
    assert list(window.charts.charts) == [2]


async def test_a_closed_chart_is_gone_and_its_number_free(window: MainWindow) -> None:
    await second_chart(window)
    window.docks.docks["chart-2"].toggleView(False)
    await until(lambda: not window.charts.charts)
    assert "chart-2" not in window.docks.panels
    await second_chart(window)
    assert list(window.charts.charts) == [2]


async def test_the_candles_in_view_are_copied_as_a_table(window: MainWindow) -> None:
    await until(lambda: len(window.chart.view.data))
    QApplication.clipboard().clear()
    window.commands.by_id["view.copy_candles"].trigger()
    await until(lambda: QApplication.clipboard().text())
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:2] == ["time", "open"]
    first = lines[1].split("\t")
    assert first[0].endswith("Z")
    assert float(first[2]) >= float(first[3])


async def test_a_picture_of_the_chart_is_written(window: MainWindow, tmp_path: Path) -> None:
    await until(lambda: len(window.chart.view.data))
    path = tmp_path / "chart.png"
    window.chart.menu.save_picture(path)
    await until(lambda: path.exists() and path.read_bytes().endswith(b"IEND\xaeB`\x82"))
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    told: list[str] = []
    window.desk.notice.connect(lambda level, text: told.append(text) if level == "error" else None)
    window.chart.menu.save_picture(tmp_path / "nowhere" / "chart.png")
    await until(lambda: told)
    assert "could not be written" in told[0]


async def test_a_template_carries_indicators_to_another_chart(window: MainWindow, engine: FakeEngine) -> None:
    second = await second_chart(window)
    window.chart._indicators.add("rsi", {"period": 7})
    window.chart.menu.save_template("Seven")
    second._indicators.set_specs([])
    second.menu.use_template("Seven")
    assert [s.params.get("period") for s in second._indicators.specs][-1] == 7
    assert (engine.paths.root / "templates" / "Seven.json").exists()


async def test_a_damaged_template_is_said(window: MainWindow, engine: FakeEngine) -> None:
    folder = engine.paths.root / "templates"
    folder.mkdir(parents=True)
    (folder / "Bad.json").write_text("{")
    told: list[str] = []
    window.desk.notice.connect(lambda level, text: told.append(text) if level == "error" else None)
    window.chart.menu.use_template("Bad")
    assert "Bad" in told[0]


async def test_the_right_button_opens_the_menu_with_the_price(window: MainWindow) -> None:
    await until(lambda: len(window.chart.view.data))
    window.chart.view.set_cursor(QPoint(80, 80))
    titles = [a.text() for a in window.chart.menu.menu().actions()]
    assert titles[0].startswith("Alert at ")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(80, 80), QPoint(80, 80))
    QApplication.sendEvent(window.chart, event)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()
    assert event.type() is QEvent.Type.ContextMenu


def corners(window: MainWindow) -> set[tuple[int, int]]:
    """Where the charts begin, in steps of the first one's size."""
    at = [chart.mapTo(window, QPoint()) for chart in (window.chart, *window.charts.charts.values())]
    size = window.chart.size()
    return {(round((p.x() - at[0].x()) / size.width()), round((p.y() - at[0].y()) / size.height())) for p in at}


async def test_new_charts_take_half_of_the_roomiest_so_that_four_stand_in_two_rows(window: MainWindow) -> None:
    window.resize(1600, 1100)
    await second_chart(window)
    for _ in range(2):
        window.commands.by_id["view.new_chart"].trigger()
        QApplication.processEvents()
    assert corners(window) == {(0, 0), (1, 0), (0, 1), (1, 1)}


async def test_charts_are_put_into_a_grid_of_one_size(window: MainWindow) -> None:
    window.resize(1600, 1100)
    await second_chart(window)
    for _ in range(3):
        window.commands.by_id["view.new_chart"].trigger()
    window.docks.manager.setSplitterSizes(window.docks.docks["chart"].dockAreaWidget(), [100, 900])
    window.commands.by_id["view.chart_grid"].trigger()
    QApplication.processEvents()
    assert corners(window) == {(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)}
    assert len(window.charts.charts) == 4


async def test_a_grid_takes_no_room_from_other_panels_and_gives_them_none(window: MainWindow) -> None:
    window.resize(1600, 1000)
    QApplication.processEvents()
    others = (window.watchlist, window.book, window.strategies, window.collector)
    before = [(p.width(), p.height()) for p in others]
    for number in (2, 3, 4):
        window.commands.by_id["view.new_chart"].trigger()
        await until(lambda number=number: window.charts.charts[number].series)
    window.commands.by_id["view.chart_grid"].trigger()
    QApplication.processEvents()
    after = [(p.width(), p.height()) for p in others]
    assert all(abs(a - b) <= 8 for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True))
    sizes = [c.size() for c in (window.chart, *window.charts.charts.values())]
    assert max(s.width() for s in sizes) - min(s.width() for s in sizes) <= 8
    assert max(s.height() for s in sizes) - min(s.height() for s in sizes) <= 8


async def test_a_grid_of_one_chart_changes_nothing(window: MainWindow) -> None:
    before = window.docks.save()
    window.commands.by_id["view.chart_grid"].trigger()
    assert window.docks.save() == before


async def test_a_new_chart_takes_its_room_from_one_chart_alone_and_bars_keep_their_width(window: MainWindow) -> None:
    window.resize(1800, 1100)
    await until(lambda: window.chart.candles_drawn)
    watch, chart = window.docks.docks["watchlist"], window.chart
    width, room, bars = watch.width(), chart.width(), chart.view.span.size
    for _ in range(3):
        window.commands.by_id["view.new_chart"].trigger()
        for _ in range(5):
            QApplication.processEvents()
    assert abs(chart.width() - room / 2) < 40
    assert abs(watch.width() - width) < 80
    assert abs(chart.view.span.size / bars - 0.45) < 0.1


async def test_a_chart_that_comes_into_a_group_shows_what_the_group_shows(window: MainWindow) -> None:
    second = await second_chart(window)
    second._symbol_picked("XRPUSDT")
    second._timeframe_picked("15m")
    second._link.join("A")
    assert str(second.series) == str(window.chart.series) == "BTCUSDT 1m"
    second._link.join("D")
    second._symbol_picked("ETHUSDT")
    assert symbol(window.chart) == "BTCUSDT"


async def test_a_symbol_that_is_traded_no_more_leaves_its_group_working(window: MainWindow, engine: FakeEngine) -> None:
    second = await second_chart(window)
    for chart in (window.chart, second):
        chart._link.set_group("B")
    second._symbol_picked("XRPUSDT")
    engine.list_instruments(("BTCUSDT", "ETHUSDT"))
    second._symbol_picked("XRPUSDT")
    assert "XRPUSDT" in second._state.text()
    window.chart._symbol_picked("ETHUSDT")
    await until(lambda: not second._feed.loading and len(second.view.data))
    assert symbol(window.chart) == symbol(second) == "ETHUSDT"


async def test_a_brick_of_one_price_is_not_laid_on_another(window: MainWindow) -> None:
    window.chart._look.change(style=Style.RENKO, box=0.5)
    window.chart.menu.save_template("Bricks")
    second = await second_chart(window)
    assert second._look.look.box == 0.5
    second._symbol_picked("XRPUSDT")
    assert second._look.look == replace(window.chart._look.look, box=0.0)
    second._look.change(style=Style.CANDLES)
    second.menu.use_template("Bricks")
    assert second._look.look == replace(window.chart._look.look, box=0.0)


async def test_a_new_chart_has_its_place_at_once_and_is_in_it_with_the_next_turns(window: MainWindow) -> None:
    await until(lambda: window.chart.series)
    opened = window.charts.new()
    assert window.docks.docks[opened.id].dockAreaWidget() is not None
    await until(opened.isVisible)
    assert opened.width() > 0.9 * window.docks.docks[opened.id].width()


async def test_a_chart_that_is_closed_in_the_turn_it_was_opened_in_is_gone(window: MainWindow) -> None:
    await until(lambda: window.chart.series)
    opened = window.charts.new()
    name, dock = opened.id, window.docks.docks[opened.id]
    window.charts.close(2)
    QApplication.processEvents()
    assert name not in window.docks.docks
    for gone in (dock, opened):
        QApplication.sendPostedEvents(gone, QEvent.Type.DeferredDelete)
        assert not isValid(gone)
