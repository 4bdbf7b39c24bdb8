"""Refused signals beside their bars, and the trade that was chosen."""

import numpy as np

from tests.charts.test_view import has
from tradebot_gui.charts.marker_sets import SignalSet, TradeMarker
from tradebot_gui.theme.theme import DARK

WORDS = ("", "not enough free cash")


def refused(bars, rows: list[int], side: int = 1) -> SignalSet:
    count = len(rows)
    return SignalSet(bars.time[rows], np.full(count, side), np.ones(count, np.int64), WORDS)


def test_a_refused_signal_says_why_there_is_no_trade(make_chart, bars):
    chart = make_chart(bars)
    chart.show_between(int(bars.time[400]), int(bars.time[400]))
    chart.set_signals(refused(bars, [400]))
    chart.grab()
    marks = chart.panes.signals
    price = float(chart.data.candle(400).low)
    found = marks.near(chart.px_of(400), chart.panes.price.y_of(price) + 9)
    assert found == 0
    said = marks.text(found, chart.zone)
    assert "No trade (long)" in said
    assert "Why: not enough free cash" in said
    assert marks.near(chart.px_of(400), chart.panes.price.y_of(price) + 60) is None


def test_too_many_refused_signals_are_no_carpet(make_chart, bars):
    chart = make_chart(bars)
    chart.set_signals(refused(bars, list(range(590))))
    assert len(chart.panes.signals) == 590
    assert len(chart.panes.signals.visible(0, 589)) == 0
    assert len(chart.panes.signals.visible(100, 120)) == 21


def test_the_chosen_trade_stands_out_though_it_is_not_among_the_others(make_chart, bars):
    chart = make_chart(bars)
    chart.show_between(int(bars.time[400]), int(bars.time[400]))
    assert not has(chart, DARK.accent)
    chart.choose_marker(TradeMarker(int(bars.time[390]), 103.0, int(bars.time[410]), 99.0, True, -41.5))
    assert has(chart, DARK.accent)
    assert len(chart.panes.markers) == 0
    chart.choose_marker(None)
    assert not has(chart, DARK.accent)


def test_a_long_trade_is_zoomed_out_to_fit(make_chart, bars):
    chart = make_chart(bars)
    chart.zoom(0.2)
    chart.show_between(int(bars.time[50]), int(bars.time[550]))
    assert chart.span.x0 < 50 < 550 < chart.span.x1
