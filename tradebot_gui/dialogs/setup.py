"""The set-up of the first start: looks, time zone, market, data folder. Everything has a good default."""

from __future__ import annotations

import asyncio
from pathlib import Path
from zoneinfo import available_timezones

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from shared_modules.core.errors import TradeBotError
from tradebot_gui.desk import Desk
from tradebot_gui.language import NAMES, tr
from tradebot_gui.panels.parts import button, heading, muted, row
from tradebot_gui.texts import VEIL, without_folders

from .files import ask_folder

DEMO = (
    "The chart behind this window is alive: a simulated exchange on this PC makes its prices, so you can try "
    "everything without risk."
)
LIVE = "The chart behind this window shows the exchange's public prices."
WELCOME = (
    " This version places no orders: nothing you click can cost money. These few questions can be answered again at "
    "any time under Help, Set up."
)
DATA = (
    "Candles, settings, strategies and results lie in one folder of plain files. Another folder holds from the next "
    "start on, with the settings of this one; all else that is in this one stays there and is not copied."
)
ASKED = (
    "This start was given its data folder with --data-dir; whenever that is given it is used, and not the folder "
    "chosen here."
)
# what is seen only after a restart, and how it is called
LATER = {"appearance.language": "the language", "appearance.zoom": "the size", "start.market": "the market"}
MARKETS = (
    ("demo", "Demo market", "Made on this PC; works without the internet."),
    ("live", "Live market data", "Public prices of Bybit over the internet; no account and no keys are needed."),
)
COLOURS = (
    ("green", "Green rises, red falls"),
    ("red", "Red rises, green falls"),
    ("blue", "Blue rises, orange falls: stays apart for colour-blind eyes"),
)


class SetupDialog(QDialog):
    """Four short pages; each choice holds at once, or says from when on."""

    tour_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._later = False
        self._before = {path: desk.engine.settings.get(path) for path in LATER}
        self.setWindowTitle(tr("Set up"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(560, 360)
        self.pages = QStackedWidget()
        for page in (self._welcome(), self._looks(), self._market(), self._data()):
            self.pages.addWidget(page)
        self.back = button("Back", "The page before", lambda: self._go(-1))
        self.next = button("Next", "The next page", lambda: self._go(1), primary=True)
        self.tour = button(
            "Finish and take the tour", "Close this and see the terminal in six steps", self._finish_with_tour
        )
        self.next.setDefault(True)
        self.skip = button("Skip the rest", "Close this; what was chosen holds, and all else is as it was", self.reject)
        self.step = muted()
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addLayout(row(self.step, None, self.skip, self.tour, self.back, self.next))
        self.finished.connect(lambda _: self._seen())
        self._show(0)
        desk.spawn(self._list_zones())

    # -- pages ----------------------------------------------------------------------------------------------------

    def _page(self, title: str, text: str) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addWidget(heading(title))
        layout.addWidget(muted(text, wrap=True))
        return page, layout

    def _welcome(self) -> QWidget:
        demo = self.desk.engine.mode.startswith(("DEMO", "REPLAY"))
        page, layout = self._page("Welcome", tr(DEMO if demo else LIVE) + tr(WELCOME))
        layout.addStretch(1)
        return page

    def _looks(self) -> QWidget:
        look = self.desk.engine.settings.appearance
        page, layout = self._page("Looks", "Changes are seen at once.")
        form = QFormLayout()
        themes = (("dark", "Dark"), ("light", "Light"), ("system", "As the system"))
        self.theme = self._choice("Theme", themes, look.theme, "appearance.theme")
        self.rising = self._choice("Colours of prices", COLOURS, look.rising, "appearance.rising")
        zones = (("local", "This PC's time zone"), ("UTC", "UTC"))
        self.language = self._choice(
            "Language (from the next start on)", tuple(NAMES.items()), look.language, "appearance.language"
        )
        self.zone = self._choice("Time zone", zones, look.time_zone, "appearance.time_zone")
        sizes = tuple((str(n), f"{n} %") for n in (100, 125, 150, 175, 200))
        self.size_ = self._choice("Size (from the next start on)", sizes, str(look.zoom), "appearance.zoom")
        for box in (self.language, self.theme, self.rising, self.zone, self.size_):
            form.addRow(box.accessibleName(), box)
        layout.addLayout(form)
        layout.addStretch(1)
        return page

    async def _list_zones(self) -> None:
        """Offer every time zone; reading their names takes longer than the window should be away."""
        names = await asyncio.to_thread(available_timezones)
        if not isValid(self.zone):
            return
        chosen = self.desk.engine.settings.appearance.time_zone
        with QSignalBlocker(self.zone):
            for name in sorted(names - {"UTC"}):
                self.zone.addItem(name, name)
            self.zone.setCurrentIndex(max(0, self.zone.findData(chosen)))

    def _choice(self, name: str, choices: tuple[tuple[str, str], ...], present: str, path: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(tr(name))
        box.setToolTip(tr(name))
        for value, words in choices:
            box.addItem(tr(words), value)
        box.setCurrentIndex(max(0, box.findData(present)))
        box.currentIndexChanged.connect(lambda _: self._set(path, box.currentData()))
        return box

    def _market(self) -> QWidget:
        page, layout = self._page("Market", "Where prices come from, from the next start on.")
        self.markets = QButtonGroup(self)
        chosen = self.desk.engine.settings.start.market
        for n, (value, title, about) in enumerate(MARKETS):
            choice = QRadioButton(tr(title))
            choice.setAccessibleDescription(tr(about))
            choice.setChecked(value == chosen)
            self.markets.addButton(choice, n)
            layout.addWidget(choice)
            layout.addWidget(muted("      " + tr(about)))
        self.markets.idToggled.connect(lambda n, on: self._set("start.market", MARKETS[n][0]) if on else None)
        self.collect = QCheckBox(tr("Collect candles whenever the terminal runs"))
        self.collect.setChecked(self.desk.engine.settings.collector.start_at_launch)
        self.collect.toggled.connect(lambda on: self._set("collector.start_at_launch", on))
        layout.addSpacing(10)
        layout.addWidget(self.collect)
        layout.addStretch(1)
        return page

    def _data(self) -> QWidget:
        page, layout = self._page("Your data", DATA)
        self.folder = QLabel(VEIL if self.desk.streamer else str(self.desk.engine.paths.root))
        self.folder.setWordWrap(True)
        self.folder.setAccessibleName(tr("Data folder"))
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.folder)
        change = button("Another folder…", "Choose where data is kept from the next start on", self._ask_folder)
        usual = button(
            "Usual folder", "Keep data in the usual place from the next start on", lambda: self.use_folder(None)
        )
        layout.addLayout(row(change, usual, None))
        self.told = muted("", wrap=True)
        layout.addWidget(self.told)
        layout.addStretch(1)
        return page

    # -- what a person does ---------------------------------------------------------------------------------------

    def _ask_folder(self) -> None:
        ask_folder(self, "Data folder", str(self.desk.engine.paths.root), self.use_folder)

    def use_folder(self, folder: Path | None) -> None:
        """Keep data in ``folder`` from the next start on; None is the usual one."""
        try:
            self.desk.moving.choose(folder)
        except OSError as error:
            self.told.setText(tr("That folder cannot be used: {reason}.").format(reason=error.strerror or error))
            return
        said = tr("From the next start on: {folder}").format(folder=folder or tr("the usual folder"))
        said = without_folders(said) if self.desk.streamer else said
        self.told.setText(f"{said}\n{tr(ASKED)}" if self.desk.moving.asked else said)

    def _set(self, path: str, value: object) -> None:
        self.desk.spawn(self._change(path, int(str(value)) if path.endswith(".zoom") else value))

    async def _change(self, path: str, value: object) -> None:
        try:
            await self.desk.engine.change(path, value)
        except (TradeBotError, OSError) as error:
            self.desk.notice.emit("error", str(error))

    def _go(self, step: int) -> None:
        at = self.pages.currentIndex() + step
        if at >= self.pages.count():
            self.accept()
        else:
            self._show(max(0, at))

    def _show(self, at: int) -> None:
        last = at == self.pages.count() - 1
        self.pages.setCurrentIndex(at)
        self.back.setEnabled(at > 0)
        self.next.setText(tr("Finish") if last else tr("Next"))
        self.tour.setVisible(last)
        self.skip.setVisible(not last)
        # Enter goes on from here, and Tab to the first question of the page
        self.next.setFocus()
        self.step.setText(tr("{n} of {all}").format(n=at + 1, all=self.pages.count()))

    def _finish_with_tour(self) -> None:
        self._later = True
        self.accept()

    def _seen(self) -> None:
        if self._later:
            self.tour_wanted.emit()
        # the last choices are still on their way; this runs after them, when the dialog itself is gone
        self.desk.spawn(self._ended())

    async def _ended(self) -> None:
        await self._change("start.welcomed", True)
        self.desk.moving.take_settings_along()
        later = [tr(name) for path, name in LATER.items() if self.desk.engine.settings.get(path) != self._before[path]]
        if self.desk.moving.elsewhere and not self.desk.moving.asked:
            later.append(tr("the data folder"))
        if later:
            said = tr("Holds after a restart: {names}.")
            self.desk.restart_wanted.emit(said.format(names=", ".join(later)))
