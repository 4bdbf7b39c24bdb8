"""The ground of a chart with the upright lines of its grid: filled together in one pass over its pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from .paint import RectBatch

_ROWS = 64  # filled by a call: of more Qt shares the work among threads, and to wake them costs a fifth of a frame

_MOST = 40  # stretches of rows kept


class LinedGround:
    """One row of pixels, laid over and over downwards.

    A line across all rows touches a page of memory every other one; within the fill it costs nothing.
    """

    def __init__(self) -> None:
        self._image = QImage()
        self._row = np.empty(0, np.uint32)
        self._brush = QBrush()
        self._strips: dict[tuple[int, int, int], RectBatch] = {}  # by first row, the one behind the last, width

    def lay(self, width: int, ground: QColor, line: QColor, lines: np.ndarray) -> None:
        """Have the row be ``width`` pixels of ``ground`` with a ``line`` at each x of ``lines``."""
        self._brush = QBrush()
        if self._image.width() != width:
            self._image = QImage(width, 1, QImage.Format.Format_RGB32)
            self._row = np.frombuffer(self._image.bits(), np.uint32)
        self._row[:] = ground.rgb()
        self._row[lines[(lines >= 0) & (lines < width)]] = line.rgb()
        self._brush = QBrush(self._image)

    def fill(self, painter: QPainter, top: int, end: int) -> None:
        """Fill the rows from ``top`` to before ``end``."""
        if (batch := self._strips.get((top, end, len(self._row)))) is None:
            if len(self._strips) > _MOST:  # panes that a person sizes by hand
                self._strips.clear()
            tops = np.arange(top, end, _ROWS)
            batch = self._strips[top, end, len(self._row)] = RectBatch()
            batch.add(np.zeros(len(tops)), tops, len(self._row), np.minimum(_ROWS, end - tops))
        batch.fill(painter, self._brush, keep=True)
