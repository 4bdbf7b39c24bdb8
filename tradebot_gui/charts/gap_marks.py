"""Where candles are missing: a hatched band between its neighbours, and why, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QPainter, Qt

from shared_modules.core.events import Gap
from tradebot_gui.view_models.lod import TIME

from .data import ChartData
from .items import Item
from .paint import Frame, blend
from .pane import Pane
from .ticks import Zone

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

NARROW, WIDE = 4.0, 14.0  # pixels


class GapMarks(Item):
    """A band in front of each bar before which candles are missing; missing time has no width of its own."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData) -> None:
        super().__init__(pane, theme, -40)
        self._data = data
        self.reasons: Sequence[Gap] = ()

    def near(self, x: float) -> int | None:
        """The bar in front of whose band widget pixel ``x`` lies."""
        pane = self.pane
        unit = pane.rect.width() / (pane.x1 - pane.x0)
        bars = self._visible(pane.x0, pane.x1, pane.rect.width())
        if not len(bars):
            return None
        far = np.abs(pane.rect.left() + (bars - 0.5 - pane.x0) * unit - x)
        return int(bars[far.argmin()]) if far.min() <= max(3.0, self._width(unit) / 2) else None

    def text(self, bar: int, zone: Zone) -> str:
        """What is missing in front of ``bar``, from when to when, and why."""
        times = self._data.pyramid.rows(bar - 1, bar + 1)[TIME]
        frame = self._data.timeframe
        start, end = frame.next(int(times[0])), int(times[-1])
        count = frame.count(start, end)
        words = f"{count:,} {'candle is' if count == 1 else 'candles are'} missing"
        lines = [words, f"{zone.moment(start)} to {zone.moment(end)}"]
        kinds = dict.fromkeys(gap.kind.value for gap in self.reasons if gap.start < end and gap.end > start)
        lines.append(
            f"Why: {', '.join(kinds)}" if kinds else "Why is not known; the data manager can ask the exchange."
        )
        return "\n".join(lines)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if not self._data.has_gaps:
            return
        bars = self._visible(self.pane.x0, self.pane.x1, frame.width)
        if not len(bars):
            return
        wide = self._width(frame.sx / frame.scale) * frame.scale
        colour = blend(self.theme.warning, self.theme.panel, 0.7)
        hatch, ground = QBrush(colour, Qt.BrushStyle.BDiagPattern), blend(self.theme.warning, self.theme.panel, 0.08)
        for x in np.unique(np.rint((bars - 0.5) * frame.sx + frame.tx)):
            band = QRectF(x - round(wide / 2), frame.top, round(wide), frame.bottom - frame.top)
            painter.fillRect(band, ground)
            painter.fillRect(band, hatch)

    def _visible(self, x0: float, x1: float, pixels: float) -> np.ndarray:
        """Bars with a band; none where they would be a curtain."""
        bars = self._data.gaps(x0, x1)
        return bars if len(bars) <= pixels / 12 else bars[:0]

    @staticmethod
    def _width(unit: float) -> float:
        return min(max(unit * 0.6, NARROW), WIDE)
