"""The order book as a painted ladder: asks above, the spread between, bids below, totals as bars behind."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tradebot_gui import texts
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.book import Ladder, Level

ROW = 19
HEADER = 21
SPREAD = 26
_PAD = 8
# how much of its colour the bar behind a level has, of 255: its numbers are read over it
BAR = 38


class BookLadder(QWidget):
    """Paints a `Ladder`; ``picked`` tells the price that was clicked or chosen with Enter."""

    picked = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Order book"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(180, HEADER + SPREAD + 4 * ROW)
        self.setMouseTracking(True)
        self._theme = theme
        self._ladder = Ladder()
        self._digits = (2, 3)
        self._tick_digits = 2
        self._stale = False
        self._empty = ""
        self._cursor: int | None = None
        # chosen with the keys: a price, which stays chosen wherever its row goes
        self._chosen: tuple[float, str] | None = None

    def sizeHint(self) -> QSize:
        return QSize(250, HEADER + SPREAD + 20 * ROW)

    @property
    def rows(self) -> int:
        """How many levels a side has room for."""
        return max(2, (self.height() - HEADER - SPREAD) // ROW // 2)

    def show_ladder(self, ladder: Ladder, price_digits: int, size_digits: int, tick_digits: int) -> None:
        """Show ``ladder``, prices of its steps with ``price_digits`` and those of the market with ``tick_digits``."""
        self._ladder, self._digits, self._tick_digits = ladder, (price_digits, size_digits), tick_digits
        bid, ask = (texts.number(p, tick_digits) for p in (ladder.best_bid, ladder.best_ask))
        self.setAccessibleDescription(phrase(f"Best bid {bid}, best ask {ask}"))
        if self._chosen is not None:
            self._cursor = self._nearest(*self._chosen)
        self.update()

    @property
    def stale(self) -> bool:
        return self._stale

    @property
    def empty_text(self) -> str:
        return self._empty

    def set_stale(self, stale: bool) -> None:
        """Grey everything: the figures are no longer the market's."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def set_empty_text(self, text: str) -> None:
        self._empty = text
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # -- where things are -----------------------------------------------------------------------------------------

    def _top(self) -> int:
        """Where the spread line begins; asks end there."""
        return HEADER + self.rows * ROW

    def _placed(self) -> list[tuple[QRect, Level, str]]:
        """Every level with its place and colour, from the top down."""
        top, placed = self._top(), []
        for n in range(len(self._ladder.asks) - 1, -1, -1):
            placed.append((self._row(top - (n + 1) * ROW), self._ladder.asks[n], "loss"))
        for n, level in enumerate(self._ladder.bids):
            placed.append((self._row(top + SPREAD + n * ROW), level, "gain"))
        return [one for one in placed if one[0].top() >= HEADER and one[0].bottom() <= self.height()]

    def _row(self, y: int) -> QRect:
        return QRect(0, y, self.width(), ROW)

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        if not self._ladder.bids and not self._ladder.asks:
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(12, 8, -12, -8), flags, self._empty)
            painter.end()
            return
        titles = (tr("Price"), tr("Size"), tr("Total"))
        self._cells(painter, QRect(0, 0, self.width(), HEADER), titles, theme.muted, theme.muted)
        depth = self._ladder.depth or 1.0
        for n, (place, level, tone) in enumerate(self._placed()):
            self._level(painter, place, level, tone, level.total / depth, n == self._cursor)
        self._spread(painter)
        painter.end()

    def _level(self, painter: QPainter, place: QRect, level: Level, tone: str, share: float, chosen: bool) -> None:
        theme = self._theme
        colour = theme.muted if self._stale else getattr(theme, tone)
        bar = QColor(colour)
        bar.setAlpha(BAR)
        wide = round(place.width() * share)
        painter.fillRect(QRect(place.right() - wide + 1, place.top() + 1, wide, place.height() - 2), bar)
        if chosen:
            painter.setPen(QColor(theme.accent))
            painter.drawRect(place.adjusted(1, 0, -2, -1))
        price, size = self._digits
        words = (texts.number(level.price, price), _amount(level.size, size), _amount(level.total, size))
        self._cells(painter, place, words, colour, theme.muted if self._stale else theme.text)

    def _cells(self, painter: QPainter, place: QRect, words: Sequence[str], first: str, others: str) -> None:
        inner = place.adjusted(_PAD, 0, -_PAD, 0)
        third = inner.width() // 3
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(first))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, words[0])
        painter.setPen(QColor(others))
        painter.drawText(inner.adjusted(0, 0, -third, 0), middle | Qt.AlignmentFlag.AlignRight, words[1])
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, words[2])

    def _spread(self, painter: QPainter) -> None:
        theme, ladder = self._theme, self._ladder
        area = QRect(0, self._top(), self.width(), SPREAD)
        painter.fillRect(area, QColor(theme.raised))
        # the bar of imbalance: how much of what lies here is bid
        share = (ladder.imbalance + 1.0) / 2.0
        split = round(area.width() * share)
        line = QRect(0, area.bottom() - 2, split, 3)
        gain, loss = (theme.muted, theme.border) if self._stale else (theme.gain, theme.loss)
        painter.fillRect(line, QColor(gain))
        painter.fillRect(QRect(split, line.top(), area.width() - split, 3), QColor(loss))
        left = f"{tr('Spread')} {texts.number(ladder.spread, self._tick_digits)}"
        right = f"{tr('Bids')} {texts.percent(share, 0, sign=False)}"
        painter.setPen(QColor(theme.muted))
        inner = area.adjusted(_PAD, 0, -_PAD, -3)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, left)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)

    # -- mouse and keys -------------------------------------------------------------------------------------------

    def _nearest(self, price: float, tone: str) -> int | None:
        """The row of the level at ``price`` on its side, or of the one next to it where that has gone."""
        far = [(abs(level.price - price), n) for n, (_, level, side) in enumerate(self._placed()) if side == tone]
        return min(far)[1] if far else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._chosen = None
        point = event.position().toPoint()
        self._point_at(next((n for n, one in enumerate(self._placed()) if one[0].contains(point)), None))

    def leaveEvent(self, event: object) -> None:
        if self._chosen is None:
            self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        placed = self._placed()
        if step is not None and placed:
            at = len(self._ladder.asks) - 1 if self._cursor is None else self._cursor + step
            self._point_at(max(0, min(len(placed) - 1, at)))
            if self._cursor is not None:
                self._chosen = placed[self._cursor][1].price, placed[self._cursor][2]
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick()
        else:
            super().keyPressEvent(event)

    def _point_at(self, row: int | None) -> None:
        if row != self._cursor:
            self._cursor = row
            self.update()

    def _pick(self) -> None:
        placed = self._placed()
        if self._cursor is not None and self._cursor < len(placed):
            self.picked.emit(placed[self._cursor][1].price)


def _amount(size: float, digits: int) -> str:
    return texts.short(size) if size >= 100_000 else texts.number(size, digits)
