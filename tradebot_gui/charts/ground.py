"""The ground of a chart with the upright lines of its grid: filled together in one pass over its pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QBrush, QColor, QImage, QPainter


_ROWS = 64  # filled by a call: of more Qt shares the work among threads, and to wake them costs a fifth of a frame


class LinedGround:
    """One row of pixels, laid over and over downwards.

    A line across all rows touches a page of memory every other one; within the fill it costs nothing.
    """

    def __init__(self) -> None:
        self._image = QImage()
        self._row = np.empty(0, np.uint32)

    def fill(self, painter: QPainter, rect: QRect, ground: QColor, line: QColor, lines: np.ndarray) -> None:
        """Fill ``rect``, which begins at the left edge, with ``ground`` and a ``line`` at each x of ``lines``."""
        if self._image.width() != rect.width():
            self._image = QImage(rect.width(), 1, QImage.Format.Format_RGB32)
            self._row = np.frombuffer(self._image.bits(), np.uint32)
        self._row[:] = ground.rgb()
        self._row[lines[(lines >= 0) & (lines < rect.width())]] = line.rgb()
        brush, left, wide, end = QBrush(self._image), rect.left(), rect.width(), rect.top() + rect.height()
        for top in range(rect.top(), end, _ROWS):
            painter.fillRect(left, top, wide, min(_ROWS, end - top), brush)
