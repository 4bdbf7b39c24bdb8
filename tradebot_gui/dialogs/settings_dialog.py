"""All settings, made from their declaration."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTabWidget, QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from tradebot_gui.desk import Desk
from tradebot_gui.forms.settings_form import SettingsForm
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import muted, scrolled

# sections in the order of a person's interest
SECTIONS = {
    "start": "Start",
    "appearance": "Appearance",
    "sounds": "Sounds",
    "collector": "Collector",
    "data": "Data",
    "recorder": "Recorder",
    "demo": "Demo market",
    "backtest": "Backtest",
    "exchange": "Exchange",
    "log": "Log",
}
AT_NEXT_START = ("start", "demo", "exchange", "data", "log")


class SettingsDialog(QDialog):
    """A tab for each section; what is changed is saved together."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setWindowTitle(tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(740, 480)
        self.forms: dict[str, SettingsForm] = {}
        self.tabs = QTabWidget()
        self.tabs.tabBar().setAccessibleName(tr("Sections of the settings"))
        for title in SECTIONS.values():
            page = QWidget()
            QVBoxLayout(page)
            self.tabs.addTab(page, tr(title))
        self.tabs.currentChanged.connect(self.form_at)
        desk.streamer_changed.connect(self.set_streamer)
        self.form_at(0)
        self.error = QLabel()
        self.error.setProperty("tone", "loss")
        self.error.setWordWrap(True)
        self.error.hide()
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.buttons.button(kinds.Save).setProperty("primary", True)
        self.buttons.accepted.connect(lambda: self.desk.spawn(self.save()))
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tabs)
        layout.addWidget(self.error)
        layout.addWidget(self.buttons)

    def form_at(self, place: int) -> SettingsForm:
        """The form of a tab, made when it is first looked at: all at once they would keep the window from answering."""
        name = tuple(SECTIONS)[place]
        if name not in self.forms:
            section = getattr(self.desk.engine.settings, name)
            listen = self.desk.sounds.listen if name == "sounds" else None
            form = self.forms[name] = SettingsForm(name, section, listen)
            form.set_streamer(self.desk.streamer)
            layout = self.tabs.widget(place).layout()
            layout.addWidget(muted((type(section).__doc__ or "").strip()))
            layout.addWidget(scrolled(form), 1)
            if name in AT_NEXT_START:
                layout.addWidget(muted("Changes here hold from the next start on."))
        return self.forms[name]

    def set_streamer(self, on: bool) -> None:
        for form in self.forms.values():
            form.set_streamer(on)

    async def save(self) -> None:
        """Keep every change; the first that is not allowed is said and the dialog stays open."""
        for form in self.forms.values():
            for path, value in form.changes().items():
                try:
                    await self.desk.engine.change(path, value)
                except (TradeBotError, OSError) as error:
                    self.error.setText(phrase(str(error)))
                    self.error.show()
                    return
        self.accept()
