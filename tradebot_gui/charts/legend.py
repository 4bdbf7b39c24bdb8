"""The words in a pane's upper left corner: the candle and the indicator values under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from shared_modules.core.market import Candle

from .paint import blend
from .ticks import MINUS, number, short_number

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the legend, never broken: a muted name and a value in a colour."""

    name: str
    value: str
    colour: str
    action: tuple[str, int] | None = None  # what a click on it does, to which indicator


def candle_words(title: str, candle: Candle | None, previous: float | None, decimals: int, theme: Theme) -> list[Word]:
    """Title, open, high, low, close, change and volume of ``candle``; the change is from the close before it."""
    words = [Word("", title, theme.text)]
    if candle is None:
        return words
    tone = theme.gain if candle.close >= candle.open else theme.loss
    for name in ("open", "high", "low", "close"):
        words.append(Word(name[0].upper(), number(getattr(candle, name), decimals), tone))
    base = candle.open if previous is None else previous
    change = candle.close - base
    share = f" ({_signed(change / base * 100, 2)}%)" if base else ""
    words.append(Word("", _signed(change, decimals) + share, theme.gain if change >= 0 else theme.loss))
    words.append(Word("Vol", short_number(candle.volume), theme.text))
    if not candle.confirmed:
        words.append(Word("", "forming", theme.warning))
    return words


def _signed(value: float, decimals: int) -> str:
    text = number(value, decimals)
    return text if text.startswith(MINUS) else "+" + text


class Legend:
    """Draws words from left to right, in as many lines as they need."""

    def __init__(self, font: QFont) -> None:
        self.set_font(font)

    def set_font(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self._widths: dict[str, float] = {}

    def layout(self, words: Sequence[Word], rect: QRectF) -> list[tuple[float, float, Word]]:
        """Where each word stands in ``rect`` (left and base line); words that do not fit are left out."""
        placed: list[tuple[float, float, Word]] = []
        left, line = rect.left() + 8, self.metrics.height() + 1
        x, y = left, rect.top() + 4 + self.metrics.ascent()
        for word in words:
            wide = self._width(word)
            if x + wide > rect.right() - 6 and x > left:
                x, y = left, y + line
            if y + self.metrics.descent() > rect.bottom():
                break
            placed.append((x, y, word))
            x += wide + 9
        return placed

    def at(self, point: QPointF, words: Sequence[Word], rect: QRectF) -> Word | None:
        """The word at ``point``."""
        for x, y, word in self.layout(words, rect):
            box = QRectF(x - 3, y - self.metrics.ascent(), self._width(word) + 6, self.metrics.height())
            if box.contains(point):
                return word
        return None

    def draw(self, painter: QPainter, words: Sequence[Word], rect: QRectF, theme: Theme) -> QRectF:
        """Write ``words`` over a veil of the ground; the rectangle they took."""
        placed = self.layout(words, rect)
        if not placed:
            return QRectF()
        box = self.box(placed, rect)
        veil = QColor(theme.panel)
        veil.setAlpha(205)
        painter.fillRect(box, veil)
        painter.setFont(self.font)
        muted = blend(theme.muted, theme.panel, 1.0)
        for x, y, word in placed:
            if word.name:
                painter.setPen(muted)
                painter.drawText(QPointF(x, y), word.name)
                x += self.advance(word.name) + 3
            painter.setPen(QColor(word.colour))
            painter.drawText(QPointF(x, y), word.value)
        return box

    def box(self, placed: Sequence[tuple[float, float, Word]], rect: QRectF) -> QRectF:
        """The ground that ``placed`` words take in ``rect``."""
        right = max(x + self._width(word) for x, _, word in placed)
        bottom = placed[-1][1] + self.metrics.descent()
        return QRectF(rect.left() + 4, rect.top() + 2, right - rect.left() + 2, bottom - rect.top())

    def _width(self, word: Word) -> float:
        return (self.advance(word.name) + 3 if word.name else 0.0) + self.advance(word.value)

    def advance(self, text: str) -> float:
        """How wide ``text`` is; measured once, since the same words come back with every frame."""
        found = self._widths.get(text)
        if found is None:
            if len(self._widths) > 4000:
                self._widths.clear()
            found = self._widths[text] = self.metrics.horizontalAdvance(text)
        return found
