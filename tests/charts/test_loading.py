"""Very many candles are made ready in a thread: the window goes on meanwhile, and nothing that comes is lost."""

import numpy as np
import pytest

from tradebot_gui.charts import OverlaySpec, Style, styling

from .conftest import wave


@pytest.fixture
def chart(make_chart, qtbot, monkeypatch):
    """A chart for which 500 candles are very many."""
    monkeypatch.setattr(styling, "LEVELS_AT_ONCE", 500)
    chart = make_chart(wave(400))
    yield chart
    qtbot.waitUntil(lambda: not chart.styling.busy)


def times(chart) -> list[int]:
    return chart.data.pyramid.bars().time.tolist()


def test_what_comes_while_candles_are_made_ready_is_taken_in_after_them(chart, qtbot):
    longer = wave(620)
    chart.set_bars(wave(600), None)
    assert len(chart.data) == 400, "what was shown stays until then"
    for row in range(600, 620):
        chart.update_candle(longer.candle(row))
    older = wave(50, int(longer.time[0]) - 50 * 60_000)
    chart.prepend(older)
    qtbot.waitUntil(lambda: not chart.styling.busy)
    assert times(chart) == older.time.tolist() + longer.time.tolist()
    assert chart.data.first == -50


def test_levels_nobody_looked_at_are_folded_while_the_chart_rests_and_are_those_of_a_look_at_once(chart, qtbot):
    chart.set_overlays([OverlaySpec("sma")])
    chart.set_bars(wave(20_000), None)
    qtbot.waitUntil(lambda: not chart.styling.busy and all(o.lines for o in chart.overlays), timeout=60_000)
    qtbot.waitUntil(lambda: not chart.folding.busy, timeout=60_000)
    made, line = chart.data.pyramid, chart.overlays[0].line("sma")
    assert not made.fold_next()
    assert not line.fold_next()
    chart.set_bars(wave(20_000), None, at_once=True)
    assert chart.data.pyramid is not made
    for width in (30, 400, 20_000):
        rested, at_once = (p.columns(0, 20_000, width) for p in (made, chart.data.pyramid))
        assert (rested.first, rested.span) == (at_once.first, at_once.span)
        np.testing.assert_array_equal(rested.values, at_once.values)


def test_only_the_last_of_several_loads_is_shown(chart, qtbot):
    chart.set_bars(wave(600), None)
    chart.set_bars(wave(700), None)
    qtbot.waitUntil(lambda: not chart.styling.busy)
    assert len(chart.data) == 700
    chart.set_bars(wave(800), None)
    chart.set_bars(wave(300), None)
    assert len(chart.data) == 300
    assert not chart.styling.busy


def test_renko_that_is_chosen_meanwhile_is_made_of_the_new_candles(chart, qtbot):
    chart.set_bars(wave(900), None)
    chart.set_style(Style.RENKO, 0.5)
    assert chart.bricks.candles[0].equals(wave(900))
    chart.set_style(Style.CANDLES)
    qtbot.waitUntil(lambda: not chart.styling.busy)
    assert times(chart) == wave(900).time.tolist()
