"""Compared symbols begin where the chart begins, keep to their time, and show nothing of the future."""

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from tradebot_gui.charts import compare

from .conftest import MINUTE, START, wave
from .test_view import words


def other(count: int, start: int = START, price: float = 2.0) -> Bars:
    close = price + 0.001 * np.arange(count)
    return Bars.of(start + np.arange(count) * MINUTE, close, close, close, close, np.ones(count))


@pytest.fixture
def chart(make_chart, bars):
    chart = make_chart(bars)
    chart.set_compared(["OTHER"])
    chart.give_compared("OTHER", other(600))
    chart.grab()
    return chart


def test_both_begin_at_one_point_and_the_legend_tells_the_change_since(chart):
    item = chart.panes.compare.items[0]
    first = max(round(chart.span.x0 + 0.5), 0)
    assert item.base == pytest.approx(2.0 + 0.001 * first)
    assert item.base * item.factor == pytest.approx(chart.data.candle(first).close)
    share = ((2.0 + 0.001 * 599) / item.base - 1) * 100
    assert f"OTHER +{share:.2f}%" in words(chart)
    chart.pan(-100)
    chart.grab()
    assert item.base == pytest.approx(2.0 + 0.001 * (first - 100))


def test_a_symbol_that_rises_more_stays_in_view(chart):
    chart.give_compared("OTHER", other(600, price=0.01))
    chart.grab()
    item = chart.panes.compare.items[0]
    assert chart.panes.price.high >= item.line.value(599) * item.factor


def test_where_it_has_no_candle_its_last_close_holds(chart):
    gone = other(600)
    keep = np.r_[0:550, 580:600]
    chart.give_compared("OTHER", Bars.of(*(getattr(gone, c)[keep] for c in ("time", "open", "high", "low", "close"))))
    item = chart.panes.compare.items[0]
    assert item.line.value(565) == gone.close[549]
    assert item.line.value(580) == gone.close[580]


def test_it_follows_the_market_and_reaches_back(chart, bars):
    item = chart.panes.compare.items[0]
    chart.give_compared("OTHER", Candle(START + 599 * MINUTE, 3.0, 3.0, 3.0, 3.0, 1.0, 1.0, False))
    assert item.line.value(599) == 3.0
    last = bars.candle(599)
    chart.update_candle(Candle(last.time + MINUTE, 100, 101, 99, 100, 1, 1, False))
    assert item.line.value(600) == 3.0
    chart.prepend(wave(100, START - 100 * MINUTE))
    assert np.isnan(item.line.value(-1))
    chart.give_compared("OTHER", other(700, START - 100 * MINUTE))
    assert item.line.value(-1) == pytest.approx(2.0 + 0.001 * 99)


def test_in_a_replay_the_running_candle_of_another_symbol_is_not_told(chart):
    item = chart.panes.compare.items[0]
    chart.show_until(START + 599 * MINUTE + 30_000)
    assert item.line.value(599) == pytest.approx(2.0 + 0.001 * 598)
    chart.show_until(None)
    assert item.line.value(599) == pytest.approx(2.0 + 0.001 * 599)


def test_the_cross_in_the_legend_takes_it_away(chart):
    assert any(word.action == ("uncompare", 0) for word in chart.marks.words[0][1])
    chart.set_compared([])
    chart.grab()
    assert "OTHER" not in words(chart)


def test_a_long_comparison_comes_later_with_the_candles_of_meanwhile(make_chart, bars, qtbot, monkeypatch):
    monkeypatch.setattr(compare, "AT_ONCE", 100)
    chart = make_chart(bars)
    chart.set_compared(["OTHER"])
    chart.give_compared("OTHER", other(600))
    item = chart.panes.compare.items[0]
    assert item.line is None
    chart.update_candle(wave(601).candle(600))
    chart.give_compared("OTHER", other(601).candle(600))
    qtbot.waitUntil(lambda: item.line is not None)
    assert item.line.rows()[0].tolist() == other(601).close.tolist()
    chart.grab()
    assert "OTHER +" in words(chart)
