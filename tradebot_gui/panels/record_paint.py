"""Paints the cells of a `RecordView` straight from its records."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QRegion, QStaticText
from PySide6.QtWidgets import QAbstractItemDelegate, QStyle, QStyleOptionViewItem

from tradebot_gui.view_models.table import Column, Index

if TYPE_CHECKING:
    from .record_view import RecordView

ROW_HEIGHT = 21
# cells of which it is known what they show: those in sight many times over
REMEMBERED = 4_096
# texts that are laid out: those in sight, and what moved lately
LAID = 1_000
PAD = 5
_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value


class RecordPainter(QAbstractItemDelegate):
    """Paints all cells of a region in one go.

    Qt's way, a style sheet's panel, a delegate and its option for every cell, takes ten times as long; an option and a
    delegate alone still take twice as long.
    """

    def __init__(self, view: RecordView) -> None:
        super().__init__(view)
        self._view = view
        self._metrics = view.fontMetrics()
        # most of what is drawn was drawn before
        self._laid = lru_cache(maxsize=LAID)(self._lay)
        # what the cells show, by row and column, so that a change repaints only those that differ
        self.painted: dict[tuple[int, int], tuple[str, QColor | None]] = {}
        self.take_colours()

    def take_colours(self) -> None:
        """Use the colours of the view from now on."""
        colours = self._view.palette()
        self._text = colours.text().color()
        self._chosen, self._hovered = colours.highlight(), colours.alternateBase()
        self._ground, self._line = colours.base(), colours.mid()
        self.painted.clear()
        self._laid.cache_clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell, for Qt's own purposes."""
        x, y, width, height = option.rect.getRect()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(x, y, width, height, self._chosen)
        place = index.column()
        column = self._view.table.columns[place]
        self._cell(painter, self._view.rows.record(index), column, index.row(), place, (x, y, width, height))

    def paint_region(self, painter: QPainter, region: QRegion) -> None:
        """The cells that ``region`` of the viewport touches, each once."""
        view, chosen = self._view, self._view.selectionModel()
        if len(self.painted) > REMEMBERED:
            first, last = view.in_sight()
            self.painted = {cell: shown for cell, shown in self.painted.items() if first <= cell[0] <= last}
        hovered = view.hovered()
        root, lit = view.rootIndex(), bool(view.flashes.lit)
        some_chosen = chosen.hasSelection()
        frozen, starts = {n for n, _, _ in view.frozen.columns()}, view.rows.starts
        for row, places in self._touched(region).items():
            record = view.rows.record_at(row)
            if record is None:
                continue
            y, height = view.rowViewportPosition(row), view.rowHeight(row)
            selected = some_chosen and chosen.isRowSelected(row, root)
            for place, x, width in places:
                if selected:
                    painter.fillRect(x, y, width, height, self._chosen)
                elif hovered == (row, place):
                    painter.fillRect(x, y, width, height, self._hovered)
                elif place in frozen:
                    painter.fillRect(x, y, width, height, self._ground)
                if lit and (colour := view.flashes.ground(view.table.key_of(record), place)) is not None:
                    painter.fillRect(x, y, width, height, colour)
                self._cell(painter, record, view.table.columns[place], row, place, (x, y, width, height))
                if row in starts:
                    painter.fillRect(x, y, width, 1, self._line)
        if frozen:
            painter.fillRect(view.frozen.edge() - 1, 0, 1, view.viewport().height(), self._line)

    def _touched(self, region: QRegion) -> dict[int, dict[tuple[int, int, int], None]]:
        """By row the columns that ``region`` touches, each with its left edge and its width."""
        view = self._view
        columns = view.columns_in_sight()
        found: dict[int, dict[tuple[int, int, int], None]] = {}
        for rect in region:
            left, right = rect.left(), rect.right()
            across = dict.fromkeys(c for c in columns if c[1] <= right and c[1] + c[2] > left)
            first, last = view.rowAt(rect.top()), view.rowAt(rect.bottom())
            if first < 0 or not across:
                continue
            for row in range(first, (last if last >= 0 else view.rows.rowCount() - 1) + 1):
                found.setdefault(row, {}).update(across)
        return found

    def _cell(
        self, painter: QPainter, record: Any, column: Column[Any], row: int, place: int, where: tuple[int, ...]
    ) -> None:
        x, y, width, height = where
        table = self._view.table
        colour = table.colour(column, record)
        painter.setPen(colour or self._text)
        if column.paint is not None:
            column.paint(painter, QRect(x, y, width, height), record)
            return
        text = table.text(column, record)
        self.painted[row, place] = text, colour
        width -= 2 * PAD
        laid, wide, high = self._laid(text)
        if wide > width:
            short = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(x + PAD, y, width, height, _RIGHT if column.numeric else _LEFT, short)
            return
        left = x + PAD + (width - wide if column.numeric else 0)
        painter.drawStaticText(left, y + (height - high + 1) // 2, laid)

    def _lay(self, text: str) -> tuple[QStaticText, int, int]:
        """``text`` laid out, with its width and height."""
        laid = QStaticText(text)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.prepare(font=self._view.font())
        size = laid.size()
        return laid, ceil(size.width()), ceil(size.height())
