"""A form made from declared parameters; it gives back an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from shared_modules.core.errors import InvalidInput
from shared_modules.core.parameters import build, declared
from tradebot_gui.language import tr

from .fields import Field, of_parameter

T = TypeVar("T")


class ParamForm(QWidget, Generic[T]):
    """One row for each parameter declared on ``cls``."""

    changed = Signal()

    def __init__(self, cls: type[T], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cls = cls
        self.parameters = declared(cls)
        self.fields: dict[str, Field] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        layout.setHorizontalSpacing(10)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for parameter in self.parameters:
            field = of_parameter(parameter)
            field.changed.connect(self.changed)
            label = QLabel(tr(parameter.title))
            label.setToolTip(field.widget.toolTip())
            label.setBuddy(field.widget)
            layout.addRow(label, field.widget)
            self.fields[parameter.name] = field

    def values(self) -> dict[str, Any]:
        """The values as they stand, by parameter name."""
        return {name: field.value() for name, field in self.fields.items()}

    def value(self) -> T:
        """An instance of the class, as the person left it; raises `InvalidInput` where values do not go together."""
        return build(self._cls, self.values())

    def set_values(self, values: Mapping[str, Any]) -> list[str]:
        """Show ``values`` and return sentences on those that could not be taken."""
        problems = []
        known = {p.name: p for p in self.parameters}
        for name, value in values.items():
            if name not in known:
                problems.append(f"no parameter '{name}' any more; it was left out")
                continue
            try:
                self.fields[name].set(known[name].parse(value))
            except InvalidInput as error:
                problems.append(f"{error}; it was left as it is")
        return problems

    def reset(self) -> None:
        """Go back to the defaults."""
        for parameter in self.parameters:
            self.fields[parameter.name].set(parameter.default)
