"""Candlestick patterns as marks beside their candles."""

import numpy as np

from shared_modules.indicators import indicator
from tests.gui.fixtures import until
from tests.strategies.markets import random_bars
from tradebot_gui.charts import OverlaySpec
from tradebot_gui.charts.pattern_marks import MOST, PatternMarks

BARS = random_bars(900, 2)


def marks_of(chart) -> list[PatternMarks]:
    return [item for item in chart.panes._items if isinstance(item, PatternMarks)]


async def test_each_pattern_in_view_has_its_mark_and_points_its_way(make_chart) -> None:
    chart = make_chart(BARS)
    chart.set_overlays([OverlaySpec("cdlengulfing"), OverlaySpec("cdlharami"), OverlaySpec("rsi_divergence")])
    await until(lambda: all(overlay.lines for overlay in chart.overlays))
    for mark, name in zip(marks_of(chart), ("cdlengulfing", "cdlharami", "rsi_divergence"), strict=True):
        line = np.nan_to_num(indicator(name).compute(BARS)[name])
        bars, ways = mark.visible(300.0, 700.0)
        expected = 300 + np.flatnonzero(line[300:701])
        assert len(expected)
        assert bars.tolist() == expected.tolist()
        assert ways.tolist() == np.sign(line[expected]).tolist()
    assert chart.panes.subs == []


async def test_too_many_to_tell_apart_are_not_drawn(make_chart) -> None:
    chart = make_chart(random_bars(6000, 2))
    chart.set_overlays([OverlaySpec("cdlengulfing")])
    await until(lambda: all(overlay.lines for overlay in chart.overlays))
    (mark,) = marks_of(chart)
    assert len(mark.visible(0.0, 6000.0)[0]) == 0
    assert 0 < len(mark.visible(0.0, 500.0)[0]) <= MOST


async def test_marks_are_seen_in_the_colour_chosen(make_chart) -> None:
    chart = make_chart(BARS)
    before = chart.grab().toImage()
    chart.set_overlays([OverlaySpec("cdlengulfing", colour="#ff00ff")])
    await until(lambda: all(overlay.lines for overlay in chart.overlays))
    after = chart.grab().toImage()
    points = ((x, y) for x in range(0, after.width(), 2) for y in range(40, after.height()))
    count = sum(after.pixelColor(x, y).name() == "#ff00ff" for x, y in points)
    assert count > 10
    assert before.size() == after.size()
