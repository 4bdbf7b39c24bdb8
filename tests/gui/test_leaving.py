"""Closing while something runs, as a person does it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QSystemTrayIcon

from tests.gui.fake_engine import FakeEngine
from tests.gui.fake_rooms import FakeJob
from tests.gui.fixtures import until
from tradebot_gui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "This plugin does not support", extend=True)


@pytest.fixture
def left(window: MainWindow) -> list[bool]:
    told: list[bool] = []
    window.closed.connect(lambda: told.append(True))
    return told


def press(box: QMessageBox, word: str) -> None:
    QTest.mouseClick(next(b for b in box.buttons() if word in b.text()), Qt.MouseButton.LeftButton)


async def asked(window: MainWindow) -> QMessageBox:
    window.commands.by_id["file.exit"].trigger()
    await until(lambda: window.leaving.question is not None and window.leaving.question.isVisible())
    return window.leaving.question


async def test_a_running_backtest_is_told_in_numbers_and_goes_on_after_cancel(
    window: MainWindow, engine: FakeEngine, left: list[bool]
) -> None:
    window.start_backtest()
    await until(lambda: engine.backtests.runs)
    engine.backtests.runs[0].tell(0.43)
    await until(lambda: window.status.job.jobs and window.status.job.jobs[0].report is not None)
    await engine.start_collecting(["BTCUSDT"], ["1m", "5m"])
    await engine.recorder.start()
    box = await asked(window)
    lines = box.text().splitlines()
    assert lines[0].endswith("43 %, 3.0 s to go")
    assert lines[1:] == ["Recorder: 1.0 MB written", "Collector: 2 series"]
    window.close()
    assert window.findChildren(QMessageBox) == [box]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert left == []
    press(await asked(window), "Close the terminal")
    assert left == [True]


async def test_a_restart_that_is_called_off_is_forgotten(window, engine, left: list[bool]) -> None:
    await engine.start_collecting(["BTCUSDT"], ["1m"])
    window.commands.by_id["file.restart"].trigger()
    await until(lambda: window.leaving.question is not None)
    press(window.leaving.question, "Cancel")
    assert (window.restarting, left) == (False, [])


async def test_who_does_not_want_to_be_asked_for_the_collector_is_asked_for_work_alone(
    window: MainWindow, engine: FakeEngine, left: list[bool]
) -> None:
    await engine.start_collecting(["BTCUSDT"], ["1m"])
    box = await asked(window)
    box.checkBox().click()
    press(box, "Close the terminal")
    await until(lambda: engine.settings.appearance.ask_at_close == "work")
    window.close()
    assert left == [True, True]
    job = FakeJob()
    window.desk.job_started.emit(job)
    box = await asked(window)
    assert "waiting" in box.text().splitlines()[0]
    press(box, "Cancel")
    await engine.change("appearance.ask_at_close", "never")
    window.close()
    assert len(left) == 3


async def test_it_goes_on_in_the_tray_whose_icon_tells_what_runs(window, engine, left, monkeypatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    await engine.start_collecting(["BTCUSDT"], ["1m"])
    window.showMaximized()
    press(await asked(window), "in the tray")
    await until(window.isHidden)
    await until(window.tray.icon.isVisible)
    assert left == []
    window.refresh()
    assert "Collector: 1 series" in window.tray.icon.toolTip()
    window.tray.menu.aboutToShow.emit()
    assert [a.text() for a in window.tray.running] == ["Collector: 1 series"]
    window.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    await until(window.isVisible)
    assert window.isMaximized()
    await engine.change("appearance.tray", False)


async def test_a_maximised_window_that_was_minimised_comes_back_so(window: MainWindow) -> None:
    window.showMaximized()
    window.showMinimized()
    window.tray.show_window()
    assert window.isVisible()
    assert window.isMaximized()
    assert not window.isMinimized()
