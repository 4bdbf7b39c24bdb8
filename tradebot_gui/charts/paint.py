"""Small helpers of everything that paints: device-pixel frames, batches of rectangles, blended colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPolygonF

from tradebot_gui.theme.theme import luminance

from .scale import up

import pyqtgraph as pg  # isort: skip  # after PySide6, so that it takes the same binding
from pyqtgraph.Qt.internals import PrimitiveArray  # isort: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """How a pane's values become device pixels: ``x * sx + tx`` and ``y * sy + ty``; ``line`` is a hairline's width."""

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
    log: bool = False

    def y(self, value):
        """The device pixel of ``value``, a number or an array; on a logarithmic scale a height of its logarithm."""
        return up(value, self.log) * self.sy + self.ty

    @property
    def width(self) -> int:
        return self.right - self.left


class RectBatch:
    """Rectangles drawn in one call, with no Python object for each."""

    def __init__(self) -> None:
        self._array = PrimitiveArray(QRectF, 4)

    def draw(self, painter: QPainter, colour: QColor, x, y, width, height) -> None:
        """Fill rectangles given by arrays or numbers, in device pixels."""
        count = len(x)
        if not count:
            return
        self._array.resize(count)
        rows = self._array.ndarray()
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x, y, width, height
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(*self._array.drawargs())


def polyline(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    """A polygon of device-pixel points, filled without a Python object for each."""
    polygon = pg.functions.create_qpolygonf(len(x))
    points = pg.functions.ndarray_from_qpolygonf(polygon)
    points[:, 0] = x
    points[:, 1] = y
    return polygon


@lru_cache(maxsize=256)
def blend(colour: str, ground: str, share: float) -> QColor:
    """``share`` of ``colour`` over ``ground`` as an opaque colour: transparency would cost on every pixel."""
    a, b = QColor(colour), QColor(ground)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * share + y * (1 - share)) for x, y in pairs))


@lru_cache(maxsize=64)
def ink(ground: str) -> QColor:
    """Black or white, whichever reads better on ``ground``."""
    # equally far from both in contrast: (l + 0.05)² = 0.05 · 1.05
    return QColor("#ffffff") if (luminance(ground) + 0.05) ** 2 < 0.05 * 1.05 else QColor("#101216")


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
