"""Dashed hairlines across a chart, painted once and copied from then on."""

from __future__ import annotations

from PySide6.QtCore import QLine
from PySide6.QtGui import QColor, QImage, QPainter, QPen, Qt

_MOST = 40  # lines kept

Pattern = tuple[int, int]  # pixels of a dash and of the gap behind it


class Dashes:
    """Draws level and upright lines; a line of the same length and look as before is a copy of that one."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Pattern, int, bool], QImage] = {}

    def level(self, painter: QPainter, colour: str, pattern: Pattern, y: int, right: int) -> None:
        """Draw from the left edge to ``right`` at ``y``."""
        self._draw(painter, colour, pattern, QLine(0, y, right, y))

    def upright(self, painter: QPainter, colour: str, pattern: Pattern, x: int, bottom: int) -> None:
        """Draw from the top edge to ``bottom`` at ``x``."""
        self._draw(painter, colour, pattern, QLine(x, 0, x, bottom))

    def _draw(self, painter: QPainter, colour: str, pattern: Pattern, line: QLine) -> None:
        scale = painter.device().devicePixelRatioF()
        if scale != 1.0:  # where the line falls among the device pixels depends on its place
            painter.setPen(_hairline(colour, pattern, scale))
            painter.drawLine(line)
            return
        upright = line.dx() == 0
        key = (colour, pattern, line.dy() if upright else line.dx(), upright)
        if key not in self._known:
            if len(self._known) >= _MOST:  # a chart that is being resized
                self._known.clear()
            self._known[key] = _painted(colour, pattern, line)
        painter.drawImage(line.p1(), self._known[key])


def _painted(colour: str, pattern: Pattern, line: QLine) -> QImage:
    image = QImage(line.dx() + 1, line.dy() + 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setPen(_hairline(colour, pattern, 1.0))
    painter.drawLine(line.translated(-line.p1()))
    painter.end()
    return image


def _hairline(colour: str, pattern: Pattern, scale: float) -> QPen:
    """A dashed pen of whole device pixels at any ``scale`` of the screen."""
    pen = QPen(QColor(colour), max(1, int(scale + 0.25)) / scale)
    pen.setDashPattern(list(pattern))
    return pen
