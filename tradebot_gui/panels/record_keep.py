"""What a person has chosen in a table, and where it is scrolled to, while all its rows are exchanged."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from .record_view import RecordView


def save_tables(owner: QWidget) -> dict[str, Any]:
    """The columns of every table in ``owner``, by its name."""
    from .record_view import RecordView

    return {view.name: view.save_columns() for view in owner.findChildren(RecordView)}


def restore_tables(owner: QWidget, state: Any) -> None:
    """Take over what `save_tables` gave, for the tables that ``owner`` has now."""
    from .record_view import RecordView

    if isinstance(state, dict):
        for view in owner.findChildren(RecordView):
            view.restore_columns(state.get(view.name))


# of more chosen rows only the current one is found again
MOST = 2_000


class Keeper(QObject):
    """Finds the chosen rows of ``view`` again after its model was reset, and the first row in sight."""

    def __init__(self, view: RecordView) -> None:
        super().__init__(view)
        self._view = view
        # while rows are chosen again nothing is chosen anew
        self.busy = False
        self._chosen: list[Hashable] = []
        self._current: tuple[Hashable, int] | None = None
        self._top: Hashable = None
        view.rows.modelAboutToBeReset.connect(self._remember)

    def _remember(self) -> None:
        # the model may be told of several resets before it is shown again
        view, rows = self._view, self._view.rows
        if not rows.rowCount():
            return
        selection, current = view.selectionModel(), view.currentIndex()
        places = sorted({index.row() for index in selection.selectedRows()}) if selection.hasSelection() else []
        self._chosen = [rows.mark(place) for place in places[:MOST]]
        self._current = (rows.mark(current.row()), current.column()) if current.isValid() else None
        first = view.rowAt(0)
        scrolled = view.verticalScrollBar().value() > 0 and 0 <= first < rows.rowCount()
        self._top = rows.mark(first) if scrolled else None

    def bring_back(self) -> None:
        """Choose again what was chosen and is still there."""
        view, rows = self._view, self._view.rows
        if not rows.rowCount():
            return
        self.busy = True
        view.setAutoScroll(False)
        selection, model = QItemSelection(), view.selectionModel()
        last = max(0, rows.columnCount() - 1)
        for place in filter(lambda place: place >= 0, map(rows.find, self._chosen)):
            selection.select(rows.index(place, 0), rows.index(place, last))
        if self._current is not None and (place := rows.find(self._current[0])) >= 0:
            index = rows.index(place, min(self._current[1], last))
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        if not selection.isEmpty():
            model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if self._top is not None and (place := rows.find(self._top)) >= 0:
            view.updateGeometries()  # the bar has the range of the rows that were there before
            view.verticalScrollBar().setValue(place)
        self._chosen, self._current, self._top = [], None, None
        view.setAutoScroll(True)
        self.busy = False
