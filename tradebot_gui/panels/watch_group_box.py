"""Which symbols the market watch lists: all, favourites, or a group of one's own."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QWidget

from shared_modules.core.errors import InvalidInput
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.watch_groups import ALL, FAVOURITES, WatchGroups

from .parts import ask_text


class GroupBox(QComboBox):
    """Chooses the list; ``changed`` when other symbols belong to it now."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.groups = WatchGroups(desk.engine.paths.watch_groups)
        self.setAccessibleName(tr("Group of symbols"))
        self.setToolTip(
            tr("List all symbols, your favourites, or a group of your own; the right button changes groups")
        )
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self._fill(ALL)
        self.currentIndexChanged.connect(lambda _: self.changed.emit())
        if self.groups.trouble:
            desk.engine_ready.connect(self._tell_trouble)

    @property
    def group(self) -> str:
        """The chosen list."""
        return str(self.currentData() or ALL)

    @property
    def members(self) -> frozenset[str] | None:
        """The symbols of the chosen list; None for all."""
        return None if self.group == ALL else self.groups.members(self.group)

    def choose(self, name: str) -> None:
        """Show the list ``name``, or all symbols when there is no such list."""
        self.setCurrentIndex(max(0, self.findData(name)))

    def toggle(self, name: str, symbol: str) -> None:
        """Put ``symbol`` into the list ``name`` or take it out, and keep that."""
        self.groups.toggle(name, symbol)
        self._kept(self.group)

    def menu(self, symbol: str) -> QMenu:
        """What can be done with ``symbol`` and with the groups."""
        menu = QMenu(self)
        for name in self.groups.names if symbol else ():
            action = menu.addAction(tr("{symbol} in {group}").format(symbol=symbol, group=tr(name)))
            action.setCheckable(True)
            action.setChecked(symbol in self.groups.members(name))
            action.triggered.connect(lambda _=False, n=name: self.toggle(n, symbol))
        menu.addSeparator()
        menu.addAction(tr("New group…"), lambda: self._ask(symbol))
        if self.group not in (ALL, FAVOURITES):
            menu.addAction(tr("Delete group {group}").format(group=self.group), self._delete)
        return menu

    def add_group(self, name: str, symbol: str = "") -> None:
        """Begin a group, with ``symbol`` in it, and show it."""
        try:
            made = self.groups.add(name, (symbol,) if symbol else ())
        except InvalidInput as error:
            self._desk.notice.emit("warning", tr("No group was made: {reason}.").format(reason=error))
            return
        self._kept(made)

    def _ask(self, symbol: str) -> None:
        ask_text(self, "New group", "Name of the group:", lambda name: self.add_group(name, symbol))

    def _delete(self) -> None:
        self.groups.remove(self.group)
        self._kept(ALL)

    def _kept(self, shown: str) -> None:
        self._fill(shown)
        self.changed.emit()
        self._desk.spawn(self._save())

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self.groups.save)
        except OSError as error:
            self._desk.notice.emit("warning", f"Your groups of symbols were not saved: {error.strerror}.")

    def _fill(self, shown: str) -> None:
        with QSignalBlocker(self):
            self.clear()
            self.addItem(tr(ALL), ALL)
            for name in self.groups.names:
                star = "★ " if name == FAVOURITES else ""
                self.addItem(f"{star}{tr(name)} ({len(self.groups.members(name))})", name)
            self.choose(shown)

    def _tell_trouble(self) -> None:
        if self.groups.trouble:
            self._desk.notice.emit("warning", self.groups.trouble)
            self.groups.trouble = ""
