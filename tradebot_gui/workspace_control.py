"""What a person does with workspaces: open by number, keep under a name, roll back, carry to another PC."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from shared_modules.core.errors import TradeBotError

from . import workspaces
from .language import tr, tr_numbered
from .panels.parts import ask_text
from .workspace_store import SLOTS, WorkspaceStore
from .workspaces import Layout

if TYPE_CHECKING:
    from .main_window import MainWindow

# how often the layout is kept by itself, ms
AUTOSAVE = 60_000


class WorkspaceControl:
    """Belongs to one window; every change of places can be taken back."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.store = WorkspaceStore(window.desk.engine.paths.workspaces)
        self.current = ""
        self._kept: Layout | None = None
        self._timer = QTimer(window, interval=AUTOSAVE)
        self._timer.timeout.connect(self.autosave)
        self._timer.start()

    # -- by number and by name ------------------------------------------------------------------------------------

    def open_slot(self, number: int) -> None:
        """Open workspace ``number``; when there are only fewer, keep the present one as the next."""
        names = self.store.names
        if number <= len(names):
            self.open(names[number - 1])
        elif len(names) < SLOTS:
            name = tr_numbered(f"Workspace {len(names) + 1}")
            self.save_as(name)
            said = tr("'{name}' is new and as the window is now; Ctrl+{n} comes back to it.")
            self._say(said.format(name=name, n=len(names) + 1))

    def open(self, name: str) -> None:
        """Put everything where workspace ``name`` has it; the present places can be rolled back to."""
        try:
            layout = self.store.load(name)
        except TradeBotError as error:
            self._window.desk.notice.emit("error", str(error))
            return
        self._remember()
        if self._window.apply_layout(layout):
            self.current = name
            self._say(tr("Workspace '{name}'.").format(name=name))
        else:
            self._window.desk.notice.emit(
                "error", f"Workspace '{name}' is of another version of the program and cannot be shown; save it anew."
            )

    def save_as(self, name: str) -> None:
        try:
            self.current = self.store.save(name, self._window.layout_now())
        except (TradeBotError, OSError) as error:
            self._window.desk.notice.emit("error", f"The workspace was not saved: {error}")

    def ask_name(self) -> None:
        """Ask for a name and keep the present places under it."""
        present = self.current or tr("Workspace")
        asked = ask_text(self._window, "Save workspace", "Name of the workspace:", self._named, present)
        asked.setProperty("page", "workspace.md")

    def _named(self, name: str) -> None:
        if name.strip():
            self.save_as(name)
            self._say(tr("Workspace '{name}' is saved.").format(name=self.current))

    def take_in(self, path: Path) -> None:
        """Import the workspace at ``path`` and open it."""
        try:
            name = self.store.take_in(path)
        except (TradeBotError, OSError) as error:
            self._window.desk.notice.emit("error", f"Nothing was imported: {error}")
            return
        self.open(name)

    def export(self, name: str, path: Path) -> None:
        try:
            self.store.export(name, path)
        except (TradeBotError, OSError) as error:
            self._window.desk.notice.emit("error", f"The workspace was not exported: {error}")
        else:
            self._say(tr("Workspace '{name}' is in {path}.").format(name=name, path=path))

    # -- keeping and going back -----------------------------------------------------------------------------------

    def autosave(self) -> None:
        """Keep the layout, off the window's thread, when it is not what was kept last."""
        layout = self._window.layout_now()
        if layout == self._kept:
            return
        self._kept = layout
        self._window.desk.spawn(self._write(layout))

    async def _write(self, layout: Layout) -> None:
        path = self._window.desk.engine.paths.layout
        try:
            await asyncio.to_thread(workspaces.save, layout, path)
            await asyncio.to_thread(self.store.keep, layout)
        except OSError as error:
            self._kept = None
            self._window.desk.notice.emit("warning", f"The layout was not saved: {error.strerror}.")

    def _remember(self) -> None:
        try:
            self.store.keep(self._window.layout_now())
        except (TradeBotError, OSError) as error:
            self._window.desk.notice.emit("warning", f"The present layout could not be remembered: {error}")

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

    def _say(self, sentence: str) -> None:
        self._window.desk.notice.emit("info", sentence)
