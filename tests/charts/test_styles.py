"""Styles and scales of the prices, columns and bands of indicators, marks of days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt

from shared_modules.core.bars import Bars
from tradebot_gui.charts import OverlaySpec, Scale, Style
from tradebot_gui.charts.heikin import REACH, heikin_ashi
from tradebot_gui.charts.paint import blend
from tradebot_gui.charts.scale import down, scale_ticks, up
from tradebot_gui.theme.theme import DARK
from tradebot_gui.view_models.lod import BarPyramid

from .conftest import MINUTE, START, wave
from .test_view import after, colour_at, has, pixels


def rows(bars: Bars) -> np.ndarray:
    return BarPyramid(bars).rows()


def test_heikin_ashi_follows_its_definition():
    bars = wave(300)
    made = heikin_ashi(rows(bars))
    opened = (bars.open[0] + bars.close[0]) / 2
    for i in range(300):
        close = (bars.open[i] + bars.high[i] + bars.low[i] + bars.close[i]) / 4
        assert made[0, i] == pytest.approx(opened, rel=1e-12)
        assert made[3, i] == pytest.approx(close)
        assert made[1, i] == pytest.approx(max(bars.high[i], opened, close))
        assert made[2, i] == pytest.approx(min(bars.low[i], opened, close))
        opened = (opened + close) / 2


def test_heikin_ashi_continued_at_both_ends_equals_that_made_whole(make_chart):
    whole = wave(900, START - 300 * MINUTE)
    chart = make_chart(whole[300:700])
    chart.set_style(Style.HEIKIN)
    chart.prepend(whole[:300])
    for i in range(700, 900):
        chart.update_candle(after(whole[:i], 200.0))  # an update that is then overtaken
        chart.update_candle(whole.candle(i))
    expected = heikin_ashi(rows(whole))
    np.testing.assert_allclose(chart.data.prices.rows(), expected, rtol=1e-12)
    assert chart.data.prices.first == chart.data.first == -300
    assert REACH < 300


def test_heikin_ashi_of_an_empty_chart_begins_with_its_first_candle(make_chart, bars):
    chart = make_chart(Bars.empty())
    chart.set_style(Style.HEIKIN)
    for i in range(5):
        chart.update_candle(bars.candle(i))
    np.testing.assert_allclose(chart.data.prices.rows(), heikin_ashi(rows(bars[:5])))


@pytest.mark.parametrize("style", list(Style))
def test_every_style_is_painted_whole_and_after_a_tick_alike(make_chart, bars, style):
    chart = make_chart(bars, after(bars, float(bars.close[-1]) + 0.2))
    chart.set_style(style)
    chart.grab()
    chart.update_candle(after(bars, float(bars.close[-1]) - 0.3))
    partly = pixels(chart)
    chart.refresh()
    np.testing.assert_array_equal(partly, pixels(chart))
    assert has(chart, DARK.accent if style.closes_only else DARK.gain)


@pytest.mark.parametrize("style", list(Style))
def test_every_style_is_painted_at_any_zoom(make_chart, style):
    chart = make_chart(wave(40_000))
    chart.set_style(style)
    chart.zoom(1e9)
    assert has(chart, DARK.accent if style.closes_only else DARK.gain)


def test_a_rising_hollow_candle_is_empty_and_a_falling_one_full(make_chart):
    close = [100.0 + (5 if i % 2 else 0) for i in range(20)]
    opened = [105.0 if i % 2 == 0 else 100.0 for i in range(20)]
    flat = Bars.of([START + i * MINUTE for i in range(20)], opened, [106] * 20, [99] * 20, close)
    chart = make_chart(flat)
    chart.set_style(Style.HOLLOW)
    chart.zoom(0.5)
    x = chart.px_of(11)
    assert colour_at(chart, 12, 103) == DARK.loss
    y = round(chart.panes.price.y_of(103))
    assert chart.grab().toImage().pixelColor(round(x) + 2, y).name() == DARK.panel


def test_an_area_is_filled_below_the_line_and_not_above(make_chart, bars):
    chart = make_chart(bars)
    chart.set_style(Style.AREA)
    chart.grab()
    fill = blend(DARK.accent, DARK.panel, 0.14).name()
    bar = round(chart.span.x0 + 0.5 * chart.span.size)
    price = chart.panes.price.low * 0.4 + float(bars.close[bar]) * 0.6
    row = [colour_at(chart, bar + i, price) for i in range(4)]
    assert fill in row
    assert fill not in [colour_at(chart, bar + i, float(bars.high[bar]) + 1) for i in range(4)]


@given(st.floats(1e-6, 1e9))
def test_a_height_and_its_value_are_two_sides_of_one_scale(value):
    for log in (False, True):
        assert down(up(value, log), log) == pytest.approx(value, rel=1e-9)


@given(st.floats(1e-4, 1e5), st.floats(1.001, 1e6))
def test_marks_of_a_logarithmic_scale_rise_inside_it_and_keep_apart(low, factor):
    high = low * factor
    ticks = scale_ticks(low, high, 400, 44, 0.0, Scale.LOG, 0.0)
    heights = np.log10(ticks) if ticks else np.empty(0)
    assert all(low * (1 - 1e-9) <= t <= high for t in ticks)
    assert (np.diff(heights) > 0).all()
    assert len(ticks) <= 400 / 20
    assert len(ticks) >= 2


def test_on_a_logarithmic_scale_equal_ratios_have_equal_heights(make_chart):
    x = np.arange(300)
    close = 10.0 * 1.02**x
    chart = make_chart(Bars.of(START + x * MINUTE, close, close * 1.01, close * 0.99, close))
    chart.zoom(1e9)
    chart.set_scale(Scale.LOG)
    chart.grab()
    y = [chart.panes.price.y_of(v) for v in (20.0, 40.0, 80.0)]
    assert y[0] - y[1] == pytest.approx(y[1] - y[2])
    assert chart.panes.price.value_at(y[1]) == pytest.approx(40.0)
    middle = chart.panes.price.y_of(50.0)
    chart.scale_values(100, 0.5)
    chart.grab()
    assert chart.panes.price.low > 0
    assert chart.panes.price.y_of(50.0) != middle


def test_a_per_cent_scale_counts_from_the_first_close_in_view(make_chart, bars):
    chart = make_chart(bars)
    chart.set_scale(Scale.PERCENT)
    chart.grab()
    pane = chart.panes.price
    first = next(x for x in range(600) if x > chart.span.x0)
    assert pane.base == pytest.approx(bars.close[first])
    assert pane.text(pane.base) == "+0.00%"
    assert pane.text(pane.base * 0.9) == "−10.00%"
    assert any(abs(t - pane.base) < 1e-9 for t in pane.ticks)


def test_a_drag_on_the_price_axis_scales_and_a_drag_of_the_chart_then_moves_prices_too(make_chart, bars, qtbot):
    from .test_view import move_event

    chart = make_chart(bars)
    viewport, pane = chart.surface, chart.panes.price
    axis, height = QPoint(int(chart.marks.plot.right()) + 10, 100), pane.high - pane.low
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=axis)
    chart._interaction.eventFilter(viewport, move_event(viewport, axis + QPoint(0, 60)))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=axis + QPoint(0, 60))
    assert pane.high - pane.low > height
    low = pane.low
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    chart._interaction.eventFilter(viewport, move_event(viewport, QPoint(300, 260)))
    assert pane.low > low
    qtbot.keyClick(chart, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert pane.auto


def test_a_histogram_is_drawn_as_columns_from_zero(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("macd")])
    overlay = chart.overlays[0]
    qtbot.waitUntil(lambda: bool(overlay.lines))
    chart.zoom(0.3)
    chart.grab()
    pane, line = chart.panes.subs[0], overlay.line("histogram")
    first, last = int(chart.span.x0) + 1, chart.data.last - 1
    bar = max(range(first, last), key=lambda x: abs(line.value(x)))
    value = line.value(bar)
    point = QPoint(round(chart.px_of(bar)) - 2, round(pane.y_of(value / 3)))
    name = DARK.gain if value > 0 else DARK.loss
    shades = {blend(name, DARK.panel, share).name() for share in (0.85, 0.45)}
    assert chart.grab().toImage().pixelColor(point).name() in shades


def test_the_ground_between_bands_is_tinted(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("bollinger", {}, "#ff00ff")])
    qtbot.waitUntil(lambda: bool(chart.overlays[0].lines))
    assert has(chart, blend("#ff00ff", DARK.panel, 0.07).name())


def test_days_are_marked_where_they_begin_in_the_zone_of_the_chart(make_chart):
    chart = make_chart(wave(4000))
    chart.zoom(1e9)
    chart.grab()
    times = [chart.data.time_of(x) for x in chart.panes.price.breaks]
    assert times
    assert all(t % 86_400_000 == 0 for t in times)
    chart.set_time_zone("Asia/Tokyo")
    chart.grab()
    assert all((chart.data.time_of(x) + 9 * 3_600_000) % 86_400_000 == 0 for x in chart.panes.price.breaks)
    chart.set_breaks(False)
    chart.grab()
    assert chart.panes.price.breaks == []


def test_the_countdown_stands_below_the_last_price(make_chart, bars):
    chart = make_chart(bars)
    before = pixels(chart)
    chart.set_countdown("0:42")
    shown = pixels(chart)
    y = round(chart.panes.price.y_of(chart.marks.last[1]) + chart.marks.tag_height)
    axis = slice(int(chart.marks.plot.right()) + 2, None)
    assert (before[y - 4 : y + 4, axis] != shown[y - 4 : y + 4, axis]).any()


def test_another_colour_computes_no_indicator_anew(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("sma", {"period": 20}, "#ff00ff"), OverlaySpec("ema")])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays))
    kept = chart.overlays[0]
    chart.set_overlays([OverlaySpec("sma", {"period": 20}, "#00ffff")])
    assert chart.overlays == [kept]
    assert has(chart, "#00ffff")
    assert not has(chart, "#ff00ff")


def test_a_click_on_the_legend_tells_what_it_is_about(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("sma"), OverlaySpec("rsi")])
    chart.grab()
    heard = []
    chart.legend_clicked.connect(lambda *a: heard.append(a))
    for pane, words in chart.marks.words:
        for x, y, word in chart.marks.legend.layout(words, pane.rect):
            if word.action:
                point = QPoint(round(x) + 2, round(y) - 3)
                qtbot.mouseClick(chart.surface, Qt.MouseButton.LeftButton, pos=point)
    assert heard == [("edit", 0), ("remove", 0), ("edit", 1), ("remove", 1)]


def test_the_cursor_of_another_chart_is_shown_at_its_time(make_chart, bars):
    chart = make_chart(bars)
    before = pixels(chart)
    chart.set_linked_cursor(float(bars.time[560]), 100.0)
    x = round(chart.px_of(560))
    assert (pixels(chart)[:, x - 1 : x + 2] != before[:, x - 1 : x + 2]).any()
    chart.set_linked_cursor(None)
    np.testing.assert_array_equal(pixels(chart), before)
