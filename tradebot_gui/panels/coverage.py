"""The coverage calendar: a square for each day, coloured by how much of it is stored and why the rest is not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from shared_modules.core.events import GapKind
from shared_modules.core.timeframes import DAY
from shared_modules.system_integration import Coverage
from tradebot_gui import texts
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.stored import GAP_TONES, plural

GAP = 2
LEFT, TOP, BOTTOM = 34, 20, 12
# a day's square with the gap after it, pixels: as the height allows
SMALLEST, LARGEST = 8, 18
# a day with a hole in it shows its reason on at least this share of its square, however small the hole
LEAST = 0.34
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


class CoverageCalendar(QAbstractScrollArea):
    """Weeks from left to right, days from Monday down; arrows move the day under the cursor, and ``told`` names it."""

    told = Signal(str)
    chosen = Signal(object)  # start of the day in ms UTC: Enter or double-click

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._coverage: Coverage | None = None
        self._days: list[tuple[QColor, QColor | None, float]] = []
        self._step = SMALLEST
        self._empty = "Choose a series to see which days of it are stored."
        self.current = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(tr("Coverage calendar"))
        self.setMinimumHeight(TOP + 7 * SMALLEST + BOTTOM)
        self.horizontalScrollBar().setSingleStep(LARGEST)

    # -- what is shown ------------------------------------------------------------------------------------------------

    @property
    def coverage(self) -> Coverage | None:
        return self._coverage

    def show_coverage(self, coverage: Coverage | None, empty: str = "") -> None:
        """Show ``coverage``, its newest days in sight; ``empty`` is said when there is none."""
        self._coverage = coverage if coverage is not None and len(coverage.days) else None
        self._empty = empty or self._empty
        self._paint_days()
        self.current = -1
        self._room()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.maximum())
        if self._coverage is not None:
            self.move_to(len(self._coverage.days) - 1)
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._paint_days()
        self.viewport().update()

    def move_to(self, day: int) -> None:
        """Put the cursor on the ``day``-th day."""
        if self._coverage is None:
            return
        self.current = max(0, min(day, len(self._coverage.days) - 1))
        area = self._area(self.current)
        bar, width = self.horizontalScrollBar(), self.viewport().width()
        if area.left() < LEFT:
            bar.setValue(bar.value() + area.left() - LEFT)
        elif area.right() > width:
            bar.setValue(bar.value() + area.right() - width + GAP)
        sentence = self.sentence(self.current)
        self.setAccessibleDescription(phrase(sentence))
        self.told.emit(sentence)
        self.viewport().update()

    def sentence(self, day: int) -> str:
        """What is known of the ``day``-th day."""
        assert self._coverage is not None
        start = int(self._coverage.days[day])
        date = datetime.fromtimestamp(start / 1000, UTC)
        words = f"{WEEKDAYS[date.weekday()]} {date:%Y-%m-%d}: "
        share = float(self._coverage.share[day])
        if np.isnan(share):
            return words + "no candle of this timeframe opens on that day"
        missing = self._missing(start)
        if not missing:
            return words + "whole"
        why = ", ".join(f"{count:,} {kind.value}" for kind, count in missing.items())
        return words + f"{texts.number(share * 100, 1)} % stored; missing: {why}"

    def _missing(self, day: int) -> dict[GapKind, int]:
        assert self._coverage is not None
        frame = self._coverage.series.timeframe
        found: dict[GapKind, int] = {}
        for gap in self._coverage.gaps:
            start, end = max(gap.start, day), min(gap.end, day + DAY)
            if start < end and (count := frame.count(start, end)):
                found[gap.kind] = found.get(gap.kind, 0) + count
        return found

    # -- colours ------------------------------------------------------------------------------------------------------

    def _paint_days(self) -> None:
        """Choose the colours of every day once; painting only fills squares.

        What lacks is the lower part of the square in the colour of its reason, at least so much that it is seen.
        """
        coverage = self._coverage
        self._days = []
        if coverage is None:
            return
        whole, nothing = QColor(self._theme.gain), QColor(self._theme.raised)
        why = {kind: QColor(getattr(self._theme, tone)) for kind, tone in GAP_TONES.items()}
        for share, kind in zip(coverage.share.tolist(), coverage.kinds, strict=True):
            if share != share:
                self._days.append((nothing, None, 0.0))
            elif kind is None:
                self._days.append((whole, None, 0.0))
            else:
                self._days.append((whole, why[kind], max(LEAST, 1 - share)))

    # -- places -------------------------------------------------------------------------------------------------------

    def _first_week(self) -> int:
        assert self._coverage is not None
        return (int(self._coverage.days[0]) // DAY + EPOCH_WEEKDAY) // 7

    def _area(self, day: int) -> QRect:
        """Where the ``day``-th day is painted, in the viewport."""
        assert self._coverage is not None
        number = int(self._coverage.days[day]) // DAY + EPOCH_WEEKDAY
        step, cell = self._step, self._step - GAP
        x = LEFT + (number // 7 - self._first_week()) * step - self.horizontalScrollBar().value()
        return QRect(x, TOP + number % 7 * step, cell, cell)

    def day_at(self, at: QPoint) -> int:
        """The number of the day at a place of the viewport; -1 for none."""
        if self._coverage is None or at.y() < TOP or at.x() < LEFT:
            return -1
        week = (at.x() - LEFT + self.horizontalScrollBar().value()) // self._step + self._first_week()
        weekday = (at.y() - TOP) // self._step
        day = week * 7 + weekday - EPOCH_WEEKDAY - int(self._coverage.days[0]) // DAY
        return int(day) if weekday < 7 and 0 <= day < len(self._coverage.days) else -1

    def _room(self) -> None:
        weeks = 0
        if self._coverage is not None:
            last = (int(self._coverage.days[-1]) // DAY + EPOCH_WEEKDAY) // 7
            weeks = last - self._first_week() + 1
        self._step = max(SMALLEST, min(LARGEST, (self.viewport().height() - TOP - GAP) // 7))
        wide = LEFT + weeks * self._step - self.viewport().width()
        self.horizontalScrollBar().setRange(0, max(0, wide))
        self.horizontalScrollBar().setPageStep(self.viewport().width())

    def sizeHint(self) -> QSize:
        return QSize(420, self.minimumHeight())

    # -- what Qt asks -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self._coverage is None:
            painter.setPen(QColor(self._theme.muted))
            area = self.viewport().rect().adjusted(12, 4, -12, -4)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        right = self.viewport().width()
        for day, (colour, why, lacks) in enumerate(self._days):
            area = self._area(day)
            if area.right() < LEFT or area.left() > right:
                continue
            painter.fillRect(area, colour)
            if why is not None:
                painter.fillRect(area.adjusted(0, round(area.height() * (1 - lacks)), 0, 0), why)
        self._write(painter)
        if self.current >= 0:
            painter.setPen(QColor(self._theme.text))
            painter.drawRect(self._area(self.current).adjusted(-1, -1, 0, 0))

    def _write(self, painter: QPainter) -> None:
        """The months above, the weekdays at the left over what scrolls under them."""
        assert self._coverage is not None
        painter.setPen(QColor(self._theme.muted))
        painter.fillRect(0, 0, LEFT - GAP, self.viewport().height(), QColor(self._theme.panel))
        for weekday in (0, 2, 4):
            room = QRect(0, TOP + weekday * self._step - 4, LEFT - 6, self._step + 6)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tr(WEEKDAYS[weekday]))
        free = LEFT - self._step
        for day, start in enumerate(self._coverage.days.tolist()):
            date = datetime.fromtimestamp(start / 1000, UTC)
            if date.day != 1 and day != 0:
                continue
            x = self._area(day).left()
            text = f"{date:%Y}" if date.month == 1 or day == 0 else tr(f"{date:%b}")
            if x < max(LEFT, free):
                continue
            painter.drawText(x, TOP - 7, text)
            free = x + painter.fontMetrics().horizontalAdvance(text) + 6

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {keys.Key_Left: -7, keys.Key_Right: 7, keys.Key_Up: -1, keys.Key_Down: 1, keys.Key_PageUp: -91,
                 keys.Key_PageDown: 91}  # fmt: skip
        key = keys(event.key())
        if self._coverage is None:
            super().keyPressEvent(event)
        elif key in steps:
            self.move_to(self.current + steps[key])
        elif key in (keys.Key_Home, keys.Key_End):
            self.move_to(0 if key is keys.Key_Home else len(self._coverage.days) - 1)
        elif key in (keys.Key_Return, keys.Key_Enter) and self.current >= 0:
            self.chosen.emit(int(self._coverage.days[self.current]))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        day = self.day_at(event.position().toPoint())
        if day >= 0:
            self.move_to(day)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        day = self.day_at(event.position().toPoint())
        if day >= 0 and self._coverage is not None:
            self.chosen.emit(int(self._coverage.days[day]))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            day = self.day_at(event.pos())  # type: ignore[attr-defined]
            if day >= 0:
                QToolTip.showText(event.globalPos(), phrase(self.sentence(day)), self)  # type: ignore[attr-defined]
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)


def legend(coverage: Coverage | None) -> str:
    """The whole of ``coverage`` in one line."""
    if coverage is None or not len(coverage.days):
        return ""
    missing: dict[GapKind, int] = {}
    for gap in coverage.gaps:
        missing[gap.kind] = missing.get(gap.kind, 0) + gap.missing
    words = ", ".join(f"{count:,} {kind.value}" for kind, count in missing.items())
    days = plural(len(coverage.days), "day")
    return f"{coverage.series}: {days}, " + (f"missing: {words}" if words else "nothing missing")
