"""What a person does with workspaces: open by number, keep under a name, roll back, carry to another PC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from shared_modules.core.errors import TradeBotError

from . import workspaces
from .language import tr, tr_numbered
from .panels.parts import ask, ask_text
from .workspace_store import SLOTS, WorkspaceStore
from .workspaces import Layout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from .main_window import MainWindow

# how often the layout is kept by itself, ms
AUTOSAVE = 60_000


class WorkspaceControl:
    """Belongs to one window; every change of places can be taken back."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.desk = window.desk
        self.store = WorkspaceStore(window.desk.engine.paths.workspaces)
        # the workspace that was opened or saved last, and all there are in their order
        self.current = ""
        self.names: list[str] = self.store.names
        self._kept: Layout | None = None
        self._timer = QTimer(window, interval=AUTOSAVE)
        self._timer.timeout.connect(self.autosave)
        self._timer.start()

    # -- by number and by name ------------------------------------------------------------------------------------

    def open_slot(self, number: int) -> None:
        """Open workspace ``number``; when there are only fewer, keep the present one as the next."""
        self.name_slots()
        count = len(self.names)
        if (name := self.in_slot(number)) is not None:
            self.open(name)
        elif count < SLOTS:
            name = self._numbered(count + 1)
            if self.save_as(name):
                said = tr("'{name}' is new and as the window is now; Ctrl+{n} comes back to it.")
                self._say(said.format(name=name, n=count + 1))

    def _numbered(self, number: int) -> str:
        """The first free name of the form 'Workspace 3', from ``number`` on."""
        while self.store.known(name := tr_numbered(f"Workspace {number}")):
            number += 1
        return name

    def in_slot(self, number: int) -> str | None:
        """The workspace that the key with ``number`` opens."""
        return self.names[number - 1] if number <= len(self.names) else None

    def name_slots(self) -> None:
        """Call the numbered commands as the workspaces are called that they open."""
        self.names = self.store.names
        for number in range(1, SLOTS + 1):
            action, name = self._window.commands.by_id[f"view.workspace.{number}"], self.in_slot(number)
            action.setText(tr_numbered(f"Workspace {number}") if name is None else name.replace("&", "&&"))
            action.setProperty("place", f"{tr('View')}: " if name is None else f"{tr('Workspace')}: ")

    def open(self, name: str) -> bool:
        """Put everything where workspace ``name`` has it, which can be rolled back; whether that could be done."""
        try:
            layout = self.store.load(name)
        except TradeBotError as error:
            self.desk.notice.emit("error", str(error))
            return False
        self._remember()
        if not self._window.apply_layout(layout):
            self.desk.notice.emit(
                "error", f"Workspace '{name}' is of another version of the program and cannot be shown; save it anew."
            )
            return False
        self._say(tr("Workspace '{name}'.").format(name=name))
        return True

    def save_as(self, name: str) -> bool:
        """Keep the present places under ``name``; whether that worked."""
        try:
            self.current = self.store.save(name, self._window.layout_now())
        except (TradeBotError, OSError) as error:
            self.desk.notice.emit("error", f"The workspace was not saved: {error}")
            return False
        self.name_slots()
        return True

    def ask_name(self) -> None:
        """Ask for a name and keep the present places under it."""
        asked = ask_text(
            self._window, "Save workspace", "Name of the workspace:", lambda name: self.save_or_ask(self._window, name),
            self.current or self._numbered(len(self.names) + 1),
        )  # fmt: skip
        asked.setProperty("page", "workspace.md")

    def save_or_ask(self, parent: QWidget, name: str, saved: Callable[[], object] = lambda: None) -> None:
        """Keep the present places under ``name``, after a question where another workspace has it."""

        def save() -> None:
            if self.save_as(name):
                self._say(tr("Workspace '{name}' is saved.").format(name=self.current))
                saved()

        other = self.store.known(name)
        if other and other != self.current:
            ask(parent, "Save workspace", f"Replace the workspace '{other}' by the present places?", "Replace", save)
        else:
            save()

    def rename(self, name: str, other: str) -> str:
        """As `WorkspaceStore.rename`."""
        other = self.store.rename(name, other)
        self.current = other if self.current == name else self.current
        self.name_slots()
        return other

    def delete(self, name: str) -> None:
        """Forget workspace ``name``; the window stays as it is."""
        self.store.delete(name)
        self.current = "" if self.current == name else self.current
        self.name_slots()

    def take_in(self, path: Path) -> None:
        """Import the workspace at ``path`` and open it."""
        try:
            name = self.store.take_in(path)
        except (TradeBotError, OSError) as error:
            self.desk.notice.emit("error", f"Nothing was imported: {error}")
            return
        self.name_slots()
        self.open(name)

    def export(self, name: str, path: Path) -> None:
        try:
            self.store.export(name, path)
        except (TradeBotError, OSError) as error:
            self.desk.notice.emit("error", f"The workspace was not exported: {error}")
        else:
            self._say(tr("Workspace '{name}' is in {path}.").format(name=name, path=path))

    # -- keeping and going back -----------------------------------------------------------------------------------

    def autosave(self) -> None:
        """Keep the layout, off the window's thread, when it is not what was kept last."""
        layout = self._window.layout_now()
        if layout == self._kept:
            return
        self._kept = layout
        self.desk.spawn(self._write(layout))

    async def _write(self, layout: Layout) -> None:
        path = self.desk.engine.paths.layout
        try:
            await asyncio.to_thread(workspaces.save, layout, path)
            await asyncio.to_thread(self.store.keep, layout)
        except OSError as error:
            self._kept = None
            self.desk.notice.emit("warning", f"The layout was not saved: {error.strerror}.")

    def _remember(self) -> None:
        try:
            self.store.keep(self._window.layout_now())
        except (TradeBotError, OSError) as error:
            self.desk.notice.emit("warning", f"The present layout could not be remembered: {error}")

    def before_change(self) -> None:
        """Called before all panels are put elsewhere at once."""
        self._remember()

    def roll_back(self) -> None:
        """Go back to the layout before the present one."""
        layout = self.store.roll_back(self._window.layout_now())
        if layout is None:
            self._say(tr("There is no other layout to go back to."))
        elif self._window.apply_layout(layout):
            self._say(tr("The layout is as it was before."))
        else:
            self.desk.notice.emit(
                "warning", "The layout before is of another version of the program and cannot be shown."
            )

    def _say(self, sentence: str) -> None:
        self.desk.notice.emit("info", sentence)
