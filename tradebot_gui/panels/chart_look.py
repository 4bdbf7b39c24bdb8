"""How the chart looks: the style of the prices, their scale, and what is marked, in one menu."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Self

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from tradebot_gui.charts import ChartView, Scale, Style
from tradebot_gui.language import phrase, tr

from .parts import section

_SCALES = {Scale.LINEAR: "Linear scale", Scale.LOG: "Logarithmic scale", Scale.PERCENT: "Per cent scale"}


@dataclass(frozen=True, slots=True)
class Look:
    """What a person chose for one chart."""

    style: Style = Style.CANDLES
    scale: Scale = Scale.LINEAR
    breaks: bool = True
    countdown: bool = True
    profile: bool = False
    box: float = 0.0  # of Renko; 0 for the average true range

    def apply(self, view: ChartView) -> None:
        """Show ``view`` so; the countdown is the panel's to write."""
        view.set_style(self.style, self.box)
        view.set_scale(self.scale)
        view.set_breaks(self.breaks)
        view.set_profile(self.profile)

    def saved(self) -> dict[str, Any]:
        return {name: value if isinstance(value, bool | float) else str(value) for name, value in asdict(self).items()}

    @classmethod
    def restored(cls, saved: Any) -> Self:
        """The look in ``saved``, with defaults for what is not to be read."""
        look = cls()
        if not isinstance(saved, dict):
            return look
        if saved.get("style") in tuple(Style):
            look = replace(look, style=Style(saved["style"]))
        if saved.get("scale") in tuple(Scale):
            look = replace(look, scale=Scale(saved["scale"]))
        if isinstance(saved.get("box"), float):
            look = replace(look, box=max(0.0, saved["box"]))
        flags = {name: saved[name] for name in _FLAGS if isinstance(saved.get(name), bool)}
        return replace(look, **flags)


class LookMenu(QToolButton):
    """Names the style shown; its menu changes style, scale and marks."""

    changed = Signal(object)  # Look
    fit_wanted = Signal()
    compare_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = Look()
        self.setAutoRaise(True)
        self.setToolTip(tr("Style and scale of the chart"))
        self.setAccessibleName(tr("Style and scale of the chart"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self._styles = self._group(menu, {style: style.title for style in Style}, "style")
        menu.addAction(tr("Renko box…"), self.ask_box)
        section(menu, "Prices")
        self._scales = self._group(menu, _SCALES, "scale")
        menu.addAction(phrase("Fit prices to what is in view\tAlt+R"), self.fit_wanted.emit)
        menu.addAction(tr("Compare with other symbols…"), self.compare_wanted.emit)
        section(menu, "Marks")
        self._flags = {name: self._flag(menu, name, title) for name, title in _FLAGS.items()}
        self.setMenu(menu)
        self.set_look(self.look)

    def set_look(self, look: Look) -> None:
        """Show ``look`` and tell of it."""
        self.look = look
        self.setText(tr(look.style.title))
        self._styles[look.style].setChecked(True)
        self._scales[look.scale].setChecked(True)
        for name, action in self._flags.items():
            action.setChecked(getattr(look, name))
        self.changed.emit(look)

    def change(self, **values: Any) -> None:
        self.set_look(replace(self.look, **values))

    def ask_box(self) -> None:
        """Ask how high a brick of Renko is, and show them."""
        dialog = QInputDialog(self)
        dialog.setWindowTitle(tr("Renko box"))
        dialog.setLabelText(tr("Height of a brick, in price; 0 takes the average true range:"))
        dialog.setInputMode(QInputDialog.InputMode.DoubleInput)
        dialog.setDoubleDecimals(8)
        dialog.setDoubleRange(0.0, 1e9)
        dialog.setDoubleValue(self.look.box)
        dialog.doubleValueSelected.connect(lambda box: self.change(style=Style.RENKO, box=box))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def toggle_scale(self, scale: Scale) -> None:
        """Change to ``scale``, or from it back to the linear one."""
        self.change(scale=Scale.LINEAR if self.look.scale is scale else scale)

    def _group(self, menu: QMenu, titles: dict[Any, str], name: str) -> dict[Any, Any]:
        group = QActionGroup(self)
        actions = {}
        for value, title in titles.items():
            action = menu.addAction(tr(title) + _KEYS.get(value, ""))
            action.setCheckable(True)
            action.triggered.connect(partial(self._picked, name, value))
            group.addAction(action)
            actions[value] = action
        return actions

    def _flag(self, menu: QMenu, name: str, title: str) -> Any:
        action = menu.addAction(tr(title))
        action.setCheckable(True)
        action.triggered.connect(lambda on: self.change(**{name: on}))
        return action

    def _picked(self, name: str, value: Any, *_: object) -> None:
        self.change(**{name: value})


_KEYS = {Scale.LOG: "\tAlt+L", Scale.PERCENT: "\tAlt+P"}
_FLAGS = {"breaks": "Day breaks", "countdown": "Countdown to the close", "profile": "Volume profile of what is in view"}
