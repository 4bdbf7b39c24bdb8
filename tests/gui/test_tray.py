"""The terminal in the system tray, on a desktop that has one."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSystemTrayIcon

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.main_window import MainWindow
from tradebot_gui.tray import Tray

# the platform of tests has no tray, and says so
pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)


@pytest.fixture
def tray(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Tray:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    return window.tray


async def wanted(window: MainWindow, engine: FakeEngine, on: bool) -> None:
    await engine.change("appearance.tray", on)
    await until(lambda: window.tray.icon.isVisible() == on)


async def test_the_icon_is_there_while_the_setting_asks_for_it(window, engine, tray) -> None:
    await wanted(window, engine, True)
    assert [a.text() for a in tray.menu.actions() if isinstance(a, QAction) and a.text()] == [
        "Show the terminal", "Start collector", "Stop collector", "Exit",
    ]  # fmt: skip
    await wanted(window, engine, False)


async def test_a_minimised_window_goes_to_the_tray_and_comes_back_by_a_click(window, engine, tray) -> None:
    await wanted(window, engine, True)
    window.showMinimized()
    await until(window.isHidden)
    tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    await until(lambda: window.isVisible() and not window.isMinimized())
    window.showMinimized()
    await until(window.isHidden)
    await wanted(window, engine, False)
    assert window.isVisible()


async def test_what_matters_is_told_from_the_tray_while_the_window_is_in_the_background(
    window, engine, tray, monkeypatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(tray.icon, "showMessage", lambda title, text, icon: told.append(text))
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    await wanted(window, engine, True)
    window.desk.notice.emit("info", "small talk")
    window.desk.notice.emit("alert", "BTCUSDT crosses 100")
    assert told == ["BTCUSDT crosses 100"]
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    window.desk.notice.emit("alert", "again")
    assert len(told) == 1
    await wanted(window, engine, False)
