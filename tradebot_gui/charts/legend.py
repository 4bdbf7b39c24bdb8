"""The words in a pane's upper left corner: the candle and the indicator values under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QGlyphRun, QPainter

from shared_modules.core.market import Candle
from tradebot_gui.language import tr

from .paint import blend, colour, veil
from .pieces import around
from .script import Script
from .ticks import MINUS, number, short_number

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme


_ORIGIN = QPointF(0.0, 0.0)
CROSS = "×"  # takes away what stands before it


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the legend, never broken: a muted name and a value in a colour."""

    name: str
    value: str
    colour: str
    action: tuple[str, int] | None = None  # what a click on it does, to which indicator


Placed = tuple[float, float, Word]
Written = tuple[float, float, str]  # left and top of a text


@dataclass(slots=True)
class Laid:
    """Words in their places: all that drawing them takes."""

    words: list[Word]
    placed: list[Placed] = field(default_factory=list)
    veils: list[QRect] = field(default_factory=list)  # the ground of each line, no longer than that
    names: list[Written] = field(default_factory=list)
    values: list[tuple[str, Written]] = field(default_factory=list)  # with their colours
    box: QRect = field(default_factory=QRect)
    said: Sequence[Word] = ()  # the words as they were given, which nobody changes afterwards
    drawn: int = 0  # how often
    runs: list[tuple[str, list[QGlyphRun]]] = field(default_factory=list)  # all of it by colour, once that was often


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
        words.append(Word("", tr("forming"), theme.warning))
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
        self._known: dict[tuple[float, ...], Laid] = {}

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
        return self.laid(words, rect).placed

    def box(self, words: Sequence[Word], rect: QRectF) -> QRect:
        """The pixels that ``words`` take in ``rect``, with some to spare; empty where none fits."""
        return self.laid(words, rect).box

    def at(self, point: QPointF, words: Sequence[Word], rect: QRectF) -> Word | None:
        """The word at ``point``."""
        for x, y, word in self.layout(words, rect):
            box = QRectF(x - 3, y - self.script.ascent, sum(self._widths(word)) + 6, self.script.height)
            if box.contains(point):
                return word
        return None

    def draw(self, painter: QPainter, laid: Laid, theme: Theme) -> None:
        """Write words in their places, each line over a veil of the ground."""
        script = self.script
        for room in laid.veils:
            painter.fillRect(room, veil(theme.panel))
        painter.setFont(script.font)
        muted = blend(theme.muted, theme.panel, 1.0)
        laid.drawn += 1
        # values of a bar under the cursor are seen once; those of the newest, while a chart is dragged, many times;
        # between whole pixels kept glyphs would stand a fraction elsewhere
        if laid.drawn > 2 and not painter.device().devicePixelRatioF() % 1.0:
            laid.runs = laid.runs or self._glyphs(laid)
            for tone, runs in laid.runs:
                painter.setPen(colour(tone) if tone else muted)
                for run in runs:
                    painter.drawGlyphRun(_ORIGIN, run)
            return
        painter.setPen(muted)
        for name in laid.names:
            script.write(painter, *name)
        pen = ""
        for tone, value in laid.values:
            if tone != pen:
                painter.setPen(colour(pen := tone))
            script.write_once(painter, *value)

    def _glyphs(self, laid: Laid) -> list[tuple[str, list[QGlyphRun]]]:
        """All that is written, a colour at a time; that of the names is empty."""
        by_tone: dict[str, list[Written]] = {"": laid.names}
        for tone, value in laid.values:
            by_tone.setdefault(tone, []).append(value)
        return [(tone, self.script.glyphs(texts)) for tone, texts in by_tone.items()]

    def laid(self, words: Sequence[Word], rect: QRectF) -> Laid:
        """``words`` in their places in ``rect``."""
        corners = rect.getCoords()
        known = self._known.get(corners)
        if known is None or (known.said is not words and known.words != words):
            if len(self._known) > 50:  # panes that a person sizes by hand
                self._known.clear()
            known = self._known[corners] = self._lay_out(words, *corners)
        known.said = words
        return known

    def _lay_out(self, words: Sequence[Word], x0: float, y0: float, x1: float, y1: float) -> Laid:
        laid, script = Laid(list(words)), self.script
        left, line = x0 + 8, script.height + 1
        x, y, reach, end = left, y0 + 4 + script.ascent, x0, x0
        for word, following in zip(words, [*words[1:], None], strict=True):
            before, after = self._widths(word)
            wide = whole = before + after
            if following is not None and following.value == CROSS:
                # a cross stands on the line of what it takes away
                whole = wide + 9 + sum(self._widths(following))
            if word.value != CROSS and x + whole > x1 - 6 and x > left:
                laid.veils.append(self._ground(x0, y, end))
                x, y = left, y + line
            if y + script.descent > y1:
                break
            laid.placed.append((x, y, word))
            if word.name:
                laid.names.append((x, y - script.ascent, word.name))
            laid.values.append((word.colour, (x + before, y - script.ascent, word.value)))
            end = x + wide
            reach = max(reach, end)
            x = end + 9
        else:
            if words:
                laid.veils.append(self._ground(x0, y, end))
        if laid.placed:
            high = laid.placed[-1][1] + script.descent - y0
            laid.box = around(QRectF(x0 + 4, y0 + 2, reach - x0 + 2, high))
        return laid

    def _ground(self, x0: float, y: float, end: float) -> QRect:
        """What lies behind a line of words that stands on ``y`` and is ``end`` long."""
        left, top = round(x0) + 4, y - self.script.ascent - 1
        return QRect(left, round(top), round(end) + 6 - left, round(top + self.script.height + 1) - round(top))

    def _widths(self, word: Word) -> tuple[float, float]:
        """Of the name with the gap behind it, and of the value."""
        advance = self.script.advance
        return advance(word.name) + 3 if word.name else 0.0, advance(word.value)
