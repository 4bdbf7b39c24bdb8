"""What alerts wait for, as lines on the chart that can be dragged: prices, and values of the indicators shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint

from shared_modules.core.events import AlertsChanged
from shared_modules.system_integration import Line, watchable
from tradebot_gui.charts import ChartView
from tradebot_gui.desk import Desk

if TYPE_CHECKING:
    from shared_modules.system_integration import Alert


class AlertLines(QObject):
    """Keeps the lines of one chart in step with the alerts on its symbol."""

    def __init__(self, desk: Desk, view: ChartView) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self._symbol = ""
        self._shown: tuple[Alert, ...] = ()
        desk.bridge.every(AlertsChanged, lambda _: self.show(self._symbol), self)
        view.level_moved.connect(self._moved)

    def show(self, symbol: str) -> None:
        """Draw the values at which active alerts on ``symbol`` wait; empty for none."""
        self._symbol = symbol
        timeframe = self._view.data.timeframe.name
        self._shown = tuple(
            a for a in self._desk.engine.alerts.alerts
            if a.active and a.symbol == symbol and a.against is None and not a.drawing and _is_drawn(a, timeframe)
        )  # fmt: skip
        # a drawing is a line already, and only told to have one
        on = frozenset(a.drawing for a in self._desk.engine.alerts.alerts if a.active and a.symbol == symbol)
        self._view.drawings.set_alerted(on)
        self._view.readout.set_levels([(a.level, f"Alert {a.note}".strip(), _key(a.line)) for a in self._shown])

    def _moved(self, row: int, value: float) -> None:
        if row < len(self._shown) and (value > 0 or not self._shown[row].line.is_price):
            # where the line stood relative to the old level tells nothing of the new one
            self._desk.spawn(self._desk.engine.alerts.put(replace(self._shown[row], level=value, last=None)))


def _is_drawn(alert: Alert, timeframe: str) -> bool:
    """Whether the level of ``alert`` has a place on a chart of ``timeframe``."""
    if alert.line.is_price:
        return alert.line.name != "volume"
    return alert.timeframe == timeframe


def _key(line: Line) -> tuple[Any, ...] | None:
    """What the values of the chart's overlay with the same line depend on; None for prices."""
    return None if line.is_price else (line.name, *sorted(line.params.items()))


def pointed_at(view: ChartView, point: QPoint | None) -> tuple[Line, float] | None:
    """The indicator whose pane lies at ``point`` and the value there; None elsewhere, and for what tells nothing."""
    pane = None if point is None else view.panes.at(point.y())
    overlay = None if pane is None else view.panes.overlay_in(pane)
    if point is None or pane is None or overlay is None or not watchable(overlay.indicator):
        return None
    return Line(overlay.indicator.name, dict(overlay.params)), pane.rounded(pane.value_at(point.y()))
