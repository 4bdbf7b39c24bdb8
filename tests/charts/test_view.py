"""The chart as a person sees and moves it."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from shared_modules.core.bars import Bars
from shared_modules.core.errors import UnknownName
from shared_modules.core.events import Gap, GapKind
from shared_modules.core.market import Candle, Category, Market, Series
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import ChartView, OverlaySpec, Style, TradeMarker
from tradebot_gui.charts.legend import CROSS
from tradebot_gui.charts.paint import blend
from tradebot_gui.theme.theme import DARK, LIGHT

from .conftest import MINUTE, START, wave


def pixels(chart: ChartView) -> np.ndarray:
    image = chart.grab().toImage().convertToFormat(chart.grab().toImage().Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


def has(chart: ChartView, colour: str, x0: int = 0, x1: int | None = None) -> bool:
    rgb = np.array(QColor(colour).getRgb()[:3])
    plot = pixels(chart)[40 : int(chart.panes.price.rect.bottom() * 0.8), x0:x1]
    return bool((plot == rgb).all(axis=2).any())


def colour_at(chart: ChartView, bar: int, price: float) -> str:
    chart.grab()  # the newest range
    point = QPoint(round(chart.px_of(bar)), round(chart.panes.price.y_of(price)))
    return chart.grab().toImage().pixelColor(point).name()


def after(candle_bars: Bars, close: float, confirmed: bool = False, steps: int = 1) -> Candle:
    opened = float(candle_bars.close[-1])
    time = int(candle_bars.time[-1]) + steps * MINUTE
    return Candle(time, opened, max(opened, close) + 0.1, min(opened, close) - 0.1, close, 5.0, 500.0, confirmed)


def wheel(chart: ChartView, point: QPoint, steps: int, held=Qt.KeyboardModifier.NoModifier) -> None:
    viewport = chart.surface
    event = QWheelEvent(
        QPointF(point), QPointF(viewport.mapToGlobal(point)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def words(chart: ChartView) -> str:
    return " ".join(f"{w.name} {w.value}".strip() for _, row in chart.marks.words for w in row)


@pytest.mark.parametrize(("open_", "close", "name"), [(100.0, 110.0, "gain"), (110.0, 100.0, "loss")])
def test_a_candle_is_drawn_in_the_colour_of_its_direction(make_chart, open_, close, name):
    flat = Bars.of([START + i * MINUTE for i in range(20)], [open_] * 20, [111] * 20, [99] * 20, [close] * 20)
    chart = make_chart(flat)
    assert colour_at(chart, 10, 105) == getattr(DARK, name)


@pytest.mark.parametrize("count", [60, 400, 40_000])
def test_both_colours_are_seen_at_any_zoom(make_chart, count):
    chart = make_chart(wave(count))
    chart.zoom(1e9)
    assert has(chart, DARK.gain)
    assert has(chart, DARK.loss)


def test_the_unfinished_candle_is_hollow(make_chart, bars):
    chart = make_chart(bars, after(bars, float(bars.close[-1]) + 3))
    chart.zoom(0.2)
    middle = float(bars.close[-1]) + 1.5
    assert colour_at(chart, chart.data.last, middle) not in (DARK.gain, DARK.panel)
    assert colour_at(chart, chart.data.last - 1, float(bars.open[-1] + bars.close[-1]) / 2) in (DARK.gain, DARK.loss)
    assert "forming" in words(chart)


def test_a_closed_candle_is_filled(make_chart, bars):
    chart = make_chart(bars, after(bars, float(bars.close[-1]) + 3))
    chart.update_candle(after(bars, float(bars.close[-1]) + 3, confirmed=True))
    chart.zoom(0.2)
    assert colour_at(chart, chart.data.last, float(bars.close[-1]) + 1.5) == DARK.gain
    assert "forming" not in words(chart)


def test_the_wheel_zooms_around_the_cursor(make_chart, bars):
    chart = make_chart(bars)
    point = QPoint(300, 200)
    under, size = chart.x_at(300), chart.span.size
    wheel(chart, point, 2)
    assert chart.x_at(300) == pytest.approx(under)
    assert chart.span.size < size
    wheel(chart, point, -4)
    assert chart.x_at(300) == pytest.approx(under)
    assert chart.span.size > size


def test_the_wheel_with_shift_moves_and_with_control_scales_prices(make_chart, bars):
    chart = make_chart(bars)
    x0, size, height = chart.span.x0, chart.span.size, chart.panes.price.high - chart.panes.price.low
    wheel(chart, QPoint(300, 200), 1, Qt.KeyboardModifier.ShiftModifier)
    assert chart.span.x0 < x0
    assert chart.span.size == pytest.approx(size)
    wheel(chart, QPoint(300, 200), 1, Qt.KeyboardModifier.ControlModifier)
    assert chart.panes.price.high - chart.panes.price.low < height
    assert not chart.panes.price.auto


def test_a_drag_moves_the_bars_with_the_mouse(make_chart, bars, qtbot):
    chart = make_chart(bars)
    viewport, held = chart.surface, chart.x_at(400)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    chart._interaction.eventFilter(viewport, move_event(viewport, QPoint(520, 200)))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(520, 200))
    assert chart.x_at(520) == pytest.approx(held)


def move_event(viewport, point: QPoint):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    return QMouseEvent(
        QEvent.Type.MouseMove, QPointF(point), QPointF(viewport.mapToGlobal(point)),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip


def test_a_double_click_on_the_price_axis_fits_the_prices_again(make_chart, bars, qtbot):
    chart = make_chart(bars)
    fitted = (chart.panes.price.low, chart.panes.price.high)
    chart.scale_values(100, 3.0)
    chart.grab()
    axis = QPoint(int(chart.marks.plot.right()) + 10, 100)
    qtbot.mouseDClick(chart.surface, Qt.MouseButton.LeftButton, pos=axis)
    chart.grab()
    assert (chart.panes.price.low, chart.panes.price.high) == fitted


def test_keys_move_zoom_and_return(make_chart, bars, qtbot):
    chart = make_chart(bars)
    x0 = chart.span.x0
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.span.x0 < x0
    size = chart.span.size
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.span.size < size
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.span.x0 == chart.data.first - 0.5
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.span.follows


def test_prepending_keeps_the_picture(make_chart, bars):
    chart = make_chart(bars)
    chart.pan(-150)
    before = pixels(chart)
    chart.prepend(wave(500, START - 500 * MINUTE))
    assert chart.data.first == -500
    np.testing.assert_array_equal(pixels(chart), before)


def test_prepending_candles_that_are_there_adds_only_the_older(make_chart, bars):
    chart = make_chart(bars)
    chart.prepend(wave(20, START - 10 * MINUTE))
    assert chart.data.first == -10
    assert chart.data.candle(0).open == bars.open[0]


def test_an_update_changes_the_last_bar(make_chart, bars):
    chart = make_chart(bars, after(bars, 108.0))
    last = chart.data.last
    chart.update_candle(after(bars, 90.0))
    assert chart.data.last == last
    assert chart.data.candle(last).close == 90.0
    assert "90.00" in words(chart)


def test_a_small_tick_repaints_only_what_changed_yet_the_whole_picture_is_right(make_chart, bars):
    chart = make_chart(bars, after(bars, float(bars.close[-1]) + 0.2))
    chart.grab()
    chart.update_candle(after(bars, float(bars.close[-1]) - 0.3))
    partly = pixels(chart)
    chart.refresh()
    np.testing.assert_array_equal(partly, pixels(chart))


def test_a_new_bar_moves_the_chart_only_while_the_newest_is_in_view(make_chart, bars):
    chart = make_chart(bars)
    x1 = chart.span.x1
    chart.update_candle(after(bars, 101.0, steps=1))
    assert chart.span.x1 == x1 + 1
    chart.pan(-200)
    x1 = chart.span.x1
    chart.update_candle(after(bars, 102.0, steps=2))
    assert chart.span.x1 == x1


def test_the_way_back_to_the_newest_is_offered_only_when_it_is_out_of_view(make_chart, bars, qtbot):
    chart = make_chart(bars)
    assert not chart._snap.isVisible()
    chart.pan(-200)
    chart.grab()
    assert chart._snap.isVisible()
    qtbot.mouseClick(chart._snap, Qt.MouseButton.LeftButton)
    chart.grab()
    assert not chart._snap.isVisible()
    assert chart.span.follows


def test_the_legend_shows_the_bar_under_the_cursor_and_then_the_last_again(make_chart, bars):
    chart = make_chart(bars)
    heard = []
    chart.hovered.connect(heard.append)
    bar = 560
    chart.set_cursor(QPoint(round(chart.px_of(bar)), 200))
    candle = bars.candle(bar)
    for value in (candle.open, candle.high, candle.low, candle.close):
        assert f"{value:,.2f}" in words(chart)
    change = candle.close - bars.close[bar - 1]
    assert f"{abs(change):.2f}" in words(chart)
    assert chart.marks.time_text.endswith(f"{(START + bar * MINUTE) // MINUTE % 60:02}")
    chart.set_cursor(None)
    assert f"{bars.close[-1]:,.2f}" in words(chart)
    assert [h.time if h else None for h in heard] == [candle.time, None]


def test_the_crosshair_costs_no_painting_of_the_chart(make_chart, bars):
    chart = make_chart(bars)
    chart.grab()
    layer = chart.surface._layer
    assert layer is not None
    chart.set_cursor(QPoint(300, 200))
    with_cross = pixels(chart)
    assert chart.surface._layer is layer
    assert (with_cross[:, 290:310] == np.array(QColor(DARK.crosshair).getRgb()[:3])).all(axis=2).any()


@pytest.mark.parametrize("style", [Style.CANDLES, Style.AREA])
@pytest.mark.parametrize("names", [["rsi"], ["bollinger", "macd", "rsi"]], ids=len)
def test_frames_that_follow_each_other_look_like_a_frame_alone(make_chart, bars, qtbot, style, names):
    chart = make_chart(bars)
    chart.set_style(style)
    chart.set_overlays([OverlaySpec(name) for name in names])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays))
    chart.pan(-30)
    chart.grab()
    chart.pan(-5)
    in_motion = chart.grab().toImage()
    assert chart.surface._layer is None
    at_rest = chart.grab().toImage()
    assert chart.surface._layer is not None
    assert in_motion == at_rest


def test_an_indicator_is_drawn_and_written_and_follows_the_newest_bar(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("sma", {"period": 20}, "#ff00ff"), OverlaySpec("rsi", {"period": 14})])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays))
    assert has(chart, "#ff00ff")
    assert len(chart.panes.shown) == 2
    chart.update_candle(after(bars, 120.0))
    closes = np.r_[bars.close[-19:], 120.0]
    assert chart.overlays[0].line("sma").value(chart.data.last) == pytest.approx(closes.mean())
    assert f"SMA 20 {closes.mean():,.2f}" in words(chart)


@pytest.mark.parametrize("name", ["ema", "rsi", "macd", "bollinger", "obv", "adx", "stoch_rsi"])
def test_indicators_continued_bar_by_bar_equal_those_computed_whole(make_chart, qtbot, name):
    whole = wave(900)
    chart = make_chart(whole[:600])
    chart.set_overlays([OverlaySpec(name)])
    overlay = chart.overlays[0]
    qtbot.waitUntil(lambda: bool(overlay.lines))
    for i in range(600, 900):
        chart.update_candle(whole.candle(i))
    output = overlay.outputs[0]
    qtbot.waitUntil(lambda: overlay.line(output).end >= 899)
    expected = overlay.indicator.compute(whole, **overlay.params)[output]
    got = np.array([overlay.line(output).value(i) for i in range(899)])
    np.testing.assert_allclose(got, expected[:899], rtol=1e-5, atol=1e-7)


def test_indicators_reach_into_older_candles_and_go_on_at_the_newest(make_chart, qtbot):
    whole = wave(900, START - 300 * MINUTE)
    chart = make_chart(whole[300:899])
    chart.set_overlays([OverlaySpec("ema", {"period": 50})])
    ema = chart.overlays[0]
    qtbot.waitUntil(lambda: bool(ema.lines))
    assert np.isnan(ema.line("ema").value(10))
    chart.prepend(whole[:300])
    chart.update_candle(whole.candle(899))
    qtbot.waitUntil(lambda: ema.line("ema").first == -300)
    chart.update_candle(after(whole, 103.0))
    qtbot.waitUntil(lambda: ema.line("ema").end == 601)
    expected = ema.indicator.compute(whole, period=50)["ema"]
    got = np.array([ema.line("ema").value(x) for x in range(-300, 600)])
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_an_unknown_indicator_is_refused(make_chart, bars):
    with pytest.raises(UnknownName):
        make_chart(bars).set_overlays([OverlaySpec("smma")])


def test_markers_are_seen_and_say_what_happened(make_chart, bars):
    chart = make_chart(bars)
    chart.show_between(int(bars.time[400]), int(bars.time[400]))
    trade = TradeMarker(int(bars.time[390]), 103.0, int(bars.time[410]), 99.0, True, -41.5, 0.5, "stop loss")
    before = has(chart, DARK.accent)
    chart.set_markers([trade])
    assert not before
    assert has(chart, DARK.accent)
    y = chart.panes.price.y_of(103.0)
    assert chart.panes.markers.near(chart.px_of(390), y) is trade
    assert chart.panes.markers.near(chart.px_of(390), y + 60) is None
    text = trade.text(2, chart.zone)
    assert "Long 0.5" in text
    assert "−41.50" in text
    assert "stop loss" in text


def test_only_trades_in_view_are_looked_at(make_chart, bars):
    chart = make_chart(bars)
    times = bars.time
    chart.set_markers([TradeMarker(int(times[i]), 100, int(times[i + 3]), 101, True, 1.0) for i in range(0, 590, 5)])
    found = chart.panes.markers.visible(100, 120)
    assert [int(chart.panes.markers._entry[r]) for r in found] == [100, 105, 110, 115, 120]


def test_candles_begin_below_the_legend_and_stay_where_they_are_when_it_needs_fewer_lines(make_chart, bars):
    chart = make_chart(bars, width=360, height=420)
    chart.set_overlays([OverlaySpec("sma", {"period": n}) for n in (5, 10, 20, 50)])
    chart.grab()
    price = chart.panes.price
    (said,) = (words for pane, words in chart.marks.words if pane is price)
    legend = chart.marks.legend.box(said, price.rect)
    assert legend.height() > 3 * chart.marks.legend.metrics.height()
    high = chart.data.prices.extremes(chart.span.x0, chart.span.x1)[1]
    assert price.y_of(high) >= legend.bottom()
    chart.set_overlays([])
    chart.grab()
    assert price.y_of(high) >= legend.bottom()


def test_another_theme_recolours_everything(make_chart, bars):
    chart = make_chart(bars)
    chart.set_theme(LIGHT)
    assert has(chart, LIGHT.gain)
    assert has(chart, LIGHT.panel)
    assert not has(chart, DARK.gain)
    assert not has(chart, DARK.panel)


def test_rising_may_be_red(make_chart, bars):
    chart = make_chart(bars)
    chart.set_theme(DARK.with_rising("red"))
    rising = int(np.argmax(bars.close[500:] - bars.open[500:])) + 500
    chart.zoom(0.3)
    chart.show_between(int(bars.time[rising]), int(bars.time[rising]))
    assert colour_at(chart, rising, float(bars.open[rising] + bars.close[rising]) / 2) == DARK.loss


def test_the_left_edge_asks_for_older_candles_once(make_chart, bars, qtbot):
    chart = make_chart(bars)
    asked = []
    chart.older_wanted.connect(asked.append)
    qtbot.wait(20)
    assert asked == []
    with qtbot.waitSignal(chart.older_wanted):
        chart.show_first()
    chart.pan(2)
    qtbot.wait(60)
    assert asked == [START]
    chart.prepend(wave(100, START - 100 * MINUTE))
    with qtbot.waitSignal(chart.older_wanted):
        chart.show_first()
    assert asked == [START, START - 100 * MINUTE]


def test_a_hole_in_time_is_marked(make_chart, bars):
    gone = Bars.of(*(np.delete(getattr(bars, n), slice(560, 570)) for n in ("time", "open", "high", "low", "close")))
    chart = make_chart(gone)
    assert chart.data.gaps(500, 600).tolist() == [560]
    x = round((559.5 - chart.span.x0) / chart.span.size * chart.marks.plot.width())
    mark = np.array(blend(DARK.warning, DARK.panel, 0.7).getRgb()[:3])
    assert (pixels(chart)[:, x - 1 : x + 2] == mark).all(axis=2).any()
    assert not (pixels(make_chart(bars)) == mark).all(axis=2).any()
    gap = int(bars.time[560])
    chart.panes.gaps.reasons = [
        Gap(Series(Market("x", Category.LINEAR, "T"), TIMEFRAMES["1m"]), gap, gap + 10 * MINUTE, 10, GapKind.EXCHANGE)
    ]
    chart.set_cursor(QPoint(x, 150))
    assert chart.readout._said().startswith("10 candles are missing")
    assert "exchange outage" in chart.readout._said()
    chart.set_cursor(QPoint(x + 60, 150))
    assert chart.readout._said() == ""
    chart.update_candle(after(gone, 101.0, steps=4))
    assert chart.data.gaps(580, 600).tolist() == [590]


def test_a_painted_chart_tells_how_many_candles_it_showed(make_chart, bars, qtbot):
    chart = make_chart(bars)
    with qtbot.waitSignal(chart.painted) as told:
        chart.refresh()
    assert told.args == [int(chart.data.last) - int(chart.span.x0) + 1]


def test_a_reload_of_the_past_stays_at_its_time(make_chart, bars):
    chart = make_chart(bars)
    chart.pan(-300)
    time = chart.data.time_of(round(chart.span.x0))
    chart.set_bars(wave(700, START - 100 * MINUTE), None)
    assert chart.data.time_of(round(chart.span.x0)) == time


def test_a_reload_at_the_newest_keeps_the_zoom(make_chart, bars):
    chart = make_chart(bars)
    chart.zoom(0.5)
    size = chart.span.size
    chart.set_bars(wave(610), None)
    assert chart.span.size == pytest.approx(size)
    assert chart.span.follows


def test_an_empty_chart_says_what_to_do(make_chart):
    chart = make_chart(Bars.empty())
    assert "Choose a symbol" in chart.marks.message
    chart.set_message("Loading")
    assert chart.marks.message == "Loading"
    chart.update_candle(Candle(START, 1, 2, 0.5, 1.5, 1, 1, False))
    assert chart.marks.message == ""
    assert chart.data.last == 0


@pytest.mark.parametrize("size", [(160, 110), (300, 60), (2000, 1200)])
def test_any_size_is_painted(make_chart, bars, size):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("rsi"), OverlaySpec("macd"), OverlaySpec("atr")])
    chart.resize(*size)
    assert not chart.grab().isNull()


def test_a_double_click_shows_a_pane_alone_and_all_again(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("rsi")])
    chart.grab()
    below = QPoint(100, int(chart.panes.subs[0].rect.center().y()))
    qtbot.mouseDClick(chart.surface, Qt.MouseButton.LeftButton, pos=below)
    chart.grab()
    assert chart.panes.shown == chart.panes.subs
    qtbot.mouseDClick(chart.surface, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    chart.grab()
    assert len(chart.panes.shown) == 2


def test_it_can_be_reached_and_named_without_a_mouse(make_chart, bars):
    chart = make_chart(bars)
    assert chart.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert chart.accessibleName() == "Price chart TESTUSDT 1m"
    assert chart._snap.accessibleName()


def test_the_last_price_is_marked_anew_while_one_looks_at_the_past(make_chart, bars):
    chart = make_chart(bars, after(bars, 101.0))
    chart.pan(-300)
    chart.grab()
    asked = []
    chart.surface.update_marks = asked.append
    chart.update_candle(after(bars, 101.1))
    assert asked


@pytest.mark.parametrize("width", range(260, 700, 20))
def test_the_cross_of_an_indicator_stands_on_the_line_of_its_name(make_chart, bars, width):
    chart = make_chart(bars, width=width, height=420)
    chart.set_overlays([OverlaySpec("sma", {"period": n}) for n in (5, 10, 20)])
    chart.grab()
    price = chart.panes.price
    (said,) = (words for pane, words in chart.marks.words if pane is price)
    placed = chart.marks.legend.layout(said, price.rect)
    for (_, y, word), (x, below, cross) in pairwise(placed):
        if cross.value == CROSS:
            assert (y, word.name[:3]) == (below, "SMA")
            assert x < price.rect.right()
