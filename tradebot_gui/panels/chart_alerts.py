"""The prices that alerts wait for, as lines on the chart that can be dragged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from shared_modules.core.events import AlertsChanged
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
        """Draw the prices at which active alerts on ``symbol`` wait; empty for none."""
        self._symbol = symbol
        self._shown = tuple(
            a for a in self._desk.engine.alerts.alerts
            if a.active and a.symbol == symbol and a.line.is_price and a.against is None
        )  # fmt: skip
        self._view.readout.set_levels([(a.level, f"Alert {a.note}".strip()) for a in self._shown])

    def _moved(self, row: int, price: float) -> None:
        if row < len(self._shown) and price > 0:
            # where the price stood relative to the old level tells nothing of the new one
            self._desk.spawn(self._desk.engine.alerts.put(replace(self._shown[row], level=price, last=None)))
