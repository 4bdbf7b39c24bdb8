"""The first start: set-up, tour, and the page of the guide that fits."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

import tradebot_gui
from shared_modules.core import paths, settings
from shared_modules.core.settings import Settings
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.dialogs.guide import GuideSheet
from tradebot_gui.dialogs.shortcut_editor import ShortcutEditor
from tradebot_gui.help_pages import DIALOGS, FIRST, PAGES, help_page
from tradebot_gui.main_window import MainWindow
from tradebot_gui.moving import Moving
from tradebot_gui.tour import STEPS, Tour

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def click(part) -> None:
    QTest.mouseClick(part, Qt.MouseButton.LeftButton)


async def test_the_set_up_goes_page_by_page_and_keeps_every_choice(window: MainWindow, engine: FakeEngine) -> None:
    dialog = window.open_setup()
    assert "without risk" in dialog.pages.currentWidget().layout().itemAt(1).widget().text()
    click(dialog.next)
    dialog.theme.setCurrentIndex(1)
    dialog.rising.setCurrentIndex(dialog.rising.findData("blue"))
    await until(lambda: engine.settings.appearance.theme == "light" and engine.settings.appearance.rising == "blue")
    click(dialog.next)
    dialog.markets.button(1).click()
    await until(lambda: engine.settings.start.market == "live")
    click(dialog.next)
    assert dialog.next.text() == "Finish"
    click(dialog.next)
    await until(lambda: engine.settings.start.welcomed)


async def test_who_was_welcomed_is_not_welcomed_again(window: MainWindow, engine: FakeEngine) -> None:
    await engine.change("start.welcomed", True)
    opened: list[int] = []
    window.open_setup = lambda: opened.append(1)
    window.welcome()
    assert opened == []
    await engine.change("start.welcomed", False)
    window.welcome()
    assert opened == [1]


async def test_another_data_folder_holds_from_the_next_start_on(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "usual_data_dir", lambda: tmp_path / "usual")
    dialog = window.open_setup()
    dialog.use_folder(tmp_path / "else where")
    assert paths.default_data_dir() == tmp_path / "else where"
    (tmp_path / "else where").rmdir()
    assert paths.default_data_dir() == tmp_path / "usual"
    dialog.use_folder(None)
    assert not (tmp_path / "usual" / paths.POINTER).exists()
    (tmp_path / "file").write_text("")
    dialog.use_folder(tmp_path / "file" / "below")
    assert "cannot be used" in dialog.told.text()
    dialog.close()


async def test_the_set_up_is_gone_through_with_the_enter_key_alone(window: MainWindow, engine: FakeEngine) -> None:
    dialog = window.open_setup()
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    for page in (1, 2, 3):
        QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
        assert dialog.pages.currentIndex() == page
    dialog.back.setFocus()
    QTest.keyClick(dialog.back, Qt.Key.Key_Return)
    assert dialog.pages.currentIndex() == 2
    dialog.markets.button(0).setFocus()
    QTest.keyClick(dialog.markets.button(0), Qt.Key.Key_Down)
    await until(lambda: engine.settings.start.market == "live")
    for _ in range(2):
        QTest.keyClick(dialog.markets.button(1), Qt.Key.Key_Return)
    await until(lambda: engine.settings.start.welcomed)


async def test_what_only_a_restart_shows_is_offered_with_one_when_the_set_up_ends(
    window: MainWindow, engine: FakeEngine
) -> None:
    dialog = window.open_setup()
    dialog.markets.button(1).click()
    await until(lambda: engine.settings.start.market == "live")
    window.banner.clear()
    click(dialog.skip)
    await until(lambda: window.banner.isVisible() and window.banner.step.isVisible())
    assert "the market" in window.banner.label.text()
    window.banner.clear()
    window.open_setup().reject()
    await until(lambda: engine.settings.start.welcomed)
    assert window.banner.isHidden()


async def test_the_choices_of_the_set_up_are_found_in_the_folder_that_was_chosen_with_them(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "usual_data_dir", lambda: data_dir)
    present, other, old = (paths.DataPaths(d) for d in (data_dir, tmp_path / "other", tmp_path / "old"))
    settings.save(Settings().changed("appearance.theme", "light"), present.settings)
    moving = Moving(present)
    moving.choose(other.root)
    settings.save(Settings().changed("appearance.rising", "blue"), present.settings)
    moving.take_settings_along()
    assert settings.load(other.settings, {})[0].appearance.rising == "blue"
    assert moving.elsewhere
    old.root.mkdir()
    settings.save(Settings().changed("appearance.zoom", 150), old.settings)
    moving.choose(old.root)
    moving.take_settings_along()
    assert settings.load(old.settings, {})[0].appearance.zoom == 150


def test_a_data_folder_that_cannot_be_written_is_refused_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "usual_data_dir", lambda: tmp_path / "usual")
    locked = tmp_path / "locked"
    locked.mkdir()

    def refused(dir: Path, **_: object) -> None:
        if Path(dir) == locked:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(paths, "NamedTemporaryFile", refused)
    with pytest.raises(PermissionError):
        paths.choose_data_dir(locked)
    assert paths.default_data_dir() == tmp_path / "usual"


def test_a_chosen_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "usual_data_dir", lambda: tmp_path / "usual")
    assert paths.missing_data_dir() is None
    paths.choose_data_dir(tmp_path / "stick")
    assert paths.missing_data_dir() is None
    (tmp_path / "stick").rmdir()
    assert paths.missing_data_dir() == tmp_path / "stick"
    assert paths.default_data_dir() == tmp_path / "usual"


async def test_the_tour_shows_six_places_and_ends(window: MainWindow) -> None:
    tour = window.start_tour()
    seen = []
    for _ in STEPS:
        seen.append(tour.title.text())
        assert window.rect().contains(tour.geometry())
        click(tour.next)
    assert seen == [title for _, title, _ in STEPS]
    assert len(seen) == 6
    assert tour.isHidden()


def framed(window: MainWindow, tour: Tour) -> QRect:
    """What is framed, on the screen."""
    return QRect(tour.frame.mapToGlobal(QPoint(0, 0)), tour.frame.size())


@pytest.mark.parametrize("size", [(1200, 760), (960, 500)], ids=["wide", "narrow as at 200 %"])
@pytest.mark.parametrize("place", ["closed", "floating", "floating on another screen"])
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_the_tour_frames_a_panel_wherever_it_is(window: MainWindow, size: tuple[int, int], place: str) -> None:
    window.resize(*size)
    window.reset_layout()
    for panel, _, _ in STEPS[:-1]:
        dock = window.docks.docks[panel]
        if place == "closed":
            dock.toggleView(False)
        else:
            dock.setFloating()
            far = 4000 if "other" in place else 100
            dock.floatingDockContainer().setGeometry(far, far, 400, 300)
    tour = window.start_tour()
    for panel, title, _ in STEPS[:-1]:
        shown = window.docks.panels[panel]

        def around(shown=shown) -> bool:
            whole = QRect(shown.mapToGlobal(QPoint(0, 0)), shown.size())
            return framed(window, tour).adjusted(-2, -2, 2, 2).contains(whole)

        await until(around)
        # the platform without screens hides floating panels when their window is activated, and the frame with them
        assert not tour.frame.isHidden()
        assert tour.frame.height() > 40
        assert tour.title.text() == title
        assert window.rect().contains(tour.geometry())
        QTest.keyClick(tour.next, Qt.Key.Key_Return)
    tour.stop()


async def test_a_second_tour_takes_the_place_of_the_first(window: MainWindow) -> None:
    first = window.start_tour()
    second = window.start_tour()
    assert first.isHidden()
    assert second.isVisible()


async def test_escape_ends_the_tour(window: MainWindow) -> None:
    tour = window.start_tour()
    click(tour.next)
    click(tour.back)
    assert tour.title.text() == "Market watch"
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert tour.isHidden()
    assert tour.frame.isHidden()


def guide_shown(window: MainWindow) -> str:
    """The file of the page that is shown."""
    return Path(window.help._sheet.page.source().toLocalFile()).name


async def test_f1_opens_the_page_of_the_panel_with_the_keyboard(window: MainWindow) -> None:
    assert help_page(None) == FIRST
    for panel in window.panels:
        window.show_panel(panel.id)
        window.activateWindow()
        await until(lambda panel=panel: panel.isAncestorOf(QApplication.focusWidget()))
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
        assert guide_shown(window) == PAGES[panel.id], panel.id
        QTest.keyClick(window.help._sheet, Qt.Key.Key_Escape)


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
async def test_f1_knows_a_panel_that_floats(window: MainWindow) -> None:
    window.watchlist.search.setFocus()
    dock = window.docks.docks["alerts"]
    dock.setFloating()
    dock.floatingDockContainer().activateWindow()
    window.alerts.first_focus().setFocus()
    await until(lambda: window.alerts.isAncestorOf(QApplication.focusWidget()))
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    assert guide_shown(window) == "alerts.md"


@pytest.mark.parametrize(
    ("opened", "page"),
    [
        (lambda w: w.open_setup(), "first-steps.md"),
        (lambda w: w.open_settings(), "workspace.md"),
        (lambda w: w.chart._indicators.ask(), "charts.md"),
        (lambda w: w.alerts.make("BTCUSDT", 1.0), "alerts.md"),
        (lambda w: w.chart.menu.ask_template(), "charts.md"),
        (lambda w: w.chart.menu.ask_picture(), "charts.md"),
        (lambda w: w.workspaces.ask_name(), "workspace.md"),
        (lambda w: ShortcutEditor(w.desk, w.commands, w)._print(), "workspace.md"),
    ],
    ids=["set-up", "settings", "indicators", "alert", "template", "picture", "name of a workspace", "sheet of keys"],
)
async def test_f1_opens_the_page_of_a_dialog_beside_it(window: MainWindow, opened, page: str) -> None:
    opened(window)
    dialog = QApplication.activeModalWidget()
    dialog.activateWindow()
    await until(lambda: dialog.property("helped"))
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    assert guide_shown(window) == page
    assert QApplication.activeModalWidget() is dialog
    window.help._sheet.close()
    assert dialog.isVisible()
    dialog.close()


def test_no_dialog_is_a_static_one_of_qt_which_has_no_f1_and_holds_up_the_loop() -> None:
    static = re.compile(r"Q(File|Input)Dialog\.get|QMessageBox\.(question|information|warning)")
    sources = Path(tradebot_gui.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if static.search(path.read_text(encoding="utf-8"))] == []


async def test_every_dialog_of_the_program_has_a_page(window: MainWindow) -> None:
    def kinds(kind: type) -> set[type]:
        return {kind, *(k for sub in kind.__subclasses__() for k in kinds(sub))}

    own = {k for k in kinds(QDialog) if k.__module__.startswith("tradebot_gui.dialogs")}
    readable = {"Sheet", "GuideSheet", "Ask"}  # to be read themselves, or only a base
    assert {k.__name__ for k in own} - readable <= set(DIALOGS)
    assert {p for p in (*PAGES.values(), *DIALOGS.values()) if not (GUIDE / p).exists()} == set()


async def test_every_panel_has_a_page_that_exists(window: MainWindow) -> None:
    for panel in window.panels:
        assert (GUIDE / help_page(panel)).exists(), panel.id
    assert {panel.id for panel in window.panels} <= set(PAGES)


async def test_the_guide_goes_back_to_the_contents_and_finds_words(window: MainWindow) -> None:
    guide = GuideSheet(window)
    guide.turn_to(GUIDE / "charts.md")
    guide.search.setText("kinetic-free nonsense")
    assert not guide.page.textCursor().hasSelection()
    guide.search.setText("magnet")
    first = guide.page.textCursor().position()
    assert guide.page.textCursor().selectedText() == "magnet"
    guide.find()
    assert guide.page.textCursor().position() > first
    click(guide.contents)
    assert guide.page.source().fileName() == FIRST
    click(guide.back)
    assert guide.page.source().fileName() == "charts.md"
    guide.close()
