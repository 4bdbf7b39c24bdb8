"""Strategies: the list, the parameters of the chosen one as a form, its presets, and the user's own files."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import StrategiesChanged
from shared_modules.core.parameters import build
from shared_modules.strategies.base import Strategy
from tradebot_gui.desk import Desk
from tradebot_gui.forms.param_form import ParamForm
from tradebot_gui.language import phrase, tr
from tradebot_gui.open_file import edit_file, open_folder

from .base import Panel
from .parts import ask_text, button, column, heading, in_order, line, muted, row, scrolled
from .strategy_check import LookAheadLine
from .strategy_presets import Presets


class StrategiesPanel(Panel):
    """Choose a strategy, set its parameters, keep them under a name; write strategies of one's own."""

    id = "strategies"
    title = "Strategy"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._classes: Mapping[str, type[Strategy]] = {}
        self._values: dict[str, dict[str, Any]] = {}
        # a strategy of the user's that is asked for before its file is loaded
        self._wanted: tuple[str, dict[str, Any]] | None = None
        self.form: ParamForm[Strategy] | None = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Strategy"))
        self.choice.setToolTip(tr("The strategy that the backtest runs"))
        self.choice.currentIndexChanged.connect(lambda _: self._show_form())
        self.choice.activated.connect(lambda _: self._forget_wanted())
        self.presets = Presets(desk.engine.paths.presets, self.values)
        self.presets.chosen.connect(self._take_preset)
        self.presets.told.connect(desk.notice)
        self.about, self.more = muted(wrap=True), muted(wrap=True)
        self.check = LookAheadLine(desk, lambda: (self.name, self.values()))
        self.error = QLabel()
        self.error.setProperty("tone", "loss")
        self.error.setWordWrap(True)
        self.error.hide()
        self.broken = QLabel()
        self.broken.setAccessibleName(tr("Strategy files that cannot be used"))
        self.broken.setProperty("tone", "loss")
        self.broken.setWordWrap(True)
        self.broken.setTextFormat(Qt.TextFormat.RichText)
        self.broken.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.broken.linkActivated.connect(lambda link: edit_file(Path(QUrl(link).toLocalFile())))
        self.broken.hide()
        self._build()
        self.load()
        desk.bridge.every(StrategiesChanged, self._changed, self)

    def _build(self) -> None:
        new = button("New…", "Write a strategy of your own, from a commented lesson", self.name_strategy)
        self.edit_button = button("Edit", "Open the file of this strategy in your editor", self.edit)
        folder = button("Folder", "Show the folder of your strategies", self.open_folder)
        self._defaults = button("Defaults", "Put all parameters back to their defaults", self.reset)
        body = QWidget()
        self._place = QVBoxLayout(body)
        self._place.setContentsMargins(0, 0, 8, 0)
        self._place.setSpacing(6)
        self._place.addWidget(self.about)
        self._place.addWidget(heading("Parameters"))
        self._more_title = heading("How it works, and when it fails")
        self._place.addWidget(self._more_title)
        self._place.addWidget(self.more)
        self._place.addStretch(1)
        layout = column(self, 6, 8)
        layout.addWidget(self.choice)
        layout.addLayout(row(new, self.edit_button, folder, None))
        layout.addWidget(self.broken)
        layout.addWidget(self.check)
        layout.addWidget(self.presets)
        layout.addWidget(line())
        layout.addWidget(scrolled(body), 1)
        layout.addWidget(self.error)
        layout.addLayout(row(muted("F5 runs the backtest"), None, self._defaults))

    # -- strategies -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Show the strategies there are now, keeping the chosen one."""
        shelf = self.desk.engine.strategy_watch.shelf
        chosen, before, self._classes = self.name, self._classes, shelf.classes
        self.choice.blockSignals(True)
        self.choice.clear()
        for name, cls in self._classes.items():
            self.choice.addItem(cls.title, name)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
        self.choice.blockSignals(False)
        self._show_broken()
        # what somebody is typing into the form of an unchanged strategy stays
        if self.form is None or self._classes.get(self.name) is not before.get(chosen):
            self._show_form()
        # those who show the chosen title hear of it where it is another one now
        if self.name != chosen:
            self.choice.currentTextChanged.emit(self.choice.currentText())

    def _changed(self, event: StrategiesChanged) -> None:
        chosen, title = self.name, self.choice.currentText()
        self.load()
        if chosen in event.changed:
            self.desk.notice.emit("info", f"{title} was read anew from its file.")
        elif chosen in event.removed:
            self.desk.notice.emit(
                "warning", f"{title} is gone with its file; {self.choice.currentText()} is chosen now."
            )
        wanted = self._wanted
        if wanted is not None and wanted[0] in self._classes:
            self.choose(*wanted)

    def _forget_wanted(self) -> None:
        self._wanted = None

    def _show_broken(self) -> None:
        lines = []
        for one in self.desk.engine.strategy_watch.shelf.broken:
            link = QUrl.fromLocalFile(str(one.path)).toString()
            where = f", line {one.line}" if one.line else ""
            after = "The version before it goes on." if one.kept else "It is left out."
            name = f'<a href="{escape(link)}">{escape(one.path.name)}</a>'
            lines.append(f"{name}{where}: {escape(one.message)}. {after}")
        self.broken.setText("<br>".join(lines))
        self.broken.setVisible(bool(lines))

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
        self._wanted = None
        self.choice.setCurrentIndex(at)
        if values and self.form:
            for problem in self.form.set_values(values):
                self.desk.notice.emit("warning", f"{self.choice.currentText()}: {problem}.")

    def reset(self) -> None:
        if self.form:
            self.form.reset()

    # -- files of the user ----------------------------------------------------------------------------------------

    def name_strategy(self) -> None:
        """Ask for the title of a new strategy, then write its file and open it."""
        ask_text(self, "New strategy", "Title of the strategy:", self.new_strategy)

    def new_strategy(self, title: str) -> None:
        """Write a strategy called ``title`` from the lesson, choose it once it is loaded, and open its file."""
        try:
            path = self.desk.engine.strategy_watch.create(title)
        except TradeBotError as error:
            self.desk.notice.emit("error", f"The strategy was not made: {error}.")
            return
        self._wanted = (path.stem, {})
        self.desk.notice.emit(
            "info", f"{path.name} is in your strategies folder; each time you save it, it is read anew."
        )
        edit_file(path)

    def edit(self) -> None:
        """Open the file of the chosen strategy, if it is the user's."""
        path = self.desk.engine.strategy_watch.file_of(self.name)
        if path is not None:
            edit_file(path)

    def open_folder(self) -> None:
        open_folder(self.desk.engine.paths.strategies)

    # -- form -----------------------------------------------------------------------------------------------------

    def _keep_values(self) -> None:
        if self.form is not None:
            self._values[self.form.property("strategy")] = self.form.values()

    def _show_form(self) -> None:
        cls = self._classes.get(self.name)
        self._keep_values()
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
        own = self.desk.engine.strategy_watch.file_of(self.name) is not None
        self.edit_button.setEnabled(own)
        tip = (
            "Open the file of this strategy in your editor" if own else "This one is built in; New… begins one of yours"
        )
        self.edit_button.setToolTip(tr(tip))
        self.presets.show_for(self.name, cls)
        paragraphs = (inspect.getdoc(cls) or cls.title if cls else "").replace("``", "").split("\n\n")
        paragraphs = [tr(" ".join(p.split())) for p in paragraphs]
        self.more.setText("\n\n".join(paragraphs[1:]))
        self._more_title.setVisible(bool(self.more.text()))
        self.check.show_for(self.name)
        if cls is None:
            self.about.setText(tr("No strategy can be used. Put one into the strategies folder of the data folder."))
            return
        self.about.setText(paragraphs[0])
        self.form = ParamForm(cls)
        self.form.setProperty("strategy", self.name)
        self.form.set_values(self._values.get(self.name, {}))
        self.form.changed.connect(self._check)
        self._place.insertWidget(2, self.form)
        in_order(*(field.widget for field in self.form.fields.values()), self._defaults)
        self._check()

    def _check(self) -> None:
        problem = ""
        try:
            if self.form:
                build(self._classes[self.name], self.values())
        except (TradeBotError, ValueError) as error:
            problem = str(error)
        self.error.setText(phrase(problem))
        self.error.setVisible(bool(problem))

    def name_preset(self) -> None:
        """Ask for a name, then keep the parameters under it."""
        self.presets.name_preset()

    def _take_preset(self, name: str, values: dict[str, Any], whole: bool) -> None:
        if self.form is None:
            return
        if not whole:
            self.form.reset()
        for problem in self.form.set_values(values):
            self.desk.notice.emit("warning", f"Preset '{name}': {problem}.")

    # -- state ----------------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        if self._wanted is not None:
            return {"strategy": self._wanted[0], "values": self._wanted[1]}
        return {"strategy": self.name, "values": json.loads(json.dumps(self.values(), default=str))}

    def restore_state(self, state: dict[str, Any]) -> None:
        name, values = state.get("strategy"), state.get("values")
        if not isinstance(name, str) or not isinstance(values, dict):
            return
        if name in self._classes:
            self.choose(name, values)
        else:
            self._wanted = (name, values)

    def first_focus(self) -> QWidget:
        return self.choice
