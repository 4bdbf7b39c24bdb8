"""A form for one section of the settings, made from its declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, row

from . import fields
from .fields import Field

# settings that streamer mode hides, by their dotted names
PRIVATE = ("backtest.cash",)


class SettingsForm(QWidget):
    """One row for each setting of ``section``; `changes` says which differ.

    ``listen`` plays the sound that is chosen in a row; without it the rows choose no sounds.
    """

    def __init__(self, name: str, section: BaseModel, listen: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._name, self._section = name, section
        self.fields: dict[str, Field] = {}
        layout = QFormLayout(self)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        layout.setVerticalSpacing(6)
        for key, info in type(section).model_fields.items():
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("hidden"):
                continue
            field = field_for(info)
            field.set(getattr(section, key))
            title = tr(info.title or key.replace("_", " ").capitalize())
            field.widget.setAccessibleName(title)
            field.widget.setToolTip(
                tr("{about}\nSetting: {path}").format(about=tr(info.description or title), path=f"{name}.{key}")
            )
            label = QLabel(title)
            label.setToolTip(field.widget.toolTip())
            label.setBuddy(field.widget)
            layout.addRow(label, field.widget if listen is None else _heard(field, title, listen))
            self.fields[key] = field

    def set_streamer(self, on: bool) -> None:
        """Hide amounts of money from who watches the screen, or show them again."""
        for key, field in self.fields.items():
            if f"{self._name}.{key}" in PRIVATE:
                field.veil(on)

    def changes(self) -> dict[str, Any]:
        """The changed values by dotted path."""
        return {
            f"{self._name}.{key}": field.value()
            for key, field in self.fields.items()
            if field.value() != getattr(self._section, key)
        }


def _heard(field: Field, title: str, listen: Callable[[str], None]) -> QWidget:
    """``field`` with a button that plays what is chosen in it."""
    play = button("Listen", "Play the chosen sound", lambda: listen(field.value()))
    play.setAccessibleName(f"{tr('Listen')}: {title}")
    whole = QWidget()
    whole.setLayout(row(field.widget, play, None))
    return whole


def field_for(info: FieldInfo) -> Field:
    """The field that fits the type and range of a setting."""
    kind = info.annotation
    low, high = _range(info)
    if get_origin(kind) is Literal:
        return fields.choice(get_args(kind))
    if kind is bool:
        return fields.flag()
    if kind is int:
        return fields.whole(low, high)
    if kind is float:
        return fields.decimal(low, high, _step(info.default))
    if kind is not None and set(get_args(kind)) == {int, type(None)}:
        return fields.optional_whole(low or 0, tr("unlimited"))
    if get_origin(kind) is tuple:
        return fields.names(tr("comma between names"))
    return fields.text()


def _range(info: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for rule in info.metadata:
        low = getattr(rule, "ge", low)
        high = getattr(rule, "le", high)
        above = getattr(rule, "gt", None)
        if above is not None:
            low = above + 1e-6
    return low, high


def _step(default: Any) -> float:
    """A tenth of the default's size, in powers of ten."""
    size = abs(float(default)) if isinstance(default, (int, float)) and default else 1.0
    return float(10.0 ** (len(str(int(size))) - 2)) if size >= 1 else float(f"1e{int(f'{size:e}'[-3:]) - 1}")
