"""Indicators found, set up, changed and removed as a person does it; the look of the chart."""

import pytest
from PySide6.QtCore import QPoint, Qt

from shared_modules.indicators.catalogue import catalogue
from tests.charts.test_drawing import drag
from tests.gui.fixtures import until
from tradebot_gui.charts import Scale, Style
from tradebot_gui.charts.pattern_marks import PatternMarks
from tradebot_gui.panels.chart import ChartPanel
from tradebot_gui.panels.chart_indicators import IndicatorEditor
from tradebot_gui.panels.chart_look import Look

from .test_chart import desk, engine, loaded, panel

__all__ = ["desk", "engine", "panel"]


def labels(panel: ChartPanel) -> list[str]:
    return [o.label for o in panel.view.overlays]


def shown(picker) -> list[str]:
    rows = (picker.list.item(row) for row in range(picker.list.count()))
    names = [item.data(Qt.ItemDataRole.UserRole) for item in rows if not item.isHidden()]
    return [name for name in names if name]  # headings have none


def click_legend(panel: ChartPanel, action: str, row: int, qtbot) -> None:
    panel.view.grab()
    for pane, words in panel.view.marks.words:
        for x, y, word in panel.view.marks.legend.layout(words, pane.rect):
            if word.action == (action, row):
                point = QPoint(round(x) + 2, round(y) - 3)
                qtbot.mouseClick(panel.view.surface, Qt.MouseButton.LeftButton, pos=point)
                return
    raise AssertionError(f"no {action} of {row} in the legend")


async def test_an_indicator_is_found_by_a_word_and_added_with_the_keys(panel, qtbot):
    picker = panel._indicators.ask()
    qtbot.keyClicks(picker.search, "bollinger")
    assert "bollinger" in shown(picker)
    assert "rsi" not in shown(picker)
    picker.form.fields["period"].set(30)
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert labels(panel)[-1] == "BOLLINGER 30 2"
    picker.reject()


async def test_a_name_typed_in_full_is_the_one_taken(panel, qtbot):
    picker = panel._indicators.ask()
    qtbot.keyClicks(picker.search, "rsi")
    assert {"rsi", "stoch_rsi"} <= set(shown(picker))
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert labels(panel)[-1] == "RSI 14"
    picker.reject()


async def test_a_word_that_nothing_has_adds_nothing_and_says_so(panel, qtbot):
    picker, before = panel._indicators.ask(), labels(panel)
    qtbot.keyClicks(picker.search, "zzz")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert shown(picker) == []
    assert labels(panel) == before
    assert "No indicator" in picker._about.text()
    picker.reject()


async def test_the_list_is_grouped_by_kind_and_can_show_one_kind_alone(panel, qtbot):
    picker = panel._indicators.ask()
    assert set(shown(picker)) == set(catalogue())
    headings = [picker.list.item(row).text() for row in range(picker.list.count()) if not picker.list.item(row).flags()]
    assert headings[0] == "Trend"
    assert "Candlestick patterns" in headings
    picker.groups.setCurrentIndex(picker.groups.findText("Volume", Qt.MatchFlag.MatchStartsWith))
    assert set(shown(picker)) == {i.name for i in catalogue().values() if i.category == "volume"}
    assert picker.form.found.category == "volume"
    qtbot.keyClicks(picker.search, "balance")
    assert shown(picker) == ["obv"]
    picker.reject()


async def test_a_set_replaces_what_is_shown_and_none_clears_it(panel):
    panel._indicators._fill()
    sets = next(a.menu() for a in panel._indicators.menu().actions() if a.text() == "Show a set")
    base, advanced, none = sets.actions()
    base.trigger()
    assert labels(panel)[:3] == ["SMA 20", "SMA 50", "BOLLINGER 20 2"]
    advanced.trigger()
    assert "CHOPPINESS 14" in labels(panel)
    none.trigger()
    assert labels(panel) == []


async def test_a_pattern_is_marked_at_its_candles_in_the_price_pane(panel):
    panel._indicators.set_specs([])
    panel._indicators.add("cdldoji")
    panel._indicators.add("rsi_divergence")
    await until(lambda: all(overlay.lines for overlay in panel.view.overlays))
    assert panel.view.panes.subs == []
    marks = [item for item in panel.view.panes._items if isinstance(item, PatternMarks)]
    assert [mark._lane for mark in marks] == [0, 1]
    low, high = panel.view.panes._price_extremes(panel.view.data.first, panel.view.data.last)
    assert 80.0 < low < high < 120.0


async def test_every_indicator_of_the_catalogue_has_a_form_that_gives_its_defaults(panel):
    picker = panel._indicators.ask()
    forms = {}
    for name in catalogue():
        picker.search.setText(name)
        forms[name] = (picker.form.found.name, picker.form.values())
    picker.reject()
    assert forms == {name: (name, {p.name: p.default for p in one.parameters}) for name, one in catalogue().items()}


async def test_a_click_on_the_legend_changes_the_period_and_the_colour(panel, qtbot):
    click_legend(panel, "edit", 0, qtbot)
    editor = panel._indicators.findChildren(object, options=Qt.FindChildOption.FindDirectChildrenOnly)
    editor = next(e for e in editor if type(e).__name__ == "IndicatorEditor")
    assert editor.form.values() == {"period": 20}
    editor.form.fields["period"].set(33)
    editor.form.buttons["sma"].set_colour("#ff00ff")
    editor.accept()
    assert labels(panel) == ["SMA 33", "EMA 50", "RSI 14"]
    assert panel.view.panes.lines_of(panel.view.panes.price)[0][2] == "#ff00ff"


async def test_a_click_on_the_cross_in_the_legend_removes(panel, qtbot):
    click_legend(panel, "remove", 1, qtbot)
    assert labels(panel) == ["SMA 20", "RSI 14"]
    click_legend(panel, "remove", 1, qtbot)
    assert labels(panel) == ["SMA 20"]
    assert panel.view.panes.subs == []


async def test_the_editor_can_remove_and_cancel_changes_nothing(panel):
    editor = panel._indicators.edit(1)
    editor.form.fields["period"].set(99)
    editor.reject()
    assert labels(panel)[1] == "EMA 50"
    panel._indicators.edit(1).remove_button.click()
    assert labels(panel) == ["SMA 20", "RSI 14"]


async def test_colours_and_look_survive_a_restart(panel, qtbot, desk):
    panel._indicators.add("macd", {}, {"signal": "#00ff00"})
    panel._look.change(style=Style.HEIKIN, scale=Scale.LOG, breaks=False)
    state = panel.save_state()
    again = ChartPanel(desk)
    qtbot.addWidget(again)
    again.restore_state(state)
    await loaded(again)
    assert again.save_state() == state
    assert again.view.panes.prices.style is Style.HEIKIN
    assert again.view.panes.price.kind is Scale.LOG
    assert not again.view.breaks
    lines = again.view.panes.lines_of(again.view.panes.subs[-1])
    assert lines[1][2] == "#00ff00"
    again.view.stop()


@pytest.mark.parametrize("saved", [None, 5, {"style": "tea", "scale": 3, "breaks": "yes"}])
def test_a_damaged_look_is_the_usual_one(saved):
    assert Look.restored(saved) == Look()


async def test_keys_change_the_scale_and_the_menu_shows_it(panel, qtbot):
    qtbot.keyClick(panel.view, Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
    assert panel.view.panes.price.kind is Scale.LOG
    assert panel._look._scales[Scale.LOG].isChecked()
    qtbot.keyClick(panel.view, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    assert panel.view.panes.price.kind is Scale.PERCENT
    qtbot.keyClick(panel.view, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
    assert panel.view.panes.price.kind is Scale.LINEAR


async def test_the_menu_changes_the_style(panel):
    panel._look._styles[Style.BARS].trigger()
    assert panel.view.panes.prices.style is Style.BARS
    assert panel._look.text() == "Bars"


async def test_the_countdown_stands_on_the_axis_until_it_is_switched_off(panel):
    panel._write_state()
    assert panel.view.marks.countdown == "1:45"
    panel._look._flags["countdown"].trigger()
    assert panel.view.marks.countdown == ""


def entry(panel: ChartPanel, row: int, title: str):
    """What the menu of the indicators offers for the one at ``row``."""
    menu = panel._indicators.menu()
    menu.aboutToShow.emit()
    subs = [a.menu() for a in menu.actions() if a.menu() is not None][1:]
    return next(a for a in subs[row].actions() if a.text() == title)


async def test_a_pane_sized_by_hand_keeps_its_height_with_the_chart_and_its_period(panel, qtbot):
    panel.view.grab()
    (pane,) = panel.view.panes.subs
    border = QPoint(300, round(pane.rect.top()))
    drag(panel.view, border, border - QPoint(0, 50))
    panel.view.grab()
    high = pane.rect.height()
    panel._indicators.change(2, {"period": 7})
    panel.view.grab()
    assert panel.view.panes.subs[0].rect.height() == pytest.approx(high, abs=1)
    state = panel.save_state()
    panel._indicators.set_specs([])
    panel.use_look(state)
    panel.view.grab()
    assert panel.view.panes.subs[0].rect.height() == pytest.approx(high, abs=1)


async def test_panes_change_places_and_heights_from_the_menu(panel):
    panel._indicators.add("macd")
    assert labels(panel) == ["SMA 20", "EMA 50", "RSI 14", "MACD 12 26 9"]
    assert not entry(panel, 2, "Move up").isEnabled()
    entry(panel, 2, "Move down").trigger()
    assert labels(panel) == ["SMA 20", "EMA 50", "MACD 12 26 9", "RSI 14"]
    assert [panel.view.panes.overlay_in(p).label for p in panel.view.panes.subs] == ["MACD 12 26 9", "RSI 14"]
    panel.view.grab()
    before = panel.view.panes.subs[1].rect.height()
    entry(panel, 3, "Higher").trigger()
    panel.view.grab()
    assert panel.view.panes.subs[1].rect.height() > 1.2 * before


async def test_the_chart_follows_the_form_and_cancel_puts_the_indicator_back(panel, qtbot):
    before = list(panel._indicators.specs)
    click_legend(panel, "edit", 2, qtbot)
    editor = panel._indicators.findChild(IndicatorEditor)
    period = editor.form.fields["period"].widget
    qtbot.keyClick(period, Qt.Key.Key_Up)
    assert labels(panel)[2] == "RSI 15"
    editor.form.buttons["rsi"].set_colour("#ff00ff")
    assert panel.view.indicators.colours(("#000000",))[2] == "#ff00ff"
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert labels(panel)[2] == "RSI 14"
    assert panel._indicators.specs == before


async def test_an_indicator_removed_from_its_form_leaves_nothing_of_what_was_tried(panel, qtbot):
    click_legend(panel, "edit", 0, qtbot)
    editor = panel._indicators.findChild(IndicatorEditor)
    qtbot.keyClick(editor.form.fields["period"].widget, Qt.Key.Key_Up)
    qtbot.mouseClick(editor.remove_button, Qt.MouseButton.LeftButton)
    assert labels(panel) == ["EMA 50", "RSI 14"]


async def test_a_hidden_indicator_is_out_of_sight_and_comes_back_as_it_was(panel):
    panel.view.grab()
    entry(panel, 2, "Hide").trigger()
    assert panel.view.panes.subs == []
    state = panel.save_state()
    panel._indicators.set_specs([])
    panel.use_look(state)
    assert panel.view.panes.subs == []
    entry(panel, 0, "Hide").trigger()
    assert "SMA 20" not in " ".join(w.name for _, row in panel.view.marks.words for w in row)
    entry(panel, 2, "Show").trigger()
    assert [panel.view.panes.overlay_in(p).label for p in panel.view.panes.subs] == ["RSI 14"]
