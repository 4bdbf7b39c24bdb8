"""A chart that was let go in motion rolls on, a chart that was held still stands."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from tradebot_gui.charts.kinetic import FADE, FASTEST, Kinetic


def thrown(speed: float) -> Kinetic:
    kinetic = Kinetic()
    for n in range(8):
        kinetic.moved(100 + 10 * n, speed * 10)
    assert kinetic.let_go(175)
    return kinetic


def test_it_goes_on_at_the_speed_of_the_hand_and_comes_to_rest():
    kinetic = thrown(2.0)
    ways = [kinetic.roll(16) for _ in range(200)]
    assert ways[0] == pytest.approx(2.0 * 16, rel=0.05)
    assert all(b <= a for a, b in pairwise(ways))
    assert not kinetic.rolling
    assert sum(ways) == pytest.approx(2.0 * FADE, rel=0.05)


@pytest.mark.parametrize(("pause", "speed"), [(100, 2.0), (5, 0.05)])
def test_a_hand_that_stopped_or_crept_sets_nothing_rolling(pause, speed):
    kinetic = Kinetic()
    for n in range(8):
        kinetic.moved(10 * n, speed * 10)
    assert not kinetic.let_go(70 + pause)


@given(st.floats(-50, 50).filter(lambda s: abs(s) > 0.2), st.lists(st.floats(1, 60), min_size=1, max_size=30))
def test_however_the_frames_fall_it_never_turns_nor_exceeds_its_way(speed, frames):
    kinetic = thrown(speed)
    ways = [kinetic.roll(f) for f in frames]
    assert all(w * speed >= 0 for w in ways)
    assert abs(sum(ways)) <= FASTEST * FADE + 1e-6


def drag(chart, points, ms: int, hold: int = 0) -> None:
    viewport = chart.surface
    button, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(points) - 1), QEvent.Type.MouseButtonRelease]
    for n, (kind, point) in enumerate(zip(kinds, [*points, points[-1]], strict=True)):
        at = QPointF(point)
        event = QMouseEvent(kind, at, viewport.mapToGlobal(at), none if kind == QEvent.Type.MouseMove else button,
                            none if kind == QEvent.Type.MouseButtonRelease else button,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        event.setTimestamp(1000 + n * ms + (hold if kind == QEvent.Type.MouseButtonRelease else 0))
        QApplication.sendEvent(viewport, event)


def test_a_thrown_chart_rolls_on_until_it_is_touched(make_chart, bars, qtbot):
    chart = make_chart(bars)
    drag(chart, [QPoint(200 + 20 * n, 150) for n in range(8)], 10)
    dropped = chart.span.x0
    qtbot.waitUntil(lambda: chart.span.x0 < dropped - 1)
    assert chart._interaction.rolling
    qtbot.mousePress(chart.surface, Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    assert not chart._interaction.rolling


def test_a_chart_that_was_held_still_stands(make_chart, bars):
    chart = make_chart(bars)
    drag(chart, [QPoint(200 + 20 * n, 150) for n in range(8)], 10, hold=300)
    assert not chart._interaction.rolling
