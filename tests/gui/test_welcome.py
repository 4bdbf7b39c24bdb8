"""The first start: set-up, tour, and the page of the guide that fits."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from shared_modules.core import paths
from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.dialogs.guide import GuidePage, guide_page
from tradebot_gui.help_pages import FIRST, PAGES, help_page
from tradebot_gui.main_window import MainWindow
from tradebot_gui.tour import STEPS

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


async def test_escape_ends_the_tour(window: MainWindow) -> None:
    tour = window.start_tour()
    click(tour.next)
    click(tour.back)
    assert tour.title.text() == "Market watch"
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    assert tour.isHidden()
    assert tour.frame.isHidden()


async def test_f1_opens_the_page_of_the_panel_with_the_keyboard(window: MainWindow) -> None:
    assert help_page(window.chart.view) == "charts.md"
    assert help_page(window.watchlist.search) == "market.md"
    assert help_page(window.data) == "data-manager.md"
    assert help_page(window.connections) == "connections.md"
    assert help_page(None) == FIRST


async def test_every_panel_has_a_page_that_exists(window: MainWindow) -> None:
    for panel in window.panels:
        assert (GUIDE / help_page(panel)).exists(), panel.id
    assert {panel.id for panel in window.panels} <= set(PAGES)


async def test_the_guide_goes_back_to_the_contents_and_finds_words(window: MainWindow) -> None:
    guide = guide_page(GUIDE / "charts.md", window).body
    assert isinstance(guide, GuidePage)
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
    guide.window().close()
