"""Plots without a time axis, painted at once: the heat map of months, the histogram of trades."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from tradebot_gui import texts
from tradebot_gui.charts.paint import blend, digits_font, ink
from tradebot_gui.charts.ticks import price_ticks
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.veil import Veiled

# a month that moved less is paler, however quiet all of them were
STRONG = 0.05
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Drawn(QWidget):
    """A painted picture with words while it is empty and a tip where the mouse is."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._empty = ""
        self.setAccessibleName(tr(name))
        self.setMinimumSize(160, 80)
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_empty(self, sentence: str) -> None:
        """Say ``sentence`` instead of a picture; nothing for a picture."""
        self._empty = sentence
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        painter.setFont(digits_font(self.font()))
        if self._empty:
            painter.setPen(QColor(self._theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(16, 8, -16, -8), flags, self._empty)
        else:
            self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def tip_at(self, point: QPoint) -> str:
        """What is said about ``point``."""
        return ""

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip:
            said = "" if self._empty else self.tip_at(event.pos())
            if said:
                QToolTip.showText(event.globalPos(), said, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class MonthMap(Drawn):
    """Returns of months by year: green above zero, red below, the stronger the farther."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Returns by month")
        self._years: tuple[int, ...] = ()
        self._returns = self._totals = np.empty(0)

    def show_months(self, years: tuple[int, ...], returns: np.ndarray, totals: np.ndarray) -> None:
        """``returns`` (years, 12) and ``totals`` (years,) as fractions, NaN where nothing was traded."""
        self._years, self._returns, self._totals = years, returns, totals
        self.set_empty(tr("" if years else "There is no month to show."))
        self.setMinimumHeight(min(400, 30 + 22 * len(years)))

    def _cell(self, row: int, at: int) -> QRectF:
        left, top = 52.0, 24.0
        wide = (self.width() - left - 8) / 13
        high = min(46.0, (self.height() - top - 4) / max(1, len(self._years)))
        return QRectF(left + at * wide + (6 if at == 12 else 0), top + row * high, wide - 2, high - 2)

    def draw(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._theme.muted))
        centre = Qt.AlignmentFlag.AlignCenter
        for at, name in enumerate((*MONTHS, "Year")):
            cell = self._cell(0, at)
            painter.drawText(QRectF(cell.left(), 2, cell.width(), 20), centre, tr(name))
        known = self._returns[~np.isnan(self._returns)]
        strongest = max(float(np.abs(known).max()), STRONG) if known.size else 1.0
        widest = max(float(np.nanmax(np.abs(self._totals))), STRONG) if np.isfinite(self._totals).any() else 1.0
        for row, year in enumerate(self._years):
            cell = self._cell(row, 0)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(4, cell.top(), 44, cell.height()), centre, str(year))
            for at in range(13):
                value = float(self._totals[row] if at == 12 else self._returns[row, at])
                self._draw_cell(painter, self._cell(row, at), value, widest if at == 12 else strongest)

    def _draw_cell(self, painter: QPainter, cell: QRectF, value: float, strongest: float) -> None:
        if math.isnan(value):
            painter.fillRect(cell, QColor(self._theme.raised))
            return
        colour = self._theme.gain if value >= 0 else self._theme.loss
        ground = blend(colour, self._theme.panel, 0.12 + 0.7 * min(1.0, abs(value) / strongest) if value else 0.06)
        painter.fillRect(cell, ground)
        painter.setPen(ink(ground.name()))
        text = texts.percent(value, 1, unit="")
        if painter.fontMetrics().horizontalAdvance(text) <= cell.width() - 2:
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def tip_at(self, point: QPoint) -> str:
        for row, year in enumerate(self._years):
            for at in range(13):
                if self._cell(row, at).contains(QPointF(point)):
                    value = float(self._totals[row] if at == 12 else self._returns[row, at])
                    name = str(year) if at == 12 else f"{MONTHS[at]} {year}"
                    return f"{name}: {texts.percent(value)}" if not math.isnan(value) else f"{name}: not traded"
        return ""


class HistogramPlot(Drawn, Veiled):
    """How many trades earned how much; losses and wins in their colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Distribution of trades")
        self._edges = self._counts = np.empty(0)
        self._fraction = True
        self._veiled = False

    def show_bins(self, edges: np.ndarray, counts: np.ndarray, fraction: bool) -> None:
        """``counts`` (n,) between ``edges`` (n + 1,), fractions or quote coin."""
        self._edges, self._counts, self._fraction = edges, counts, fraction
        self.set_empty(tr("" if len(counts) else "There is no trade to count."))

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of amounts below the bars, or show them again."""
        self._veiled = on
        self.update()

    def _area(self) -> QRectF:
        return QRectF(46, 12, max(1, self.width() - 62), max(1, self.height() - 42))

    def _x(self, value: float) -> float:
        area = self._area()
        low, high = float(self._edges[0]), float(self._edges[-1])
        return area.left() + (value - low) / max(high - low, 1e-300) * area.width()

    def _words(self, value: float) -> str:
        if self._fraction:
            return texts.percent(value, 2)
        return texts.VEIL if self._veiled else texts.number(value, 2, sign=True)

    def draw(self, painter: QPainter) -> None:
        area, most = self._area(), float(self._counts.max())
        metrics = painter.fontMetrics()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in price_ticks(0.0, most * 1.0001, area.height(), 34.0, 1.0):
            y = area.bottom() - tick / most * area.height()
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), QColor(self._theme.grid))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(0, y - 9, area.left() - 6, 18), right, f"{tick:,.0f}")
        for n, count in enumerate(self._counts):
            left, end = round(self._x(float(self._edges[n]))), round(self._x(float(self._edges[n + 1])))
            high = math.ceil(count / most * area.height())
            loss = self._edges[n + 1] <= 0
            colour = QColor(self._theme.loss if loss else self._theme.gain)
            painter.fillRect(QRectF(left, area.bottom() - high, max(1, end - left - 1), high), colour)
        scale = 100.0 if self._fraction else 1.0
        low, high_ = float(self._edges[0]) * scale, float(self._edges[-1]) * scale
        for tick in price_ticks(low, high_, area.width(), metrics.horizontalAdvance("−8,888.88 %") + 24.0):
            x = self._x(tick / scale)
            painter.fillRect(QRectF(round(x), area.bottom(), 1, 4), QColor(self._theme.muted))
            painter.setPen(QColor(self._theme.muted))
            box = QRectF(x - 60, area.bottom() + 6, 120, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._words(tick / scale))

    def tip_at(self, point: QPoint) -> str:
        for n, count in enumerate(self._counts):
            if self._x(float(self._edges[n])) <= point.x() < self._x(float(self._edges[n + 1])):
                trades = "1 trade" if count == 1 else f"{count:,} trades"
                return f"{trades} from {self._words(self._edges[n])} to {self._words(self._edges[n + 1])}"
        return ""
