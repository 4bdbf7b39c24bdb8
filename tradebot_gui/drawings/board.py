"""The drawings of one symbol, with their undo and redo."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from .model import Drawing

MOST_STEPS = 200


class Board(QObject):
    """Drawings in the order in which they are painted; shared by all charts that show the symbol."""

    changed = Signal()

    def __init__(
        self,
        items: Iterable[Drawing] = (),
        hidden: bool = False,
        locked: bool = False,
        parent: QObject | None = None,
        name: str = "",
    ) -> None:
        super().__init__(parent)
        self.name = name  # of the market that it belongs to
        self.items = tuple(items)
        self.hidden, self.locked = hidden, locked
        self.version = 0
        self.selected = ""
        self._undo: list[tuple[Drawing, ...]] = []
        self._redo: list[tuple[Drawing, ...]] = []
        self._before: tuple[Drawing, ...] | None = None  # as it was when a drag began

    def find(self, name: str) -> Drawing | None:
        return next((d for d in self.items if d.id == name), None)

    @property
    def chosen(self) -> Drawing | None:
        return self.find(self.selected) if self.selected else None

    def movable(self, drawing: Drawing) -> bool:
        return not (self.locked or drawing.locked)

    def select(self, name: str) -> None:
        if name != self.selected:
            self.selected = name
            self._tell()

    def add(self, drawing: Drawing) -> None:
        """Put ``drawing`` on top and select it."""
        self.selected = drawing.id
        self._put((*self.items, drawing))

    def change(self, drawing: Drawing) -> None:
        """Replace the drawing of the same id."""
        self._put(tuple(drawing if d.id == drawing.id else d for d in self.items))

    def amend(self, drawing: Drawing) -> None:
        """Replace the drawing of the same id as part of the step before."""
        self.items = tuple(drawing if d.id == drawing.id else d for d in self.items)
        self._tell()

    def withdraw(self, name: str) -> None:
        """Take away what was just added as if it had never been there; anything else is removed."""
        without = tuple(d for d in self.items if d.id != name)
        if not self._undo or self._undo[-1] != without:
            self.remove(name)
            return
        self.items = self._undo.pop()
        self.selected = "" if self.selected == name else self.selected
        self._tell()

    def remove(self, name: str) -> None:
        """Take away the drawing called ``name``, unless it is locked."""
        found = self.find(name)
        if found is not None and self.movable(found):
            self.selected = "" if self.selected == name else self.selected
            self._put(tuple(d for d in self.items if d.id != name))

    def clear(self) -> None:
        """Take away all that are not locked."""
        self.selected = ""
        self._put(tuple(d for d in self.items if not self.movable(d)))

    def begin(self) -> None:
        """What is added and moved from now on counts as one step, until `finish`."""
        self._before = self.items

    def move(self, drawing: Drawing) -> None:
        """Show ``drawing`` at its new place while it is dragged."""
        self.items = tuple(drawing if d.id == drawing.id else d for d in self.items)
        self._tell()

    def finish(self) -> None:
        before, self._before = self._before, None
        if before is not None and before != self.items:
            self._remember(before)
            self._tell()

    def cancel(self) -> None:
        """Put back what was being dragged."""
        if self._before is not None:
            self.items, self._before = self._before, None
            if self.find(self.selected) is None:
                self.selected = ""
            self._tell()

    @property
    def dragging(self) -> bool:
        return self._before is not None

    def set_hidden(self, hidden: bool) -> None:
        self.hidden = hidden
        self._tell()

    def set_locked(self, locked: bool) -> None:
        self.locked = locked
        self._tell()

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> None:
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        self._step(self._redo, self._undo)

    def _step(self, source: list[tuple[Drawing, ...]], other: list[tuple[Drawing, ...]]) -> None:
        if source and self._before is None:
            other.append(self.items)
            self.items = source.pop()
            if self.find(self.selected) is None:
                self.selected = ""
            self._tell()

    def _put(self, items: tuple[Drawing, ...]) -> None:
        if items != self.items:
            if self._before is None:
                self._remember(self.items)
            self.items = items
        self._tell()

    def _remember(self, before: tuple[Drawing, ...]) -> None:
        self._undo.append(before)
        del self._undo[:-MOST_STEPS]
        self._redo.clear()

    def _tell(self) -> None:
        self.version += 1
        self.changed.emit()
