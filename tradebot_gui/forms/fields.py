"""Single form fields: one widget a value, with its range, step, unit and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from shared_modules.core.parameters import Parameter
from tradebot_gui.language import NAMES, phrase, tr

# what a spin box of Qt can hold
INT_MOST = 2**31 - 1


class Field(QObject):
    """A widget with a typed value; `changed` is told whenever a person or the program changes it."""

    changed = Signal()

    def __init__(
        self, widget: QWidget, read: Callable[[], Any], write: Callable[[Any], None], signal: Any = None
    ) -> None:
        super().__init__(widget)
        self.widget = widget
        self.value = read
        self.set = write
        if signal is not None:
            signal.connect(lambda *_: self.changed.emit())

    def veil(self, on: bool) -> None:
        """Put dots in place of what is typed, or show it again; the value stays."""
        mode = QLineEdit.EchoMode.Password if on else QLineEdit.EchoMode.Normal
        for line in self.widget.findChildren(QLineEdit):
            line.setEchoMode(mode)


def of_parameter(parameter: Parameter) -> Field:
    """The field for a declared parameter."""
    field = _of_type(parameter)
    field.widget.setAccessibleName(tr(parameter.title))
    field.widget.setToolTip(
        tr("{help}\nAllowed: {allowed}. Default: {default}").format(
            help=tr(parameter.help), allowed=phrase(parameter.allowed), default=_default(parameter)
        )
    )
    field.set(parameter.default)
    return field


def _of_type(parameter: Parameter) -> Field:
    if parameter.choices:
        return choice(parameter.choices)
    if isinstance(parameter.type, type) and issubclass(parameter.type, Enum):
        return choice(tuple(parameter.type))
    if parameter.type is bool:
        return flag()
    if parameter.type is int:
        return _with_zero(parameter, whole(parameter.low, parameter.high, parameter.step, parameter.unit))
    if parameter.type is float:
        return _with_zero(parameter, _share(parameter) if parameter.percent else _plain(parameter))
    return text()


def _plain(parameter: Parameter) -> Field:
    return decimal(parameter.low, parameter.high, parameter.step, parameter.unit)


def _share(parameter: Parameter) -> Field:
    """A spin box in per cent for a share of one."""
    low, high, step = (None if x is None else x * 100 for x in (parameter.low, parameter.high, parameter.step))
    field = decimal(low, high, step, "%")
    return Field(
        field.widget,
        # 2.3 / 100 is not 0.023 in every digit, and a passport would tell them apart
        lambda: round(field.value() / 100, 12),
        lambda value: field.set(float(value) * 100),
        field.changed,
    )


def _with_zero(parameter: Parameter, field: Field) -> Field:
    if parameter.zero and parameter.low == 0:
        field.widget.setSpecialValueText(tr(parameter.zero))  # type: ignore[attr-defined]
    return field


def choice(values: Sequence[Any]) -> Field:
    """A combo box over ``values``."""
    box = QComboBox()
    for value in values:
        box.addItem(_word(value), value)

    def write(value: Any) -> None:
        box.setCurrentIndex(max(0, list(values).index(value) if value in values else 0))

    return Field(box, lambda: values[box.currentIndex()], write, box.currentIndexChanged)


def flag() -> Field:
    box = QCheckBox()
    return Field(box, box.isChecked, lambda value: box.setChecked(bool(value)), box.toggled)


def whole(low: float | None, high: float | None, step: float | None = None, unit: str = "") -> Field:
    """A spin box for whole numbers."""
    box = _Whole()
    box.setRange(-INT_MOST if low is None else math.ceil(low), INT_MOST if high is None else min(INT_MOST, int(high)))
    box.setSingleStep(max(1, int(step or 1)))
    _dress(box, unit)
    return Field(box, box.value, lambda value: box.setValue(int(value)), box.valueChanged)


def optional_whole(low: float, word: str) -> Field:
    """A spin box whose lowest position means None and shows ``word``."""
    box = _Whole()
    nothing = math.ceil(low) - 1
    box.setRange(nothing, INT_MOST)
    box.setSpecialValueText(word)
    _dress(box, "")
    return Field(
        box,
        lambda: None if box.value() == nothing else box.value(),
        lambda value: box.setValue(nothing if value is None else int(value)),
        box.valueChanged,
    )


def decimal(low: float | None, high: float | None, step: float | None = None, unit: str = "") -> Field:
    """A spin box for numbers, with as many digits as its step needs."""
    box = _Decimal()
    step = step or _fitting_step(low, high)
    box.setDecimals(max(2, min(9, -math.floor(math.log10(step)) + 2)))
    box.setRange(-1e12 if low is None else low, 1e12 if high is None else high)
    box.setSingleStep(step)
    _dress(box, unit)
    return Field(box, box.value, lambda value: box.setValue(float(value)), box.valueChanged)


def text(placeholder: str = "") -> Field:
    line = QLineEdit()
    line.setPlaceholderText(placeholder)
    return Field(line, line.text, lambda value: line.setText(str(value)), line.textChanged)


def names(placeholder: str = "") -> Field:
    """A line for names with commas between them; the value is a tuple."""
    line = QLineEdit()
    line.setPlaceholderText(placeholder)

    def read() -> tuple[str, ...]:
        return tuple(part.strip() for part in line.text().split(",") if part.strip())

    return Field(line, read, lambda value: line.setText(", ".join(value)), line.textChanged)


class _Quiet:
    """A spin box that leaves the wheel to the page it lies in, unless it has the keyboard."""

    def wheelEvent(self, event: Any) -> None:
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class _Whole(_Quiet, QSpinBox):
    pass


class _Decimal(_Quiet, QDoubleSpinBox):
    def textFromValue(self, value: float) -> str:
        """The number without idle zeros at its end."""
        shown = super().textFromValue(value)
        point = self.locale().decimalPoint()
        return shown.rstrip("0").rstrip(point) if point in shown else shown


def _dress(box: QSpinBox | QDoubleSpinBox, unit: str) -> None:
    box.setKeyboardTracking(False)
    box.setGroupSeparatorShown(True)
    box.setMinimumWidth(60)
    if unit:
        box.setSuffix(f" {tr(unit)}")


def _fitting_step(low: float | None, high: float | None) -> float:
    if low is None or high is None or high <= low:
        return 0.1
    return float(10 ** math.floor(math.log10((high - low) / 50)))


def _default(parameter: Parameter) -> str:
    bare = not parameter.percent and not parameter.zero
    return _word(parameter.default) if bare else tr(parameter.shown(parameter.default))


def _word(value: Any) -> str:
    shown = value.value if isinstance(value, Enum) else value
    if isinstance(shown, bool):
        return tr("yes" if shown else "no")
    # languages are called by their own names
    return NAMES.get(shown) or tr(str(shown))
