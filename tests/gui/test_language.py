"""Every word of the window goes through the language; German is complete where a person begins."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QPushButton, QTabWidget

from shared_modules.core.errors import ConfigurationError
from shared_modules.core.paths import resources
from shared_modules.core.settings import Settings
from tests.gui.fake_engine import FakeEngine
from tests.gui.spoken import spoken
from tradebot_gui import language
from tradebot_gui.actions import MENUS, actions
from tradebot_gui.dialogs.settings_dialog import SECTIONS, SettingsDialog
from tradebot_gui.language import NAMES, read, tr, tr_numbered, use, words_of
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.backtest.setup import SetupForm
from tradebot_gui.panels.results.panel import TABS
from tradebot_gui.qt_language import QtWords
from tradebot_gui.tour import STEPS

FILES = sorted((resources() / "languages").glob("*.po"))
HOLES = re.compile(r"{\w+}")


class Marked(dict[str, str]):
    """A language in which every word can be told from one that was forgotten."""

    def get(self, text: str, _: object = None) -> str:
        return f"«{text}»"


@pytest.fixture
def marked() -> Iterator[None]:
    use(Marked())
    yield
    use({})


async def test_menus_panels_toolbar_and_status_bar_speak_the_language(marked: None, window: MainWindow) -> None:
    shown = [a.text() for a in window.menuBar().actions()]
    shown += [a.text() for a in window.commands.all] + [str(a.property("tip")) for a in window.commands.all]
    shown += [dock.windowTitle() for dock in window.docks.docks.values()]
    shown += [label.accessibleName() for label in window.status.findChildren(QLabel) if label.accessibleName()]
    table = window.watchlist.table
    shown += [str(table.headerData(n, window.watchlist.view.horizontalHeader().orientation()))
              for n in range(len(table.columns))]  # fmt: skip
    assert [text for text in shown if "«" not in text] == []


async def test_dialogs_speak_the_language(marked: None, window: MainWindow) -> None:
    settings = SettingsDialog(window.desk, window)
    tabs = settings.findChild(QTabWidget)
    assert [tabs.tabText(n) for n in range(tabs.count())] == [f"«{title}»" for title in SECTIONS.values()]
    spoken = [settings, window.open_setup()]
    window.open_shortcuts()
    window.open_workspaces()
    spoken += [d for d in window.findChildren(type(settings).__mro__[1]) if d not in spoken]
    for dialog in spoken:
        assert "«" in dialog.windowTitle() or not dialog.windowTitle()
        own = [b for b in dialog.findChildren(QPushButton) if not isinstance(b.parent(), QDialogButtonBox)]
        assert [b.text() for b in own if "«" not in b.text()] == []
        dialog.close()


OWN = ("Scroll Left", "Scroll Right")  # of Qt, which translates them itself


async def test_every_text_of_a_result_and_of_an_alert_speaks_the_language(marked: None, window: MainWindow) -> None:
    for kind in TABS:
        window.results.tab(kind)
    alert = window.alerts.make("BTCUSDT", 1.0)
    for owner in (window.results, window.alerts, window.watchlist, window.notifications, window.log, alert):
        buttons = {b.text() for box in owner.findChildren(QDialogButtonBox) for b in box.buttons()}
        silent = {(where, text) for where, text in spoken(owner) if "«" not in text and text not in (*OWN, *buttons)}
        assert {(w, t) for w, t in silent if not w.startswith("choice")} == set(), owner.objectName()
    alert.close()


def test_german_has_every_menu_title_tip_and_step_of_the_tour() -> None:
    german = words_of("de")
    asked = [*MENUS, *(text for a in actions() for text in (a.title, a.tip) if "workspace." not in a.id)]
    asked += [text for _, title, about in STEPS for text in (title, about)]
    assert [text for text in asked if text not in german] == []


def test_german_has_every_title_of_the_backtest_form(qapp: QApplication) -> None:
    german, form = words_of("de"), SetupForm(lambda symbol: symbol)
    for _ in form.build(Settings()):
        pass
    asked = [text for s in form.sections for text in (s.title, *(e.title for e in s.entries))]
    assert [text for text in asked if text not in german] == []


def test_the_backtest_form_speaks_the_language(marked: None, qapp: QApplication) -> None:
    form = SetupForm(lambda symbol: symbol)
    for _ in form.build(Settings()):
        pass
    for section in form.sections:
        labels = [label for label in section.findChildren(QLabel) if label.buddy() is not None]
        assert [label.text() for label in labels if "«" not in label.text() + label.toolTip()] == []
        assert "«" in section.head.text()


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_translation_has_the_holes_of_its_text(file: Path) -> None:
    for text, said in read(file).items():
        assert sorted(HOLES.findall(text)) == sorted(HOLES.findall(said)), text


def test_every_language_on_offer_has_its_file() -> None:
    assert {file.stem for file in FILES} == set(NAMES) - {"en"}


def test_titles_with_a_number_keep_it() -> None:
    use({"Chart": "Tafel"})
    try:
        assert (tr_numbered("Chart 2"), tr_numbered("Chart"), tr("Sonst")) == ("Tafel 2", "Tafel", "Sonst")
        assert QtWords().translate("QDialog", "&Chart") == "Tafel"
        assert QtWords().translate("QDialog", "&Cancel") == "&Cancel"
    finally:
        use({})


def test_a_catalogue_may_break_its_lines_and_leave_words_out(tmp_path: Path) -> None:
    path = tmp_path / "xx.po"
    path.write_text(
        '# of mine\nmsgid ""\nmsgstr "head"\n\nmsgid "a "\n"b"\nmsgstr "c\\n"\n"d"\n\nmsgid "e"\nmsgstr ""\n'
    )
    assert read(path) == {"a b": "c\nd"}
    path.write_text("nonsense\n")
    with pytest.raises(ConfigurationError, match=r"xx\.po"):
        read(path)


async def test_the_language_is_a_setting_and_a_restart_is_offered(window: MainWindow, engine: FakeEngine) -> None:
    left: list[int] = []
    window.closed.connect(lambda: left.append(1))
    await engine.change("appearance.language", "de")
    assert window.banner.step.isVisible()
    assert "restart" in window.banner.label.text()
    window.banner.step.click()
    assert (left, window.restarting) == ([1], True)
    assert language.words_of("en") == {}
