"""A chart that is moved to a screen of another scale while it runs looks as if it had been opened there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCREENS = {"A": 1.0, "B": 2.0, "C": 1.25}
# the scale of a screen is given to a process at its start
CODE = """
import sys
from PySide6.QtWidgets import QApplication
from tests.charts.conftest import wave
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.charts import ChartView

app = QApplication([])

def shown(x, chart=None):
    if chart is None:
        chart = ChartView()
        chart.setGeometry(x, 0, 600, 400)
        chart.set_series("BTCUSDT 1m", 1, TIMEFRAMES["1m"])
        chart.set_bars(wave(3000), None, at_once=True)
        chart.show()
    else:
        chart.move(x, 0)
    for _ in range(30):
        app.processEvents()
    return chart

screens = {s.name(): s for s in app.screens()}
moved = shown(0)
for name in sys.argv[1]:
    scale = screens[name].devicePixelRatio()
    moved = shown(screens[name].geometry().x(), moved)
    anew = shown(screens[name].geometry().x())
    pictures = [chart.grab().toImage() for chart in (moved, anew)]
    assert pictures[0].width() == round(600 * scale), (name, pictures[0].width())
    assert pictures[0] == pictures[1], f"screen {name}: it looks other than one that was opened there"
    anew.close()
print("all the same")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs Qt's platform without screens")
def test_a_chart_moved_from_screen_to_screen_is_painted_for_each(tmp_path: Path) -> None:
    screens = [
        {"name": name, "x": 1920 * n, "y": 0, "width": 1920, "height": 1080, "logicalDpi": 96, "logicalBaseDpi": 96,
         "dpr": 1}
        for n, name in enumerate(SCREENS)
    ]  # fmt: skip
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": screens}))
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={config}",
        "QT_SCREEN_SCALE_FACTORS": ";".join(f"{name}={scale}" for name, scale in SCREENS.items()),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, "BCAB"], env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.strip() == "all the same", done.stderr
