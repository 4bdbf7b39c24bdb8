"""A table of very many records that do not change: sorted and filtered as arrays, so that a click stays quick."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QObject, Qt

from .arranging import Arranging
from .table import Column, Index, RecordTable

R = TypeVar("R")
_WITHIN = {"is": np.equal, "least": np.greater_equal, "most": np.less_equal}


@dataclass(frozen=True)
class Prepared(Generic[R]):
    """Records with the values of every column as an array, made in a thread by `prepared`."""

    records: Sequence[R]
    values: tuple[NDArray[Any], ...]


def prepared(records: Sequence[R], columns: Sequence[Column[R]]) -> Prepared[R]:
    """``records`` with what they are sorted by."""
    values = tuple(np.array([column.value(r) for r in records]) for column in columns)
    return Prepared(records, values)


class LongTable(RecordTable[R]):
    """A `RecordTable` whose records come all at once."""

    def __init__(
        self, columns: Sequence[Column[R]], key: Callable[[R], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(columns, key, parent)
        self.values: tuple[NDArray[Any], ...] = ()

    def take(self, found: Prepared[R]) -> None:
        """Show these records instead of all others."""
        self.beginResetModel()
        self._records, self._rows, self.values = found.records, {}, found.values  # type: ignore[assignment]
        self.endResetModel()

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        self.values = ()
        super().set_columns(columns)


class LongRows(Arranging):
    """The rows of a `LongTable` that are kept, in the order asked for."""

    def __init__(self, table: LongTable[Any], parent: QObject | None = None) -> None:
        super().__init__(table, parent)
        self._table: LongTable[Any] = table
        self._records = 0  # so many times came others
        self._keep: NDArray[np.bool_] | None = None
        self._sorted: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        table.modelReset.connect(self._taken)
        table.dataChanged.connect(lambda *_: self._repaint())

    @property
    def order(self) -> NDArray[np.int64]:
        """Rows of the table, from the top."""
        return self._order

    def keep(self, mask: NDArray[np.bool_] | None) -> None:
        """Keep the records where ``mask`` is true; None keeps all."""
        self._keep = mask
        self._arrange()

    def rearrange(self) -> None:
        self._arrange()

    def mark(self, place: int) -> Hashable:
        return self._records, int(self._order[place])

    def find(self, mark: Hashable) -> int:
        of, row = mark if isinstance(mark, tuple) else (-1, -1)
        return self.place(row) if of == self._records else -1

    def total(self, column: int) -> float:
        if not 0 <= column < len(self._table.values) or not len(self._order):
            return 0.0
        return float(np.nansum(self._table.values[column][self._order]))

    def record_at(self, place: int) -> Any:
        return self._table.records[int(self._order[place])]

    def place(self, row: int) -> int:
        """Where row ``row`` of the table stands, -1 when it is not kept."""
        found = np.flatnonzero(self._order == row)
        return int(found[0]) if len(found) else -1

    def resort(self) -> None:
        """Nothing moves by itself here."""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted = (column, order)
        self._arrange()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._order):
            return None
        return self._table.data(self._table.index(int(self._order[index.row()]), index.column()), role)

    def _taken(self) -> None:
        self._keep = None
        self._arrange(others=True)

    def _arrange(self, others: bool = False) -> None:
        self.beginResetModel()
        self._records += others
        count = len(self._table.records)
        rows = np.arange(count) if self._keep is None else np.flatnonzero(self._keep)
        values = self._table.values if count else ()
        for limit in self.limits:
            if limit.column < len(values):
                of = values[limit.column][rows]
                rows = rows[_WITHIN[limit.kind](of, limit.value)]
        column, order = self._sorted
        if 0 <= column < len(self._table.values) and count:
            values = self._table.values[column][rows]
            by = np.argsort(values, kind="stable")
            if order == Qt.SortOrder.DescendingOrder:
                unknown = int(np.isnan(values).sum()) if values.dtype.kind == "f" else 0
                known = by[: len(by) - unknown]
                by = np.r_[known[::-1], by[len(by) - unknown :]]
            rows = rows[by]
        self._order, self.starts = rows.astype(np.int64), frozenset()
        if 0 <= self.group < len(self._table.values) and count:
            self._stand_together(self._table.values[self.group])
        self.endResetModel()

    def _stand_together(self, values: NDArray[Any]) -> None:
        self._order = self._order[np.argsort(values[self._order], kind="stable")]
        of = values[self._order]
        self.starts = frozenset((np.flatnonzero(of[1:] != of[:-1]) + 1).tolist())

    def _repaint(self) -> None:
        if len(self._order):
            last = self.index(len(self._order) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
