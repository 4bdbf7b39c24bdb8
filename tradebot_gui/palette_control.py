"""What the command palette of a window offers: its actions and charts, and every symbol of the exchange."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .language import tr
from .palette import Entry, Palette, Recent, of_actions, of_symbols
from .workspace_store import SLOTS

if TYPE_CHECKING:
    from .main_window import MainWindow


class PaletteControl:
    """Belongs to one window; remembers over restarts what was used last."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._recent = Recent(window.desk.engine.paths.recent_commands)

    def open(self) -> Palette:
        """Show the palette over the middle of the window."""
        window = self._window
        window.commands.refresh()
        palette = Palette(self._entries(), self._recent.ids, window)
        palette.used.connect(self._used)
        corner = window.mapToGlobal(window.rect().topLeft())
        palette.move(corner.x() + (window.width() - palette.width()) // 2, corner.y() + 70)
        palette.show()
        palette.line.setFocus()
        return palette

    def _entries(self) -> list[Entry]:
        window = self._window
        symbols = (i.symbol for i in window.desk.engine.instruments)
        charts = [
            Entry(f"view.panel.{panel.id}", panel.shown_title, lambda p=panel.id: window.show_panel(p))
            for panel in window.charts.charts.values()
        ]
        # those with a number are among the actions
        more = [
            Entry(f"workspace.{name}", f"{tr('Workspace')}: {name}", lambda n=name: window.workspaces.open(n))
            for name in window.workspaces.names[SLOTS:]
        ]
        return [*of_actions(window.commands.all), *charts, *more, *of_symbols(symbols, window.desk.select_symbol)]

    def _used(self, entry: str) -> None:
        self._recent.use(entry)
        self._window.desk.spawn(asyncio.to_thread(self._recent.save))
