"""One strip of the chart: the room of its items, its value range and its axis."""

from __future__ import annotations

from bisect import insort_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from tradebot_gui.texts import VEIL

from .paint import Frame
from .scale import Scale, down, scale_ticks, up
from .ticks import MINUS, TimeTick, number, step_decimals

if TYPE_CHECKING:
    from .items import Item

_SMOOTH = QPainter.RenderHint.Antialiasing
MOST_DIGITS = 12
Extremes = Callable[[float, float], tuple[float, float] | None]


class Pane:
    """A strip whose x is the bar index, shared by all panes, and whose y fits what is in view unless scaled by hand."""

    def __init__(
        self, key: str, extremes: Extremes, top: float = 22.0, bottom: float = 6.0, most: float = 0.25
    ) -> None:
        self.key = key
        self.items: list[Item] = []  # the lowest first
        self.extremes = extremes
        self.decimals: int | None = None
        self.price_step = 0.0  # prices are multiples of it; 0 where only the decimals are known
        self.auto = True
        self.kind = Scale.LINEAR
        self.base = 0.0  # what per cent are counted from
        self.breaks: list[float] = []
        self.veiled = False  # dots stand in place of its values
        self.share = 0.0  # of the chart's height, as a person chose it; 0 for the usual one
        self.rect = QRectF()  # where the pane is, in the pixels of the widget
        self.low, self.high = 0.0, 1.0
        self.x0, self.x1 = 0.0, 1.0
        self.ticks: list[float] = []
        self._step_digits = step_decimals([], 1.0)
        self.time_ticks: list[TimeTick] = []
        # pixels kept free above and below, a share of the height when below one
        self._free_top, self._free_bottom = top, bottom
        self._usual_top = top
        # the share of a low pane that each of the two may take
        self._most_free = most

    @property
    def log(self) -> bool:
        """Whether heights are logarithms: as asked for, and possible for what is in view."""
        return self.kind is Scale.LOG and self.low > 0

    def place(self, rect: QRectF) -> None:
        if rect.size() != self.rect.size():
            self._free_top = self._usual_top
        self.rect = QRectF(rect)

    def leave_above(self, pixels: float) -> None:
        """Keep at least so much free above the values; less only when the pane gets another size."""
        self._free_top = max(self._free_top, pixels)

    def add(self, item: Item) -> None:
        """Paint ``item`` over those of its depth."""
        insort_right(self.items, item, key=lambda other: other.depth)

    def remove(self, item: Item) -> None:
        self.items.remove(item)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        """Paint the items; ``painter`` counts device pixels."""
        painter.setRenderHint(_SMOOTH, False)
        for item in self.items:
            if item.shown:
                item.draw(painter, frame)
                if item.smooths:
                    painter.setRenderHint(_SMOOTH, False)

    def show(self, x0: float, x1: float, time_ticks: list[TimeTick]) -> None:
        """Take the bars [x0, x1]; fit the values and choose the marks."""
        self.x0, self.x1, self.time_ticks = x0, x1, time_ticks
        if self.auto:
            self.low, self.high = self.fitted(x0, x1)
        least = 10.0**-self.decimals if self.decimals is not None else 0.0
        height = self.rect.height()
        gap = 44.0 if height > 240 else 26.0 if height > 80 else 18.0
        kind = self.kind if self.kind is not Scale.PERCENT or self.base > 0 else Scale.LINEAR
        self.ticks = scale_ticks(self.low, self.high, self.rect.height(), gap, least, kind, self.base)
        self._step_digits = step_decimals(self.ticks, self.high - self.low)

    def fitted(self, x0: float, x1: float) -> tuple[float, float]:
        """The value range that shows all of [x0, x1] with the free strips above and below."""
        found = self.extremes(x0, x1)
        if found is None:
            return self.low, self.high
        low, high = found
        if high - low <= abs(high) * 1e-12:
            half = abs(high) * 0.005 or 0.5
            low, high = low - half, high + half
        height = max(1.0, self.rect.height())
        most = height * self._most_free
        top, bottom = (f * height if f < 1 else min(f, most) for f in (self._free_top, self._free_bottom))
        log = self.kind is Scale.LOG and low > 0
        a, b = up(low, log), up(high, log)
        unit = (b - a) / max(1.0, height - top - bottom)
        return down(a - bottom * unit, log), down(b + top * unit, log)

    def scale(self, factor: float) -> None:
        """Show ``factor`` times the value range around its middle, by hand from now on."""
        self.auto = False
        log = self.log
        a, b = up(self.low, log), up(self.high, log)
        middle, half = (a + b) / 2, (b - a) / 2 * factor
        self.low, self.high = down(middle - half, log), down(middle + half, log)

    def shift(self, pixels: float) -> None:
        """Move a range that was scaled by hand with a drag of ``pixels``."""
        log = self.log
        a, b = up(self.low, log), up(self.high, log)
        move = pixels / max(1.0, self.rect.height()) * (b - a)
        self.low, self.high = down(a + move, log), down(b + move, log)

    def y_of(self, value: float) -> float:
        """The widget's y pixel of ``value``."""
        rect = self.rect
        log = self.log
        low = up(self.low, log)
        return rect.bottom() - (up(value, log) - low) / (up(self.high, log) - low) * rect.height()

    def value_at(self, y: float) -> float:
        rect = self.rect
        log = self.log
        low = up(self.low, log)
        return down(low + (rect.bottom() - y) / max(1.0, rect.height()) * (up(self.high, log) - low), log)

    @property
    def value_digits(self) -> int:
        """Digits after the point of a single value: two, or enough to tell a tiny one from its neighbours."""
        return self.decimals if self.decimals is not None else min(MOST_DIGITS, max(2, self._step_digits + 1))

    def rounded(self, value: float) -> float:
        """``value`` as exactly as a person can point at it: a price on its step, another with one pixel's digits."""
        if self.decimals is not None:
            step = self.price_step
            return round(round(value / step) * step if step > 0 else value, self.decimals)
        return round(value, step_decimals([], abs(self.high - self.low) / max(1.0, self.rect.height()) * 10))

    @property
    def least_step(self) -> float:
        """The least distance between two values that a person can point at."""
        return self.price_step or (10.0**-self.decimals if self.decimals is not None else 0.0)

    def text(self, value: float, extra: int = 0) -> str:
        """``value`` as the axis writes it; ``extra`` more digits where the axis has no fixed number of them."""
        if self.veiled:
            return VEIL
        if self.kind is Scale.PERCENT and self.base > 0:
            share = number((value / self.base - 1) * 100, 2)
            return f"{share if share[0] == MINUS else '+' + share}%"
        digits = self.decimals if self.decimals is not None else min(MOST_DIGITS, self._step_digits + extra)
        return number(value, digits)

    def frame(self, scale: float) -> Frame:
        """The pane in device pixels, ``scale`` of them to one of the widget's."""
        rect, log = self.rect, self.log
        left, top = rect.left() * scale, rect.top() * scale
        width, height = rect.width() * scale, rect.height() * scale
        sx = width / (self.x1 - self.x0)
        low = up(self.low, log)
        sy = -height / (up(self.high, log) - low)
        return Frame(
            sx, left - self.x0 * sx, sy, top + height - low * sy, self.x0, self.x1,
            round(left), round(top), round(left + width), round(top + height), max(1, int(scale + 0.25)), scale,
            self.x1 - self.x0, log,
        )  # fmt: skip
