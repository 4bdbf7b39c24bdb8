import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tradebot_gui.charts.curves import Curve, CurvePlot, PaneSpec
from tradebot_gui.theme.theme import DARK, LIGHT

HOUR = 3_600_000
START = 1_735_689_600_000


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot((PaneSpec("equity", "", 3.0), PaneSpec("fall", "", 1.0, 2, " %")), DARK, "Equity")
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.set_zone("UTC")
    made.show()
    return made


def shown(plot: CurvePlot, n: int = 500) -> np.ndarray:
    values = np.linspace(100.0, 200.0, n)
    fall = Curve("Fall", -values / 10, "loss", ground=True)
    curves = {"equity": [Curve("Equity", values, low=values - 5, high=values + 5)], "fall": [fall]}
    plot.show_curves(START + np.arange(n, dtype=np.int64) * HOUR, HOUR, curves)
    plot.grab()
    return values


def test_an_empty_plot_says_what_to_do(plot: CurvePlot) -> None:
    plot.clear("Run a backtest.")
    assert plot.message == "Run a backtest."
    assert plot.points == 0
    plot.grab()


@pytest.mark.parametrize("height", range(160, 420, 20))
def test_a_low_pane_names_at_least_two_values(plot: CurvePlot, height: int) -> None:
    plot.resize(600, height)
    fall = Curve("Fall", np.linspace(0.0, -49.99, 500), "loss", ground=True)
    plot.show_curves(START + np.arange(500, dtype=np.int64) * HOUR, HOUR, {"fall": [fall]})
    plot.grab()
    assert len(plot._axes[1].labels()) >= 2


def test_the_cursor_reads_every_curve_at_its_row(plot: CurvePlot) -> None:
    values = shown(plot)
    rows: list[int | None] = []
    plot.pointed.connect(rows.append)
    middle = QPoint(round(plot.px_of(250)), 50)
    plot.set_cursor(middle)
    assert rows == [250]
    assert [text for _, text, _ in plot.readout(250)] == [f"{values[250]:.2f}", f"−{values[250] / 10:.2f} %"]
    plot.set_cursor(None)
    assert rows[-1] is None


def test_the_band_and_the_ground_are_in_view(plot: CurvePlot) -> None:
    values = shown(plot)
    equity, fall = plot._panes
    assert equity.low < values.min() - 5
    assert equity.high > values.max() + 5
    assert fall.high >= 0.0


def test_keys_zoom_move_and_show_everything(plot: CurvePlot, qtbot: QtBot) -> None:
    shown(plot)
    whole = plot.span.size
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.span.size < whole
    left = plot.span.x0
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.span.x0 > left
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.span.size == pytest.approx(whole)


def test_a_line_with_holes_and_a_single_point_is_drawn(plot: CurvePlot) -> None:
    values = np.array([1.0, np.nan, 2.0, 3.0, np.nan, 4.0])
    plot.show_curves(START + np.arange(6, dtype=np.int64) * HOUR, HOUR, {"equity": [Curve("x", values)]})
    plot.grab()
    assert plot._panes[0].low < 1.0 < 4.0 < plot._panes[0].high


def test_another_theme_recolours_ground_and_lines(plot: CurvePlot) -> None:
    shown(plot)
    plot.set_theme(LIGHT)
    assert plot.grab().toImage().pixelColor(5, 200).lightness() > 200
    assert plot.readout(3)[0][2] == LIGHT.accent


def test_in_a_low_plot_the_lower_pane_keeps_room_for_its_name_and_a_scale(plot: CurvePlot) -> None:
    plot.resize(600, 150)
    shown(plot)
    plot.refresh()
    lower = plot._panes[1]
    name = plot.fontMetrics().height()
    assert lower.y_of(-10.0) - lower.rect.top() >= 0.9 * name
    assert len(lower.ticks) >= 2
    assert plot._panes[0].rect.height() > lower.rect.height()
