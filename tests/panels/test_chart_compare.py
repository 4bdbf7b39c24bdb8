"""A person compares symbols: searches, ticks, sees them live, removes them in the legend; a restart keeps them."""

import asyncio

import pytest
from PySide6.QtCore import QPoint, Qt

from shared_modules.core.events import CandleClosed, CandleUpdated
from tests.gui.fixtures import until
from tradebot_gui.charts import Scale
from tradebot_gui.panels.chart import ChartPanel

from .test_chart import END, MINUTE, candle, desk, engine, loaded, panel, series

__all__ = ["desk", "engine", "panel"]


@pytest.fixture
async def compared(panel, qtbot):
    picker = panel.compare.ask()
    qtbot.keyClicks(picker.search, "eth")
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    picker.close()
    item = panel.view.panes.compare.find("ETHUSDT")
    await until(lambda: item.line is not None and item.known_from is not None)
    return item


async def test_a_search_and_enter_lay_a_symbol_over_the_chart_in_per_cent(panel, compared, engine):
    assert panel._look.look.scale is Scale.PERCENT
    assert series("ETHUSDT") in engine.watched
    panel.view.grab()
    assert compared.share(panel.view.data.last - 1) == pytest.approx(
        (panel.view.data.candle(panel.view.data.last - 1).close / panel.view.panes.price.base - 1) * 100
    )


async def test_it_is_live(panel, compared, desk):
    desk.engine.bus.publish(CandleUpdated(series("ETHUSDT"), candle(END + MINUTE, 150.0, False)))
    await until(lambda: compared.line.value(panel.view.data.last) == 150.0)


async def test_the_cross_in_the_legend_ends_it(panel, compared, engine, qtbot):
    panel.view.grab()
    rect, words = panel.view.panes.price.rect, panel.view.marks.words[0][1]
    x, y = next((x, y) for x, y, w in panel.view.marks.legend.layout(words, rect) if w.action == ("uncompare", 0))
    qtbot.mouseClick(panel.view.surface, Qt.MouseButton.LeftButton, pos=QPoint(round(x) + 3, round(y) - 3))
    assert panel.compare.symbols == []
    assert engine.watched == [series()]
    assert panel._look.look.scale is Scale.LINEAR


async def test_another_timeframe_loads_it_anew(panel, compared, engine):
    panel.select_timeframe("5m")
    await until(lambda: series("ETHUSDT", "5m") in engine.watched)
    assert series("ETHUSDT") not in engine.watched


async def test_a_restart_keeps_it(panel, compared, desk, qtbot):
    again = ChartPanel(desk, 2)
    qtbot.addWidget(again)
    again.restore_state(panel.save_state())
    again.show()
    await loaded(again)
    assert again.compare.symbols == ["ETHUSDT"]
    await until(lambda: again.view.panes.compare.items[0].known_from is not None)
    again.view.stop()


async def test_a_symbol_taken_away_before_it_was_there_is_not_followed(panel, engine):
    panel.compare.set_symbols(["ETHUSDT"])
    await asyncio.sleep(0)
    panel.compare.set_symbols([])
    await loaded(panel)
    assert engine.watched == [series()]


async def test_a_candle_that_closes_while_a_symbol_is_loaded_is_not_lost(panel, compared, engine, desk):
    closing = candle(END + MINUTE, 180.0, True)

    def close_one() -> None:
        engine.during_load = lambda: None
        engine.bus.publish(CandleClosed(series("ETHUSDT"), closing))
        desk.bridge.flush()

    engine.unfinished = lambda _: None
    engine.during_load = close_one
    panel.compare.show(series())
    await loaded(panel)
    await until(lambda: engine.during_load is not close_one)
    await loaded(panel)
    assert compared.line.value(panel.view.data.last) == 180.0


async def test_the_scale_of_before_comes_back_with_the_end_of_a_comparison(panel):
    panel._look.change(scale=Scale.LOG)
    panel.compare.set_symbols(["ETHUSDT"])
    assert panel._look.look.scale is Scale.PERCENT
    panel.compare.set_symbols([])
    assert panel._look.look.scale is Scale.LOG


async def test_at_most_six(panel, qtbot):
    picker = panel.compare.ask()
    picker.chosen = list("ABCDEF")
    picker.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert picker.list.item(0).checkState() == Qt.CheckState.Unchecked
    assert "At most" in picker.words.text()
    picker.close()
