"""Renko on the chart: bricks for candles, live, with older history, and back."""

import threading

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import Style
from tradebot_gui.charts.bricks import average_range
from tradebot_gui.charts.styling import BRICKS_AT_ONCE
from tradebot_gui.view_models.lod import BarPyramid
from tradebot_gui.view_models.renko import Renko

from .conftest import MINUTE, START, wave
from .test_view import words


@pytest.fixture
def chart(make_chart, bars):
    chart = make_chart(bars)
    chart.set_style(Style.RENKO, 0.5)
    chart.grab()
    return chart


def bricks(bars: Bars, box: float = 0.5) -> Bars:
    renko = Renko(box)
    renko.feed(bars)
    return renko.bars


def shown(chart) -> Bars:
    return chart.data.finished()


def test_the_candles_become_bricks_with_the_one_under_way_after_them(chart, bars):
    assert shown(chart).equals(bricks(bars))
    assert chart.data.unfinished
    assert "Renko 0.50" in words(chart)


def test_time_between_bricks_is_no_hole(chart):
    assert not len(chart.data.gaps(chart.data.first, chart.data.last))


def test_the_time_axis_has_marks_all_along(chart):
    places = [chart.px_of(tick.x) / chart.marks.plot.width() for tick in chart.panes.price.time_ticks]
    assert len(places) >= 3
    assert min(places) < 0.35
    assert max(places) > 0.65


def test_a_time_since_the_last_brick_began_is_in_it_and_the_future_goes_on_after_the_newest_candle(make_chart, bars):
    chart = make_chart(bars)
    chart.set_style(Style.RENKO, 4.0)
    data, newest = chart.data, int(bars.time[-1])
    began = data.time_of(data.last)
    assert newest - began > 3 * MINUTE
    assert [data.place_of(t) for t in (began, began + 2 * MINUTE, newest)] == [data.last] * 3
    for ahead in (1, 2, 7):
        assert data.place_of(newest + ahead * MINUTE) == data.last + ahead
        assert data.time_of(data.last + ahead) == newest + ahead * MINUTE
        assert data.bar_after(newest + ahead * MINUTE) == data.last + ahead
    close = float(bars.close[-1])
    chart.update_candle(Candle(newest + MINUTE, close, close, close, close, 1.0, 1.0, False))
    assert data.place_of(newest + 2 * MINUTE) == data.last + 1
    chart.set_style(Style.CANDLES)
    assert data.place_of(newest + 3 * MINUTE) == data.last + 2


def test_live_candles_make_bricks_one_by_one(chart, bars, qtbot):
    longer = wave(700)
    count = len(chart.data)
    for row in range(600, 700):
        closed = longer.candle(row)
        half = Candle(closed.time, closed.open, closed.high, closed.low, closed.open, 1.0, 1.0, False)
        chart.update_candle(half)
        chart.update_candle(closed)
    assert len(chart.data) > count
    np.testing.assert_allclose(shown(chart).close, bricks(longer).close)
    assert shown(chart).time.tolist() == bricks(longer).time.tolist()


def test_older_candles_come_in_front_and_the_view_stays_at_its_time(chart):
    chart.pan(-30)
    time = chart.data.time_of(round(chart.span.x0))
    older = wave(300, START - 300 * MINUTE)
    chart.prepend(older)
    whole = older.merged(wave(600))
    assert shown(chart).time.tolist() == bricks(whole).time.tolist()
    assert chart.data.time_of(round(chart.span.x0)) == time


def test_another_style_brings_the_candles_back(chart, bars):
    chart.set_style(Style.CANDLES)
    assert chart.data.pyramid.bars().equals(bars)
    assert chart.data.even


def test_without_a_choice_a_brick_is_as_high_as_the_average_true_range(chart, bars):
    chart.set_style(Style.RENKO, 0.0)
    assert chart.bricks.box == average_range(bars, 2) > 0
    np.testing.assert_allclose(np.abs(shown(chart).close - shown(chart).open), chart.bricks.box)


def test_of_one_candle_nothing_is_made_yet(make_chart):
    chart = make_chart(wave(1))
    chart.set_style(Style.RENKO)
    assert len(chart.data) == 0
    chart.update_candle(wave(3).candle(1))
    chart.update_candle(wave(3).candle(2))
    assert len(chart.data) > 0


@pytest.fixture
def long_chart(make_chart, qtbot):
    """A chart of more candles than are turned into bricks at once."""
    chart = make_chart(wave(6000))
    yield chart
    qtbot.waitUntil(lambda: not chart.styling.busy)


def test_many_candles_become_bricks_later_and_what_comes_meanwhile_is_not_lost(long_chart, qtbot):
    chart, longer = long_chart, wave(6050)
    chart.set_style(Style.RENKO, 0.5)
    assert chart.bricks is None
    for row in range(6000, 6050):
        chart.update_candle(longer.candle(row))
    qtbot.waitUntil(lambda: chart.bricks is not None)
    np.testing.assert_allclose(shown(chart).close, bricks(longer).close)
    assert chart.bricks.candles[0].equals(longer)


def test_who_goes_back_before_the_bricks_are_made_keeps_every_candle(long_chart):
    chart, longer = long_chart, wave(6003)
    chart.set_style(Style.RENKO, 0.5)
    chart.update_candle(longer.candle(6000))
    chart.set_style(Style.CANDLES)
    chart.update_candle(longer.candle(6001))
    chart.update_candle(longer.candle(6002))
    assert chart.bricks is None
    assert chart.data.pyramid.bars().equals(longer)


def test_another_series_is_not_overtaken_by_bricks_of_the_one_before(long_chart, qtbot):
    chart = long_chart
    chart.set_style(Style.RENKO, 0.5)
    chart.set_series("OTHER 1m", 2, TIMEFRAMES["1m"])
    chart.set_bars(wave(50), None)
    qtbot.waitUntil(lambda: not chart.styling.busy)
    np.testing.assert_allclose(shown(chart).close, bricks(wave(50)).close)


def test_what_is_shown_of_many_bricks_is_made_in_the_thread_that_made_them(make_chart, monkeypatch, qtbot):
    makers, plain = set(), BarPyramid.__init__

    def noted(self, bars):
        if len(bars) > 1000:
            makers.add(threading.current_thread())
        plain(self, bars)

    chart = make_chart(wave(BRICKS_AT_ONCE + 1000))
    monkeypatch.setattr(BarPyramid, "__init__", noted)
    chart.set_style(Style.RENKO, 0.05)
    qtbot.waitUntil(lambda: not chart.styling.busy, timeout=20_000)
    assert len(chart.data) > 1000
    assert makers
    assert threading.main_thread() not in makers
