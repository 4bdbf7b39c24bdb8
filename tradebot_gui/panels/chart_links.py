"""Charts that move together: those of one colour show the same symbol and timeframe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from tradebot_gui.language import phrase, tr

from .chart_colours import swatch

if TYPE_CHECKING:
    from tradebot_gui.theme.theme import Theme

# the first group is the window's: it follows the market watch, and the order book and trades follow it
GROUPS = ("A", "B", "C", "D")
ALONE = ""


class LinkButton(QToolButton):
    """Shows the chart's group as a colour; its menu chooses another, or none."""

    joined = Signal(str)  # a group that a person chose

    def __init__(self, theme: Theme, group: str = GROUPS[0], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.group = group
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIconSize(QSize(14, 14))
        self.setAutoRaise(True)
        self.setAccessibleName(tr("Link group of the chart"))
        self.setMenu(QMenu(self))
        self._fill()

    def set_group(self, group: str) -> None:
        """Belong to ``group``; the empty one stands alone."""
        if group in (ALONE, *GROUPS) and group != self.group:
            self.group = group
            self._fill()

    def join(self, group: str) -> None:
        """Come into ``group`` by a person's choice, and show what it shows."""
        if group != self.group:
            self.set_group(group)
            self.joined.emit(group)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def _colour(self, group: str) -> str:
        colours = (self._theme.accent, *self._theme.overlays[2:])
        return colours[GROUPS.index(group)] if group else self._theme.muted

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        choices = QActionGroup(menu)
        for group in (*GROUPS, ALONE):
            action = menu.addAction(swatch(self._colour(group)), phrase(_title(group)), partial(self.join, group))
            action.setCheckable(True)
            action.setChecked(group == self.group)
            choices.addAction(action)
        self.setIcon(swatch(self._colour(self.group)))
        self.setText(self.group)
        self.setToolTip(phrase(f"{_title(self.group)}. Charts of one group show the same symbol and timeframe."))


def _title(group: str) -> str:
    if not group:
        return "Alone: follows nobody"
    return f"Group {group}: follows the market watch" if group == GROUPS[0] else f"Group {group}"
