"""The lines of a strategy over the bars of the run they were computed for."""

import numpy as np
import pytest

from shared_modules.core.market import Candle
from tradebot_gui.charts.plots import PlotLine, strategy_lines

from .conftest import MINUTE, wave
from .test_view import has, words


@pytest.fixture
def lines(bars):
    average = np.convolve(bars.close, np.ones(5) / 5)[: len(bars)]
    oscillator = np.sin(np.arange(len(bars)) / 7)
    return [PlotLine("My average", average, True), PlotLine("My score", oscillator, False)]


def test_lines_of_prices_stand_among_the_candles_and_the_others_below(make_chart, bars, lines):
    chart = make_chart(bars)
    chart.set_plots(strategy_lines(bars.time, lines))
    chart.grab()
    assert [label for label, *_ in chart.panes.lines_of(chart.panes.price)] == ["My average"]
    (below,) = chart.panes.subs
    assert [label for label, *_ in chart.panes.lines_of(below)] == ["My score"]
    assert -2 < below.low < -0.9 < 0.9 < below.high < 2
    assert has(chart, chart.panes.lines_of(chart.panes.price)[0][2])


def test_their_names_and_values_stand_in_the_legend_and_nothing_can_be_clicked(make_chart, bars, lines):
    chart = make_chart(bars)
    chart.set_plots(strategy_lines(bars.time, lines))
    said = words(chart)
    assert "My average" in said
    assert f"{lines[0].values[-1]:.2f}" in said
    actions = [word.action for _, row in chart.marks.words for word in row if word.name.startswith("My")]
    assert actions == [None, None]


def test_each_value_stands_at_the_bar_of_its_time_whatever_the_chart_has_loaded(make_chart, bars, lines):
    later = bars[200:]
    chart = make_chart(later)
    plots = strategy_lines(bars.time[:500], [PlotLine(x.name, x.values[:500], x.of_prices) for x in lines])
    chart.set_plots(plots)
    line = plots[0].line("My average")
    assert (line.first, line.end) == (0, 300)
    assert line.value(10) == lines[0].values[210]
    chart.prepend(bars[:200])
    line = plots[0].line("My average")
    assert (line.first, line.end) == (-200, 300)
    assert line.value(-200) == lines[0].values[0]


def test_the_last_values_of_a_run_are_told_while_the_cursor_is_away(make_chart, bars, lines):
    chart = make_chart(bars)
    chart.set_plots(strategy_lines(bars.time[:450], [PlotLine(x.name, x.values[:450], x.of_prices) for x in lines]))
    last = f"{lines[0].values[449]:,.2f}"
    assert f"My average {last}" in words(chart)
    chart.readout.set_hover(470)
    assert f"My average {last}" not in words(chart)


def test_a_candle_that_the_run_lacked_has_no_value(make_chart, bars, lines):
    chart = make_chart(bars)
    kept = np.arange(len(bars)) != 300
    plots = strategy_lines(bars.time[kept], [PlotLine(x.name, x.values[kept], x.of_prices) for x in lines])
    chart.set_plots(plots)
    line = plots[0].line("My average")
    assert np.isnan(line.value(300))
    assert line.value(301) == lines[0].values[301]


def test_a_replay_sees_no_value_of_a_bar_that_is_to_come(make_chart, bars, lines):
    chart = make_chart(bars[:400])
    plots = strategy_lines(bars.time, lines)
    chart.set_plots(plots)
    assert plots[0].line("My average").end == 400
    o, h, low, c = (float(getattr(bars, name)[400]) for name in ("open", "high", "low", "close"))
    chart.update_candle(Candle(int(bars.time[400]), o, h, low, c, 1.0, 0.0, True))
    assert plots[0].line("My average").end == 401
    assert plots[0].line("My average").value(400) == lines[0].values[400]


def test_lines_stay_when_indicators_change_and_go_when_they_are_taken_away(make_chart, bars, lines):
    from tradebot_gui.charts import OverlaySpec

    chart = make_chart(bars)
    chart.set_plots(strategy_lines(bars.time, lines))
    chart.set_overlays([OverlaySpec("sma")])
    assert "My score" in words(chart)
    chart.set_plots([])
    assert "My" not in words(chart)
    assert not chart.panes.subs


def test_a_series_of_another_time_shows_none(make_chart, bars, lines):
    chart = make_chart(wave(300, int(bars.time[-1]) + MINUTE))
    plots = strategy_lines(bars.time, lines)
    chart.set_plots(plots)
    assert plots[0].lines == {}
    chart.grab()


def test_their_pane_has_a_name_for_drawings_and_keeps_the_height_it_was_given(make_chart, bars, lines):
    from tradebot_gui.charts import OverlaySpec

    chart = make_chart(bars)
    chart.set_plots(strategy_lines(bars.time, lines))
    chart.panes.subs[0].share = 0.3
    chart.set_overlays([OverlaySpec("rsi")])
    own, below = chart.panes.subs
    assert [chart.panes.name_of(own), chart.panes.name_of(below)] == ["rsi", "strategy"]
    assert below.share == 0.3
    assert chart.panes.row_of(below) == -1
