"""Fractional screen scales: in a process of its own, since Qt reads the scale once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from shared_modules.core.market import Candle
from tests.charts.conftest import wave, MINUTE
from tradebot_gui.charts import ChartView
from tradebot_gui.drawings import Anchor, Board, Drawing
from shared_modules.core.timeframes import TIMEFRAMES

chart = ChartView()
chart.resize(701, 433)
chart.show()
bars = wave(600)
last = int(bars.time[-1]) + MINUTE
chart.set_series("T", 2, TIMEFRAMES["1m"])
chart.set_bars(bars, Candle(last, 100, 106, 99, 101, 5, 0, False))

def picture():
    image = chart.grab().toImage()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return image, raw.copy()

chart.zoom(0.5)
picture()
chart.update_candle(Candle(last, 100, 106, 99, 100.5, 5, 0, False))
image, partly = picture()
chart.refresh()
_, whole = picture()
assert image.devicePixelRatio() == float(sys.argv[1]), image.devicePixelRatio()
assert image.width() == round(701 * float(sys.argv[1])), image.width()
np.testing.assert_array_equal(partly, whole)
# a candle's left and right edges are sharp: body colours only, no blends
gain, loss = (chart._theme.gain, chart._theme.loss)
y = round(chart.panes.price.y_of(100.0) * float(sys.argv[1]))
names = {image.pixelColor(x, y).name() for x in range(0, int(chart.marks.plot.right() * float(sys.argv[1])))}
assert names & {gain, loss}, names
assert len(names) <= 5, names
# the same with drawings upon it; slanted lines are smoothed, and cutting them rounds by a few shades of 255
points = (Anchor(int(bars.time[560]), 101.0), Anchor(last + 3 * MINUTE, 104.0))
chart.set_drawings(Board([Drawing("trend", points), Drawing("rectangle", points)], parent=chart))
picture()
chart.update_candle(Candle(last, 100, 106, 99, 100.2, 5, 0, False))
_, partly = picture()
chart.refresh()
_, whole = picture()
np.testing.assert_allclose(partly.astype(int), whole.astype(int), atol=8)
chart.stop()
print("sharp")
"""


@pytest.mark.parametrize("scale", ["1.0", "1.25", "1.5", "2.0"])
def test_candles_are_sharp_and_partial_repaints_seamless_at_any_scale_of_the_screen(scale):
    environment = os.environ | {"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, scale], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "sharp", done.stderr[-2000:]
