"""What changes more often than the chart: crosshair, tags on the axes, last price, legends, the empty chart's words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QRegion

from .axes import PADDING
from .dashes import Dashes, Pattern
from .legend import Legend, Word
from .paint import colour, ink, veil
from .pane import Pane
from .pieces import Pieces, Within, around, differing

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

_LEAST_HIDDEN = 2.0  # pixels of a label's line that have no ink: it may reach so far under a tag


class Marks:
    """Drawn over the finished layer. Everything is in the widget's pixels."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.theme = theme
        self.legend = Legend(font)
        self.point: QPoint | None = None
        self.snapped_x = 0.0
        self.pane: Pane | None = None
        self.time_text = ""
        self.last: tuple[Pane, float, bool] | None = None  # pane, price, rising
        self.countdown = ""
        self.stale = False  # the last price is old
        self.levels: list[tuple[Pane, float, str]] = []  # pane, price, words: alerts
        self.linked: tuple[float, float | None] | None = None
        self.words: list[tuple[Pane, list[Word]]] = []
        self.message = ""
        self.focused = False
        self.plot = QRectF()
        # where the labels of a pane's axis have their middles, in the widget's pixels
        self.labels: Callable[[Pane], Sequence[float]] = lambda _: ()
        self.axis_width = 60.0
        self.axis_height = 22.0
        self._dashes = Dashes()
        self._pieces: Pieces | None = {}  # as they were last told; None when nobody looked

    @property
    def tag_height(self) -> float:
        return self.legend.script.height + 4

    def changes(self) -> list[QRect]:
        """What must be painted anew since the last call: where each mark that changed was, and where it is."""
        before, self._pieces = self._pieces, self._find_pieces()
        if before is None:
            return [around(self.plot.adjusted(0, 0, self.axis_width, self.axis_height))]
        return differing(before, self._pieces)

    def all_painted(self, moving: bool) -> None:
        """All are painted with a frame of the whole chart; ``moving`` when the next one will probably be so too."""
        self._pieces = None if moving else self._find_pieces()

    def _find_pieces(self) -> Pieces:
        found: Pieces = {}
        for n, (pane, said) in enumerate(self.words):
            found["words", n] = (self.legend.box(said, pane.rect), said)
        for name, pane, box, shown in self._tags():
            found[name] = (around(self._with_hidden(pane, box)), shown)
        if self.last is not None:
            pane, price, rising = self.last
            y = pane.y_of(price)
            found["last"] = (self._line(y), (rising, self.stale))
        for n, (pane, price, words) in enumerate(self.levels):
            y = pane.y_of(price)
            found["level", n] = (self._line(y), None)
            found["level words", n] = (around(self._level_words_box(round(y), words)), words)
        if self.linked is not None:
            found["linked x"] = (self._upright(self.linked[0]), None)
            if self.linked[1] is not None:
                found["linked y"] = (self._line(self.linked[1]), None)
        if self.point is not None:
            found["x"] = (self._upright(self.snapped_x), None)
            found["y"] = (self._line(self.point.y()), None)
            found["y tag"] = (around(self._tag_box(self.point.y())), self.point.y())
            found["time"] = (around(self._time_box()), self.time_text)
        return found

    def draw(self, painter: QPainter, part: QRegion | None = None) -> None:
        """Draw all marks, or as much of them as stands in ``part``."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.focused:
            painter.setPen(QColor(self.theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            width, height = self.plot.width() + self.axis_width, self.plot.height() + self.axis_height
            painter.drawRect(QRectF(0, 0, width - 1, height - 1))
        if self.message:
            self._draw_message(painter)
            return
        painter.setFont(self.legend.font)
        upon = Within(painter, part)
        self._hide_labels(upon)
        for level in self.levels:
            self._draw_level(upon, *level)
        if self.last is not None:
            self._draw_last(upon, *self.last)
        if self.linked is not None:
            self._draw_linked(upon, *self.linked)
        if self.point is not None and self.pane is not None:
            self._draw_cross(upon, self.pane, self.point.y())
        for pane, words in self.words:
            laid = self.legend.laid(words, pane.rect)
            if upon.has(laid.box):
                self.legend.draw(painter, laid, self.theme)

    def _line(self, y: float) -> QRect:
        """The strip of a line across the chart at ``y``."""
        return QRect(0, round(y) - 2, round(self.plot.right()) + 1, 5)

    def _upright(self, x: float) -> QRect:
        """The strip of a line from the top to the times at ``x``."""
        return QRect(round(x) - 2, 0, 4, round(self.plot.bottom()))

    def _tag_box(self, y: float) -> QRectF:
        height = self.tag_height
        top = min(max(0.0, y - height / 2), self.plot.bottom() - height)
        return QRectF(self.plot.right(), round(top), self.axis_width, height)

    def _hidden(self, pane: Pane, box: QRectF) -> list[QRectF]:
        """What the labels of the axis take that a tag in ``box`` would stand half upon: they give way to it."""
        high, left, wide = self.legend.script.height, box.left() + 1, box.width() - 1
        top, bottom = box.top() + _LEAST_HIDDEN, box.bottom() - _LEAST_HIDDEN
        middles = [y for y in self.labels(pane) if y - high / 2 < bottom and y + high / 2 > top]
        return [QRectF(left, round(y - high / 2), wide, math.ceil(high)) for y in middles]

    def _with_hidden(self, pane: Pane, box: QRectF) -> QRectF:
        for label in self._hidden(pane, box):
            box = box.united(label)
        return box

    def _tags(self) -> list[tuple[object, Pane, QRectF, object]]:
        """The tags of alerts, of the last price and its countdown: a name, the pane, where it stands, what it shows."""
        marked: list[tuple[object, Pane, float, object]] = [
            (("level tag", n), pane, price, price) for n, (pane, price, _) in enumerate(self.levels)
        ]
        if self.last is not None:
            marked.append(("last tag", *self.last[:2], (*self.last[1:], self.stale)))
        found: list[tuple[object, Pane, QRectF, object]] = []
        for name, pane, price, shown in marked:
            y = round(pane.y_of(price))
            if pane.rect.top() <= y <= pane.rect.bottom():
                box = self._tag_box(y)
                found.append((name, pane, box, shown))
                if name == "last tag" and self.countdown:
                    found.append(("countdown", pane, box.translated(0, self.tag_height), self.countdown))
        return found

    def _hide_labels(self, upon: Within) -> None:
        """Take away the labels that give way to tags, before any tag is drawn."""
        for _, pane, box, _ in self._tags():
            for label in self._hidden(pane, box):
                upon.fill(label.toRect(), colour(self.theme.panel))

    def _time_box(self) -> QRectF:
        """Where the cursor's time stands on the axis."""
        wide = self.legend.advance(self.time_text) + 2 * PADDING
        left = min(max(0.0, round(self.snapped_x) - wide / 2), self.plot.right() - wide)
        return QRectF(round(left), self.plot.bottom() + 1, wide, self.axis_height - 1)

    def _level_words_box(self, y: float, words: str) -> QRectF:
        wide, high = self.legend.advance(words) + 2 * PADDING, self.legend.script.height + 3
        return QRectF(self.plot.right() - wide, y - high, wide, high)

    def _draw_last(self, upon: Within, pane: Pane, price: float, rising: bool) -> None:
        y = round(pane.y_of(price))
        if not pane.rect.top() <= y <= pane.rect.bottom():
            return
        tone = self.theme.muted if self.stale else self.theme.gain if rising else self.theme.loss
        self._draw_line(upon, y, tone, (2, 3))
        box = self._tag_box(y).translated(0, self.tag_height)
        self._draw_tag(upon, y, pane.text(price), tone)
        if self.countdown and box.bottom() <= self.plot.bottom() and upon.has(around(box)):
            upon.painter.fillRect(box, QColor(self.theme.raised))
            upon.painter.setPen(QColor(self.theme.text))
            upon.painter.drawText(QPointF(box.left() + PADDING, self._base_line(box)), self.countdown)

    def _draw_level(self, upon: Within, pane: Pane, price: float, words: str) -> None:
        y = round(pane.y_of(price))
        if not pane.rect.top() <= y <= pane.rect.bottom():
            return
        tone = self.theme.warning
        self._draw_line(upon, y, tone, (6, 3))
        box = self._level_words_box(y, words)
        if upon.has(around(box)):
            upon.painter.fillRect(box.adjusted(0, 0, 0, -1), veil(self.theme.panel))
            upon.painter.setPen(QColor(tone))
            upon.painter.drawText(QPointF(box.left() + PADDING, y - 3), words)
        self._draw_tag(upon, y, pane.text(price), tone)

    def _draw_linked(self, upon: Within, x: float, y: float | None) -> None:
        self._draw_upright(upon, x, self.theme.accent, (2, 3))
        if y is not None:
            self._draw_line(upon, y, self.theme.accent, (2, 3))

    def _draw_cross(self, upon: Within, pane: Pane, y: int) -> None:
        tone = self.theme.crosshair
        self._draw_upright(upon, self.snapped_x, tone, (4, 3))
        self._draw_line(upon, y, tone, (4, 3))
        self._draw_tag(upon, y, pane.text(pane.value_at(y), 1), tone)
        box = self._time_box()
        if upon.has(around(box)):
            upon.painter.fillRect(box, colour(tone))
            upon.painter.setPen(ink(tone))
            upon.painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.time_text)

    def _draw_line(self, upon: Within, y: float, tone: str, pattern: Pattern) -> None:
        """A dashed line across the plot at ``y``."""
        if upon.has(self._line(y)):
            self._dashes.level(upon.painter, tone, pattern, round(y), round(self.plot.right()))

    def _draw_upright(self, upon: Within, x: float, tone: str, pattern: Pattern) -> None:
        """A dashed line from the top of the plot to its bottom at ``x``."""
        if upon.has(self._upright(x)):
            self._dashes.upright(upon.painter, tone, pattern, round(x), round(self.plot.bottom()) - 1)

    def word_at(self, point: QPoint) -> Word | None:
        """The word of a legend at ``point``."""
        for pane, words in self.words:
            if pane.rect.contains(point) and (word := self.legend.at(QPointF(point), words, pane.rect)):
                return word
        return None

    def _draw_tag(self, upon: Within, y: float, text: str, tone: str) -> None:
        """Write ``text`` on the axis at ``y``."""
        box = self._tag_box(y)
        if upon.has(around(box)):
            upon.painter.fillRect(box, colour(tone))
            upon.painter.setPen(ink(tone))
            upon.painter.drawText(QPointF(box.left() + PADDING, self._base_line(box)), text)

    def _base_line(self, box: QRectF) -> float:
        metrics = self.legend.metrics
        return box.top() + (box.height() + metrics.ascent() - metrics.descent()) / 2

    def _draw_message(self, painter: QPainter) -> None:
        font = QFont(self.legend.font)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        room = self.plot.adjusted(16, 16, self.axis_width - 16, self.axis_height - 16)
        wide = min(room.width(), QFontMetricsF(font).averageCharWidth() * 60)
        room = QRectF(room.center().x() - wide / 2, room.top(), wide, room.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.message)
