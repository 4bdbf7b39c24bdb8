"""Small helpers of everything that paints: device-pixel frames, batches of rectangles, blended colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPolygonF

from tradebot_gui.theme.theme import luminance

from .scale import up

import pyqtgraph as pg  # isort: skip  # after PySide6, so that it takes the same binding

if TYPE_CHECKING:
    from tradebot_gui.view_models.lod import Columns, Pyramid

FAR = 1 << 20  # pixels: beyond any screen, and within what Qt counts in


@dataclass(frozen=True, slots=True)
class Frame:
    """How a pane's values become device pixels: ``x * sx + tx`` and ``y * sy + ty``; ``line`` is a hairline's width.

    ``x0`` to ``x1`` are the bars to be painted, a part of the ``bars`` in view; edges and ``width`` are the pane's.
    """

    sx: float
    tx: float
    sy: float
    ty: float
    x0: float
    x1: float
    left: int
    top: int
    right: int
    bottom: int
    line: int
    scale: float
    bars: float
    log: bool = False

    def y(self, value):
        """The device pixel of ``value``, a number or an array; on a logarithmic scale a height of its logarithm."""
        return up(value, self.log) * self.sy + self.ty

    def rows(self, value) -> np.ndarray:
        """The whole device pixels of an array of values, no further away than Qt can count."""
        return np.rint(self.y(value)).clip(-FAR, FAR)

    @property
    def width(self) -> int:
        return self.right - self.left

    def between(self, left: float, right: float) -> Self:
        """The same pane where only device pixels ``left`` to ``right`` are to be painted."""
        x0, x1 = max(self.x0, (left - self.tx) / self.sx - 1), min(self.x1, (right - self.tx) / self.sx + 1)
        return self if x0 == self.x0 and x1 == self.x1 else replace(self, x0=x0, x1=x1)

    def columns(self, of: Pyramid, more: float = 0.0) -> Columns:
        """Entries of ``of`` to be painted, and of ``more`` bars on both sides, as wide as in the whole view."""
        share = (self.x1 - self.x0 + 2 * more) / (self.bars + 2 * more)
        return of.columns(self.x0 - more, self.x1 + more, self.width * share)


class RectBatch:
    """Rectangles drawn in one call, with no Python object for each."""

    def __init__(self) -> None:
        self._make(256)

    def _make(self, room: int) -> None:
        # corners as Qt keeps them: the last pixel, not the first beyond
        self._corners = np.empty((room, 4), np.int32)
        self._first = shiboken6.wrapInstance(self._corners.ctypes.data, QRect)

    def draw(self, painter: QPainter, colour: QColor, x, y, width, height) -> None:
        """Fill rectangles given by arrays or numbers, in whole device pixels that are not beyond `FAR`."""
        count = len(x)
        if not count:
            return
        if count > len(self._corners):
            self._make(2 * count)
        corners = self._corners[:count]
        corners[:, 0], corners[:, 1], corners[:, 2], corners[:, 3] = x, y, x + width - 1, y + height - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(self._first, count)


def polyline(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    """A polygon of device-pixel points, filled without a Python object for each."""
    polygon = pg.functions.create_qpolygonf(len(x))
    points = pg.functions.ndarray_from_qpolygonf(polygon)
    points[:, 0] = x
    points[:, 1] = y
    return polygon


@lru_cache(maxsize=256)
def colour(name: str) -> QColor:
    """The colour of '#rrggbb', read once; nobody changes it."""
    return QColor(name)


@lru_cache(maxsize=256)
def blend(colour: str, ground: str, share: float) -> QColor:
    """``share`` of ``colour`` over ``ground`` as an opaque colour: transparency would cost on every pixel."""
    a, b = QColor(colour), QColor(ground)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * share + y * (1 - share)) for x, y in pairs))


@lru_cache(maxsize=64)
def ink(ground: str) -> QColor:
    """Black or white, whichever reads better on ``ground``."""
    # equally far from both in contrast, at 4.6 the least there is: (l + 0.05)² = 0.05 · 1.05
    return QColor("#ffffff") if (luminance(ground) + 0.05) ** 2 < 0.05 * 1.05 else QColor("#000000")


@lru_cache(maxsize=8)
def veil(ground: str) -> QColor:
    """What lies between words and whatever they stand on: as thin as leaves every word at a contrast of 4.5."""
    made = QColor(ground)
    made.setAlpha(242)
    return made


def digits_font(font: QFont, factor: float = 1.0) -> QFont:
    """``font`` scaled by ``factor`` with digits of equal width."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(max(7.0, font.pointSizeF() * factor))
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def arrow(x: float, y: float, size: float, up: bool) -> QPolygonF:
    """A triangle whose tip is at (x, y), pointing up or down."""
    base = y + size * 1.2 if up else y - size * 1.2
    return QPolygonF([QPointF(x, y), QPointF(x - size * 0.8, base), QPointF(x + size * 0.8, base)])
