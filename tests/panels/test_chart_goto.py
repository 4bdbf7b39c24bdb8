"""Going to a date on the chart."""

from PySide6.QtCore import Qt

from tests.gui.fixtures import until
from tradebot_gui.panels.chart_goto import GoToDialog

from .test_chart import END, MINUTE, desk, engine, panel

__all__ = ["desk", "engine", "panel"]
DAY = 1440 * MINUTE


def middle(panel) -> int:
    span = panel.view.span
    return int(panel.view.data.time_of(round((span.x0 + span.x1) / 2)))


def asked(panel) -> GoToDialog:
    panel.menu.menu()  # as it is made, so that a missing entry is seen
    next(a for a in panel.menu.menu().actions() if a.text().startswith("Go to a date")).trigger()
    return panel.findChildren(GoToDialog)[-1]


async def test_a_date_before_what_is_loaded_is_fetched_and_shown_in_the_middle(panel, qtbot):
    panel.view.set_time_zone("America/New_York")
    dialog = asked(panel)
    wanted = (END - 4 * DAY) // MINUTE * MINUTE
    assert wanted < panel.view.data.time_of(panel.view.data.first)
    dialog.when.set_moment(wanted)
    qtbot.keyClick(dialog.when, Qt.Key.Key_Return)
    await until(lambda: middle(panel) == wanted)
    assert panel.view.data.candle(panel.view.data.bar_at(wanted)) is not None


async def test_a_date_to_come_shows_the_newest_candle(panel):
    panel.view.pan(-300)
    dialog = asked(panel)
    dialog.when.set_moment(END + 9 * DAY)
    dialog.accept()
    assert panel.view.span.follows


async def test_a_date_before_the_first_candle_says_so_and_shows_that(panel, desk):
    told = []
    desk.notice.connect(lambda _, text: told.append(text))
    dialog = asked(panel)
    dialog.when.set_moment(END - 30 * DAY)
    dialog.accept()
    await until(lambda: told)
    assert "begins after it" in told[0]
    assert panel.view.span.x0 <= panel.view.data.first


async def test_cancel_leaves_the_chart_where_it_is(panel, qtbot):
    before = panel.view.span.x0
    dialog = asked(panel)
    dialog.when.set_moment(END - DAY)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert panel.view.span.x0 == before
