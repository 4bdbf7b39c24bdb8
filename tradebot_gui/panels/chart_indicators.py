"""The indicators of the chart: found in the catalogue by any word, set up in a form, changed and removed again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.errors import TradeBotError
from shared_modules.indicators.catalogue import Indicator, categories, indicator
from shared_modules.indicators.sets import SETS
from tradebot_gui.charts import OverlaySpec
from tradebot_gui.charts.pane_sizes import LEAST, MOST_TOGETHER, usual_share
from tradebot_gui.forms.fields import Field, of_parameter
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import DARK, Theme

from .chart_colours import ColourButton
from .parts import section

# what a list needs beside its longest name: margins and the bar to scroll with, pixels
BESIDE_LIST = 30
GROW = 1.25
HEADING = Qt.ItemDataRole.UserRole + 1
# what a category of the catalogue is called where its own word says too little
GROUPS = {
    "candlestick": "Candlestick patterns",
    "levels": "Levels, swings and divergences",
    "cycle": "Cycles",
    "price": "Prices of a bar",
}


class IndicatorMenu(QToolButton):
    """The indicators shown: add from the catalogue, change, remove."""

    changed = Signal(list)  # of OverlaySpec

    def __init__(self, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self.theme = theme
        self.specs: list[OverlaySpec] = []
        self.setText(tr("Indicators"))
        self.setAutoRaise(True)
        self.setToolTip(tr("Add, change or remove indicators"))
        self.setAccessibleName(tr("Indicators of the chart"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def set_specs(self, specs: list[OverlaySpec]) -> None:
        self.specs = list(specs)
        self.changed.emit(list(specs))

    def add(self, name: str, params: dict[str, Any] | None = None, colours: dict[str, str] | None = None) -> None:
        """Show the indicator called ``name``; without ``params`` with its defaults."""
        self.set_specs([*self.specs, _spec(name, params or {}, colours or {})])

    def show_set(self, name: str) -> None:
        """Show the indicators of the set called ``name`` in place of those there are."""
        self.set_specs([_spec(entry, dict(params), {}) for entry, params in SETS[name].entries])

    def remove(self, row: int) -> None:
        if 0 <= row < len(self.specs):
            self.set_specs(self.specs[:row] + self.specs[row + 1 :])

    def change(self, row: int, params: dict[str, Any], colours: dict[str, str] | None = None) -> None:
        old = self.specs[row]
        new = _spec(old.indicator, params, _colours(old) if colours is None else colours)
        self._replace(row, replace(new, share=old.share, hidden=old.hidden))

    def hide(self, row: int, hidden: bool) -> None:
        """Take the indicator at ``row`` out of sight, or show it again."""
        self._replace(row, replace(self.specs[row], hidden=hidden))

    def keep_shares(self, shares: Mapping[int, float]) -> None:
        """Remember the heights of panes, by row, that a person gave them on the chart."""
        for row, share in shares.items():
            if 0 <= row < len(self.specs):
                self.specs[row] = replace(self.specs[row], share=share)

    def grow(self, row: int, factor: float) -> None:
        """Give the pane of the indicator at ``row`` so many times its height."""
        usual = usual_share(sum(map(_has_pane, self.specs)))
        share = min(max((self.specs[row].share or usual) * factor, LEAST), MOST_TOGETHER)
        self._replace(row, replace(self.specs[row], share=share))

    def beside(self, row: int, way: int) -> int | None:
        """The row of the next indicator in a pane of its own above (-1) or below (1) the one at ``row``."""
        rows = [n for n, spec in enumerate(self.specs) if _has_pane(spec)]
        place = rows.index(row) + way if row in rows else -1
        return rows[place] if 0 <= place < len(rows) else None

    def move(self, row: int, way: int) -> None:
        """Have the pane of the indicator at ``row`` change places with the one above (-1) or below (1) it."""
        other = self.beside(row, way)
        if other is not None:
            specs = list(self.specs)
            specs[row], specs[other] = specs[other], specs[row]
            self.set_specs(specs)

    def _replace(self, row: int, spec: OverlaySpec) -> None:
        self.set_specs([*self.specs[:row], spec, *self.specs[row + 1 :]])

    def ask(self) -> IndicatorPicker:
        """Open the catalogue."""
        picker = IndicatorPicker(self.theme, len(self.specs), self)
        picker.added.connect(lambda name, params, colours: self.add(name, params, colours))
        picker.open()
        return picker

    def edit(self, row: int) -> IndicatorEditor:
        """Open the form of the indicator at ``row``; the chart shows each change of it, and goes back with Cancel."""
        spec = self.specs[row]
        editor = IndicatorEditor(spec, self.theme, row, self)
        editor.form.changed.connect(lambda: self._preview(row, editor.form))
        editor.accepted.connect(lambda: self.change(row, editor.form.values(), editor.form.colours()))
        editor.rejected.connect(lambda: self._put_back(row, spec))
        editor.removed.connect(partial(self.remove, row))
        editor.open()
        return editor

    def _preview(self, row: int, form: IndicatorForm) -> None:
        with suppress(TradeBotError):  # half a change may be none yet; what is kept is checked at the end
            self.change(row, form.values(), form.colours())

    def _put_back(self, row: int, spec: OverlaySpec) -> None:
        spec = replace(spec, share=self.specs[row].share)
        if spec != self.specs[row]:
            self._replace(row, spec)

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        menu.addAction(tr("Add an indicator…"), self.ask)
        sets = menu.addMenu(tr("Show a set"))
        for found in SETS.values():
            sets.addAction(tr(found.title), partial(self.show_set, found.name))
        sets.addAction(tr("None"), partial(self.set_specs, []))
        section(menu, "Shown")
        for row, spec in enumerate(self.specs):
            numbers = " ".join(f"{v:g}" for v in spec.params.values() if isinstance(v, (int, float)))
            title = f"{tr(indicator(spec.indicator).title)} {numbers}".strip()
            sub = menu.addMenu(tr("{name} (hidden)").format(name=title) if spec.hidden else title)
            sub.addAction(tr("Change…"), partial(self.edit, row))
            sub.addAction(tr("Show" if spec.hidden else "Hide"), partial(self.hide, row, not spec.hidden))
            if _has_pane(spec):
                for title, act, possible in (
                    ("Move up", partial(self.move, row, -1), self.beside(row, -1) is not None),
                    ("Move down", partial(self.move, row, 1), self.beside(row, 1) is not None),
                    ("Higher", partial(self.grow, row, GROW), True),
                    ("Lower", partial(self.grow, row, 1 / GROW), True),
                ):
                    sub.addAction(tr(title), act).setEnabled(possible)
            sub.addAction(tr("Remove"), partial(self.remove, row))


class IndicatorForm(QWidget):
    """The parameters and colours of one indicator, which stands at ``row`` among those of its chart."""

    changed = Signal()

    def __init__(self, found: Indicator, spec: OverlaySpec | None, theme: Theme, row: int) -> None:
        super().__init__()
        self.found = found
        values = dict(spec.params) if spec else {}
        chosen = _colours(spec) if spec else {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        self.fields: dict[str, Field] = {}
        for parameter in found.parameters:
            field = of_parameter(parameter)
            field.set(values.get(parameter.name, parameter.default))
            form.addRow(tr(parameter.title), field.widget)
            field.changed.connect(self.changed)
            self.fields[parameter.name] = field
        self.buttons: dict[str, ColourButton] = {}
        for n, output in enumerate(found.outputs):
            if output == "histogram":  # drawn in the colours of gain and loss
                continue
            automatic = theme.overlays[(row + n) % len(theme.overlays)]
            button = ColourButton(theme, chosen.get(output, ""), automatic)
            title = output.replace("_", " ")
            words = tr("Colour of {title}").format(title=title)
            button.setAccessibleName(words)
            form.addRow(tr("Colour") if len(found.outputs) == 1 else words, button)
            button.changed.connect(lambda _: self.changed.emit())
            self.buttons[output] = button

    def values(self) -> dict[str, Any]:
        return {name: field.value() for name, field in self.fields.items()}

    def colours(self) -> dict[str, str]:
        """The colours chosen, by output."""
        return {output: button.colour for output, button in self.buttons.items() if button.colour}


class IndicatorPicker(QDialog):
    """The catalogue with a search box; several may be added one after another."""

    added = Signal(str, dict, dict)  # name, parameters, colours

    def __init__(self, theme: Theme, row: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Add an indicator"))
        self.resize(620, 420)
        self._theme, self._row = theme, row
        self.form: IndicatorForm | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search: moving, bands, rsi, volume …"))
        self.search.setAccessibleName(tr("Search the indicators"))
        self.search.setClearButtonEnabled(True)
        self.groups = QComboBox()
        self.groups.setAccessibleName(tr("Kind of indicator"))
        self.groups.setToolTip(tr("Show one kind of indicator only"))
        self.groups.addItem(tr("All kinds"), "")
        for category, found in categories().items():
            self.groups.addItem(f"{tr(GROUPS.get(category, category.capitalize()))} ({len(found)})", category)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Indicators found"))
        self._about = QLabel()
        self._about.setWordWrap(True)
        self._about.setProperty("role", "muted")
        self._place = QVBoxLayout()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._add = self._buttons.addButton(tr("Add"), QDialogButtonBox.ButtonRole.ActionRole)
        self._add.setProperty("primary", True)
        self._build()
        # only now: a button outside a dialog is nobody's default, and Enter would press the first one, Close
        self._add.setDefault(True)
        for category, found in categories().items():
            self._add_heading(category)
            for one in sorted(found, key=lambda i: tr(i.title).lower()):
                item = QListWidgetItem(tr(one.title))
                item.setData(Qt.ItemDataRole.UserRole, one.name)
                item.setToolTip(phrase(one.summary))
                self.list.addItem(item)
        self.search.textChanged.connect(self._filter)
        self.groups.currentIndexChanged.connect(lambda _: self._filter(self.search.text()))
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        # Enter comes to the default button from everywhere in the dialog; taking it here too would add it twice
        self.list.itemDoubleClicked.connect(lambda _: self._take())
        self._add.clicked.connect(self._take)
        self._buttons.rejected.connect(self.reject)
        # every name in full: the longest decides
        self.list.setMinimumWidth(self.list.sizeHintForColumn(0) + BESIDE_LIST)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setCurrentRow(1)

    def _add_heading(self, category: str) -> None:
        item = QListWidgetItem(tr(GROUPS.get(category, category.capitalize())))
        item.setFlags(Qt.ItemFlag.NoItemFlags)  # neither chosen nor passed over with the keys
        item.setData(HEADING, category)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        self.list.addItem(item)

    def _build(self) -> None:
        left, right, both, whole = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        left.addWidget(self.search)
        left.addWidget(self.groups)
        left.addWidget(self.list, 1)
        right.addWidget(self._about)
        right.addLayout(self._place)
        right.addStretch(1)
        both.addLayout(left, 3)
        both.addSpacing(8)
        both.addLayout(right, 4)
        whole.addLayout(both, 1)
        whole.addWidget(self._buttons)
        self.search.setFocus()

    def _filter(self, text: str) -> None:
        parts, group = text.lower().split(), self.groups.currentData()
        first, heading = None, None
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(HEADING):
                heading = item
                item.setHidden(True)
                continue
            found = indicator(item.data(Qt.ItemDataRole.UserRole))
            words = (
                f"{found.name} {found.name.replace('_', ' ')} {found.title} {tr(found.title)} {found.category}"
                f" {found.summary}".lower()
            )
            hidden = not all(part in words for part in parts) or bool(group and found.category != group)
            item.setHidden(hidden)
            if hidden:
                continue
            if heading is not None:
                heading.setHidden(False)
            # a name typed in full comes before a word in somebody's description
            if first is None or found.name == text.strip().lower():
                first = item
        self.list.setCurrentItem(first)
        self._add.setEnabled(first is not None)

    def _show(self, item: QListWidgetItem | None) -> None:
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
        self._about.setText(tr("No indicator has that in its name. Try a shorter word."))
        if item is None:
            return
        found = indicator(item.data(Qt.ItemDataRole.UserRole))
        where = tr("over the candles") if found.pane == "price" else tr("in a pane of its own")
        if found.kind == "pattern":
            where = tr("as marks at the candles: under bullish ones, over bearish ones")
        summary = phrase(found.summary).replace("`", "")
        self._about.setText(f"<b>{tr(found.title)}</b>, {where}.<br>{summary}")
        self.form = IndicatorForm(found, None, self._theme, self._row)
        self._place.addWidget(self.form)

    def _take(self) -> None:
        if self.form is not None:
            self._row += 1
            self.added.emit(self.form.found.name, self.form.values(), self.form.colours())


class IndicatorEditor(QDialog):
    """The form of an indicator that is shown, with a way to remove it."""

    removed = Signal()

    def __init__(self, spec: OverlaySpec, theme: Theme, row: int, parent: QWidget) -> None:
        super().__init__(parent)
        found = indicator(spec.indicator)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr(found.title))
        self.form = IndicatorForm(found, spec, theme, row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.remove_button = QPushButton(tr("Remove"))
        buttons.addButton(self.remove_button, QDialogButtonBox.ButtonRole.DestructiveRole)
        self.remove_button.clicked.connect(self._remove)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.form)
        column.addWidget(buttons)

    def _remove(self) -> None:
        self.reject()
        self.removed.emit()


def _spec(name: str, params: dict[str, Any], colours: dict[str, str]) -> OverlaySpec:
    found = indicator(name)
    known = {output: colour for output, colour in colours.items() if output in found.outputs and colour}
    return OverlaySpec(name, found.checked(params), known.get(found.outputs[0], ""), known)


def _has_pane(spec: OverlaySpec) -> bool:
    """Whether ``spec`` is drawn in a pane of its own."""
    found = indicator(spec.indicator)
    return found.pane != "price" and found.kind != "pattern" and not spec.hidden


def _colours(spec: OverlaySpec) -> dict[str, str]:
    """The colours chosen for ``spec``, by output."""
    first = indicator(spec.indicator).outputs[0]
    return ({first: spec.colour} if spec.colour else {}) | dict(spec.colours)
