"""Alerts made on drawings: begun from one, and moved, put to rest or kept with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from PySide6.QtCore import QObject

from shared_modules.system_integration import DrawnLine
from tradebot_gui.drawings import Board, Drawing

if TYPE_CHECKING:
    from shared_modules.system_integration import Alert
    from tradebot_gui.desk import Desk

# kinds that have one price at a time
WATCHABLE = ("horizontal", "trend", "ray")


def goal_of(drawing: Drawing) -> dict[str, Any] | None:
    """What an alert on ``drawing`` waits for, as fields of it; None for what cannot be crossed."""
    if drawing.kind not in WATCHABLE or drawing.pane:
        return None
    if drawing.kind == "horizontal":
        return {"level": drawing.anchors[0].price, "drawn": None, "drawing": drawing.id}
    start, end = sorted(((a.time, a.price) for a in drawing.anchors[:2]), key=lambda point: point[0])
    if start[0] == end[0]:
        return None
    return {"level": float("nan"), "drawn": DrawnLine(start, end), "drawing": drawing.id}


class DrawingAlerts(QObject):
    """Keeps alerts in step with the drawings they were made on, once for all charts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._boards: set[Board] = set()

    @classmethod
    def of(cls, desk: Desk) -> Self:
        """The one of ``desk``; made when it has none yet."""
        return desk.findChild(cls) or cls(desk)

    def follow(self, board: Board, symbol: str) -> None:
        """Have the alerts on ``symbol`` go along with the drawings of ``board`` from now on."""
        if board not in self._boards:
            self._boards.add(board)
            board.changed.connect(partial(self._changed, board, symbol))

    def _changed(self, board: Board, symbol: str) -> None:
        if board.dragging:
            return
        alerts = self._desk.engine.alerts
        for alert in alerts.alerts:
            if not alert.drawing or alert.symbol != symbol:
                continue
            drawing = board.find(alert.drawing)
            if drawing is None:
                self._gone(alert)
            elif (goal := goal_of(drawing)) is not None and not _same(alert, goal):
                # where the price stood relative to the old place tells nothing of the new one
                self._desk.spawn(alerts.put(replace(alert, **goal, last=None)))

    def _gone(self, alert: Alert) -> None:
        if alert.active:
            self._desk.spawn(self._desk.engine.alerts.set_active(alert.id, False))
            self._desk.notice.emit("info", f"The alert on a removed drawing of {alert.symbol} rests.")


def _same(alert: Alert, goal: dict[str, Any]) -> bool:
    return alert.drawn == goal["drawn"] and (alert.drawn is not None or alert.level == goal["level"])
