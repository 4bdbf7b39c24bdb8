"""Small helpers of everything that paints: device-pixel frames, batches of rectangles, blended colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPolygonF

from tradebot_gui.theme.theme import luminance

from .points import polygon_of
from .scale import up

if TYPE_CHECKING:
    from tradebot_gui.view_models.lod import Columns, Pyramid

# an enumeration's member is looked up by a function of Python's: as a name it costs nothing
NO_PEN, NO_BRUSH = Qt.PenStyle.NoPen, Qt.BrushStyle.NoBrush
FAR = 1 << 20  # pixels: beyond any screen, and within what Qt counts in


@dataclass(slots=True)
class Frame:
    """How a pane's values become device pixels: ``x * sx + tx`` and ``y * sy + ty``; ``line`` is a hairline's width.

    ``x0`` to ``x1`` are the bars to be painted, a part of the ``bars`` in view; edges and ``width`` are the pane's.
    Nobody changes one: it is not frozen since that would make making it six times as dear.
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
    _middles: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def y(self, value):
        """The device pixel of ``value``, a number or an array; on a logarithmic scale a height of its logarithm."""
        return up(value, self.log) * self.sy + self.ty

    def rows(self, value) -> np.ndarray:
        """The whole device pixels of an array of values, no further away than Qt can count."""
        whole = np.rint(self.y(value), out=np.empty_like(value))
        np.maximum(whole, -FAR, out=whole)
        return np.minimum(whole, FAR, out=whole)

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

    def middles(self, columns: Columns) -> np.ndarray:
        """The device pixels of the middles of ``columns``; found once for all that stand on the same bars."""
        return self._found(columns)[0]

    def wicks(self, columns: Columns) -> np.ndarray:
        """The whole device pixels where a hairline in the middle of each of ``columns`` begins."""
        return self._found(columns)[1]

    def _found(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        key = (columns.first, columns.span, len(columns))
        if (known := self._middles.get(key)) is None:
            middles = columns.centres * self.sx + self.tx
            known = self._middles[key] = middles, np.floor(middles - (self.line - 1) / 2)
        return known


class RectBatch:
    """Rectangles drawn in one call, with no Python object for each."""

    def __init__(self) -> None:
        self._make(256)

    def _make(self, room: int) -> None:
        # corners as Qt keeps them: the last pixel, not the first beyond
        self._corners = np.empty((room, 4), np.int32)
        self._first = shiboken6.wrapInstance(self._corners.ctypes.data, QRect)
        self._count = 0

    def draw(self, painter: QPainter, colour: QColor, x, y, width, height) -> None:
        """Fill rectangles given by arrays or numbers, in whole device pixels that are not beyond `FAR`."""
        self.add(x, y, width, height)
        self.fill(painter, colour)

    def add(self, x, y, width, height) -> None:
        """Have rectangles be filled by the next `fill`, upon those that were added before."""
        begin, end = self._count, self._count + len(x)
        if end > len(self._corners):
            kept = self._corners[:begin]
            self._make(2 * end)
            self._corners[:begin] = kept
        corners = self._corners[begin:end]
        corners[:, 0], corners[:, 1], corners[:, 2], corners[:, 3] = x, y, x + width - 1, y + height - 1
        self._count = end

    def fill(self, painter: QPainter, brush: QColor | QBrush, keep: bool = False) -> None:
        """Fill what was added; with ``keep`` the next `fill` has it too."""
        count = self._count
        if not keep:
            self._count = 0
        if count:
            painter.setPen(NO_PEN)
            painter.setBrush(brush)
            painter.drawRects(self._first, count)

    def clear(self) -> None:
        """Forget what was added."""
        self._count = 0


class TwoTones:
    """Rectangles of bars, each bar in one of two colours: made together, drawn in two calls."""

    def __init__(self) -> None:
        self._make(512)

    def _make(self, room: int) -> None:
        self._all, self._some = np.empty((2, room, 4), np.int32)
        self._first = shiboken6.wrapInstance(self._some.ctypes.data, QRect)

    def corners(self, count: int, each: int) -> np.ndarray:
        """Where to write ``each`` rectangles of ``count`` bars: left, top, and the last pixel to the right and below.

        The shape is (count, each, 4); whole device pixels that are not beyond `FAR`.
        """
        if count * each > len(self._all):
            self._make(2 * count * each)
        return self._all[: count * each].reshape(count, each, 4)

    def draw(self, painter: QPainter, corners: np.ndarray, tones: Sequence[tuple[QColor, np.ndarray]]) -> None:
        """Fill the rectangles of the bars that are marked with each colour; those of a bar lie side by side."""
        each = corners.shape[1]
        bars = corners.reshape(len(corners), 4 * each)
        painter.setPen(NO_PEN)
        for tone, chosen in tones:
            rows = chosen.nonzero()[0]
            if count := len(rows) * each:
                bars.take(rows, 0, self._some[:count].reshape(-1, 4 * each), "clip")
                painter.setBrush(tone)
                painter.drawRects(self._first, count)


class Polyline:
    """A line through points, drawn again and again from one buffer while it has as many of them."""

    def __init__(self) -> None:
        self._points = np.empty((0, 2))
        self._polygon = QPolygonF()

    def draw(self, painter: QPainter, x: np.ndarray, y: np.ndarray) -> None:
        """Draw through the device pixels (x, y) with the painter's pen."""
        if len(self._points) != len(x):
            self._polygon, self._points = polygon_of(len(x))
        self._points[:, 0], self._points[:, 1] = x, y
        painter.drawPolyline(self._polygon)


def polyline(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    """A polygon of device-pixel points, filled without a Python object for each."""
    polygon, points = polygon_of(len(x))
    points[:, 0] = x
    points[:, 1] = y
    return polygon


@lru_cache(maxsize=256)
def colour(name: str) -> QColor:
    """The colour of '#rrggbb', read once; nobody changes it."""
    return QColor(name)


@lru_cache(maxsize=256)
def pen(name: str, width: float) -> QPen:
    """A pen of the colour '#rrggbb', made once; nobody changes it."""
    return QPen(QColor(name), width)


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
