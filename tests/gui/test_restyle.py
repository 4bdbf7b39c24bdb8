from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow
from tradebot_gui.theme import sheet
from tradebot_gui.theme.theme import DARK, LIGHT, Theme


def looks(window: MainWindow) -> dict[str, list[tuple[str, ...]]]:
    """The colours and font of every part of every panel and of what is around them."""
    roles = QPalette.ColorRole
    shown = (roles.WindowText, roles.Text, roles.ButtonText, roles.Base, roles.Window, roles.PlaceholderText)
    panels = {"window": window, **window.docks.panels}
    return {
        name: [
            (type(part).__name__, part.font().toString(), *(part.palette().color(role).name() for role in shown))
            for part in panel.findChildren(QWidget)
        ]
        for name, panel in panels.items()
    }


def anew(theme: Theme, window: MainWindow) -> None:
    """Qt's own way: every widget at once."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setStyleSheet("")
    sheet.apply(app, theme, window.icon_cache)


async def test_part_by_part_gives_the_looks_that_all_at_once_gives(window: MainWindow, desk: Desk) -> None:
    desk.set_theme(LIGHT)
    turns: list[bool] = []
    await until(lambda: turns.append(True) or not window.restyling.active)
    part_by_part = looks(window)
    anew(LIGHT, window)
    assert part_by_part == looks(window)
    assert len(turns) > 5


async def test_a_theme_that_is_chosen_in_the_middle_of_another_is_the_one_that_stays(
    window: MainWindow, desk: Desk
) -> None:
    desk.set_theme(LIGHT)
    await until(lambda: QApplication.palette().window().color().name() == LIGHT.surface)
    assert window.restyling.active
    desk.set_theme(DARK)
    await until(lambda: not window.restyling.active)
    after = looks(window)
    anew(DARK, window)
    assert after == looks(window)


async def test_a_panel_behind_others_has_the_colours_when_it_comes_into_sight(window: MainWindow, desk: Desk) -> None:
    desk.set_theme(LIGHT)
    await until(lambda: not window.restyling.active)
    window.show_panel("alerts")
    assert window.alerts.view.palette().text().color().name() == LIGHT.text
    assert window.alerts.new.palette().buttonText().color().name() == LIGHT.on_accent
