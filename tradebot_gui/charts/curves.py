"""Curves over time in a few panes, such as equity and its drawdown: the chart's own axes, grid and lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from shared_modules.core.bars import Floats, Times
from tradebot_gui.language import tr
from tradebot_gui.texts import VEIL
from tradebot_gui.theme.theme import Theme
from tradebot_gui.veil import Veiled
from tradebot_gui.view_models.lod import LinePyramid

from .axes import PADDING, PriceAxis, TimeAxis, draw_axes
from .curve_items import CurveLine, GroundFill
from .curve_mouse import CurveMouse
from .items import Grid, Item
from .lines import BandFill
from .paint import digits_font
from .pane import Pane
from .scale import Scale
from .span import Span
from .surface import Surface, draw_panes
from .ticks import Zone, number, time_ticks


class Curve:
    """One line of a pane; ``colour`` is '#rrggbb' or the name of a colour of the theme.

    ``ground``: fill down to zero. ``low`` and ``high``: a band around the line. Making one folds its values into
    levels of detail, which takes some milliseconds for a long line: worth doing in a thread.
    """

    __slots__ = ("colour", "ground", "high", "line", "low", "name", "values")

    def __init__(
        self,
        name: str,
        values: Floats,
        colour: str = "accent",
        ground: bool = False,
        low: Floats | None = None,
        high: Floats | None = None,
    ) -> None:
        self.name, self.values, self.colour, self.ground = name, values, colour, ground
        self.line = LinePyramid(values)
        self.low = None if low is None else LinePyramid(low)
        self.high = None if high is None else LinePyramid(high)


# of the line's colour in the ground of its band
BAND = 0.26
LEAST_PANE = 56.0  # pixels that a lower pane needs for the names of its curves and these


@dataclass(frozen=True)
class PaneSpec:
    """A pane by ``key`` with its share of the height; ``unit`` stands behind its values.

    ``top``: pixels kept free for the names of the curves. ``private``: its values are hidden in streamer mode.
    """

    key: str
    title: str
    share: float = 1.0
    digits: int = 2
    unit: str = ""
    top: float = 18.0
    private: bool = False


class CurvePlot(QWidget, Veiled):
    """Curves of several panes over one time axis; wheel and keys zoom, a drag moves, the cursor reads values."""

    pointed = Signal(object)  # the row under the cursor, None when it left

    def __init__(self, panes: Sequence[PaneSpec], theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr(name))
        self.setAccessibleDescription(tr("Arrow keys move, plus and minus zoom, Home shows everything."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 70)
        self.specs = tuple(panes)
        self._theme = theme
        self._font = digits_font(self.font(), 0.92)
        self.time: Times = np.empty(0, np.int64)
        self._bar_ms = 60_000
        self.span = Span()
        self.zone, self.zone_fixed = Zone("local"), False
        self.cursor: QPoint | None = None
        self.message = ""
        self.curves: dict[str, list[Curve]] = {spec.key: [] for spec in panes}
        self.surface = Surface(self)
        self._panes = [Pane(spec.key, self._extremes(spec.key), top=spec.top, bottom=6.0, most=0.45) for spec in panes]
        self._axes = []
        self._fixed: list[Item] = []
        for n, pane in enumerate(self._panes):
            self._fixed.append(Grid(pane, theme, n > 0))
            self._axes.append(PriceAxis(pane, theme, self._font))
        self._times = TimeAxis(theme, self._font)
        self.plot = QRectF(0, 0, 1, 1)
        self.surface.prepare = self._prepare
        self.surface.draw_scene = self._draw_scene
        self.surface.draw_marks = self._draw_marks
        self._stale = True
        self._veiled = False
        self.mouse = CurveMouse(self)
        self.set_theme(theme)

    @property
    def points(self) -> int:
        return len(self.time)

    def show_curves(self, time: Times, bar_ms: int, curves: dict[str, list[Curve]]) -> None:
        """Draw ``curves`` by pane over the rows of ``time`` (ms UTC), which are about ``bar_ms`` apart."""
        self.time, self._bar_ms = time, max(1, bar_ms)
        self.curves = {spec.key: list(curves.get(spec.key, ())) for spec in self.specs}
        self._rebuild()
        self.span = Span(-0.5, max(0.5, len(time) - 0.5), 0, max(0, len(time) - 1))
        self.refresh()

    def clear(self, message: str = "") -> None:
        self.message = message
        self.show_curves(np.empty(0, np.int64), self._bar_ms, {})

    def set_log(self, on: bool, key: str = "") -> None:
        """Scale the pane ``key`` (the first when empty) by logarithm, or evenly."""
        pane = next((p for p in self._panes if p.key == key), self._panes[0])
        pane.kind = Scale.LOG if on else Scale.LINEAR
        self.refresh()

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of the values of private panes, or show them again; the curves stay."""
        self._veiled = on
        for spec, pane in zip(self.specs, self._panes, strict=True):
            pane.veiled = on and spec.private
        self.refresh()

    def _value(self, spec: PaneSpec, curve: Curve, row: int) -> str:
        return VEIL if self._veiled and spec.private else number(float(curve.values[row]), spec.digits) + spec.unit

    def set_zone(self, name: str, fixed: bool = False) -> None:
        """Write times in zone ``name``; ``fixed`` where they mean something in that zone only."""
        self.zone, self.zone_fixed = Zone(name), fixed
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.surface.ground = theme.panel
        for part in (*self._fixed, *self._axes, self._times):
            part.theme = theme
        self._rebuild()
        self.refresh()

    def refresh(self) -> None:
        self._stale = True
        self.surface.invalidate()

    def fit(self) -> None:
        """Show everything."""
        self.span.x0, self.span.x1 = -0.5, max(0.5, len(self.time) - 0.5)
        self.refresh()

    def x_at(self, pixel: float) -> float:
        return self.span.x0 + pixel / max(1.0, self.plot.width()) * self.span.size

    def px_of(self, x: float) -> float:
        return (x - self.span.x0) / self.span.size * self.plot.width()

    def set_cursor(self, point: QPoint | None) -> None:
        """Read the values at ``point``; None takes the cursor away."""
        inside = point is not None and self.plot.contains(QPointF(point)) and len(self.time) > 0
        self.cursor = point if inside else None
        self.surface.update()
        self.pointed.emit(self.row_at(point.x()) if inside and point is not None else None)

    def row_at(self, pixel: float) -> int:
        return min(max(0, round(self.x_at(pixel))), len(self.time) - 1)

    def readout(self, row: int) -> list[tuple[str, str, str]]:
        """Name, value and colour of every curve at ``row``, pane by pane."""
        found = []
        for spec in self.specs:
            for curve in self.curves[spec.key]:
                found.append((curve.name, self._value(spec, curve, row), self._colour(curve.colour)))
        return found

    # inside

    def _colour(self, name: str) -> str:
        return name if name.startswith("#") else str(getattr(self._theme, name))

    def _extremes(self, key: str) -> Callable[[float, float], tuple[float, float] | None]:
        def extremes(x0: float, x1: float) -> tuple[float, float] | None:
            low, high = np.inf, -np.inf
            for curve in self.curves[key]:
                for line in (curve.line, curve.low, curve.high):
                    found = None if line is None else line.extremes(x0, x1)
                    if found is not None:
                        low, high = min(low, found[0]), max(high, found[1])
                if curve.ground:
                    low, high = min(low, 0.0), max(high, 0.0)
            return (low, high) if high >= low else None

        return extremes

    def _rebuild(self) -> None:
        for pane in self._panes:
            pane.items = [item for item in pane.items if item in self._fixed]
            for curve in self.curves[pane.key]:
                self._add(pane, curve)

    def _add(self, pane: Pane, curve: Curve) -> None:
        colour = self._colour(curve.colour)
        if curve.low is not None and curve.high is not None:
            BandFill(pane, self._theme, lambda: curve.high, lambda: curve.low, colour, BAND)
        if curve.ground:
            GroundFill(pane, self._theme, lambda: curve.line, colour)
        CurveLine(pane, self._theme, lambda: curve.line, colour)

    def _prepare(self) -> bool:
        if not self._stale:
            return False
        self._stale = False
        self._place()
        ticks = []
        if len(self.time):
            ticks = time_ticks(
                self.span.x0, self.span.x1, self.plot.width(), self._time_of, self._bar_after, self._bar_ms, self.zone
            )
        for pane in self._panes:
            pane.show(self.span.x0, self.span.x1, ticks)
        self._times.ticks, self._times.x0, self._times.x1 = ticks, self.span.x0, self.span.x1
        self._times.zone = self.zone.label(self._time_of(self.span.x1)) if len(self.time) else ""
        return True

    def _draw_scene(self, painter: QPainter, scale: float, part: QRectF) -> None:
        if len(self.time):
            draw_panes(painter, scale, part, self._panes)
            draw_axes(painter, part, [*self._axes, self._times])

    def _place(self) -> None:
        size = self.surface.size()
        metrics = self.fontMetrics()
        low = metrics.height() + 8
        wide = max(56, metrics.horizontalAdvance("−888,888") + 2 * PADDING)
        self.plot = QRectF(0, 0, max(1.0, size.width() - wide), max(1.0, size.height() - low))
        top = 0.0
        for height, pane, axis in zip(self._heights(), self._panes, self._axes, strict=True):
            pane.place(QRectF(0, top, self.plot.width(), height))
            axis.place(QRectF(self.plot.width(), top, wide, height))
            top += height
        self._times.corner = wide
        self._times.place(QRectF(0, self.plot.bottom(), size.width(), low))

    def _heights(self) -> list[float]:
        """The height of each pane: by its share, but those below the first are high enough for name and curve."""
        whole, total = self.plot.height(), sum(s.share for s in self.specs)
        least = min(LEAST_PANE, 0.45 * whole / max(1, len(self.specs) - 1))
        lower = [max(least, round(whole * s.share / total)) for s in self.specs[1:]]
        return [whole - sum(lower), *lower]

    def _time_of(self, x: float) -> float:
        n = len(self.time)
        row = min(max(0, round(x)), n - 1)
        return float(self.time[row]) + (round(x) - row) * self._bar_ms

    def _bar_after(self, time: float) -> float:
        n = len(self.time)
        if time > self.time[-1]:
            return n - 1 + -(-(time - float(self.time[-1])) // self._bar_ms)
        return float(np.searchsorted(self.time, math.ceil(time)))

    def _draw_marks(self, painter: QPainter, _part: QRegion | None = None) -> None:
        if not len(self.time):
            painter.setPen(QColor(self._theme.muted))
            area = QRectF(self.surface.rect()).adjusted(16, 8, -16, -8)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
            return
        row = len(self.time) - 1 if self.cursor is None else self.row_at(self.cursor.x())
        if self.cursor is not None:
            x = round(self.px_of(row)) + 0.5
            painter.setPen(QPen(QColor(self._theme.crosshair), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, 0, x, self.plot.bottom()))
        painter.setFont(self._font)
        for spec, pane in zip(self.specs, self._panes, strict=True):
            self._draw_words(painter, spec, pane, row)

    def _draw_words(self, painter: QPainter, spec: PaneSpec, pane: Pane, row: int) -> None:
        metrics = painter.fontMetrics()
        words = [(spec.title, self._theme.muted)] if spec.title else []
        if self.cursor is not None and pane is self._panes[0]:
            words.insert(0, (self.zone.moment(float(self.time[row])), self._theme.text))
        for curve in self.curves[spec.key]:
            words.append((f"{curve.name} {self._value(spec, curve, row)}".strip(), self._colour(curve.colour)))
        x, y = 6.0, pane.rect.top() + metrics.ascent() + 3
        for text, colour in words:
            wide = metrics.horizontalAdvance(text)
            if x > 6.0 and x + wide > self.plot.width():
                x, y = 6.0, y + metrics.height()
            painter.fillRect(QRectF(x - 2, y - metrics.ascent(), wide + 4, metrics.height()), QColor(self._theme.panel))
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(x, y), text)
            x += wide + 12

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.surface.setGeometry(self.rect())
        super().resizeEvent(event)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_axes"):
            self._font = digits_font(self.font(), 0.92)
            for axis in (*self._axes, self._times):
                axis.set_font(self._font)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.mouse.key(event):
            super().keyPressEvent(event)
