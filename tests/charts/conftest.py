"""A chart with known candles."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import ChartView
from tradebot_gui.theme.theme import DARK

MINUTE = 60_000
START = 1_700_000_040_000 // MINUTE * MINUTE


def wave(count: int, start: int = START) -> Bars:
    """Candles that swing around 100: rising and falling ones, without holes."""
    x = np.arange(count)
    close = 100 + 5 * np.sin(x / 9) + 0.01 * x
    opened = np.r_[close[:1], close[:-1]]
    high, low = np.maximum(opened, close) + 0.4, np.minimum(opened, close) - 0.4
    return Bars.of(start + x * MINUTE, opened, high, low, close, 10 + x % 7)


@pytest.fixture
def bars() -> Bars:
    return wave(600)


@pytest.fixture
def make_chart(qtbot) -> Iterator[Callable[..., ChartView]]:
    made: list[ChartView] = []

    def make(shown: Bars, unfinished=None, width: int = 900, height: int = 500) -> ChartView:
        chart = ChartView(theme=DARK)
        qtbot.addWidget(chart)
        made.append(chart)
        chart.set_time_zone("UTC")
        chart.resize(width, height)
        chart.show()
        chart.set_series("TESTUSDT 1m", 2, TIMEFRAMES["1m"])
        chart.set_bars(shown, unfinished)
        chart.grab()
        return chart

    yield make
    for chart in made:
        chart.stop()
