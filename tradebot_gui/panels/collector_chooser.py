"""Choosing what is collected: symbols and timeframes with ticks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QListWidget, QListWidgetItem, QWidget

from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.language import phrase, tr

from .parts import button, column, row, search_box

CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
ACROSS = 5


class SymbolList(QListWidget):
    """Symbols with ticks; says where they come from while there is none."""

    _empty = ""

    def set_empty_text(self, text: str) -> None:
        if text != self._empty:
            self._empty = text
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.count():
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().placeholderText().color())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.viewport().rect().adjusted(8, 4, -8, -4), flags, self._empty)
        painter.end()


class Chooser(QWidget):
    """A list of symbols, a search over it, and a box for each timeframe."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols = SymbolList()
        self.symbols.setAccessibleName(tr("Symbols to collect"))
        self.symbols.setToolTip(tr("Tick the symbols to collect"))
        self.symbols.setUniformItemSizes(True)
        self.symbols.setMinimumHeight(40)
        self.timeframes = {name: QCheckBox(name) for name in TIMEFRAMES}
        self.setMinimumWidth(280)
        layout = column(self, 4, 6)
        search = search_box("Find symbol to collect", self.find)
        every = button("All", "Tick all shown symbols", lambda: self.tick_shown(CHECKED))
        none = button("None", "Untick all shown symbols", lambda: self.tick_shown(UNCHECKED))
        layout.addLayout(row(search, every, none))
        layout.addWidget(self.symbols, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(1)
        for n, box in enumerate(self.timeframes.values()):
            box.setToolTip(phrase(f"Collect {box.text()} candles"))
            box.setAccessibleName(phrase(f"Timeframe {box.text()}"))
            grid.addWidget(box, n // ACROSS, n % ACROSS)
        layout.addLayout(grid)

    @property
    def chosen_symbols(self) -> tuple[str, ...]:
        items = (self.symbols.item(n) for n in range(self.symbols.count()))
        return tuple(item.text() for item in items if item.checkState() is CHECKED)

    @property
    def chosen_timeframes(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.timeframes.items() if box.isChecked())

    def show_symbols(self, symbols: list[str], first: tuple[str, ...]) -> None:
        """List ``symbols``, keeping what is ticked; a first list ticks ``first``."""
        ticked = set(self.chosen_symbols) if self.symbols.count() else set(first)
        self.symbols.clear()
        for symbol in sorted(symbols, key=lambda s: (s not in ticked, s)):
            item = QListWidgetItem(symbol)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(CHECKED if symbol in ticked else UNCHECKED)
            self.symbols.addItem(item)

    def tick(self, symbols: tuple[str, ...], timeframes: tuple[str, ...]) -> None:
        """Tick exactly these."""
        for n in range(self.symbols.count()):
            item = self.symbols.item(n)
            item.setCheckState(CHECKED if item.text() in symbols else UNCHECKED)
        for name, box in self.timeframes.items():
            box.setChecked(name in timeframes)

    def tick_shown(self, state: Qt.CheckState) -> None:
        """Tick or untick what the search shows."""
        for n in range(self.symbols.count()):
            if not self.symbols.item(n).isHidden():
                self.symbols.item(n).setCheckState(state)

    def find(self, text: str) -> None:
        """Show the symbols that contain ``text``."""
        for n in range(self.symbols.count()):
            item = self.symbols.item(n)
            item.setHidden(text.strip().lower() not in item.text().lower())
