"""Points of a polygon as an array, so that a line of thousands is filled without a Python object for each."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtGui import QPolygonF


def polygon_of(count: int) -> tuple[QPolygonF, np.ndarray]:
    """A polygon of ``count`` points and its memory as an array of shape (count, 2): x and y, float64.

    The array is good for as long as the polygon lives and keeps its size.
    """
    polygon = QPolygonF()
    polygon.resize(count)
    # a QPointF is two doubles, one after the other
    memory = shiboken6.VoidPtr(polygon.data(), count * 16, True)  # type: ignore[call-overload]
    return polygon, np.frombuffer(memory, dtype=np.float64).reshape(-1, 2)
