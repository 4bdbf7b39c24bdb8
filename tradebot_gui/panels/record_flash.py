"""A price that moves lights up its cell for a moment: the ground, not the figures."""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from .record_view import RecordView

# how long a cell is lit, seconds, and how often it is looked whether it still is, ms: together under 300 ms
LIT, LOOK = 0.2, 80
# how much of its colour the ground has, of 255; figures are read over it as over the bars of the order book
GROUND = 38


class Flashes(QObject):
    """The lit cells of ``view``, those whose columns say that they light up; none while ``on`` is false."""

    def __init__(self, view: RecordView) -> None:
        super().__init__(view)
        self._view = view
        self.on = True
        self.lit: dict[tuple[Hashable, int], tuple[QColor, float]] = {}
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self.look)
        if any(column.lights is not None for column in view.table.columns):
            view.table.moved = self._moved

    def ground(self, key: Hashable, n: int) -> QColor | None:
        """The ground of the cell in the column ``n`` of the record with ``key``; None while it is not lit."""
        found = self.lit.get((key, n))
        return None if found is None else found[0]

    def _moved(self, key: Hashable, n: int, tone: QColor) -> None:
        if not self.on:
            return
        colour = QColor(tone)
        colour.setAlpha(GROUND)
        self.lit[key, n] = colour, monotonic()
        if not self._timer.isActive():
            self._timer.start()

    def look(self) -> None:
        """Put out what was lit long enough."""
        since = monotonic() - LIT
        gone = [cell for cell, (_, at) in self.lit.items() if at < since or not self.on]
        for cell in gone:
            del self.lit[cell]
        if not self.lit:
            self._timer.stop()
        view = self._view
        columns = {n: (left, width) for n, left, width in view.columns_in_sight()}
        for key, n in gone:
            place = view.rows.find(key)
            if place >= 0 and n in columns:
                left, width = columns[n]
                view.viewport().update(left, view.rowViewportPosition(place), width, view.rowHeight(place))
