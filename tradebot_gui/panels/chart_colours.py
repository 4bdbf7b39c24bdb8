"""Choosing a colour: the theme's own first, any other behind them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QMenu, QToolButton, QWidget

from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme


class ColourButton(QToolButton):
    """Shows a colour; its menu offers others. An empty name stands for ``automatic``."""

    changed = Signal(str)

    def __init__(self, theme: Theme, colour: str = "", automatic: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._automatic = theme, automatic
        self.colour = colour
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIconSize(QSize(28, 14))
        self.setAccessibleName(tr("Colour"))
        menu = QMenu(self)
        if automatic:
            menu.addAction(swatch(automatic), tr("Automatic"), partial(self.set_colour, ""))
        for name in offered(theme):
            menu.addAction(swatch(name), name, partial(self.set_colour, name))
        menu.addAction(tr("Other…"), self._ask)
        self.setMenu(menu)
        self._show()

    def set_colour(self, colour: str) -> None:
        self.colour = colour
        self._show()
        self.changed.emit(colour)

    def _show(self) -> None:
        shown = self.colour or self._automatic
        self.setIcon(swatch(shown))
        self.setToolTip(phrase(f"Colour {shown}" + ("" if self.colour else " (automatic)")))

    def _ask(self) -> None:
        dialog = QColorDialog(QColor(self.colour or self._automatic), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda c: self.set_colour(c.name()))
        dialog.open()


def offered(theme: Theme) -> tuple[str, ...]:
    """The colours a person is offered, without repeats."""
    names = (*theme.overlays, theme.accent, theme.gain, theme.loss, theme.warning, theme.text, theme.muted)
    return tuple(dict.fromkeys(names))


def swatch(colour: str) -> QIcon:
    image = QPixmap(28, 14)
    image.fill(QColor(colour))
    return QIcon(image)
