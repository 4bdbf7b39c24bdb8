"""What the rows of every table have in common, whether few that move or very many that do not: limits and groups."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from tradebot_gui.language import tr

from .table import Index, RecordTable

# what a limit asks of a value, by its kind
KINDS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: bool(value == wanted),
    "least": lambda value, wanted: bool(value is not None and value >= wanted),
    "most": lambda value, wanted: bool(value is not None and value <= wanted),
}
# after the title of a column that a limit hides rows by
MARK = " •"


@dataclass(frozen=True, slots=True)
class Limit:
    """A row is kept while its value in ``column`` is ``value``, or at 'least' or at 'most' it; see `KINDS`.

    ``words`` say so to a person.
    """

    column: int
    kind: str
    value: Any
    words: str = ""

    def holds(self, value: Any) -> bool:
        return KINDS[self.kind](value, self.value)


class Arranging(QAbstractTableModel):
    """Rows of ``table`` in an order, those within the limits, equal ones of the grouped column together."""

    def __init__(self, table: RecordTable[Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self.limits: tuple[Limit, ...] = ()
        # the column by which rows stand together, -1 for none
        self.group = -1
        # where a group begins, but for the first
        self.starts: frozenset[int] = frozenset()

    # -- what a person asks -------------------------------------------------------------------------------------------

    def limit(self, limit: Limit) -> None:
        """Keep only rows within ``limit`` too; it takes the place of one of its kind on that column."""
        others = (one for one in self.limits if (one.column, one.kind) != (limit.column, limit.kind))
        self._set_limits((*others, limit))

    def clear_limits(self) -> None:
        """Show what the limits hid."""
        self._set_limits(())

    def group_by(self, column: int) -> None:
        """Have rows that are equal in ``column`` stand together, whatever they are sorted by; -1 ends that."""
        self.group = column
        self.rearrange()

    def _set_limits(self, limits: tuple[Limit, ...]) -> None:
        self.limits = limits
        self.rearrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, self.columnCount() - 1))

    # -- what each kind of rows does ----------------------------------------------------------------------------------

    @abstractmethod
    def rearrange(self) -> None:
        """Keep and order the rows as they are asked for now."""

    @abstractmethod
    def record_at(self, place: int) -> Any:
        """The record of the row at ``place``; None for one that is just being taken away."""

    @abstractmethod
    def mark(self, place: int) -> Hashable:
        """What the row at ``place`` can be found by later."""

    @abstractmethod
    def find(self, mark: Hashable) -> int:
        """Where the row of ``mark`` stands now, -1 when it is not shown."""

    @abstractmethod
    def total(self, column: int) -> float:
        """The sum of what is known in ``column`` of the shown rows."""

    # -- for both -----------------------------------------------------------------------------------------------------

    def record(self, index: Index) -> Any:
        """`record_at` of the row of ``index``."""
        return self.record_at(index.row())

    def shown(self) -> Sequence[Any]:
        """The records as they stand."""
        return [self.record_at(place) for place in range(self.rowCount())]

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._table.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        said = self._table.headerData(section, orientation, role)
        limits = [limit for limit in self.limits if limit.column == section]
        if not limits or orientation is not Qt.Orientation.Horizontal:
            return said
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{said}{MARK}"
        if role == Qt.ItemDataRole.ToolTipRole:
            kept = tr("Only rows: {limits}").format(limits=", ".join(limit.words for limit in limits))
            return f"{said}\n{kept}" if said else kept
        return said
