"""What a person does from one day to the next, through mouse and keys alone, over a restart of the window."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import PySide6QtAds as ads  # noqa: N813 - its own name for itself
import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.charts.test_drawing import click
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tests.panels.test_chart_indicators import click_legend
from tradebot_gui import workspaces
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.alert_dialog import AlertDialog
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.chart import ChartPanel
from tradebot_gui.panels.chart_indicators import IndicatorEditor, IndicatorPicker

ENTER = Qt.Key.Key_Return


async def loaded(chart: ChartPanel, name: str) -> None:
    await until(lambda: str(chart.series) == name and not chart._feed.loading and len(chart.view.data))
    chart.view.grab()


def labels(chart: ChartPanel) -> list[str]:
    return [overlay.label for overlay in chart.view.overlays]


async def ended(window: MainWindow, desk: Desk) -> None:
    await desk.close()
    window.hide()
    window.deleteLater()
    QApplication.sendPostedEvents(window, 52)
    await asyncio.sleep(0)


@pytest_asyncio.fixture
async def restarted(
    window: MainWindow, desk: Desk, engine: FakeEngine
) -> AsyncIterator[Callable[[], Awaitable[MainWindow]]]:
    """Closes the window as a person does, and opens the terminal on the same data folder again."""
    made: list[tuple[MainWindow, Desk]] = []

    async def restart() -> MainWindow:
        window.keep_layout()
        window.hide()
        await desk.close()
        another = Desk(engine)
        made.append((MainWindow(another, (1200, 760)), another))
        made[0][0].show()
        return made[0][0]

    yield restart
    for again, another in made:
        await ended(again, another)


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)
async def test_a_chart_set_up_by_hand_is_found_again_after_a_restart(window, restarted, qtbot) -> None:
    chart = window.chart
    await loaded(chart, "BTCUSDT 1m")

    chart.view.setFocus()
    qtbot.keyClick(chart.view, Qt.Key.Key_E)
    qtbot.keyClicks(chart._symbols.lineEdit(), "TH")
    qtbot.keyClick(chart._symbols.lineEdit(), ENTER)
    await loaded(chart, "ETHUSDT 1m")

    chart._indicators.ask()
    picker = chart._indicators.findChild(IndicatorPicker)
    qtbot.keyClicks(picker.search, "rsi")
    qtbot.keyClick(picker.search, ENTER)
    picker.reject()
    assert labels(chart).count("RSI 14") == 2

    click_legend(chart, "edit", len(labels(chart)) - 1, qtbot)
    editor = chart._indicators.findChild(IndicatorEditor)
    period = editor.form.fields["period"].widget
    period.selectAll()
    qtbot.keyClicks(period, "9")
    qtbot.keyClick(period, Qt.Key.Key_Tab)
    editor.accept()
    assert labels(chart)[-1] == "RSI 9"

    chart.view.grab()
    qtbot.keyClick(chart.view, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    for at in (QPoint(200, 60), QPoint(330, 90)):
        click(chart.view, at)
    (drawn,) = chart.view.drawings.board.items
    assert drawn.kind == "trend"

    qtbot.keyClick(chart.view, Qt.Key.Key_1)
    qtbot.keyClicks(chart._entry, "5")
    qtbot.keyClick(chart._entry, ENTER)
    await loaded(chart, "ETHUSDT 15m")
    assert chart.view.drawings.board.items == (drawn,)

    again = await restarted()
    await loaded(again.chart, "ETHUSDT 15m")
    assert labels(again.chart)[-1] == "RSI 9"
    assert again.chart.view.drawings.board.items == (drawn,)
    data = again.chart.view.data
    for anchor in drawn.anchors:
        assert 0 <= anchor.time - data.time_of(data.place_of(anchor.time)) < 15 * 60_000


async def test_a_panel_moved_and_a_panel_closed_are_so_after_a_restart_until_the_layout_is_reset(
    window, restarted
) -> None:
    docks = window.docks
    docks.manager.addDockWidget(ads.DockWidgetArea.TopDockWidgetArea, docks.docks["log"])
    docks.docks["watchlist"].toggleView(False)
    again = await restarted()

    def alone(panel: str) -> bool:
        return again.docks.docks[panel].dockAreaWidget().dockWidgetsCount() == 1

    assert alone("log")
    assert again.docks.docks["watchlist"].isClosed()
    again.commands.by_id["view.reset_layout"].trigger()
    assert not alone("log")
    assert not again.docks.docks["watchlist"].isClosed()


async def test_a_window_left_on_a_screen_that_is_gone_opens_on_one_that_is_there(desk, engine) -> None:
    kept = workspaces.Layout((9000, 9000, 900, 700), False)
    workspaces.save(kept, engine.paths.layout)
    window = MainWindow(desk)
    window.open()
    assert workspaces.on_screen(window.geometry())
    assert not workspaces.on_screen(QRect(*kept.geometry))
    await ended(window, desk)


async def test_an_alert_is_told_though_its_chart_is_closed_and_waits_on_after_a_restart(
    window: MainWindow, restarted, engine: FakeEngine
) -> None:
    await engine.alerts.start()
    await loaded(window.chart, "BTCUSDT 1m")
    price = window.chart.view.panes.price
    window.chart.view.set_cursor(QPoint(200, 100))
    level = round(price.value_at(100), 1)
    window.commands.by_id["tools.alert"].trigger()
    form = window.findChild(AlertDialog)
    assert form.level.value() == level
    form.repeat.setChecked(True)
    QTest.mouseClick(form.buttons.button(form.buttons.StandardButton.Save), Qt.MouseButton.LeftButton)
    await until(lambda: window.chart.view.marks.levels)
    window.chart._symbol_picked("ETHUSDT")
    window.docks.docks["chart"].toggleView(False)
    engine.move("BTCUSDT", level - 1)
    engine.move("BTCUSDT", level + 1)
    await until(lambda: len(engine.alerts.history) == 1)

    again = await restarted()
    assert again.docks.docks["chart"].isClosed()
    engine.move("BTCUSDT", level - 1)
    await until(lambda: len(engine.alerts.history) == 2)
    await until(lambda: len(again.alerts.told.records) == 2)
    assert "BTCUSDT" in again.notifications.table.records[0].text
    again.commands.by_id["view.panel.chart"].trigger()
    again.chart._symbol_picked("BTCUSDT")
    await loaded(again.chart, "BTCUSDT 1m")
    await until(lambda: [value for _, value, _ in again.chart.view.marks.levels] == [level])


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_a_floating_panel_on_a_screen_that_is_gone_comes_onto_one_that_is_there(window: MainWindow) -> None:
    dock = window.docks.docks["log"]
    dock.setFloating()
    floating = dock.floatingDockContainer()
    floating.setGeometry(9000, 9000, 500, 300)
    kept = window.layout_now()
    QApplication.instance().screenRemoved.emit(window.screen())
    await until(lambda: workspaces.on_screen(floating.geometry()), turns=2000)
    assert floating.size().width() == 500
    window.reset_layout()
    assert window.apply_layout(kept)
    floating = dock.floatingDockContainer()
    assert floating is not None
    assert workspaces.on_screen(floating.geometry())


async def test_a_person_goes_from_the_palette_to_a_panel_by_a_few_letters(window) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = QApplication.activePopupWidget()
    QTest.keyClicks(palette.line, "trades")
    QTest.keyClick(palette.line, ENTER)
    assert not window.docks.docks["tape"].isClosed()
    assert window.tape.isVisible()
