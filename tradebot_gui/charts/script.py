"""Words in one font: how wide each is, and its glyphs, found once for all frames that write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGlyphRun, QPainter, QRawFont, QStaticText, QTextLayout

_DIGITS = "0123456789"
_LIKE_ZERO = str.maketrans(_DIGITS, "0" * len(_DIGITS))
_MOST = 400  # words kept: a chart shows fewer than a hundred


class Script:
    """Measures and writes single lines of text in ``font``."""

    def __init__(self, font: QFont) -> None:
        self.font, self.metrics = font, QFontMetricsF(font)
        self.height, self.ascent, self.descent = self.metrics.height(), self.metrics.ascent(), self.metrics.descent()
        self._texts = lru_cache(maxsize=_MOST)(_made)
        advance = self.metrics.horizontalAdvance
        # around a function of our own: of Qt's, `lru_cache` asks the words of its help, and PySide reads all of them
        self._widths = lru_cache(maxsize=_MOST)(lambda text: advance(text))
        # how wide a text is
        self.advance: Callable[[str], float] = lru_cache(maxsize=_MOST)(self._measured)
        # numbers of one form are then equally wide: one of them is measured for all
        self._even = len({advance(digit) for digit in _DIGITS}) == 1

    def _measured(self, text: str) -> float:
        return self._widths(text.translate(_LIKE_ZERO) if self._even else text)

    def write(self, painter: QPainter, x: float, top: float, text: str) -> None:
        """Write ``text`` with its upper left corner at (x, top); ``painter`` must have this font."""
        painter.drawStaticText(QPointF(x, top), self._texts(text))

    def write_row(self, painter: QPainter, top: int, texts: Sequence[tuple[int, str]], colour: QColor) -> None:
        """Write texts beside each other in ``colour``, given with their left edges on whole pixels."""
        painter.setPen(colour)
        kept, draw = self._texts, painter.drawStaticText
        for left, text in texts:
            draw(left, top, kept(text))

    def glyphs(self, texts: Iterable[tuple[float, float, str]]) -> list[QGlyphRun]:
        """The glyphs of texts with their left edges and tops, to be drawn together at (0, 0): one run for each font."""
        runs: dict[tuple[str, str], tuple[QRawFont, list[int], list[QPointF]]] = {}
        for x, top, text in texts:
            for run in _shaped(text, self.font):
                raw, corner = run.rawFont(), QPointF(x, top)
                _, numbers, places = runs.setdefault((raw.familyName(), raw.styleName()), (raw, [], []))
                numbers += run.glyphIndexes()
                places += [corner + place for place in run.positions()]
        return [_run(*run) for run in runs.values()]

    def write_once(self, painter: QPainter, x: float, top: float, text: str) -> None:
        """The same for a text that hardly comes again: to keep its glyphs costs twice what it takes to find them."""
        painter.drawText(QPointF(x, top + self.ascent), text)


def _shaped(text: str, font: QFont) -> list[QGlyphRun]:
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return layout.glyphRuns()


def _run(raw: QRawFont, numbers: list[int], places: list[QPointF]) -> QGlyphRun:
    made = QGlyphRun()
    made.setRawFont(raw)
    made.setGlyphIndexes(numbers)
    made.setPositions(places)
    return made


def _made(text: str) -> QStaticText:
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    return made
