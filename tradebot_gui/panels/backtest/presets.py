"""Settings of the form kept under names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QComboBox, QInputDialog, QLineEdit, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.paths import safe_name, write_whole
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, row

# strategies keep theirs in folders of their names, which have no spaces
FOLDER = "backtest settings"
NONE = "Settings: no preset"


class SettingsPresets(QWidget):
    """A list of presets with Save and Delete."""

    def __init__(self, desk: Desk, read: Callable[[], dict[str, Any]], show: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__()
        self._desk, self._read, self._show = desk, read, show
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Preset of settings"))
        self.choice.setToolTip(tr("Settings of a backtest kept under a name"))
        self.choice.activated.connect(lambda _: self.load())
        save = button("Save…", "Keep these settings under a name", self.ask_name)
        self.forget = button("Delete", "Forget the chosen preset", self.delete)
        self.choice.currentIndexChanged.connect(lambda _: self.forget.setEnabled(bool(self.choice.currentData())))
        layout = row(self.choice, save, self.forget)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.refresh()

    @property
    def _folder(self) -> Path:
        return self._desk.engine.paths.presets / FOLDER

    def refresh(self, chosen: str = "") -> None:
        """Read the list anew."""
        self.choice.clear()
        self.choice.addItem(tr(NONE), "")
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.json")):
                self.choice.addItem(path.stem, str(path))
        self.choice.setCurrentIndex(max(0, self.choice.findText(chosen)) if chosen else 0)

    def ask_name(self) -> None:
        """Ask for a name, then keep the settings under it."""
        dialog = QInputDialog(self)
        dialog.setWindowTitle(tr("Save settings"))
        dialog.setLabelText(tr("Name of the settings:"))
        dialog.findChild(QLineEdit).setAccessibleName(tr("Name of the settings"))
        dialog.textValueSelected.connect(self.save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, name: str) -> None:
        """Keep the settings under ``name``."""
        try:
            path = self._folder / f"{safe_name(name.strip())}.json"
            write_whole(path, json.dumps(self._read(), indent=2).encode())
        except (TradeBotError, OSError) as error:
            self._desk.notice.emit("error", f"The settings were not saved: {error}.")
            return
        self.refresh(name.strip())

    def load(self) -> None:
        """Show the chosen preset."""
        path = self.choice.currentData()
        if not path:
            return
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("it holds no settings")
        except (OSError, ValueError) as error:
            self._desk.notice.emit("error", f"The settings {Path(path).name} cannot be read: {error}.")
            return
        self._show(values)

    def delete(self) -> None:
        path = self.choice.currentData()
        if path:
            Path(path).unlink(missing_ok=True)
            self.refresh()
