"""The volume profile of the chart is that of the candles in view, and never keeps the window waiting."""

import numpy as np
import pytest

from tradebot_gui.charts import profile_item
from tradebot_gui.view_models.profile import profile

from .conftest import wave
from .test_view import words


def in_view(chart) -> np.ndarray:
    first, last = int(np.floor(chart.span.x0 + 0.5)), int(np.ceil(chart.span.x1 - 0.5))
    return chart.data.pyramid.rows(max(first, chart.data.first), min(last, chart.data.last) + 1)


def test_it_is_of_what_is_in_view_and_follows_it(make_chart, bars):
    chart = make_chart(bars)
    assert "POC" not in words(chart)
    chart.set_profile(True)
    for _ in range(2):
        chart.grab()
        found = chart.panes.profile.found
        expected = profile(in_view(chart), len(found.rising))
        np.testing.assert_allclose(found.volume, expected.volume)
        assert f"POC {chart.panes.price.text(found.price(found.control + 0.5))}" in words(chart)
        chart.pan(-150)
    chart.set_profile(False)
    chart.grab()
    assert "POC" not in words(chart)


def test_it_is_seen_behind_the_candles(make_chart, bars):
    chart = make_chart(bars)
    before = chart.grab().toImage()
    chart.set_profile(True)
    chart.grab()
    assert chart.grab().toImage() != before


def test_a_long_one_is_computed_in_a_thread_and_comes_later(make_chart, qtbot, monkeypatch):
    monkeypatch.setattr(profile_item, "AT_ONCE", 100)
    chart = make_chart(wave(3000))
    chart.span.show_last(2500)
    chart.set_profile(True)
    chart.grab()
    qtbot.waitUntil(lambda: chart.panes.profile.found is not None)
    assert chart.panes.profile.found.volume.sum() == pytest.approx(in_view(chart)[4].sum())
