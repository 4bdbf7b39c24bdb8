"""Indicators at the candle that forms, and of prices far below one."""

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import OverlaySpec

from .test_view import after, words


@pytest.mark.parametrize("name", ["obv", "ad", "vwap", "pvt"])
def test_lines_that_need_all_candles_tell_of_the_one_that_forms(make_chart, bars, qtbot, name):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec(name)])
    overlay = chart.overlays[0]
    output = overlay.outputs[0]

    def expected() -> float:
        return overlay.indicator.compute(chart.data.pyramid.bars(), **overlay.params)[output][-1]

    def told() -> bool:
        line = overlay.line(output)
        return line is not None and line.value(chart.data.last) == pytest.approx(expected())

    qtbot.waitUntil(told)
    forming = after(bars, 103.0, confirmed=False)
    chart.update_candle(forming)
    qtbot.waitUntil(told)
    # without another candle: the newest changes
    chart.update_candle(after(bars, 99.0, confirmed=False))
    qtbot.waitUntil(told)
    assert "—" not in words(chart)


def test_they_are_not_computed_again_while_nothing_changes(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_overlays([OverlaySpec("obv")])
    qtbot.waitUntil(lambda: bool(chart.overlays[0].lines) and chart.overlays[0].line("obv").end > chart.data.last)
    seen = chart.overlays[0].lines
    with qtbot.assertNotEmitted(chart.indicators.changed, wait=400):
        pass
    assert chart.overlays[0].lines is seen


def test_values_of_tiny_prices_are_told_with_figures(make_chart, bars, qtbot):
    chart = make_chart(bars)
    chart.set_series("TINY 1m", 8, TIMEFRAMES["1m"], 1e-8)
    tiny = Bars.of(
        bars.time, *(np.round(c * 1e-7, 8) for c in (bars.open, bars.high, bars.low, bars.close)), bars.volume
    )
    chart.set_bars(tiny, None)
    chart.set_overlays([OverlaySpec("atr"), OverlaySpec("rsi")])
    qtbot.waitUntil(lambda: all(o.lines for o in chart.overlays))
    chart.grab()
    value = chart.overlays[0].line("atr").value(chart.data.last)
    said = words(chart).split("ATR 14 ")[1].split()[0]
    assert float(said) == pytest.approx(value, rel=0.05)
    # an oscillator keeps its two digits
    assert len(words(chart).split("RSI 14 ")[1].split()[0].split(".")[1]) == 2
