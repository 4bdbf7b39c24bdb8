"""How often a chart is painted: once for what changed together."""

import numpy as np
from PySide6.QtCore import QPoint, QPointF

from .test_view import pixels


def test_a_drag_with_the_crosshair_upon_it_is_painted_once_a_move(make_chart, bars, qtbot, monkeypatch):
    chart = make_chart(bars)
    chart.set_rate(1000)
    painted, drawn = [], chart.surface.draw_marks
    monkeypatch.setattr(chart.surface, "draw_marks", lambda *a: (painted.append(a), drawn(*a)))
    for x in (400, 380, 360):
        before = len(painted)
        chart.drag(QPointF(-20, 0), QPoint(x, 200))
        chart.set_cursor(QPoint(x, 200))
        qtbot.waitUntil(lambda: not chart.stale)
        qtbot.wait(20)
        assert len(painted) == before + 1
    moved = pixels(chart)
    chart.surface.invalidate()
    np.testing.assert_array_equal(moved, pixels(chart))
