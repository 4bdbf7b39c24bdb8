"""The table view of all panels: dense rows, fixed columns, copy as TSV, and a sentence while it is empty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from tradebot_gui.language import tr
from tradebot_gui.view_models.record_filter import RecordFilter
from tradebot_gui.view_models.table import Index, RecordTable

from . import record_menu
from .record_columns import columns_menu
from .record_copy import MANY, Extract, desk_of, extract
from .record_flash import Flashes
from .record_frozen import FrozenColumns
from .record_keep import Keeper
from .record_paint import ROW_HEIGHT, RecordPainter
from .record_room import ColumnRoom

if TYPE_CHECKING:
    from tradebot_gui.desk import Desk

# how often a sorted table comes into order again, ms
RESORT = 2_000
FILTERED = "None of {n} rows fits the search and the choice above. Clear them to see all."
LIMITED = "No row is within the limits set in this table. Its menu (right mouse button) shows all rows again."


class RecordView(QTableView):
    """Shows a `RecordTable` through its filter; columns keep the width a person gave them."""

    chosen = Signal(object)  # the record under the cursor
    activated_record = Signal(object)  # double-click or Enter

    def __init__(
        self, table: RecordTable[Any], name: str, empty: str, parent: QWidget | None = None, rows: Any = None
    ) -> None:
        super().__init__(parent)
        self.table, self.name = table, name
        # what filters and sorts: of its own for a table of very many records
        self.rows = RecordFilter(table, self) if rows is None else rows
        self._empty = tr(empty)
        # said instead while there are rows and a search or a filter of the panel shows none
        self.filtered_text = FILTERED
        # whether a double-click or Enter shows the symbol of a row in all panels that follow, as the menu does
        self.symbol_by_click = True
        self.setAccessibleName(tr(name))
        self.setModel(self.rows)
        self._look()
        self._headers()
        self.flashes = Flashes(self)
        self._keeper = Keeper(self)
        self.rows.modelReset.connect(self._keeper.bring_back)
        self._order = QTimer(self, interval=RESORT)
        self._order.timeout.connect(self.bring_in_order)
        self._order.start()
        copy = QAction(tr("Copy"), self, triggered=self.copy)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.addAction(copy)
        self.doubleClicked.connect(self._activate)
        self.selectionModel().currentRowChanged.connect(self._current)

    def set_empty_text(self, text: str) -> None:
        if self._empty != tr(text):
            self._empty = tr(text)
            self.viewport().update()

    @property
    def empty_text(self) -> str:
        """What is said while no row is shown."""
        if self.table.records and self.rows.limits:
            return tr(LIMITED)
        if self.table.records and self.filtered_text:
            return tr(self.filtered_text).format(n=f"{len(self.table.records):,}")
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
        return extract(self).tsv()

    def copy(self) -> None:
        """Put `as_tsv` on the clipboard; very many rows are written out beside the loop."""
        found, desk = extract(self), desk_of(self)
        if len(found.records) > MANY and desk is not None:
            desk.spawn(self._copy(found, desk))
        else:
            QApplication.clipboard().setText(found.tsv())

    async def _copy(self, found: Extract, desk: Desk) -> None:
        QApplication.clipboard().setText(await asyncio.to_thread(found.tsv))
        desk.notice.emit("info", f"{len(found.records):,} rows are on the clipboard.")

    def group_by(self, column: int) -> None:
        """Have the rows that are equal in ``column`` stand together; -1 ends that."""
        self.rows.group_by(column)
        self.viewport().update()

    def save_columns(self) -> dict[str, Any]:
        header = self.horizontalHeader()
        return {
            "widths": [self.room.width(n) for n in range(header.count())],
            "order": [header.visualIndex(n) for n in range(header.count())],
            "hidden": [n for n in range(header.count()) if header.isSectionHidden(n) and not self.room.spared(n)],
            "pinned": sorted(self.room.pinned),
            "frozen": self.frozen.count,
            "group": self.rows.group,
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
        self.room.lacking.clear()
        self.room.squeezed, self.room.pinned = {}, {n for n in state.get("pinned", ()) if type(n) is int}
        self.room.fit()
        frozen, group = state.get("frozen"), state.get("group")
        self.frozen.freeze(frozen if type(frozen) is int else 0)
        self.group_by(group if type(group) is int and -1 <= group < header.count() else -1)
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
        self.frozen = FrozenColumns(self)
        if isinstance(self.rows, RecordFilter):
            self.rows.held = self.underMouse
            self.table.sight = self._sees

    def _choose_columns(self, at: QPoint) -> None:
        header = self.horizontalHeader()
        self.columns_menu(header.logicalIndexAt(at)).popup(header.mapToGlobal(at))

    def columns_menu(self, section: int) -> QMenu:
        """What can be done with the column ``section`` and with the others."""
        return columns_menu(self, section)

    def fill_menu(self, menu: QMenu) -> QMenu:
        """Put into ``menu`` what can be done with every table, for the cell of the cursor."""
        return record_menu.fill(menu, self, self.currentIndex())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of a table without one of its own; by its key for the cell that left and right move to."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        record_menu.of_view(self, index).popup(event.globalPos())

    def bring_in_order(self) -> None:
        """Sort and filter anew what has moved, unless the mouse is about to press something in a row."""
        if self.isVisible() and not self.underMouse():
            self.rows.resort()

    def _activate(self, index: QModelIndex) -> None:
        record = self.rows.record(index)
        if self.symbol_by_click:
            record_menu.select_symbol(self, record)
        self.activated_record.emit(record)

    def _current(self, index: QModelIndex, _: QModelIndex) -> None:
        record = self.rows.record(index) if index.isValid() and not self._keeper.busy else None
        if record is not None:
            self.chosen.emit(record)

    def dataChanged(self, first: Index, last: Index, roles: Any = ()) -> None:
        """Repaint what shows something else now: of many changed rows mostly one column does."""
        if first == last and not self.frozen.count:
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

    def _sees(self, row: int) -> bool:
        if not self.isVisible():
            return False
        first, last = self.in_sight()
        return first <= self.rows.place(row) <= last

    def in_sight(self) -> tuple[int, int]:
        """The first and the last row that is shown."""
        bottom = self.rowAt(self.viewport().height() - 1)
        return max(0, self.rowAt(0)), bottom if bottom >= 0 else self.rows.rowCount() - 1

    def columns_in_sight(self) -> list[tuple[int, int, int]]:
        """Of each column that is not hidden its number, its left edge in the viewport and its width.

        Those that stand still come last: they lie over the others.
        """
        header, frozen = self.horizontalHeader(), self.frozen.columns()
        still = {n for n, _, _ in frozen}
        moving = [
            (n, header.sectionViewportPosition(n), header.sectionSize(n))
            for n in range(header.count())
            if n not in still and not header.isSectionHidden(n)
        ]
        return [*moving, *frozen]

    def indexAt(self, at: QPoint) -> QModelIndex:
        for n, left, width in self.frozen.columns():
            if left <= at.x() < left + width:
                row = self.rowAt(at.y())
                return self.rows.index(row, n) if row >= 0 else QModelIndex()
        return super().indexAt(at)

    def scrollTo(self, index: Index, hint: QTableView.ScrollHint = QTableView.ScrollHint.EnsureVisible) -> None:
        super().scrollTo(index, hint)
        edge, left = self.frozen.edge(), self.columnViewportPosition(index.column())
        if edge and left < edge and index.column() not in {n for n, _, _ in self.frozen.columns()}:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (edge - left))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if dx and self.frozen.count:
            # what stands still was moved along
            self.viewport().update()

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
        self.frozen.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self.rows.rowCount():
            painter.setFont(self.font())
            self.cells.paint_region(painter, event.region())
        said = "" if self.rows.rowCount() else self.empty_text
        if not said:
            painter.end()
            return
        painter.setPen(self.palette().placeholderText().color())
        area = self.viewport().rect().adjusted(12, 8, -12, -8)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, said)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.cells.take_colours()
            self.viewport().update()
