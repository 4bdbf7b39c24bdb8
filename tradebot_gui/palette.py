"""The command palette: an action, a panel or a symbol by a few letters; what was used last comes first."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from shared_modules.core.paths import write_whole

from .language import tr
from .panels.parts import muted
from .shortcuts import plain

# so many are shown; who looks for another types one letter more
MOST = 60
# so many are remembered
KEPT = 30
# so many are gone over by a page
PAGE = 12
# ranks of a fit are below this
LEAST = 4


@dataclass(frozen=True)
class Entry:
    """One thing to go to, known over restarts by ``id``."""

    id: str
    title: str
    run: Callable[[], object]
    keys: str = ""
    tip: str = ""
    # only found by typing: there are hundreds
    typed: bool = False
    # another name by which it is found too, such as the English one
    also: str = ""

    def fit(self, text: str) -> tuple[int, int] | None:
        """As `fit` of the title, or else, which counts for less, of the other name."""
        rank = fit(text, self.title)
        if rank is None and self.also and (other := fit(text, self.also)) is not None:
            return (other[0] + LEAST, other[1])
        return rank


def of_actions(actions: Sequence[QAction]) -> list[Entry]:
    """The actions that can be taken now."""
    return [
        Entry(
            a.objectName(), plain(a), a.trigger, a.shortcut().toString(), a.toolTip(), also=a.property("english") or ""
        )
        for a in actions
        if a.isEnabled()
    ]


def of_symbols(symbols: Iterable[str], choose: Callable[[str], object]) -> list[Entry]:
    """One entry for each symbol; it is shown by all panels that follow."""
    tip = tr("Show this symbol in every panel that follows")
    return [Entry(f"symbol.{s}", f"{tr('Symbol')}: {s}", lambda s=s: choose(s), tip=tip, typed=True) for s in symbols]


class Recent:
    """Ids of what was used last, newest first, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ids = _read(path)

    def use(self, entry: str) -> None:
        """Put ``entry`` first."""
        self.ids = [entry, *(e for e in self.ids if e != entry)][:KEPT]

    def save(self) -> None:
        """Write the list down; raises OSError."""
        write_whole(self._path, json.dumps(self.ids).encode())


def _read(path: Path) -> list[str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # a convenience, made anew by use
        return []
    return [entry for entry in data if isinstance(entry, str)][:KEPT] if isinstance(data, list) else []


class KeysDelegate(QStyledItemDelegate):
    """An entry with its keys at the right, quieter than its title."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        keys = index.data(Qt.ItemDataRole.UserRole).keys
        if keys:
            painter.setPen(option.palette.placeholderText().color())
            room = option.rect.adjusted(0, 0, -8, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys)


class Palette(QDialog):
    """A line and the entries that fit it; Enter runs the first or chosen one."""

    used = Signal(str)  # id of an entry

    def __init__(self, entries: Sequence[Entry], recent: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(tr("Command palette"))
        self._entries = list(entries)
        self._recent = {name: n for n, name in enumerate(recent)}
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Type a few letters of a command, a panel or a symbol…"))
        self.line.setAccessibleName(tr("Command"))
        self.line.setToolTip(tr("Type a few letters, Enter runs the chosen command"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(KeysDelegate(self.list))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.nothing = muted("Nothing fits. Commands that cannot be taken now are left out.")
        layout.addWidget(self.nothing)
        self.resize(520, 420)
        self.line.textChanged.connect(self._find)
        self.line.returnPressed.connect(self.run)
        self.list.itemClicked.connect(lambda _: self.run())
        self.line.installEventFilter(self)
        self._find("")

    @property
    def found(self) -> list[str]:
        """Titles of the entries that fit, best first."""
        return [self._entry(n).title for n in range(self.list.count())]

    def run(self) -> None:
        """Run the chosen entry."""
        row = self.list.currentRow()
        entry = self._entry(row) if row >= 0 else None
        self.close()
        if entry is not None:
            self.used.emit(entry.id)
            entry.run()

    def _entry(self, row: int) -> Entry:
        return self.list.item(row).data(Qt.ItemDataRole.UserRole)

    def _find(self, text: str) -> None:
        self.list.clear()
        for entry in self._ranked(text.strip())[:MOST]:
            item = QListWidgetItem(entry.title)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            item.setToolTip(entry.tip)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing.setVisible(not self.list.count())

    def _ranked(self, text: str) -> list[Entry]:
        """What fits ``text``: among equally good ones what was used last, else in the order of the menus."""
        if not text:
            shown = [e for e in self._entries if not e.typed or e.id in self._recent]
            return sorted(shown, key=lambda e: self._recent.get(e.id, KEPT))
        ranked = [
            (rank, self._recent.get(entry.id, KEPT), n)
            for n, entry in enumerate(self._entries)
            if (rank := entry.fit(text)) is not None
        ]
        return [self._entries[n] for _, _, n in sorted(ranked)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress:
            pressed: Any = event
            at, last = self.list.currentRow(), self.list.count() - 1
            if last < 0:
                return False
            # a step goes round at the ends, a page stops there
            to = {
                Qt.Key.Key_Down: (at + 1) % (last + 1), Qt.Key.Key_Up: (at - 1) % (last + 1),
                Qt.Key.Key_PageDown: min(last, at + PAGE), Qt.Key.Key_PageUp: max(0, at - PAGE),
            }.get(pressed.key())  # fmt: skip
            if to is not None:
                self.list.setCurrentRow(to)
                return True
        return False


def fit(text: str, title: str) -> tuple[int, int] | None:
    """How well ``text`` fits ``title``: lower is better, None when its letters do not follow one another there.

    Best is the beginning of a word, then the inside of one, then all words in another order, then letters with others
    between them. Accents and capitals do not matter.
    """
    text, found = folded(text).strip(), folded(title)
    wanted = text.replace(" ", "")
    place = found.find(text)
    if place >= 0:
        return (0, 0) if place == 0 or not found[place - 1].isalnum() else (1, 0)
    if all(word in found for word in text.split()):
        return (2, 0)
    at = gaps = 0
    for letter in wanted:
        place = found.find(letter, at)
        if place < 0:
            return None
        gaps += place - at
        at = place + 1
    return (3, gaps)


def folded(text: str) -> str:
    """``text`` in small letters without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
