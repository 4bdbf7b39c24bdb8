"""Columns that stay where they are while the others scroll sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHeaderView

if TYPE_CHECKING:
    from .record_view import RecordView

# more of the table than this never stands still: the rest would have no room to scroll in
MOST = 2 / 3


class FrozenColumns(QHeaderView):
    """The titles of the first `count` columns of ``view``, over its own header; it paints their cells itself."""

    def __init__(self, view: RecordView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self._view, self._whole = view, view.horizontalHeader()
        self.count = 0
        self._arranging = False
        self.setModel(view.rows)
        self.setMinimumSectionSize(self._whole.minimumSectionSize())
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("")
        self.setTextElideMode(self._whole.textElideMode())
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.sectionClicked.connect(self._sort)
        self.sectionResized.connect(self._resized)
        for moved in (self._whole.sectionResized, self._whole.sectionMoved, self._whole.sectionCountChanged):
            moved.connect(lambda *_: self.arrange())
        self._whole.sortIndicatorChanged.connect(lambda *_: self.arrange())
        self.hide()

    def freeze(self, count: int) -> None:
        """Have the first ``count`` columns from the left stand still; 0 ends that."""
        self.count = max(0, min(count, self._whole.count() - 1))
        self.arrange()
        self._view.viewport().update()

    def columns(self) -> list[tuple[int, int, int]]:
        """Of each column that stands still its number, its left edge in the viewport and its width."""
        found, left = [], 0
        for place in range(self.count):
            n = self._whole.logicalIndex(place)
            if n >= 0 and not self._whole.isSectionHidden(n):
                found.append((n, left, self._whole.sectionSize(n)))
                left += self._whole.sectionSize(n)
        return found if left <= MOST * self._view.viewport().width() else []

    def edge(self) -> int:
        """Where the columns that scroll begin to be seen, pixels from the left of the viewport."""
        return sum(width for _, _, width in self.columns())

    def arrange(self) -> None:
        """Show the titles of the frozen columns as wide, and in the order, that they have in the table."""
        if self._arranging or (not self.count and self.isHidden()):
            return
        self._arranging = True
        shown = self.columns()
        widths = {n: width for n, _, width in shown}
        for n in range(self.model().columnCount()):
            self.setSectionHidden(n, n not in widths)
            if n in widths:
                self.resizeSection(n, widths[n])
        for place, (n, _, _) in enumerate(shown):
            self.moveSection(self.visualIndex(n), place)
        sorted_by = self._whole.sortIndicatorSection()
        self.setSortIndicatorShown(sorted_by in widths)
        self.setSortIndicator(sorted_by, self._whole.sortIndicatorOrder())
        self.setGeometry(self._whole.x(), self._whole.y(), self.edge(), self._whole.height())
        self.setVisible(bool(shown))
        self.raise_()
        self._arranging = False

    def _resized(self, n: int, _: int, width: int) -> None:
        if not self._arranging:
            self._whole.resizeSection(n, width)

    def _sort(self, n: int) -> None:
        if self._view.isSortingEnabled():
            up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
            again = self._whole.sortIndicatorSection() == n and self._whole.sortIndicatorOrder() == up
            self._view.sort_by(n, down if again else up)

    def _menu(self, at: QPoint) -> None:
        self._view.columns_menu(self.logicalIndexAt(at)).popup(self.mapToGlobal(at))
