"""Which rectangles of a widget must be painted anew when some of its marks changed."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QRegion

_NEAR = 16_000  # pixels that are copied in the time that a rectangle of its own takes

# by mark, the rectangle that it takes and all that it shows there
Pieces = dict[object, tuple[QRect, object]]


class Within:
    """A painter that paints in one rectangle after the other, as far as they are in ``part``; None is everywhere.

    Within a single rectangle Qt copies and writes faster than in a region of many.
    """

    def __init__(self, painter: QPainter, part: QRegion | None) -> None:
        self.painter, self._part = painter, part

    def has(self, rect: QRect) -> bool:
        """Paint in ``rect`` alone from now on; False where nothing of it is to be painted."""
        if self._part is not None:
            if not self._part.intersects(rect):
                return False
            self.painter.setClipRect(rect)
        return True

    def fill(self, rect: QRect, tone: QColor) -> None:
        """Fill what is to be painted of ``rect`` and nothing else."""
        if self._part is None:
            self.painter.fillRect(rect, tone)
            return
        self.painter.setClipping(False)
        for piece in self._part.intersected(rect):
            self.painter.fillRect(piece, tone)


def around(box: QRectF) -> QRect:
    """Whole pixels around ``box``, with one to spare on each side."""
    return box.toAlignedRect().adjusted(-1, -1, 1, 1)


def differing(before: Pieces, now: Pieces) -> list[QRect]:
    """Where the marks that are not as ``before`` were, and where they are ``now``."""
    found: list[QRect] = []
    for key in before.keys() | now.keys():
        old, new = before.get(key), now.get(key)
        if old is None or new is None:
            found += [piece[0] for piece in (old, new) if piece is not None]
        elif old != new:
            found += _joined(old[0], new[0])
    return found


def _joined(a: QRect, b: QRect) -> list[QRect]:
    """Both, as a single rectangle where they are near each other."""
    both = a.united(b)
    return [both] if _pixels(both) < _pixels(a) + _pixels(b) + _NEAR else [a, b]


def _pixels(rect: QRect) -> int:
    return rect.width() * rect.height()
