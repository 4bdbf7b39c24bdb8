"""Strategies: the list, the parameters of the chosen one as a form, and presets."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QInputDialog, QLabel, QLineEdit, QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.parameters import build
from shared_modules.core.paths import safe_name, write_whole
from shared_modules.strategies.base import Strategy
from tradebot_gui.desk import Desk
from tradebot_gui.forms.param_form import ParamForm

from .base import Panel
from .parts import button, column, heading, line, muted, row, scrolled

UNSAVED = "No preset"


class StrategiesPanel(Panel):
    """Choose a strategy, set its parameters, keep them under a name."""

    id = "strategies"
    title = "Strategy"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._classes: dict[str, type[Strategy]] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self.form: ParamForm[Strategy] | None = None
        self.choice = QComboBox()
        self.choice.setAccessibleName("Strategy")
        self.choice.setToolTip("The strategy that the backtest runs")
        self.choice.currentIndexChanged.connect(lambda _: self._show_form())
        self.presets = QComboBox()
        self.presets.setAccessibleName("Preset")
        self.presets.setToolTip("Parameters kept under a name")
        self.presets.activated.connect(lambda _: self._load_preset())
        self.about = muted(wrap=True)
        self.error = QLabel()
        self.error.setProperty("tone", "loss")
        self.error.setWordWrap(True)
        self.error.hide()
        self._build()
        self.load()

    def _build(self) -> None:
        save = button("Save…", "Keep these parameters under a name", self.name_preset)
        delete = button("Delete", "Forget the chosen preset", self.delete_preset)
        defaults = button("Defaults", "Put all parameters back to their defaults", self.reset)
        body = QWidget()
        self._place = QVBoxLayout(body)
        self._place.setContentsMargins(0, 0, 8, 0)
        self._place.setSpacing(6)
        self._place.addWidget(self.about)
        self._place.addWidget(heading("Parameters"))
        self._place.addStretch(1)
        layout = column(self, 6, 8)
        layout.addWidget(self.choice)
        layout.addLayout(row(self.presets, save, delete))
        layout.itemAt(1).layout().setStretch(0, 1)  # type: ignore[union-attr]
        layout.addWidget(line())
        layout.addWidget(scrolled(body), 1)
        layout.addWidget(self.error)
        layout.addLayout(row(muted("F5 runs the backtest"), None, defaults))

    # -- strategies -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the list of strategies anew, keeping the chosen one."""
        from shared_modules.strategies.registry import broken_strategies, strategies

        folder = self.desk.engine.paths.strategies
        self._classes = strategies(folder)
        chosen = self.name
        self.choice.blockSignals(True)
        self.choice.clear()
        for name, cls in self._classes.items():
            self.choice.addItem(cls.title, name)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
        self.choice.blockSignals(False)
        self._show_form()
        for broken in broken_strategies(folder):
            self.desk.notice.emit("warning", f"The strategy file {broken} It is left out.")

    @property
    def name(self) -> str:
        """The name of the chosen strategy."""
        return str(self.choice.currentData() or "")

    def values(self) -> dict[str, Any]:
        """The parameters as they stand."""
        return self.form.values() if self.form else {}

    def choose(self, name: str, values: dict[str, Any] | None = None) -> None:
        """Show the strategy called ``name`` with ``values``."""
        at = self.choice.findData(name)
        if at < 0:
            self.desk.notice.emit("warning", f"There is no strategy '{name}' any more.")
            return
        self.choice.setCurrentIndex(at)
        if values and self.form:
            for problem in self.form.set_values(values):
                self.desk.notice.emit("warning", f"{self.choice.currentText()}: {problem}.")

    def reset(self) -> None:
        if self.form:
            self.form.reset()

    def _show_form(self) -> None:
        cls = self._classes.get(self.name)
        if self.form is not None:
            self._values[self.form.property("strategy")] = self.form.values()
            self._place.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
        if cls is None:
            self.about.setText("No strategy can be used. Put one into the strategies folder of the data folder.")
            return
        self.about.setText(" ".join((inspect.getdoc(cls) or cls.title).split("\n\n")[0].split()))
        self.about.setToolTip(inspect.getdoc(cls) or "")
        self.form = ParamForm(cls)
        self.form.setProperty("strategy", self.name)
        self.form.set_values(self._values.get(self.name, {}))
        self.form.changed.connect(self._check)
        self._place.insertWidget(2, self.form)
        self._check()
        self._show_presets()

    def _check(self) -> None:
        problem = ""
        try:
            if self.form:
                build(self._classes[self.name], self.values())
        except (TradeBotError, ValueError) as error:
            problem = str(error)
        self.error.setText(problem)
        self.error.setVisible(bool(problem))

    # -- presets --------------------------------------------------------------------------------------------------

    def name_preset(self) -> None:
        """Ask for a name, then keep the parameters under it."""
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Save preset")
        dialog.setLabelText("Name of the preset:")
        dialog.findChild(QLineEdit).setAccessibleName("Name of the preset")
        dialog.textValueSelected.connect(self.save_preset)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_preset(self, name: str) -> None:
        """Keep the parameters under ``name``."""
        try:
            path = self._folder / f"{safe_name(name.strip())}.json"
            write_whole(path, json.dumps(self.values(), indent=2, default=str).encode())
        except (TradeBotError, ValueError, OSError) as error:
            self.desk.notice.emit("error", f"The preset was not saved: {error}.")
            return
        self._show_presets(name.strip())
        self.desk.notice.emit("info", f"Preset '{name.strip()}' saved.")

    def delete_preset(self) -> None:
        path = self.presets.currentData()
        if path:
            Path(path).unlink(missing_ok=True)
            self._show_presets()

    def _show_presets(self, chosen: str = "") -> None:
        self.presets.clear()
        self.presets.addItem(UNSAVED, "")
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.json")):
                self.presets.addItem(path.stem, str(path))
        self.presets.setCurrentIndex(max(0, self.presets.findText(chosen)) if chosen else 0)

    def _load_preset(self) -> None:
        path = self.presets.currentData()
        if not path or self.form is None:
            return
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("it is no list of parameters")
        except (OSError, ValueError) as error:
            self.desk.notice.emit("error", f"The preset {Path(path).name} cannot be read: {error}.")
            return
        for problem in self.form.set_values(values):
            self.desk.notice.emit("warning", f"Preset '{Path(path).stem}': {problem}.")

    @property
    def _folder(self) -> Path:
        return self.desk.engine.paths.presets / safe_name(self.name or "none")

    # -- state ----------------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        return {"strategy": self.name, "values": json.loads(json.dumps(self.values(), default=str))}

    def restore_state(self, state: dict[str, Any]) -> None:
        if state.get("strategy") in self._classes and isinstance(state.get("values"), dict):
            self.choose(state["strategy"], state["values"])

    def first_focus(self) -> QWidget:
        return self.choice
