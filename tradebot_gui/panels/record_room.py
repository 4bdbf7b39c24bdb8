"""The room of a table's columns: which are shown, and which takes what the others leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHeaderView

from tradebot_gui.language import tr
from tradebot_gui.view_models.table import Column

if TYPE_CHECKING:
    from .record_view import RecordView

# room beside the title of a column, for its padding, pixels
BESIDE = 10


class ColumnRoom:
    """Hides the spare columns of ``view``, the sparest and then the last first, while there is no room for them.

    A person who asks for such a column keeps it: ``pinned``.
    """

    def __init__(self, view: RecordView) -> None:
        self._view = view
        self._header = view.horizontalHeader()
        self._fitting = False
        # with the widths that they had
        self.squeezed: dict[int, int] = {}
        self.pinned: set[int] = set()
        # have nothing to show in the present rows
        self.lacking: set[int] = set()

    @property
    def _columns(self) -> Sequence[Column[Any]]:
        return self._view.table.columns

    def natural(self, n: int) -> int:
        """What the column ``n`` needs; titles of other languages are longer than those its width was measured with."""
        column = self._columns[n]
        return max(column.width, self._header.fontMetrics().horizontalAdvance(tr(column.title)) + BESIDE)

    def prepare(self) -> None:
        """Give each column its first width."""
        for n, column in enumerate(self._columns):
            self._header.resizeSection(n, self.natural(n))
            if column.elastic:
                self._header.setStretchLastSection(False)
                self._header.setSectionResizeMode(n, QHeaderView.ResizeMode.Stretch)

    def fit(self) -> None:
        """Hide and show spare columns by the room there is now."""
        count = self._header.count()
        if self._fitting or count != len(self._columns) or not any(c.spare for c in self._columns):
            return
        self._fitting = True
        wanted = self._without_room([n for n in range(count) if n in self.squeezed or not self.hidden(n)])
        widths = {n: self.width(n) for n in wanted}
        for n in self.squeezed.keys() ^ wanted:
            self._header.setSectionHidden(n, n in wanted)
        self.squeezed = widths
        self._fitting = False

    def _without_room(self, wished: Sequence[int]) -> set[int]:
        columns, found = self._columns, set[int]()
        need = sum(map(self.width, wished))
        for n in sorted(wished, key=lambda n: (columns[n].spare, n), reverse=True):
            if need > self._view.viewport().width() and columns[n].spare and n not in self.pinned:
                found.add(n)
                need -= self.width(n)
        return found

    def width(self, n: int) -> int:
        """How wide the column ``n`` was made; what it needs where it takes the room that is left, or is hidden."""
        if n in self.squeezed:
            return self.squeezed[n]
        # the last one in sight is as wide as there is room, which says nothing about what it was made
        free = n == self._stretched() or self._columns[n].elastic or self.hidden(n)
        return self.natural(n) if free else self._header.sectionSize(n)

    def _stretched(self) -> int:
        """The column that takes the rest of the room, -1 for none."""
        header = self._header
        if not header.stretchLastSection():
            return -1
        places = range(header.count() - 1, -1, -1)
        return next((n for n in map(header.logicalIndex, places) if not self.hidden(n)), -1)

    def hidden(self, n: int) -> bool:
        return self._header.isSectionHidden(n)

    def spared(self, n: int) -> bool:
        """Whether the column ``n`` is hidden for want of room or content, and not because a person wants it so."""
        return n in self.squeezed or n in self.lacking

    def lack(self, n: int, nothing: bool) -> None:
        """Hide the column ``n`` while it has nothing to show; a person's own choice stays as it is."""
        if nothing and not self.hidden(n) and n not in self.pinned:
            self.lacking.add(n)
            self._header.setSectionHidden(n, True)
        elif not nothing and n in self.lacking:
            self.lacking.discard(n)
            self._header.setSectionHidden(n, False)

    def choose(self, n: int, shown: bool) -> None:
        """Show or hide the column ``n`` because a person wants it."""
        (self.pinned.add if shown else self.pinned.discard)(n)
        self.squeezed.pop(n, None)
        self.lacking.discard(n)
        self._header.setSectionHidden(n, not shown)
        self.fit()
