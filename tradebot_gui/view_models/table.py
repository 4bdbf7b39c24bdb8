"""One table model of records with declared columns; it serves every table of the window."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter

from tradebot_gui import texts
from tradebot_gui.language import phrase, tr
from tradebot_gui.texts import VEIL, without_folders
from tradebot_gui.theme.theme import DARK, Theme
from tradebot_gui.veil import Veiled

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
SORT = Qt.ItemDataRole.UserRole
RECORD = Qt.ItemDataRole.UserRole + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column(Generic[R]):
    """``value`` is sorted and copied, ``text`` is shown, ``tone`` names a colour of the theme.

    ``steady``: keeps its colour when the record is out of date and the rest of it grey. ``paint`` draws a cell
    that is no text, with a painter in the colour of its tone, in a rectangle. ``private``: hidden in streamer mode;
    a function where that differs from record to record. ``elastic``: as wide as the others leave room; ``spare``: not
    shown where there is no room for it, those with the highest number first. ``moment``: the value is a time in ms UTC,
    told in both zones under the mouse. ``total``: how the sum of all its values is written below the table.
    ``copied``: what is copied where that is not the value. ``lights``: the tone in which a cell lights up for a moment
    when a record takes the place of another, None where it does not.
    """

    title: str
    value: Callable[[R], Any]
    text: Callable[[R], str] | None = None
    tone: Callable[[R], str | None] | None = None
    numeric: bool = False
    width: int = 80
    tip: str = ""
    hint: Callable[[R], str] | None = None
    steady: bool = False
    paint: Callable[[QPainter, QRect, R], None] | None = None
    private: bool | Callable[[R], bool] = False
    elastic: bool = False
    spare: int = 0
    moment: bool = False
    total: Callable[[float], str] | None = None
    copied: Callable[[R], Any] | None = None
    lights: Callable[[R, R], str | None] | None = None

    def hides(self, record: R) -> bool:
        """Whether streamer mode hides what is shown of ``record``."""
        return self.private(record) if callable(self.private) else self.private

    def shown(self, record: R) -> str:
        return self.text(record) if self.text is not None else str(self.value(record))

    def told(self, record: R) -> str | None:
        """What is told of ``record`` under the mouse."""
        if self.hint is not None:
            return phrase(self.hint(record))
        return texts.both(self.value(record)) if self.moment else None


def by_sign(value: Callable[[R], float | None]) -> Callable[[R], str | None]:
    """A tone: gain above zero, loss below."""

    def tone(record: R) -> str | None:
        number = value(record)
        if number is None or not number or isnan(number):
            return None
        return "gain" if number > 0 else "loss"

    return tone


# changes of more rows than this are told as one range: a signal a cell would take longer than the repaint
FEW = 12


class RecordTable(QAbstractTableModel, Veiled, Generic[R]):
    """Rows of records, each known by its key; a change touches only the rows that differ."""

    def __init__(
        self, columns: Sequence[Column[R]], key: Callable[[R], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._records: list[R] = []
        self._rows: dict[Hashable, int] = {}
        self._theme = DARK
        # records whose figures are out of date are written in grey
        self.dim: Callable[[R], bool] | None = None
        # what a search looks at, in small letters, instead of all that is shown
        self.words: Callable[[R], str] | None = None
        # whether somebody looks at a row; where nobody does, a single change of it is not told
        self.sight: Callable[[int], bool] | None = None
        # told of a cell in sight that lights up: the key, the number of the column and the colour
        self.moved: Callable[[Hashable, int, QColor], None] | None = None
        self._colours: dict[str, QColor] = {}
        self._veiled = False

    @property
    def records(self) -> Sequence[R]:
        return self._records

    def record(self, key: Hashable) -> R | None:
        row = self._rows.get(key)
        return None if row is None else self._records[row]

    def key_of(self, record: R) -> Hashable:
        """What ``record`` is known by."""
        return self._key(record)

    def row(self, key: Hashable) -> int:
        """The row of the record with ``key``, -1 when there is none."""
        return self._rows.get(key, -1)

    @property
    def veiled(self) -> bool:
        """Whether what is private is hidden."""
        return self._veiled

    def put(self, record: R) -> None:
        """Show ``record`` in the row of its key, or in a new one."""
        row = self._rows.get(self._key(record))
        if row is None:
            self._append([record])
        elif self._records[row] != record:
            before, self._records[row] = self._records[row], record
            self._tell(row, before, record)

    def show(self, records: Iterable[R]) -> None:
        """Show these records; rows that stay keep their place, and what is selected stays selected."""
        wanted = list(records)
        keys = {self._key(r) for r in wanted}
        for row in range(len(self._records) - 1, -1, -1):
            if self._key(self._records[row]) not in keys:
                self._take(row)
        self._number()
        self._change([r for r in wanted if self._key(r) in self._rows])
        self._append([r for r in wanted if self._key(r) not in self._rows])

    def renew(self, records: Sequence[R]) -> None:
        """As `show`, for many records of which most differ each time: told as one change, without comparing them."""
        if len(records) != len(self._records):
            self.show(records)
            return
        keys = [self._key(record) for record in records]
        if any(self._rows.get(key) != row for row, key in enumerate(keys)):
            self.show(records)
        elif records:
            self._records = list(records)
            self.dataChanged.emit(self.index(0, 0), self.index(len(records) - 1, len(self.columns) - 1))

    def _change(self, records: list[R]) -> None:
        """Take over newer records of rows that are there; many at once are told as one range."""
        changed = [(self._rows[self._key(r)], r) for r in records]
        changed = [(row, r) for row, r in changed if self._records[row] != r]
        if len(changed) <= FEW:
            for _, record in changed:
                self.put(record)
            return
        for row, record in changed:
            self._records[row] = record
        rows = [row for row, _ in changed]
        self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(self.columns) - 1))

    def extend(self, records: Sequence[R]) -> None:
        """Show these new records below the others."""
        self._append(list(records))

    def replace(self, records: Iterable[R]) -> None:
        """Show these records instead of all others, as one change."""
        self.beginResetModel()
        self._records = list(records)
        self._number()
        self.endResetModel()

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Show other columns; the records go."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._records, self._rows = [], {}
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._colours.clear()
        if self._records:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._records) - 1, len(self.columns) - 1))

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of what is private, or show it again."""
        if on != self._veiled:
            self._veiled = on
            self.set_theme(self._theme)

    def text(self, column: Column[R], record: R) -> str:
        """What is shown of ``record`` in ``column``."""
        if self._veiled and column.hides(record):
            return VEIL
        if column.numeric:
            return column.shown(record)
        text = phrase(column.shown(record))
        return without_folders(text) if self._veiled else text

    def hint(self, column: Column[R], record: R) -> str | None:
        """What is told under the mouse of ``record`` in ``column``."""
        if not self._veiled:
            return column.told(record)
        text = None if column.hides(record) else column.told(record)
        return None if text is None else without_folders(text)

    def _append(self, records: list[R]) -> None:
        if not records:
            return
        first = len(self._records)
        self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
        self._records.extend(records)
        self._rows.update((self._key(r), first + n) for n, r in enumerate(records))
        self.endInsertRows()

    def _take(self, row: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._records[row]
        self.endRemoveRows()

    def _number(self) -> None:
        self._rows = {self._key(r): n for n, r in enumerate(self._records)}

    def _tell(self, row: int, before: R, now: R) -> None:
        if self.sight is not None and not self.sight(row):
            return
        # a view repaints everything for a range, one cell for one cell
        for n, column in enumerate(self.columns):
            toned = column.tone is not None and column.tone(before) != column.tone(now)
            if column.lights is not None and self.moved is not None:
                colour = self._colour(column.lights(before, now))
                if colour is not None:
                    self.moved(self._key(now), n, colour)
                    toned = True
            if toned or column.shown(before) != column.shown(now):
                self.dataChanged.emit(self.index(row, n), self.index(row, n))

    # -- what Qt asks ---------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.tip) if column.tip else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._records):
            return None
        return self.cell(index.row(), index.column(), role)

    def cell(self, row: int, place: int, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What `data` says of the column at ``place`` in ``row``."""
        record, column = self._records[row], self.columns[place]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(column, record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.colour(column, record)
        if role == SORT:
            return column.value(record)
        if role == RECORD:
            return record
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.hint(column, record)
        return None

    def searched(self, record: R) -> str:
        """The text in small letters in which a search looks for its words."""
        if self.words is not None:
            return self.words(record)
        return " ".join(c.shown(record) if c.numeric else phrase(c.shown(record)) for c in self.columns).lower()

    def colour(self, column: Column[R], record: R) -> QColor | None:
        """The colour of a cell; None where it has that of all text."""
        if self.dim is not None and not column.steady and self.dim(record):
            return self._colour("muted")
        return None if column.tone is None else self._colour(column.tone(record))

    def _colour(self, name: str | None) -> QColor | None:
        if name is None:
            return None
        if name not in self._colours:
            self._colours[name] = QColor(getattr(self._theme, name))
        return self._colours[name]
