"""Notices over the window: many at once, in quiet times, and put away."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from shared_modules.core.events import Notice
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.banner import MOST, WIDEST
from tradebot_gui.main_window import MainWindow


def shown(window: MainWindow) -> list[str]:
    return [toast.label.text() for toast in window.banner.toasts if toast.isVisible()]


async def test_an_alert_stays_while_a_person_goes_on(window: MainWindow) -> None:
    window.desk.notice.emit("alert", "BTCUSDT crosses 100")
    for n in range(5):
        window.desk.notice.emit("info", f"Saved {n}.")
    assert shown(window) == ["Alert: BTCUSDT crosses 100", "Saved 4."]


async def test_of_many_notices_the_worst_and_newest_are_shown_and_all_are_listed(window: MainWindow) -> None:
    window.desk.notice.emit("error", "The disk is full.")
    for n in range(6):
        window.desk.notice.emit("warning", f"Slow {n}.")
    assert shown(window) == ["Error: The disk is full.", "Warning: Slow 4.", "Warning: Slow 5."]
    assert len(shown(window)) == MOST
    assert len(window.notifications.table.records) == 7
    window.desk.notice.emit("warning", "Slow 4.")
    assert shown(window)[1] == "Warning: Slow 4. (×2)"


async def test_notices_lie_below_one_another_within_the_window(window: MainWindow) -> None:
    window.desk.notice.emit("error", "It did not work. " * 20)
    window.desk.notice.emit("warning", "Slow.")
    window.resize(700, 500)
    await until(lambda: window.banner.toasts[0].height() > window.banner.toasts[1].height())
    assert window.rect().contains(window.banner.geometry())
    assert window.banner.width() <= WIDEST
    assert window.banner.toasts[0].geometry().bottom() < window.banner.toasts[1].geometry().top()


async def test_a_notice_is_put_away_by_its_cross_and_all_by_a_command(window: MainWindow) -> None:
    for text in ("One.", "Two.", "Three."):
        window.desk.notice.emit("warning", text)
    QTest.mouseClick(window.banner.toasts[1].findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert shown(window) == ["Warning: One.", "Warning: Three."]
    window.commands.by_id["tools.put_away"].trigger()
    assert window.banner.isHidden()


async def test_an_offer_stays_while_other_notices_come_and_is_taken_once(window: MainWindow) -> None:
    taken: list[int] = []
    for _ in range(2):
        window.banner.offer("Needs a restart.", "Restart now", lambda: taken.append(1))
    window.desk.notice.emit("info", "Saved.")
    QTest.mouseClick(window.banner.step, Qt.MouseButton.LeftButton)
    assert taken == [1]
    assert shown(window) == ["Saved."]


async def test_in_quiet_times_warnings_are_only_listed_and_errors_still_shown(
    window: MainWindow, engine: FakeEngine
) -> None:
    window.commands.by_id["tools.quiet"].trigger()
    await until(lambda: window.status.quiet.isVisible())
    window.desk.notice.emit("alert", "BTCUSDT crosses 100")
    engine.bus.publish(Notice("warning", "Slow."))
    assert shown(window) == []
    assert window.status.unread.text() == "2 unread"
    window.desk.notice.emit("error", "The disk is full.")
    window.desk.notice.emit("info", "Layout saved.")
    assert shown(window) == ["Error: The disk is full.", "Layout saved."]
    window.commands.by_id["tools.quiet"].trigger()
    await until(lambda: not window.status.quiet.isVisible())
