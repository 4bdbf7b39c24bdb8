"""The words in a pane's upper left corner: the candle and the indicator values under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from shared_modules.core.market import Candle

from .paint import blend, colour
from .script import Script
from .ticks import MINUS, number, short_number

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme


CROSS = "×"  # takes away what stands before it


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the legend, never broken: a muted name and a value in a colour."""

    name: str
    value: str
    colour: str
    action: tuple[str, int] | None = None  # what a click on it does, to which indicator


Placed = tuple[float, float, Word]


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
        self.script = Script(font)
        # by the corners of the pane: frame after frame has the same words in the same place
        self._known: dict[tuple[float, ...], tuple[list[Word], list[Placed], QRectF]] = {}

    @property
    def font(self) -> QFont:
        return self.script.font

    @property
    def metrics(self) -> QFontMetricsF:
        return self.script.metrics

    def advance(self, text: str) -> float:
        """How wide ``text`` is."""
        return self.script.advance(text)

    def layout(self, words: Sequence[Word], rect: QRectF) -> list[Placed]:
        """Where each word stands in ``rect`` (left and base line); words that do not fit are left out."""
        return self._find(words, rect)[1]

    def box(self, words: Sequence[Word], rect: QRectF) -> QRectF:
        """The ground that ``words`` take in ``rect``; empty where none fits."""
        return self._find(words, rect)[2]

    def at(self, point: QPointF, words: Sequence[Word], rect: QRectF) -> Word | None:
        """The word at ``point``."""
        for x, y, word in self.layout(words, rect):
            box = QRectF(x - 3, y - self.script.ascent, self._width(word) + 6, self.script.height)
            if box.contains(point):
                return word
        return None

    def draw(self, painter: QPainter, words: Sequence[Word], rect: QRectF, theme: Theme) -> None:
        """Write ``words``, each line over a veil of the ground that is no longer than the line."""
        (_, placed, _), script = self._find(words, rect), self.script
        if not placed:
            return
        veil = QColor(theme.panel)
        veil.setAlpha(205)
        ends = {y: x + self._width(word) for x, y, word in placed}
        left, line = round(rect.left()) + 4, script.height + 1
        for y, end in ends.items():
            top = y - script.ascent - 1
            painter.fillRect(left, round(top), round(end) + 6 - left, round(top + line) - round(top), veil)
        painter.setFont(script.font)
        muted = blend(theme.muted, theme.panel, 1.0)
        for x, y, word in placed:
            if word.name:
                painter.setPen(muted)
                script.write(painter, x, y - script.ascent, word.name)
                x += script.advance(word.name) + 3
            painter.setPen(colour(word.colour))
            script.write(painter, x, y - script.ascent, word.value)

    def _find(self, words: Sequence[Word], rect: QRectF) -> tuple[list[Word], list[Placed], QRectF]:
        corners = (rect.left(), rect.top(), rect.right(), rect.bottom())
        known = self._known.get(corners)
        if known is None or known[0] != words:
            if len(self._known) > 50:  # panes that a person sizes by hand
                self._known.clear()
            known = self._known[corners] = (list(words), *self._lay_out(words, *corners))
        return known

    def _lay_out(
        self, words: Sequence[Word], x0: float, y0: float, x1: float, y1: float
    ) -> tuple[list[Placed], QRectF]:
        placed: list[Placed] = []
        reach = x0
        left, line, under = x0 + 8, self.script.height + 1, self.script.descent
        x, y = left, y0 + 4 + self.script.ascent
        for word, following in zip(words, [*words[1:], None], strict=True):
            wide = self._width(word)
            # a cross stands on the line of what it takes away
            whole = wide + 9 + self._width(following) if following is not None and following.value == CROSS else wide
            if word.value != CROSS and x + whole > x1 - 6 and x > left:
                x, y = left, y + line
            if y + under > y1:
                break
            placed.append((x, y, word))
            reach = max(reach, x + wide)
            x += wide + 9
        if not placed:
            return placed, QRectF()
        return placed, QRectF(x0 + 4, y0 + 2, reach - x0 + 2, placed[-1][1] + under - y0)

    def _width(self, word: Word) -> float:
        advance = self.script.advance
        return (advance(word.name) + 3 if word.name else 0.0) + advance(word.value)
