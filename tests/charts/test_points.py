import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tradebot_gui.charts.points import polygon_of

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_written_into_the_array_are_the_points_of_the_polygon() -> None:
    polygon, points = polygon_of(1000)
    points[:, 0], points[:, 1] = np.arange(1000.0), -np.arange(1000.0) / 3
    gc.collect()
    assert polygon.size() == 1000
    assert [(p.x(), p.y()) for p in (polygon.at(0), polygon.at(999))] == [(0.0, 0.0), (999.0, -333.0)]


@pytest.mark.parametrize("count", [0, 1])
def test_a_polygon_may_have_hardly_a_point(count: int) -> None:
    polygon, points = polygon_of(count)
    assert (polygon.size(), points.shape) == (count, (count, 2))


def test_the_window_needs_no_library_of_plots() -> None:
    code = "import sys, tradebot_gui.main_window; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pyqtgraph", "matplotlib"} & set(done.stdout.split())
