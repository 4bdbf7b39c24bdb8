"""Drawing in the panel: strip, forms, menus, files; typing, and the linked cursor."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from shared_modules.core.events import HistoryChanged
from tests.charts.test_drawing import click, draw, place
from tests.gui.fixtures import until
from tradebot_gui.desk import Desk
from tradebot_gui.drawings import Shelf
from tradebot_gui.panels.chart import ChartPanel
from tradebot_gui.panels.chart_tools import typed_timeframe
from tradebot_gui.panels.drawing_editor import DrawingEditor

from .test_chart import desk, engine, loaded, panel, series

__all__ = ["desk", "engine", "panel"]
A, B = QPoint(200, 120), QPoint(420, 180)


def board(panel: ChartPanel):
    return panel.view.drawings.board


def editor(panel: ChartPanel) -> DrawingEditor:
    return panel.view.findChildren(DrawingEditor)[-1]


async def test_a_tool_of_the_strip_draws_and_goes_out_again(panel):
    panel._strip.tools["trend"].trigger()
    assert panel.view.tools.tool.name == "trend"
    click(panel.view, A)
    click(panel.view, B)
    assert [d.kind for d in board(panel).items] == ["trend"]
    assert not panel._strip.tools["trend"].isChecked()
    panel._strip.undo.trigger()
    assert board(panel).items == ()
    panel._strip.redo.trigger()
    click(panel.view, (A + B) / 2)
    panel._strip.remove.trigger()
    assert board(panel).items == ()


async def test_on_a_low_chart_the_tools_move_together_before_any_is_hidden(panel, qtbot):
    assert not panel._strip.property("compact")
    full = panel._strip.sizeHint().height()
    panel.resize(900, panel.height() - panel._strip.height() + full - 40)
    qtbot.waitUntil(lambda: bool(panel._strip.property("compact")))
    panel.resize(900, 900)
    qtbot.waitUntil(lambda: not panel._strip.property("compact"))


async def test_magnet_lock_and_hide_are_switches(panel):
    for action in (panel._strip.magnet, panel._strip.lock, panel._strip.hide_all):
        action.trigger()
    assert panel.view.tools.magnet
    assert board(panel).locked
    assert board(panel).hidden
    panel._strip.tools["ray"].trigger()
    assert not panel._strip.hide_all.isChecked()


async def test_a_drawing_survives_timeframe_back_fill_and_restart(qtbot, panel, engine, desk):
    made = draw(panel.view, "trend", A, B)
    panel.select_timeframe("15m")
    await loaded(panel)
    engine.bus.publish(HistoryChanged(series(timeframe="15m")))
    desk.bridge.flush()
    await loaded(panel)
    assert board(panel).items == (made,)
    desk.findChild(Shelf).flush()
    await desk.close()
    again_desk = Desk(engine)
    again = ChartPanel(again_desk)
    qtbot.addWidget(again)
    again.resize(900, 500)
    again.show()
    await loaded(again)
    assert board(again) is not board(panel)
    assert board(again).items == (made,)
    again.view.grab()
    data = again.view.data
    assert [data.time_of(data.place_of(a.time)) for a in made.anchors] == [a.time for a in made.anchors]
    again.view.stop()
    await again_desk.close()


async def test_each_symbol_has_its_own_drawings(panel):
    made = draw(panel.view, "horizontal", A)
    panel.select_symbol("ETHUSDT")
    await loaded(panel)
    assert board(panel).items == ()
    panel.select_symbol("BTCUSDT")
    await loaded(panel)
    assert board(panel).items == (made,)


async def test_a_damaged_file_is_said_and_kept(qtbot, engine, desk, tmp_path):
    path = tmp_path / "drawings" / "fake" / "linear" / "BTCUSDT.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    heard = []
    desk.notice.connect(lambda level, text: heard.append((level, text)))
    panel = ChartPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    await loaded(panel)
    assert [level for level, _ in heard] == ["warning"]
    assert "damaged" in heard[0][1]
    assert path.with_name("BTCUSDT.damaged-1.json").read_text() == "{"
    panel.view.stop()


async def test_a_drawing_comes_to_disk_by_itself(panel, tmp_path):
    draw(panel.view, "horizontal", A)
    path = tmp_path / "drawings" / "fake" / "linear" / "BTCUSDT.json"
    await until(path.exists)
    saved = json.loads(path.read_text())
    assert [d["kind"] for d in saved["drawings"]] == ["horizontal"]


async def test_the_form_changes_style_and_words_and_the_next_drawing_looks_alike(panel):
    made = draw(panel.view, "horizontal", A)
    form = panel._drawings.edit(made.id)
    form.words.setText("Support")
    form.colour.set_colour("#ff00ff")
    form.width_box.setValue(3)
    form.dash.setCurrentIndex(1)
    form.accept()
    changed = board(panel).items[0]
    assert (changed.text, changed.stroke.colour, changed.stroke.width, changed.stroke.dash) == (
        "Support", "#ff00ff", 3, "dash",
    )  # fmt: skip
    assert draw(panel.view, "trend", A, B).stroke == changed.stroke
    board(panel).undo()
    board(panel).undo()
    assert board(panel).items == (made,)


async def test_a_text_asks_for_its_words_and_goes_without_them(panel):
    draw(panel.view, "text", A)
    editor(panel).reject()
    assert board(panel).items == ()
    draw(panel.view, "text", A)
    editor(panel).words.setText("Look here")
    editor(panel).accept()
    assert [d.text for d in board(panel).items] == ["Look here"]


async def test_a_text_and_its_words_are_one_step_and_one_without_words_is_none(panel):
    draw(panel.view, "text", A)
    editor(panel).reject()
    assert not board(panel).can_undo
    draw(panel.view, "text", A)
    editor(panel).words.setText("Look here")
    editor(panel).accept()
    board(panel).undo()
    assert board(panel).items == ()
    board(panel).redo()
    assert [d.text for d in board(panel).items] == ["Look here"]


async def test_the_menu_of_a_drawing_clones_locks_and_removes(panel):
    made = draw(panel.view, "trend", A, B)

    def choose(name: str, text: str) -> None:
        menu = panel._drawings.menu(name)
        next(a for a in menu.actions() if a.text().startswith(text)).trigger()
        menu.close()

    choose(made.id, "Clone")
    assert len(board(panel).items) == 2
    choose(made.id, "Lock")
    assert board(panel).items[0].locked
    choose(made.id, "Remove")
    assert len(board(panel).items) == 2
    choose(board(panel).items[1].id, "Remove")
    choose(made.id, "Unlock")
    choose(made.id, "Remove")
    assert board(panel).items == ()


async def test_the_strip_can_be_put_away_and_stays_so(qtbot, panel, desk):
    panel._draw.setChecked(False)
    assert not panel._strip.isVisible()
    state = panel.save_state()
    again = ChartPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(state)
    again.show()
    await loaded(again)
    assert not again._strip.isVisible()
    again.view.stop()


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)
async def test_letters_typed_in_the_chart_search_a_symbol(panel, qtbot):
    panel.activateWindow()
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_E)
    assert panel._symbols.lineEdit().text() == "E"
    for letter in "TH":  # the first that begins so is meant
        qtbot.keyClick(panel._symbols.lineEdit(), letter)
    qtbot.keyClick(panel._symbols.lineEdit(), Qt.Key.Key_Return)
    await loaded(panel)
    assert panel.series == series("ETHUSDT")


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)
async def test_a_search_given_up_shows_the_symbol_again(panel, qtbot):
    qtbot.keyClick(panel.view, Qt.Key.Key_X)
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    qtbot.keyClick(panel._symbols, Qt.Key.Key_Escape)
    assert panel._symbols.currentText() == "BTCUSDT"
    assert panel.series == series()


async def test_digits_typed_in_the_chart_open_the_timeframe_box(panel, qtbot):
    qtbot.keyClick(panel.view, Qt.Key.Key_1)
    assert panel._entry.isVisible()
    qtbot.keyClicks(panel._entry, "5")
    qtbot.keyClick(panel._entry, Qt.Key.Key_Return)
    await loaded(panel)
    assert panel.series == series(timeframe="15m")
    assert not panel._entry.isVisible()
    qtbot.keyClick(panel.view, Qt.Key.Key_7)
    qtbot.keyClick(panel._entry, Qt.Key.Key_Return)
    assert panel._entry.isVisible()
    qtbot.keyClick(panel._entry, Qt.Key.Key_Escape)
    assert not panel._entry.isVisible()
    assert panel.series == series(timeframe="15m")


@pytest.mark.parametrize(
    ("text", "name"),
    [("1", "1m"), ("15", "15m"), ("60", "1h"), ("240", "4h"), ("1440", "1d"), ("4h", "4h"), ("1D", "1d"), ("1w", "1w"),
     ("1M", "1M"), ("2M", None), ("7", None), ("", None), ("m", None), ("5 m", "5m")],
)  # fmt: skip
def test_a_timeframe_in_figures_is_understood(text, name):
    assert typed_timeframe(text) == name


async def test_the_cursor_is_shown_in_the_other_charts_at_its_time(qtbot, panel, desk):
    other = ChartPanel(desk)
    qtbot.addWidget(other)
    other.resize(900, 500)
    other.show()
    await loaded(other)
    panel.view.grab()
    other.view.grab()
    panel.view.set_cursor(A)
    time = panel.view.data.time_of(round(panel.view.x_at(A.x())))
    x, y = other.view.marks.linked
    assert other.view.data.time_of(round(other.view.x_at(x))) == time
    assert y == pytest.approx(other.view.panes.price.y_of(panel.view.panes.price.value_at(A.y())))
    assert panel.view.marks.linked is None
    other.select_symbol("ETHUSDT")
    await loaded(other)
    other.view.grab()
    panel.view.set_cursor(B)
    assert other.view.marks.linked[1] is None
    panel.view.set_cursor(None)
    assert other.view.marks.linked is None
    other.view.stop()


async def test_a_line_stays_where_it_was_drawn_in_the_panel(panel):
    made = draw(panel.view, "trend", A, B)
    x, y = place(panel.view, made.anchors[0])
    assert (x, y) == (pytest.approx(A.x(), abs=5), pytest.approx(A.y(), abs=1))


async def test_levels_typed_into_the_form_are_drawn_and_taken_for_the_next_retracement(panel, qtbot):
    made = draw(panel.view, "fibonacci", A, B)
    press_twice(panel, A, qtbot)
    form = editor(panel)
    form.levels.selectAll()
    qtbot.keyClicks(form.levels, "0 0,5 x 1")
    qtbot.keyClick(form.levels, Qt.Key.Key_Return)
    assert form.isVisible()
    assert "0.382" in form.problem.text()
    form.levels.selectAll()
    qtbot.keyClicks(form.levels, "0 0,5 1 1.618 ")
    qtbot.keyClick(form.levels, Qt.Key.Key_Return)
    assert board(panel).find(made.id).levels == (0.0, 0.5, 1.0, 1.618)
    panel.view.grab()
    (placed,) = [p for p in panel.view.drawings.placed if p.drawing.id == made.id]
    assert [label.text.split()[0] for label in placed.shape.labels] == ["0", "0.5", "1", "1.618"]
    assert draw(panel.view, "fibonacci", A, B).levels == (0.0, 0.5, 1.0, 1.618)


async def test_a_text_has_several_lines_with_umlauts_and_breaks_long_ones(panel, qtbot):
    panel._strip.tools["text"].trigger()
    click(panel.view, A)
    words = editor(panel).words
    qtbot.keyClicks(words, "first")
    qtbot.keyClick(words, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    words.insertPlainText("\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber " + "word " * 30)
    qtbot.keyClick(words, Qt.Key.Key_Return)
    (made,) = board(panel).items
    assert made.text.startswith("first\n\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber word")
    panel.view.grab()
    (placed,) = panel.view.drawings.placed
    assert len(placed.shape.labels[0].text.splitlines()) == 5
    assert placed.box.width() < panel.view.width() / 2


async def test_a_drawing_is_shown_on_the_timeframes_chosen_for_it_and_cannot_be_deleted_unseen(panel, qtbot):
    made = draw(panel.view, "horizontal", A)
    form = panel._drawings.edit(made.id)
    form.least.setCurrentText("15m")
    form.most.setCurrentText("5m")
    form.accept()
    assert form.isVisible()
    form.most.setCurrentText("1h")
    form.accept()
    panel.view.grab()
    assert panel.view.drawings.placed == []
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    for name, count in (("15m", 1), ("1h", 1), ("4h", 0), ("1m", 0)):
        panel.select_timeframe(name)
        await loaded(panel)
        panel.view.grab()
        assert len(panel.view.drawings.placed) == count, name


def press_twice(panel: ChartPanel, at: QPoint, qtbot) -> None:
    click(panel.view, at)
    qtbot.mouseDClick(panel.view.surface, Qt.MouseButton.LeftButton, pos=at)


async def test_all_drawings_go_at_once_but_those_that_are_locked_and_come_back_with_undo(panel, qtbot):
    first, second = draw(panel.view, "trend", A, B), draw(panel.view, "horizontal", A)
    board(panel).change(replace(first, locked=True))
    next(a for a in panel.menu.menu().actions() if a.text() == "Remove all drawings").trigger()
    assert [d.id for d in board(panel).items] == [first.id]
    assert "Remove all drawings" not in [a.text() for a in panel.menu.menu().actions()]
    qtbot.keyClick(panel.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [d.id for d in board(panel).items] == [first.id, second.id]
