"""The list of actions as menus, toolbar and keys of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from .actions import MENUS, Action
from .language import tr
from .theme.sheet import icon
from .theme.theme import Theme
from .toolbar import Toolbar

if TYPE_CHECKING:
    from .main_window import MainWindow


class Commands:
    """Owns one `QAction` for each `Action`."""

    def __init__(self, window: MainWindow, actions: Sequence[Action]) -> None:
        self._window = window
        self.declared = tuple(actions)
        self.by_id: dict[str, QAction] = {action.id: self._made(action) for action in actions}
        self._menus()
        self.toolbar = Toolbar(window, tuple((a, self.by_id[a.id]) for a in self.declared if a.toolbar))

    @property
    def all(self) -> list[QAction]:
        return list(self.by_id.values())

    def refresh(self) -> None:
        """Enable what can be done now."""
        for action in self.declared:
            made = self.by_id[action.id]
            made.setEnabled(action.enabled(self._window))
            if action.checked is not None:
                made.setChecked(action.checked(self._window))

    @property
    def changed_keys(self) -> dict[str, str]:
        """The user's keys by action id, where they differ from the usual ones."""
        return dict(self._changed)

    def usual_keys(self, action: str) -> str:
        return next(a.keys for a in self.declared if a.id == action)

    def set_keys(self, changed: Mapping[str, str]) -> None:
        """Give actions the keys of ``changed``, and all others their usual ones."""
        usual = {a.id: QKeySequence(a.keys) for a in self.declared}
        self._changed = {n: k for n, k in changed.items() if n in usual and QKeySequence(k) != usual[n]}
        for action in self.declared:
            self._give(self.by_id[action.id], self._changed.get(action.id, action.keys), action)

    _changed: Mapping[str, str] = {}

    def _give(self, made: QAction, keys: str, action: Action) -> None:
        # the second keys go with the usual ones, unless a person has given them to another command
        also = action.also if keys == action.keys and action.also not in self._changed.values() else ""
        made.setShortcuts([QKeySequence(k) for k in (keys, also) if k])
        tip = str(made.property("tip"))
        made.setToolTip(f"{tip} ({keys})" if keys else tip)

    def set_theme(self, theme: Theme) -> None:
        for _ in self.recoloured(theme):
            pass

    def recoloured(self, theme: Theme) -> Iterator[None]:
        """Give the icons the colours of ``theme``, one a step: each is drawn in four sizes and told to menu and bar."""
        for action in self.declared:
            if action.icon:
                self.by_id[action.id].setIcon(icon(action.icon, theme, action.tone))
                yield

    def _made(self, action: Action) -> QAction:
        made = QAction(tr(action.title), self._window)
        made.setObjectName(action.id)
        made.setProperty("place", f"{tr(action.menu)}: ")
        made.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        made.setProperty("tip", tr(action.tip))
        made.setProperty("english", action.title)
        self._give(made, action.keys, action)
        # few have one, and a menu with two icons in it looks unfinished
        made.setIconVisibleInMenu(False)
        made.setIconText(tr(action.short or action.title))
        made.setCheckable(action.checked is not None)
        made.triggered.connect(lambda _=False, run=action.run: run(self._window))
        return made

    def _menus(self) -> None:
        for title in MENUS:
            listed = [action for action in self.declared if action.menu == title]
            if listed:
                menu = self._menu(title)
                self._fill(menu, listed)
                self._window.menuBar().addMenu(menu)

    def _menu(self, title: str) -> QMenu:
        menu = QMenu(tr(title), self._window)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.refresh)
        return menu

    def _fill(self, menu: QMenu, listed: Sequence[Action]) -> None:
        within: dict[str, QMenu] = {}
        last = listed[0].group
        for action in listed:
            if action.group != last:
                menu.addSeparator()
                last = action.group
            if action.below and action.below not in within:
                within[action.below] = self._menu(action.below)
                menu.addMenu(within[action.below])
            within.get(action.below, menu).addAction(self.by_id[action.id])
