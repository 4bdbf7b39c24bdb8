"""Presets: sets of parameters under a name, those that a strategy brings along and those that a person saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.paths import safe_name, write_whole
from shared_modules.strategies.base import Strategy
from tradebot_gui.language import tr

from .parts import ask_text, button, row

UNSAVED = "No preset"


class Presets(QWidget):
    """A list to choose a preset from, and ways to save and forget one.

    ``chosen`` brings the preset's name, its values and whether they stand for all parameters or those that differ from
    the defaults. ``values`` gives the parameters as they stand.
    """

    chosen = Signal(str, object, bool)
    told = Signal(str, str)  # level, sentence

    def __init__(self, root: Path, values: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._root, self._values = root, values
        self._name = ""
        self._own: Mapping[str, Mapping[str, Any]] = {}
        self.list = QComboBox()
        self.list.setAccessibleName(tr("Preset"))
        self.list.setToolTip(tr("Parameters kept under a name: those of the strategy, then yours"))
        self.list.activated.connect(lambda _: self.take())
        self.list.currentIndexChanged.connect(lambda _: self._may_delete())
        save = button("Save…", "Keep these parameters under a name", self.name_preset)
        self._delete = button("Delete", "Forget the chosen preset", self.delete)
        layout = row(self.list, save, self._delete)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    @property
    def folder(self) -> Path:
        """Where the saved presets of the shown strategy lie."""
        return self._root / safe_name(self._name or "none")

    def show_for(self, name: str, cls: type[Strategy] | None) -> None:
        """List the presets of the strategy ``cls`` called ``name``."""
        self._name, self._own = name, getattr(cls, "presets", {})
        self._fill("")

    def _fill(self, chosen: str) -> None:
        self.list.clear()
        self.list.addItem(tr(UNSAVED), None)
        for title, values in self._own.items():
            self.list.addItem(tr(title), dict(values))
            self.list.setItemData(self.list.count() - 1, _told(values), Qt.ItemDataRole.ToolTipRole)
        saved = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        if self._own and saved:
            self.list.insertSeparator(self.list.count())
        for path in saved:
            self.list.addItem(path.stem, str(path))
        at = self.list.findText(chosen) if chosen else 0
        self.list.setCurrentIndex(max(0, at))
        self._may_delete()

    def name_preset(self) -> None:
        """Ask for a name, then keep the parameters under it."""
        ask_text(self, "Save preset", "Name of the preset:", self.save)

    def save(self, name: str) -> None:
        """Keep the parameters under ``name``."""
        name = name.strip()
        try:
            if name in self._own or name == UNSAVED:
                raise ValueError(f"the name '{name}' is taken by a preset of the strategy itself")
            path = self.folder / f"{safe_name(name)}.json"
            write_whole(path, json.dumps(self._values(), indent=2, default=str).encode())
        except (TradeBotError, ValueError, OSError) as error:
            self.told.emit("error", f"The preset was not saved: {error}.")
            return
        self._fill(name)
        self.told.emit("info", f"Preset '{name}' saved.")

    def delete(self) -> None:
        """Forget the chosen preset; those that a strategy brings along stay."""
        path = self.list.currentData()
        if isinstance(path, str):
            Path(path).unlink(missing_ok=True)
            self._fill("")

    def take(self) -> None:
        """Hand over the values of the preset that is chosen in the list."""
        held = self.list.currentData()
        if isinstance(held, dict):
            self.chosen.emit(self.list.currentText(), held, False)
        elif isinstance(held, str):
            self._take_file(Path(held))

    def _take_file(self, path: Path) -> None:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("it is no list of parameters")
        except (OSError, ValueError) as error:
            self.told.emit("error", f"The preset {path.name} cannot be read: {error}.")
            return
        self.chosen.emit(path.stem, values, True)

    def _may_delete(self) -> None:
        self._delete.setEnabled(isinstance(self.list.currentData(), str))


def _told(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
