"""The palette as a person uses it: actions, panels, charts and symbols; what was used last comes first."""

import json

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui.main_window import MainWindow
from tradebot_gui.palette import MOST, Entry, Palette, Recent, fit


async def test_the_palette_finds_actions_panels_charts_and_symbols(window: MainWindow, engine: FakeEngine) -> None:
    window.charts.new()
    palette = window.palette_control.open()
    assert not any("SOLUSDT" in title for title in palette.found)
    for letters, first in (("full scr", "View: Full screen"), ("order b", "View: Order book"), ("chart 2", "Chart 2"),
                           ("sol", "Symbol: SOLUSDT"), ("solu", "Symbol: SOLUSDT")):  # fmt: skip
        palette.line.setText(letters)
        assert palette.found[0] == first
    palette.line.setText("strtcoll")
    assert "Data: Start collector" in palette.found
    palette.line.setText("logg" * 9)
    assert palette.found == []
    palette.line.setText("xrp")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.desk.symbol == "XRPUSDT"
    await until(engine.paths.recent_commands.exists)
    again = window.palette_control.open()
    assert again.found[0] == "Symbol: XRPUSDT"
    again.line.setText("save layout")
    again.run()
    assert window.banner.label.text() == "Layout saved."
    assert json.loads(engine.paths.recent_commands.read_text()) in (
        ["symbol.XRPUSDT"],
        ["view.save_layout", "symbol.XRPUSDT"],
    )


def test_among_equals_what_was_used_last_comes_first(qapp) -> None:
    entries = [Entry(f"e{n}", f"Symbol: A{n}", lambda: None, typed=True) for n in range(MOST + 40)]
    palette = Palette(entries, ["e70"])
    assert palette.found == ["Symbol: A70"]
    palette.line.setText("symb")
    assert palette.found[0] == "Symbol: A70"
    assert len(palette.found) == MOST


def test_what_cannot_be_read_is_no_history(tmp_path) -> None:
    path = tmp_path / "recent.json"
    for text in ("{", "7", '[1, "a"]'):
        path.write_text(text)
        recent = Recent(path)
    assert recent.ids == ["a"]
    recent.use("b")
    recent.use("a")
    recent.save()
    assert Recent(path).ids == ["a", "b"]


LETTERS = st.text("abc ", max_size=6)


@given(LETTERS, LETTERS, LETTERS)
def test_any_part_of_a_title_fits_it_and_its_letters_in_another_order_may_not(a: str, part: str, b: str) -> None:
    assert fit(part, a + part + b) is not None


def test_the_beginning_of_a_word_fits_best() -> None:
    assert fit("cab", "a big cat") is None
    assert fit("big", "a big cat") < fit("ig", "a big cat") < fit("bct", "a big cat")
    assert fit("a big", "a big cat") < fit("cat big", "a big cat") < fit("bct", "a big cat")


def test_accents_capitals_and_the_english_name_do_not_matter() -> None:
    assert fit("grosser", "Ansicht: Größer") == (0, 0)
    assert fit("GRÖSSER", "Ansicht: Größer") == (0, 0)
    larger = Entry("view.zoom_in", "Ansicht: Größer", lambda: None, also="Larger")
    assert larger.fit("grö") < larger.fit("larger")
    assert larger.fit("quit") is None


async def test_pages_of_the_list_are_gone_over_by_keys_and_an_empty_one_says_why(window: MainWindow) -> None:
    palette = window.palette_control.open()
    for key, row in ((Qt.Key.Key_PageDown, 12), (Qt.Key.Key_Up, 11), (Qt.Key.Key_PageUp, 0), (Qt.Key.Key_PageUp, 0)):
        QTest.keyClick(palette.line, key)
        assert palette.list.currentRow() == row
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentRow() == palette.list.count() - 1
    assert not palette.nothing.isVisible()
    QTest.keyClicks(palette.line, "qqqqq")
    assert palette.nothing.isVisible()
    QTest.keyClick(palette.line, Qt.Key.Key_PageDown)
    palette.close()
