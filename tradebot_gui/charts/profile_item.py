"""The volume profile of what is in view: bars from the right edge, the point of control, the value area."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QPainter

from tradebot_gui.view_models.profile import Profile, profile

from .aside import Aside
from .data import ChartData
from .items import Item
from .paint import Frame, RectBatch, blend
from .pane import Pane

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

ROW = 5  # pixels
SHARE = 0.24  # of the pane's width for the row with the most volume
AT_ONCE = 20_000  # bars that are added up within a frame; more take a thread
_Key = tuple[int, int, int, float]


class ProfileItem(Item):
    """Behind the candles; computed anew when other bars are in view or the newest changed."""

    def __init__(self, pane: Pane, theme: Theme, data: ChartData, changed: Callable[[], None]) -> None:
        super().__init__(pane, theme, -30)
        self._data = data
        self._batch = RectBatch()
        self.found: Profile | None = None
        self._key: _Key | None = None
        self._changed = changed
        self._work = Aside()
        self.shown = False

    def update_to(self, x0: float, x1: float) -> None:
        """Have the profile of the bars in [x0, x1]; a long one comes later, the last stays until then."""
        if not self.shown or not len(self._data):
            self.found = self._key = None
            return
        first = max(self._data.first, math.floor(x0 + 0.5))
        last = min(self._data.last, math.ceil(x1 - 0.5))
        rows = self._data.pyramid.rows(first, last + 1)
        newest = float(rows[:, -1].sum()) if rows.shape[1] else 0.0
        key = (first, last, max(1, int(self.pane.rect.height() / ROW)), newest)
        if key == self._key:
            return
        if self._key is not None and self._key[1] > self._data.last:
            self.found = None  # a replay went back: what it is of has yet to come
        self._key = key
        if rows.shape[1] <= AT_ONCE:
            self.found = profile(rows, key[2])
        else:
            self._work.start(lambda: profile(rows, key[2]), self._take)

    def text(self) -> str:
        """Point of control and value area in words of the axis; empty while there is none."""
        found, pane = self.found, self.pane
        if found is None:
            return ""
        first, last = found.area
        control = pane.text(found.price(found.control + 0.5))
        return f"{control}  VA {pane.text(found.price(first))} to {pane.text(found.price(last + 1))}"

    def stop(self) -> None:
        """End what is computed in the thread."""
        self._work.stop()

    def _take(self, found: Profile | None) -> None:
        self.found = found
        self._changed()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        found = self.found
        if found is None:
            return
        volume, rising = found.volume, found.rising
        edges = frame.rows(found.bottom + found.height * np.arange(len(volume) + 1))
        top, bottom = edges[1:], edges[:-1]
        height = np.maximum(bottom - top - frame.line, frame.line)
        full = np.rint(volume / volume.max() * frame.width * SHARE)
        up = np.rint(full * np.divide(rising, volume, out=np.zeros_like(volume), where=volume > 0))
        inside = np.zeros(len(volume), bool)
        inside[found.area[0] : found.area[1] + 1] = True
        for rows, share in ((inside, 0.38), (~inside, 0.17)):
            for name, left, wide in (
                (self.theme.gain, frame.right - full, up), (self.theme.loss, frame.right - full + up, full - up),
            ):  # fmt: skip
                self._batch.draw(painter, blend(name, self.theme.panel, share), left[rows], top[rows], wide[rows],
                                 height[rows])  # fmt: skip
        self._draw_level(painter, frame, found.price(found.control + 0.5), self.theme.warning, 0.8)
        for row in (found.area[0], found.area[1] + 1):
            self._draw_level(painter, frame, found.price(row), self.theme.muted, 0.5)

    def _draw_level(self, painter: QPainter, frame: Frame, price: float, name: str, share: float) -> None:
        x = np.arange(frame.left, frame.right, 8 * frame.line)
        y = np.full(len(x), frame.rows(np.array(price)))
        self._batch.draw(painter, blend(name, self.theme.panel, share), x, y, 5 * frame.line, frame.line)
