"""What the window does when a setting has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import texts
from .charts.curves import CurvePlot
from .language import tr
from .panels.record_view import RecordView

if TYPE_CHECKING:
    from .main_window import MainWindow

# settings that a person sees only after a new start, and what is said of them
AT_RESTART = {
    "appearance.zoom": "The new size is shown after a restart.",
    "appearance.language": "The new language is spoken after a restart.",
    "start.market": "The market you chose is shown after a restart.",
}


def follow(window: MainWindow, path: str) -> None:
    """Have ``window`` show what the setting at ``path`` is now, or offer the restart that shows it."""
    desk = window.desk
    look = desk.engine.settings.appearance
    if path.startswith("appearance."):
        desk.follow_system()
        desk.bridge.set_rate(look.frames_per_second)
    if path == "appearance.time_zone":
        _show_zone(window, look.time_zone)
    if path == "appearance.streamer":
        desk.streamer_changed.emit(desk.streamer)
    if path in ("appearance.streamer", "appearance.quiet"):
        window.refresh()
    if path == "appearance.tray":
        window.tray.follow_setting()
    if path in AT_RESTART:
        desk.restart_wanted.emit(tr(AT_RESTART[path]))


def _show_zone(window: MainWindow, name: str) -> None:
    """Write all times in the zone ``name``."""
    texts.choose_zone(name)
    # panel by panel: those behind others are no children of the window
    for panel in window.docks.panels.values():
        for table in panel.findChildren(RecordView):
            table.viewport().update()
        for plot in panel.findChildren(CurvePlot):
            if not plot.zone_fixed:
                plot.set_zone(name)
