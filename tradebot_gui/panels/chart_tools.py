"""The chart's tools: symbol, timeframe, indicators with a small form for their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QMenu,
    QSpinBox,
    QToolButton,
    QWidget,
)

from shared_modules.core.parameters import Parameter
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.indicators.catalogue import Indicator, catalogue, indicator
from tradebot_gui.charts import OverlaySpec

FAVOURITES = ("1m", "5m", "15m", "1h", "4h", "1d")


class SymbolBox(QComboBox):
    """All symbols; any part of a name typed finds it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumContentsLength(9)
        self.setAccessibleName("Symbol")
        self.setToolTip("Symbol of the chart; type any part of its name")
        self.lineEdit().setPlaceholderText("Symbol")
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.activated.connect(lambda _: self._choose())
        self.lineEdit().returnPressed.connect(self._choose)

    def set_symbols(self, symbols: Sequence[str]) -> None:
        names = sorted(symbols)
        if [self.itemText(i) for i in range(self.count())] == names:
            return
        shown = self.currentText()
        with QSignalBlocker(self):
            self.clear()
            self.addItems(names)
            self.setCurrentIndex(self.findText(shown))
            self.setEditText(shown)

    def show_chosen(self, symbol: str) -> None:
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findText(symbol))
            self.setEditText(symbol)

    def _choose(self) -> None:
        text = self.currentText().strip()
        row = self.findText(text, Qt.MatchFlag.MatchFixedString)  # any case
        if text:
            self.chosen.emit(self.itemText(row) if row >= 0 else text.upper())


class TimeframeBar(QWidget):
    """The usual timeframes as buttons, the others behind the last one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._name, self._compact = FAVOURITES[0], False
        self._group = QButtonGroup(self)
        self._buttons = {name: self._button(name) for name in FAVOURITES}
        for button in self._buttons.values():
            self._group.addButton(button)
            row.addWidget(button)
        self._more = self._button("More")
        self._more.setAccessibleName("More timeframes")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu())
        self._group.addButton(self._more)
        row.addWidget(self._more)

    def show_chosen(self, name: str) -> None:
        self._name = name
        favourite = name in self._buttons and not self._compact
        self._more.setText("More" if favourite else name)
        (self._buttons[name] if favourite else self._more).setChecked(True)

    def set_compact(self, compact: bool) -> None:
        """Keep only the last button, which then names the timeframe and lists them all."""
        self._compact = compact
        for button in self._buttons.values():
            button.setVisible(not compact)
        for name, action in self._actions.items():
            action.setVisible(compact or name not in FAVOURITES)
        self.show_chosen(self._name)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setAccessibleName(f"Timeframe {name}")
        if name in TIMEFRAMES:
            button.clicked.connect(partial(self._clicked, name))
        return button

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        self._actions = {name: menu.addAction(name, partial(self._clicked, name)) for name in TIMEFRAMES}
        for name in FAVOURITES:
            self._actions[name].setVisible(False)
        return menu

    def _clicked(self, name: str, *_: object) -> None:
        self.chosen.emit(name)


class IndicatorMenu(QToolButton):
    """The indicators shown: add from the catalogue, change, remove."""

    changed = Signal(list)  # of OverlaySpec

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.specs: list[OverlaySpec] = []
        self.setText("Indicators")
        self.setAutoRaise(True)
        self.setToolTip("Add, change or remove indicators")
        self.setAccessibleName("Indicators of the chart")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def set_specs(self, specs: list[OverlaySpec]) -> None:
        self.specs = list(specs)
        self.changed.emit(list(specs))

    def add(self, name: str, params: dict[str, Any] | None = None) -> None:
        """Show the indicator called ``name``; without ``params`` with its defaults."""
        found = indicator(name)
        self.set_specs([*self.specs, OverlaySpec(name, found.checked(params or {}))])

    def remove(self, row: int) -> None:
        self.set_specs(self.specs[:row] + self.specs[row + 1 :])

    def change(self, row: int, params: dict[str, Any]) -> None:
        spec = self.specs[row]
        new = OverlaySpec(spec.indicator, indicator(spec.indicator).checked(params), spec.colour)
        self.set_specs([*self.specs[:row], new, *self.specs[row + 1 :]])

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        menu.addSection("Shown")
        for row, spec in enumerate(self.specs):
            numbers = " ".join(f"{v:g}" for v in spec.params.values() if isinstance(v, (int, float)))
            sub = menu.addMenu(f"{indicator(spec.indicator).title} {numbers}")
            if indicator(spec.indicator).parameters:
                sub.addAction("Change …", partial(self._edit, row))
            sub.addAction("Remove", partial(self.remove, row))
        menu.addSection("Add")
        for found in catalogue().values():
            menu.addAction(found.title, partial(self._ask, found))

    def _ask(self, found: Indicator) -> None:
        if not found.parameters:
            self.add(found.name)
            return
        form = ParameterDialog(found, {}, self)
        form.accepted.connect(lambda: self.add(found.name, form.values()))
        form.open()

    def _edit(self, row: int) -> None:
        spec = self.specs[row]
        form = ParameterDialog(indicator(spec.indicator), dict(spec.params), self)
        form.accepted.connect(lambda: self.change(row, form.values()))
        form.open()


class ParameterDialog(QDialog):
    """The parameters of one indicator; numbers keep to their declared range."""

    def __init__(self, found: Indicator, values: dict[str, Any], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(found.title)
        form = QFormLayout(self)
        self._fields = {p.name: _field(p, values.get(p.name, p.default)) for p in found.parameters}
        for p in found.parameters:
            form.addRow(p.title, self._fields[p.name])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def values(self) -> dict[str, Any]:
        return {
            name: field.currentText() if isinstance(field, QComboBox) else field.value()
            for name, field in self._fields.items()
        }


def _field(parameter: Parameter, value: Any) -> QComboBox | QSpinBox | QDoubleSpinBox:
    if parameter.choices or parameter.type not in (int, float):
        box = QComboBox()
        box.addItems([str(c) for c in parameter.choices or ("yes", "no")])
        box.setCurrentText(str(value))
        made: QComboBox | QSpinBox | QDoubleSpinBox = box
    else:
        spin = QSpinBox() if parameter.type is int else QDoubleSpinBox()
        low, high = parameter.low, parameter.high
        spin.setRange(
            parameter.type(-1e6 if low is None else low),
            parameter.type(1e6 if high is None else high),
        )
        if parameter.step:
            spin.setSingleStep(parameter.type(parameter.step))
        if parameter.unit:
            spin.setSuffix(f" {parameter.unit}")
        spin.setValue(value)
        made = spin
    made.setToolTip(f"{parameter.help} ({parameter.allowed})")
    made.setAccessibleName(parameter.title)
    return made
