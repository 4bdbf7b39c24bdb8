"""Panels are closed, brought back, floated and resized by keys alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.fixtures import until
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.splitter import Splitter

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def run(window: MainWindow, *names: str) -> None:
    for name in names:
        window.commands.by_id[f"view.{name}"].trigger()


async def into(window: MainWindow, panel: str) -> None:
    """Give ``panel`` the keyboard."""
    window.activateWindow()
    window.show_panel(panel)
    await until(lambda: window.moves.current == panel)


async def test_a_panel_is_closed_and_brought_back_by_keys(window: MainWindow) -> None:
    await into(window, "watchlist")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert window.docks.docks["watchlist"].isClosed()
    run(window, "reopen_panel")
    assert not window.docks.docks["watchlist"].isClosed()
    run(window, "reopen_panel")
    assert "View menu" in window.banner.label.text()


async def test_a_panel_closed_by_its_cross_or_the_menu_comes_back_too(window: MainWindow) -> None:
    docks = window.docks.docks
    docks["log"].closeDockWidget()
    docks["alerts"].toggleViewAction().trigger()
    chart = window.charts.new()
    await until(chart.isVisible)
    chart._indicators.add("atr")
    shown = chart.save_state()
    docks[chart.id].closeDockWidget()
    await until(lambda: not window.charts.charts)
    run(window, "reopen_panel")
    (again,) = window.charts.charts.values()
    assert again.save_state()["overlays"] == shown["overlays"]
    for name in ("alerts", "log"):
        assert docks[name].isClosed()
        run(window, "reopen_panel")
        assert not docks[name].isClosed()


async def test_what_a_layout_closes_is_not_brought_back(window: MainWindow) -> None:
    docks = window.docks.docks
    docks["log"].closeDockWidget()
    without = window.layout_now()
    run(window, "reopen_panel")
    assert window.apply_layout(without)
    assert docks["log"].isClosed()
    run(window, "reopen_panel")
    assert docks["log"].isClosed()


async def test_a_further_chart_that_was_closed_comes_back_with_what_it_showed(window: MainWindow) -> None:
    chart = window.charts.new()
    await until(lambda: chart.isVisible())
    chart._indicators.add("atr")
    shown = chart.save_state()
    await into(window, chart.id)
    run(window, "close_panel")
    await until(lambda: not window.charts.charts)
    run(window, "reopen_panel")
    (again,) = window.charts.charts.values()
    assert again.save_state()["overlays"] == shown["overlays"]


async def test_a_panel_grows_at_the_cost_of_its_neighbour_and_never_beyond(window: MainWindow) -> None:
    await into(window, "chart")
    area, whole = window.docks.docks["chart"].dockAreaWidget(), window.docks.manager.width()
    wide, high = area.width(), area.height()
    run(window, "wider", "higher")
    await until(lambda: area.width() > wide and area.height() > high)
    run(window, "narrower", "lower")
    await until(lambda: (area.width(), area.height()) == (wide, high))
    run(window, *["wider"] * 60)
    assert area.width() < whole


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_a_panel_floats_and_comes_back_beside_what_it_lay_with(window: MainWindow) -> None:
    dock, tabs = window.docks.docks["alerts"], window.docks.docks["log"]
    await into(window, "alerts")
    run(window, "float_panel")
    assert dock.isFloating()
    run(window, "float_panel")
    assert not dock.isFloating()
    assert dock.dockAreaWidget() is tabs.dockAreaWidget()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_a_panel_that_lay_above_another_comes_back_above_it_and_not_over_the_chart(window: MainWindow) -> None:
    docks = window.docks.docks
    window.resize(1600, 900)
    window.reset_layout()
    await into(window, "watchlist")
    run(window, "float_panel")
    assert docks["watchlist"].isFloating()
    run(window, "float_panel")
    area = docks["watchlist"].dockAreaWidget()
    assert area.dockWidgetsCount() == 1
    splitter = area.parentWidget()
    assert splitter is docks["book"].dockAreaWidget().parentWidget()
    assert splitter.indexOf(area) < splitter.indexOf(docks["book"].dockAreaWidget())


async def test_the_chart_that_floats_is_the_one_that_commands_are_for(window: MainWindow) -> None:
    chart = window.charts.new()
    await until(chart.isVisible)
    await into(window, chart.id)
    assert window.charts.current is chart
    window.palette_control.open().close()
    assert window.charts.current is chart
    await into(window, "log")
    assert window.charts.current is window.chart


async def test_every_border_in_a_panel_is_moved_by_arrow_keys(window: MainWindow) -> None:
    window.show_panel("connections")
    await until(window.connections.isVisible)
    split = window.connections.findChild(Splitter)
    before = split.sizes()
    border = split.handle(1)
    assert border.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert border.accessibleName()
    QTest.keyClick(border, Qt.Key.Key_Down)
    grown = split.sizes()[0]
    assert grown > before[0]
    QTest.keyClick(border, Qt.Key.Key_Up)
    assert split.sizes()[0] < grown


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_the_keyboard_goes_from_a_floating_panel_to_the_one_that_is_called_up(window: MainWindow) -> None:
    await into(window, "log")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F, CONTROL_SHIFT)
    assert window.docks.docks["log"].isFloating()
    await until(lambda: QApplication.activeWindow() is window.log.window() is not window)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    await until(lambda: QApplication.activeWindow() is window)
    assert window.watchlist.isAncestorOf(QApplication.focusWidget())
