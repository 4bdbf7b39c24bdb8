"""The widget that shows the scene: painted once per change into a layer, over which the cursor's marks cost nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

import pyqtgraph as pg  # isort: skip  # after PySide6


class Surface(pg.GraphicsView):
    """A pyqtgraph view that repaints when told to, not whenever an item asks.

    `invalidate` repaints the scene, `invalidate_part` a rectangle of it; an update of the viewport alone only copies
    the layer and draws the marks upon it. While whole frames follow each other, as when the chart is dragged, no layer
    is kept: it would be copied once and thrown away.
    """

    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ground = "#000000"
        self.prepare: Callable[[], None] = lambda: None
        self.draw_marks: Callable[[QPainter], None] = lambda _: None
        self.painted: Callable[[], None] = lambda: None
        # what lies over the scene and seldom changes, kept painted upon a copy of the layer
        self.has_cover: Callable[[], bool] = lambda: False
        self.draw_cover: Callable[[QPainter], None] = lambda _: None
        self._layer: QImage | None = None
        self._cover: QImage | None = None
        self._part: QRectF | None = None
        self._stale = True
        self._moving = False  # whether the last paint showed a new whole frame
        self.root = pg.GraphicsWidget()
        self.setCentralItem(self.root)

    def invalidate(self) -> None:
        """Paint everything anew."""
        self._stale, self._layer = True, None
        self.viewport().update()

    def invalidate_part(self, part: QRectF) -> None:
        """Paint ``part`` (widget pixels) anew, when the rest still holds."""
        self._part = part if self._part is None else self._part.united(part)
        self.viewport().update(self._part.toAlignedRect())

    def invalidate_cover(self) -> None:
        """Paint anew what lies over the scene, upon the scene as it is."""
        self._cover = None
        self.viewport().update()

    def update_marks(self, region: QRegion) -> None:
        """Copy ``region`` of the layer and draw the marks there."""
        self.viewport().update(region)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.prepare()
        scale = self.viewport().devicePixelRatioF()
        size = self.viewport().size()
        width, height = round(size.width() * scale), round(size.height() * scale)
        if width <= 0 or height <= 0:
            return
        layer = self._layer
        whole, moving = self._stale, self._moving
        self._stale, self._moving = False, whole
        # items count whole device pixels, which the widget's own painter does only where a pixel is one of them
        if whole and moving and scale == 1.0:
            self._layer = self._part = self._cover = None
            self._paint_whole(size.width(), size.height())
            self.painted()
            return
        if layer is None or layer.width() != width or layer.height() != height:
            layer = self._layer = QImage(width, height, QImage.Format.Format_RGB32)
            self._part = self._cover = None
            self._render(layer, scale, QRectF(0, 0, size.width(), size.height()))
        elif self._part is not None:
            part, self._part = _whole_pixels(self._part, scale, width, height), None
            self._render(layer, scale, part)
            if self._cover is not None:
                self._paint_cover(self._cover, layer, scale, part)
        self._show(event, self._covered(layer, scale), scale)
        if whole:
            self.painted()

    def _paint_whole(self, width: int, height: int) -> None:
        """The scene and all upon it, straight to the screen."""
        painter = QPainter(self.viewport())
        part = QRectF(0, 0, width, height)
        painter.fillRect(part, QColor(self.ground))
        # pyqtgraph's own render prepares its view boxes, of which there are none here
        QGraphicsScene.render(self.scene(), painter, part, part)
        if self.has_cover():
            self.draw_cover(painter)
        self.draw_marks(painter)
        painter.end()

    def _render(self, layer: QImage, scale: float, part: QRectF) -> None:
        # the layer counts device pixels itself: items that reset the transform then stand in them at any scale
        layer.setDevicePixelRatio(1.0)
        painter = QPainter(layer)
        painter.scale(scale, scale)
        painter.setClipRect(part)
        painter.fillRect(part, QColor(self.ground))
        # pyqtgraph's own render prepares its view boxes, of which there are none here
        QGraphicsScene.render(self.scene(), painter, part, part)
        painter.end()

    def _covered(self, layer: QImage, scale: float) -> QImage:
        """The layer with what lies over it; the layer itself where there is nothing."""
        if not self.has_cover():
            self._cover = None
            return layer
        if self._cover is None:
            layer.setDevicePixelRatio(1.0)
            self._cover = layer.copy()
            self._paint_cover(self._cover, None, scale, None)
        return self._cover

    def _paint_cover(self, cover: QImage, layer: QImage | None, scale: float, part: QRectF | None) -> None:
        cover.setDevicePixelRatio(1.0)
        painter = QPainter(cover)
        painter.scale(scale, scale)
        if part is not None:
            painter.setClipRect(part)
        if layer is not None:
            layer.setDevicePixelRatio(scale)
            painter.drawImage(QPointF(0, 0), layer)
        self.draw_cover(painter)
        painter.end()

    def _show(self, event: QPaintEvent, layer: QImage, scale: float) -> None:
        painter = QPainter(self.viewport())
        painter.setClipRegion(event.region())
        layer.setDevicePixelRatio(scale)
        painter.drawImage(QPointF(0, 0), layer)
        self.draw_marks(painter)
        painter.end()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._stale, self._layer = True, None
        self.resized.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Nothing scrolls: the view shows the whole scene."""

    # pyqtgraph's scene handles no mouse here: the chart reads the viewport's events itself
    def mousePressEvent(self, event) -> None:
        event.ignore()

    def mouseMoveEvent(self, event) -> None:
        event.ignore()

    def mouseReleaseEvent(self, event) -> None:
        event.ignore()

    def mouseDoubleClickEvent(self, event) -> None:
        event.ignore()

    def wheelEvent(self, event) -> None:
        event.ignore()

    def keyPressEvent(self, event) -> None:
        event.ignore()

    def leaveEvent(self, event) -> None:
        event.ignore()


def _whole_pixels(part: QRectF, scale: float, width: int, height: int) -> QRectF:
    """``part`` widened to device pixels, so that a repainted rectangle leaves no seam."""
    aligned = QRectF(part.x() * scale, part.y() * scale, part.width() * scale, part.height() * scale).toAlignedRect()
    inside = aligned.intersected(QRect(0, 0, width, height))
    return QRectF(inside.x() / scale, inside.y() / scale, inside.width() / scale, inside.height() / scale)
