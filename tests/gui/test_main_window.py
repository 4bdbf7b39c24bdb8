import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QMenu

from shared_modules.core.events import Notice
from tests.gui.fake_engine import FakeEngine, result
from tests.gui.fixtures import until
from tradebot_gui import desk as desk_module
from tradebot_gui import texts
from tradebot_gui.actions import MENUS, actions, panel_keys
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.results.equity import EquityTab
from tradebot_gui.panels.results.trades import TradesTab


def menu_titles(window: MainWindow) -> list[str]:
    return [a.text() for a in window.menuBar().actions()]


def within(menu: QMenu) -> list[QAction]:
    """The actions of ``menu`` and of those in it."""
    listed = [a for a in menu.actions() if not a.isSeparator()]
    return [b for a in listed for b in (within(a.menu()) if a.menu() is not None else [a])]


async def test_every_action_is_in_exactly_one_menu(window: MainWindow) -> None:
    assert menu_titles(window) == list(MENUS)
    listed = [a for menu in window.menuBar().actions() for a in within(menu.menu())]
    assert len(listed) == len(set(listed)) == len(window.commands.by_id)


async def test_every_menu_fits_a_small_screen_in_one_column(window: MainWindow) -> None:
    for action in window.menuBar().actions():
        assert action.menu().sizeHint().height() < 700, action.text()


async def test_a_narrow_window_has_the_icons_of_its_tools_alone(window: MainWindow) -> None:
    tools = window.commands.toolbar
    window.resize(1400, 700)
    wide = tools.sizeHint().width()
    window.resize(900, 700)
    assert tools.sizeHint().width() < wide - 100


async def test_the_status_bar_fits_a_narrow_window_while_something_runs(window: MainWindow) -> None:
    status = window.status
    for width, shown in ((1920, True), (1366, False), (960, False)):
        window.resize(width, 700)
        status.job.setVisible(True)
        status.job.name.setText("SMA crossover · BTCUSDT, ETHUSDT")
        window.refresh()
        assert window.width() == width
        parts = (status.mode, status.feed, status.rest, status.rate, status.job, status.time, status.clock,
                 status.collector, status.load, status.late)  # fmt: skip
        assert sum(part.sizeHint().width() for part in parts if part.isVisibleTo(window)) <= width
        assert status.rate.isVisibleTo(window) is shown
    status.job.setVisible(False)
    window.refresh()
    assert status.rate.isVisibleTo(window)


async def test_a_click_on_a_state_shows_the_panel_that_tells_more(window: MainWindow, engine: FakeEngine) -> None:
    status = window.status
    window.refresh()
    shown = {status.feed: "connections", status.collector: "collector", status.late: "log", status.rest: "connections"}
    for label, panel in shown.items():
        QTest.mouseClick(label, Qt.MouseButton.LeftButton)
        assert window.docks.panels[panel].isVisible()
    QTest.mouseClick(status.time, Qt.MouseButton.LeftButton)
    assert window.docks.panels["connections"].isVisible()


async def test_the_theme_follows_the_system_while_that_is_wanted(
    window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "system_is_light", lambda: True)
    await engine.change("appearance.theme", "system")
    assert window.desk.theme.name == "light"
    monkeypatch.setattr(desk_module, "system_is_light", lambda: False)
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.desk.theme.name == "dark"
    await engine.change("appearance.theme", "light")
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert window.desk.theme.name == "light"


async def test_no_two_actions_share_keys(window: MainWindow) -> None:
    keys = [k.toString() for a in window.commands.all for k in a.shortcuts() if not k.isEmpty()]
    assert len(keys) == len(set(keys))
    assert {"F5", "Shift+F5", "F1", "F11", "Ctrl+S", "Ctrl+K"} <= set(keys)


def test_every_action_says_what_it_does() -> None:
    assert all(a.title and a.tip and a.menu in MENUS for a in actions())
    assert len({a.id for a in actions()}) == len(actions())


async def test_f5_runs_a_backtest_and_shift_f5_stops_it(window: MainWindow, engine: FakeEngine) -> None:
    start, stop = window.commands.by_id["backtest.start"], window.commands.by_id["backtest.stop"]
    assert not stop.isEnabled()
    start.trigger()
    await until(lambda: engine.backtests.runs)
    await until(lambda: window.status.job.isVisibleTo(window))
    await until(lambda: stop.isEnabled())
    stop.trigger()
    await until(lambda: engine.backtests.runs[0].state.final)
    await until(lambda: not window.status.job.isVisibleTo(window))
    await until(lambda: start.isEnabled() and not stop.isEnabled())


async def test_f6_pauses_a_backtest_and_lets_it_go_on(window: MainWindow, engine: FakeEngine) -> None:
    pause = window.commands.by_id["backtest.pause"]
    window.start_backtest()
    await until(lambda: pause.isEnabled())
    pause.trigger()
    assert engine.backtests.runs[0].state.value == "paused"
    pause.trigger()
    assert engine.backtests.runs[0].state.value == "running"


async def test_the_collector_is_started_and_stopped_from_the_menu(window: MainWindow, engine: FakeEngine) -> None:
    window.commands.by_id["data.start"].trigger()
    await until(lambda: engine.collector.running)
    assert not window.commands.by_id["data.start"].isEnabled()
    window.commands.by_id["data.stop"].trigger()
    await until(lambda: not engine.collector.running)


async def test_switching_the_theme_recolours_the_window_and_is_kept(window: MainWindow, engine: FakeEngine) -> None:
    def ground() -> str:
        return window.grab().toImage().pixelColor(3, window.height() - 3).name()

    dark = ground()
    assert window.docks.manager.styleSheet() == ""
    assert dark == window.desk.theme.surface
    window.switch_theme()
    await until(lambda: window.desk.theme.name == "light")
    assert ground() == window.desk.theme.surface != dark
    # the dock manager brings none of its own, which would win over the theme's
    QApplication.processEvents()
    assert window.docks.manager.styleSheet() == ""
    assert engine.settings.appearance.theme == "light"


async def test_another_time_zone_is_seen_at_once_in_every_table_and_plot(
    window: MainWindow, engine: FakeEngine
) -> None:
    window.desk.notice.emit("info", "now")
    (entry,) = window.notifications.table.records
    column = window.notifications.table.columns[0]
    equity = window.results.tab(EquityTab)
    await engine.change("appearance.time_zone", "UTC")
    await until(lambda: equity.plot.zone.label(0) == "UTC")
    assert window.notifications.table.text(column, entry) == texts.when(entry.at, "UTC", "%m-%d %H:%M:%S")
    await engine.change("appearance.time_zone", "Asia/Tokyo")
    await until(lambda: equity.plot.zone.label(0) == "JST")
    assert window.notifications.table.text(column, entry) == texts.when(entry.at, "Asia/Tokyo", "%m-%d %H:%M:%S")
    assert window.chart.view.zone.label(0) == "JST"


async def test_the_status_bar_speaks_in_words(window: MainWindow) -> None:
    window.refresh()
    assert window.status.mode.text() == "DEMO"
    assert "connected" in window.status.feed.text()
    assert "44 msg/s" in window.status.rate.text()
    assert window.status.clock.text() == "clock +12 ms"


async def test_a_closed_panel_comes_back_by_its_action(window: MainWindow) -> None:
    window.docks.docks["log"].toggleView(False)
    window.commands.by_id["view.panel.log"].trigger()
    assert not window.docks.docks["log"].isClosed()


async def test_reset_layout_brings_everything_back(window: MainWindow) -> None:
    for dock in window.docks.docks.values():
        dock.toggleView(False)
    window.reset_layout()
    assert not any(dock.isClosed() for dock in window.docks.docks.values())


DAMAGED = (
    "{",
    '{"version": 1, "geometry": [0,0,9,9], "maximised": 0, "docks": "AAAA", "panels": {"log": {"level": 3}}}',
)


@pytest.mark.qt_log_ignore("qUncompress")
@pytest.mark.parametrize("text", DAMAGED)
async def test_a_damaged_layout_opens_the_usual_workspace(desk: Desk, engine: FakeEngine, text: str) -> None:
    engine.paths.layout.write_text(text, encoding="utf-8")
    window = MainWindow(desk, (1200, 760))
    window.show()
    assert not any(dock.isClosed() for dock in window.docks.docks.values())
    await until(lambda: "layout.damaged.json" in window.banner.label.text())
    window.hide()
    window.deleteLater()


async def test_the_layout_file_holds_what_panels_keep(window: MainWindow, engine: FakeEngine) -> None:
    window.log.level.setCurrentText("ERROR")
    window.save_layout()
    data = json.loads(engine.paths.layout.read_text(encoding="utf-8"))
    assert data["panels"]["log"]["level"] == "ERROR"


async def test_an_unwritable_layout_is_said(window: MainWindow, engine: FakeEngine) -> None:
    engine.paths.layout.mkdir()
    assert not window.keep_layout()
    assert "not saved" in window.banner.label.text()


async def test_a_notice_of_the_engine_is_a_banner_and_no_box(window: MainWindow, engine: FakeEngine) -> None:
    engine.bus.publish(Notice("error", "The exchange does not answer."))
    assert window.banner.isVisible()
    assert window.banner.label.text() == "Error: The exchange does not answer."
    engine.bus.publish(Notice("info", "Something small."))
    assert "does not answer" in window.banner.toasts[0].label.text()
    assert QApplication.activeModalWidget() is None


async def test_a_trade_shown_calls_up_the_chart(window: MainWindow, engine: FakeEngine) -> None:
    window.docks.docks["chart"].toggleView(False)
    window.start_backtest()
    await until(lambda: engine.backtests.runs)
    run = engine.backtests.runs[0]
    run.finish(result(run.request))
    await until(lambda: window.results.result)
    window.results.go_to(TradesTab)
    await until(lambda: window.results.tab(TradesTab).rows.rowCount())
    view = window.results.tab(TradesTab).view
    view.clicked.emit(view.rows.index(0, 0))
    assert not window.docks.docks["chart"].isClosed()


async def test_everything_to_press_or_fill_has_a_name_and_a_tooltip(window: MainWindow) -> None:
    nameless = []
    for panel in window.panels:
        for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit):
            for widget in panel.findChildren(kind):
                inner = isinstance(
                    widget.parent(), (QComboBox, QAbstractSpinBox, QLineEdit)
                ) or widget.objectName().startswith(("qt_", "Scroll"))
                if panel.id != "chart" and not inner and not (widget.accessibleName() or widget.text()):
                    nameless.append((panel.id, type(widget).__name__))
                if panel.id != "chart" and not inner and not widget.toolTip():
                    nameless.append((panel.id, type(widget).__name__, "tooltip"))
    assert nameless == []


async def test_closing_asks_the_application_first(window: MainWindow) -> None:
    told = []
    window.closed.connect(lambda: told.append(True))
    assert not window.close()
    assert told == [True]
    assert window.isVisible()


async def test_all_panels_can_be_reached_by_keyboard(window: MainWindow) -> None:
    for n, panel in enumerate(window.panels, start=1):
        action = window.commands.by_id[f"view.panel.{panel.id}"]
        assert action.shortcut() == QKeySequence(panel_keys(n))
        assert n > 19 or not action.shortcut().isEmpty()
        action.trigger()
        assert panel.first_focus().focusPolicy() != Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize(("width", "beside"), [(960, "watchlist"), (1900, "chart")])
async def test_a_narrow_window_has_one_column_beside_the_chart(window: MainWindow, width: int, beside: str) -> None:
    docks = window.docks
    docks.arrange(width, 500)
    area = docks.docks["strategies"].dockAreaWidget()
    assert (area is docks.docks["watchlist"].dockAreaWidget()) is (beside == "watchlist")
    assert docks.docks["chart"].dockAreaWidget().dockWidgetsCount() == 1
    assert not any(dock.isClosed() for dock in docks.docks.values())
    assert QApplication.instance().styleSheet() != ""


async def test_every_column_of_the_market_watch_is_in_sight_on_a_full_hd_screen(window: MainWindow) -> None:
    window.resize(1920, 1080)
    window.reset_layout()
    QApplication.processEvents()
    view = window.watchlist.view
    assert view.horizontalHeader().length() <= view.viewport().width()
