"""Another theme for all that is on the screen, part by part: no turn of the loop takes long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from .theme import sheet
from .theme.theme import Theme
from .turns import in_turns

if TYPE_CHECKING:
    from .main_window import MainWindow

# how long parts are styled in one turn, seconds
PORTION = 0.004


class Restyling:
    """Belongs to one window; a theme that comes in the middle of another's takes its place."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._wanted: Theme | None = None

    @property
    def active(self) -> bool:
        """Whether parts still wait for the colours of the theme."""
        return self._wanted is not None

    def begin(self, theme: Theme) -> None:
        """Give everything the colours of ``theme``: what is in sight first."""
        running, self._wanted = self.active, theme
        if not running:
            in_turns(self._window, self._steps())

    def _steps(self) -> Iterator[None]:
        while (theme := self._wanted) is not None:
            with _still():
                for _ in self._styled(theme):
                    yield
                    if self._wanted is not theme:
                        break
                else:
                    self._wanted = None

    def _styled(self, theme: Theme) -> Iterator[None]:
        window = self._window
        text = sheet.text(theme, window.icon_cache)
        yield
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        sheet.replace(app, theme, text)
        yield
        yield from window.commands.recoloured(theme)
        panels = sorted(window.docks.panels.values(), key=lambda panel: not panel.isVisible())
        inside = {part for panel in panels for part in _parts(panel)}
        yield
        yield from _polished(app, [part for part in app.allWidgets() if part not in inside])
        for panel in panels:
            if isValid(panel):
                yield from _polished(app, _parts(panel))
                panel.set_theme(theme)
                yield


@contextmanager
def _still() -> Iterator[None]:
    """Leave what is on the screen as it is, and paint it once afterwards.

    A new palette would have everything painted at once, and again with each part that is styled.
    """
    shown = [window for window in QApplication.topLevelWidgets() if window.isVisible() and window.updatesEnabled()]
    for window in shown:
        window.setUpdatesEnabled(False)
    try:
        yield
    finally:
        for window in shown:
            if isValid(window):
                window.setUpdatesEnabled(True)


def _parts(panel: QWidget) -> list[QWidget]:
    return [panel, *panel.findChildren(QWidget)]


def _polished(app: QApplication, parts: Iterable[QWidget]) -> Iterator[None]:
    """Have the style look at ``parts`` anew, so many of them a turn as there is time for."""
    style, began = app.style(), perf_counter()
    for part in parts:
        if isValid(part):
            style.polish(part)
        if perf_counter() - began > PORTION:
            yield
            # it may be another since
            style, began = app.style(), perf_counter()
