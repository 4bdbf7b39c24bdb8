"""What lies over the candles: after a change only the strips it touches are painted anew."""

import random

from PySide6.QtCore import QEventLoop, QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from shared_modules.core.market import Candle
from tradebot_gui.charts import ChartView, OverlaySpec
from tradebot_gui.charts.pieces import differing

from .conftest import MINUTE, START


def on_screen(chart: ChartView) -> QImage:
    """What stands on the screen after the paints that were asked for, and after the frame that is to come."""
    for _ in range(3):
        QApplication.processEvents()
    while chart.stale:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    return chart.screen().grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


def painted_anew(chart: ChartView) -> QImage:
    return chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def changed_at_random(chart: ChartView, rnd: random.Random) -> None:
    price, last = rnd.uniform(99, 108), len(chart.data) - 1
    rnd.choice(
        (
            lambda: chart.set_cursor(QPoint(rnd.randrange(900), rnd.randrange(500))),
            lambda: chart.set_cursor(QPoint(rnd.randrange(300, 330), rnd.randrange(200, 230))),
            lambda: chart.set_cursor(None),
            lambda: chart.set_countdown(f"00:{rnd.randrange(10, 60)}"),
            lambda: chart.readout.set_stale(rnd.random() < 0.5),
            lambda: chart.readout.set_levels([(price, "alert", None)] if rnd.random() < 0.8 else []),
            lambda: chart.readout.move_level(0, price),
            lambda: chart.set_linked_cursor(START + rnd.randrange(480, 600) * MINUTE, price),
            lambda: chart.set_linked_cursor(None),
            lambda: chart.update_candle(Candle(START + last * MINUTE, 105, 106, 104, 105 + rnd.random(), 9, 0, False)),
        )
    )()


def test_strips_painted_anew_leave_the_screen_as_a_whole_frame_would(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("sma"), OverlaySpec("rsi")])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays), timeout=60_000)
    rnd = random.Random(5)
    for step in range(60):
        changed_at_random(chart, rnd)
        assert on_screen(chart) == painted_anew(chart), step


def test_a_mark_that_stays_as_it_is_is_not_painted_again():
    line, tag = QRect(0, 50, 900, 5), QRect(900, 40, 60, 20)
    before = {"last": (line, True), "tag": (tag, 101.0)}
    assert differing(before, dict(before)) == []
    assert differing(before, before | {"tag": (tag, 102.0)}) == [tag]
    assert differing(before, {"last": (line, True)}) == [tag]


def test_where_a_mark_was_and_is_are_one_strip_when_they_are_near():
    one, near, far = (QRect(x, 0, 4, 1000) for x in (100, 107, 500))
    assert differing({"x": (one, None)}, {"x": (near, None)}) == [one.united(near)]
    assert differing({"x": (one, None)}, {"x": (far, None)}) == [one, far]


def test_a_label_of_the_axis_gives_way_to_the_tag_of_the_last_price(make_chart, bars):
    chart = make_chart(bars)
    price, marks = chart.panes.price, chart.marks
    middles = chart.panes.labels_of(price)
    assert len(middles) > 3
    value = price.value_at(middles[2] - 12)  # the tag stands half upon the label below it
    newest = chart.data.candle(chart.data.last)
    chart.update_candle(Candle(newest.time, value, value, value, value, 1.0, 0.0, False))
    painted_anew(chart)
    box = marks._tag_box(round(price.y_of(value)))
    under = [y for y in chart.panes.labels_of(price) if box.bottom() - 1 < y < box.bottom() + 6]
    assert under, "no label stands half under the tag"
    image = painted_anew(chart)
    rows = range(round(box.bottom()) + 1, round(under[0] + 7))
    columns = range(round(box.left()) + 3, round(box.right()) - 1)
    assert {image.pixelColor(x, y).name() for x in columns for y in rows} == {marks.theme.panel}
