"""The widget a chart is painted on: once per change into a layer, over which the cursor's marks cost little."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from .paint import colour
from .pane import Pane

Draw = Callable[[QPainter], None]


class Surface(QWidget):
    """Paints panes and axes when told to, and from a copy of them at any other time.

    `invalidate` repaints everything, `invalidate_part` a rectangle of it; any other update only copies the layer and
    draws the marks upon it. While whole frames follow each other, as when the chart is dragged, no layer is kept: it
    would be copied once and thrown away.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.ground = "#000000"
        # brings everything up to date before a paint; True when the whole of it changed
        self.prepare: Callable[[], bool] = lambda: False
        # panes and axes at a scale of the screen, as far as a rectangle of widget pixels needs them
        self.draw_scene: Callable[[QPainter, float, QRectF], None] = lambda *_: None
        # the same for a frame of the whole widget at 100 %, with the ground below; None where there is no quicker way
        self.draw_whole: Callable[[QPainter, QRect, QColor], None] | None = None
        # as much of them as stands in a region of widget pixels; None is everywhere
        self.draw_marks: Callable[[QPainter, QRegion | None], None] = lambda *_: None
        self.painted: Callable[[], None] = lambda: None
        # what lies over the scene and seldom changes, kept painted upon a copy of the layer
        self.has_cover: Callable[[], bool] = lambda: False
        self.draw_cover: Draw = lambda _: None
        self._layer: QImage | None = None
        self._cover: QImage | None = None
        self._part: QRectF | None = None
        self._strips: list[QRect] = []  # what was asked for since the last paint, and the region that they make
        self._asked = QRegion()
        self._stale = True
        # whether the last paint showed a new whole frame; a chart that appears is empty first, then has its candles
        self._moving = True

    @property
    def moving(self) -> bool:
        """Whether whole frames follow each other."""
        return self._moving

    def invalidate(self) -> None:
        """Paint everything anew."""
        self._stale, self._layer = True, None
        self.update()

    def invalidate_part(self, part: QRectF) -> None:
        """Paint ``part`` (widget pixels) anew, when the rest still holds."""
        self._part = part if self._part is None else self._part.united(part)
        self.update_marks([self._part.toAlignedRect()])

    def invalidate_cover(self) -> None:
        """Paint anew what lies over the scene, upon the scene as it is."""
        self._cover = None
        self.update()

    def update_marks(self, strips: list[QRect]) -> None:
        """Copy these rectangles of the layer and draw the marks there."""
        self._strips += strips
        for strip in strips:
            self._asked += strip
        self.update(self._asked)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.prepare():
            self._stale, self._layer = True, None
        scale, size = self.devicePixelRatioF(), self.size()
        width, height = round(size.width() * scale), round(size.height() * scale)
        if width <= 0 or height <= 0:
            return
        whole, moving = self._stale, self._moving
        self._stale, self._moving = False, whole
        seen = event.rect().contains(self.rect())
        if whole and not seen:
            self.update()  # a mark asked for its strip alone before everything changed
        # items count whole device pixels, which the widget's own painter does only where a pixel is one of them
        if whole and moving and seen and scale == 1.0:
            self._layer = self._part = self._cover = None
            self._paint_whole()
            self.painted()
            return
        layer = self._layer
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

    def _paint_whole(self) -> None:
        """The scene and all upon it, straight to the screen."""
        painter = QPainter(self)
        rect, ground = self.rect(), colour(self.ground)
        if self.draw_whole is not None:
            self.draw_whole(painter, rect, ground)
        else:
            painter.fillRect(rect, ground)
            self.draw_scene(painter, 1.0, QRectF(rect))
        if self.has_cover():
            self.draw_cover(painter)
        self.draw_marks(painter, None)
        painter.end()

    def _render(self, layer: QImage, scale: float, part: QRectF) -> None:
        # the layer counts device pixels itself: items that reset the transform then stand in them at any scale
        layer.setDevicePixelRatio(1.0)
        painter = QPainter(layer)
        painter.scale(scale, scale)
        painter.setClipRect(part)
        painter.fillRect(part, QColor(self.ground))
        self.draw_scene(painter, scale, part)
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
            painter.drawImage(0, 0, layer)
        self.draw_cover(painter)
        painter.end()

    def _show(self, event: QPaintEvent, layer: QImage, scale: float) -> None:
        painter, region = QPainter(self), event.region()
        layer.setDevicePixelRatio(scale)
        if scale % 1.0:
            # the widget may begin within a device pixel, and reach into one more than the layer has
            painter.fillRect(self.rect().adjusted(-1, -1, 1, 1), QColor(self.ground))
        # one rectangle after the other: within a clip of many Qt copies pixel run by pixel run
        for part in self._take_strips(region):
            painter.setClipRect(part)
            painter.drawImage(0, 0, layer)
        painter.setClipping(False)
        self.draw_marks(painter, region)
        painter.end()

    def _take_strips(self, region: QRegion) -> Iterable[QRect]:
        """Rectangles that cover ``region``: those asked for where they do, since they cut each other to more pieces."""
        (strips, asked), self._strips, self._asked = (self._strips, self._asked), [], QRegion()
        return strips if asked.intersected(self.rect()) == region else region

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stale, self._layer = True, None


def draw_panes(painter: QPainter, scale: float, part: QRectF, panes: list[Pane]) -> None:
    """Paint what ``panes`` hold, each within its own strip, as far as ``part`` (widget pixels) shows it.

    ``painter`` counts widget pixels; items are given device pixels, of which there are ``scale`` to each.
    """
    for pane in panes:
        shown = pane.rect.intersected(part)
        if shown.isEmpty():
            continue
        painter.save()
        painter.setClipRect(pane.rect, Qt.ClipOperation.IntersectClip)
        painter.resetTransform()
        pane.draw(painter, pane.frame(scale).between(shown.left() * scale, shown.right() * scale))
        painter.restore()


def _whole_pixels(part: QRectF, scale: float, width: int, height: int) -> QRectF:
    """``part`` widened to device pixels, so that a repainted rectangle leaves no seam."""
    aligned = QRectF(part.x() * scale, part.y() * scale, part.width() * scale, part.height() * scale).toAlignedRect()
    inside = aligned.intersected(QRect(0, 0, width, height))
    return QRectF(inside.x() / scale, inside.y() / scale, inside.width() / scale, inside.height() / scale)
