"""The table view of all panels: dense rows, fixed columns, copy as TSV, and a sentence while it is empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from tradebot_gui.language import tr
from tradebot_gui.view_models.record_filter import RecordFilter
from tradebot_gui.view_models.table import Index, RecordTable

from .record_columns import columns_menu
from .record_paint import ROW_HEIGHT, RecordPainter
from .record_room import ColumnRoom

# how often a sorted table comes into order again, ms
RESORT = 2_000


class RecordView(QTableView):
    """Shows a `RecordTable` through its filter; columns keep the width a person gave them."""

    chosen = Signal(object)  # the record under the cursor
    activated_record = Signal(object)  # double-click or Enter

    def __init__(
        self, table: RecordTable[Any], name: str, empty: str, parent: QWidget | None = None, rows: Any = None
    ) -> None:
        super().__init__(parent)
        self.table = table
        # what filters and sorts: of its own for a table of very many records
        self.rows = RecordFilter(table, self) if rows is None else rows
        self._empty = tr(empty)
        self.setAccessibleName(tr(name))
        self.setModel(self.rows)
        self._look()
        self._headers()
        self._order = QTimer(self, interval=RESORT)
        self._order.timeout.connect(self._in_order)
        self._order.start()
        copy = QAction(tr("Copy"), self, triggered=self.copy)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(copy)
        self.doubleClicked.connect(self._activate)
        self.selectionModel().currentRowChanged.connect(self._current)

    def set_empty_text(self, text: str) -> None:
        self._empty = tr(text)
        self.viewport().update()

    @property
    def empty_text(self) -> str:
        return self._empty

    def sort_by(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sortByColumn(column, order)

    def select_record(self, match: Callable[[Any], bool]) -> bool:
        """Put the cursor on the first shown record for which ``match`` is true."""
        for row in range(self.rows.rowCount()):
            if match(self.rows.record(self.rows.index(row, 0))):
                self.setCurrentIndex(self.rows.index(row, 0))
                return True
        return False

    def as_tsv(self) -> str:
        """The selected rows (all when none is) with their full values, under their titles."""
        selected = sorted({i.row() for i in self.selectionModel().selectedRows()}) or range(self.rows.rowCount())
        columns = [c for n, c in enumerate(self.table.columns) if not self.isColumnHidden(n)]
        lines = ["\t".join(c.title for c in columns)]
        for row in selected:
            record = self.rows.record(self.rows.index(row, 0))
            lines.append("\t".join(str(c.value(record)) for c in columns))
        return "\n".join(lines)

    def copy(self) -> None:
        QApplication.clipboard().setText(self.as_tsv())

    def save_columns(self) -> dict[str, Any]:
        header = self.horizontalHeader()
        return {
            "widths": [self.room.width(n) for n in range(header.count())],
            "order": [header.visualIndex(n) for n in range(header.count())],
            "hidden": [n for n in range(header.count()) if header.isSectionHidden(n) and n not in self.room.squeezed],
            "pinned": sorted(self.room.pinned),
            "sort": [header.sortIndicatorSection(), header.sortIndicatorOrder().value],
        }

    def restore_columns(self, state: Any) -> None:
        header = self.horizontalHeader()
        if not isinstance(state, dict) or len(state.get("widths", ())) != header.count():
            return
        hidden = set(state.get("hidden", ()))
        order = state.get("order", [])
        if sorted(order) == list(range(header.count())):
            for place in range(header.count()):
                header.moveSection(header.visualIndex(order.index(place)), place)
        for n, width in enumerate(state["widths"]):
            header.setSectionHidden(n, n in hidden)
            if n not in hidden and isinstance(width, int) and 20 <= width <= 1000:
                header.resizeSection(n, width)
        self.room.squeezed, self.room.pinned = {}, {n for n in state.get("pinned", ()) if type(n) is int}
        self.room.fit()
        section, order = state.get("sort", (-1, 0))
        if isinstance(section, int) and -1 <= section < header.count():
            self.sortByColumn(section, Qt.SortOrder(order))

    def _look(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.cells = RecordPainter(self)
        self.setItemDelegate(self.cells)

    def _headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(22)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.room = ColumnRoom(self)
        self.room.prepare()
        self.setSortingEnabled(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)

    def _choose_columns(self, at: QPoint) -> None:
        header = self.horizontalHeader()
        columns_menu(self, header.logicalIndexAt(at)).popup(header.mapToGlobal(at))

    def columns_menu(self) -> QMenu:
        """What can be done with the column of the cursor, which left and right move, and with the others."""
        return columns_menu(self, max(0, self.currentIndex().column()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key upon a table without a menu of its own is for its columns."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.columns_menu().popup(event.globalPos())
        else:
            super().contextMenuEvent(event)

    def _in_order(self) -> None:
        if self.isVisible() and not self.underMouse():
            self.rows.resort()

    def _activate(self, index: QModelIndex) -> None:
        self.activated_record.emit(self.rows.record(index))

    def _current(self, index: QModelIndex, _: QModelIndex) -> None:
        record = self.rows.record(index) if index.isValid() else None
        if record is not None:
            self.chosen.emit(record)

    def dataChanged(self, first: Index, last: Index, roles: Any = ()) -> None:
        """Repaint what shows something else now: of many changed rows mostly one column does."""
        if first == last:
            super().dataChanged(first, last, roles)
            return
        painted, table, view = self.cells.painted, self.table, self.viewport()
        shown, end = self.in_sight()
        columns = [c for c in self.columns_in_sight() if first.column() <= c[0] <= last.column()]
        for row in range(max(shown, first.row()), min(end, last.row()) + 1):
            record = self.rows.record_at(row)
            top, height = self.rowViewportPosition(row), self.rowHeight(row)
            for n, left, width in columns if record is not None else ():
                column = table.columns[n]
                if painted.get((row, n)) != (table.text(column, record), table.colour(column, record)):
                    view.update(left, top, width, height)

    def in_sight(self) -> tuple[int, int]:
        """The first and the last row that is shown."""
        bottom = self.rowAt(self.viewport().height() - 1)
        return max(0, self.rowAt(0)), bottom if bottom >= 0 else self.rows.rowCount() - 1

    def columns_in_sight(self) -> list[tuple[int, int, int]]:
        """Of each column that is not hidden its number, its left edge in the viewport and its width."""
        header = self.horizontalHeader()
        return [
            (n, header.sectionViewportPosition(n), header.sectionSize(n))
            for n in range(header.count())
            if not header.isSectionHidden(n)
        ]

    def hovered(self) -> tuple[int, int]:
        """Row and column of the cell under the mouse, -1 where there is none."""
        view = self.viewport()
        index = self.indexAt(view.mapFromGlobal(QCursor.pos())) if view.underMouse() else QModelIndex()
        return index.row(), index.column()

    def keyPressEvent(self, event: Any) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._activate(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.room.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self.rows.rowCount():
            painter.setFont(self.font())
            self.cells.paint_region(painter, event.region())
        if self.rows.rowCount() or not self._empty:
            painter.end()
            return
        painter.setPen(self.palette().placeholderText().color())
        area = self.viewport().rect().adjusted(12, 8, -12, -8)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.cells.take_colours()
            self.viewport().update()
