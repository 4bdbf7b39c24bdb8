"""A form in groups that fold away, each with a line of what is set in it and a sentence where something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from tradebot_gui.forms.fields import Field
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import ElidedLabel, row, set_text
from tradebot_gui.texts import VEIL
from tradebot_gui.veil import Veiled


@dataclass(frozen=True)
class Entry:
    """One field of a section: its ``name`` for states and errors, its words, its place."""

    name: str
    title: str
    tip: str
    field: Field
    default: Any
    wide: bool = False


# fields that streamer mode hides
PRIVATE = ("cash",)


class Section(QWidget, Veiled):
    """Fields in two columns under a title, once `fill` has run; folded it shows a summary beside the title."""

    folded = Signal()

    def __init__(self, title: str, entries: tuple[Entry, ...], summary: Callable[[], str], is_open: bool) -> None:
        super().__init__()
        self.title, self.entries, self._summary = title, entries, summary
        self._veiled = False
        self.head = QToolButton()
        self.head.setText(tr(title))
        self.head.setCheckable(True)
        self.head.setProperty("role", "section")
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setAccessibleName(tr("Settings: {title}").format(title=tr(title)))
        self.head.setToolTip(tr("Show or fold these settings"))
        self.said = ElidedLabel()
        self.said.setProperty("role", "muted")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.body = QWidget()
        self._labels: dict[str, QLabel] = {}
        self._problems: dict[str, QLabel] = {}
        self._places: dict[str, tuple[int, int, int, int]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        line = row(self.head, self.said)
        line.setStretch(1, 1)
        layout.addLayout(line)
        layout.addWidget(self.body)
        self.fresh: dict[str, Any] = {}  # what each field shows before anybody fills it in
        self.head.setChecked(is_open)
        self._place(is_open)
        self.head.toggled.connect(self._fold)

    @property
    def is_open(self) -> bool:
        return self.head.isChecked()

    @property
    def last(self) -> QWidget:
        """Where Tab leaves it."""
        taking = [w for w in self.body.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
        return taking[-1] if taking else self.head

    def set_open(self, is_open: bool) -> None:
        self.head.setChecked(is_open)

    def refresh(self) -> None:
        """Write the summary anew."""
        summary = VEIL if self._veiled else self._summary()
        set_text(self.said, "" if self.is_open else summary)
        self.said.setToolTip(phrase(summary))

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of a person's money, here and in the summary, or show it again."""
        own = [entry.field for entry in self.entries if entry.name in PRIVATE]
        self._veiled = on and bool(own)
        for field in own:
            field.veil(on)
        self.refresh()

    def show_problem(self, name: str, sentence: str) -> None:
        """Say ``sentence`` below the field ``name``; nothing takes it away."""
        if name not in self._problems and sentence:
            self._problems[name] = self._problem(name)
        if name in self._problems:
            set_text(self._problems[name], sentence)
            self._problems[name].setVisible(bool(sentence))

    def _problem(self, name: str) -> QLabel:
        """The line below the field ``name``; few fields ever need one, and each part costs at every change of tabs."""
        problem = QLabel()
        problem.setProperty("role", "problem")
        problem.setWordWrap(True)
        grid = self.body.layout()
        assert isinstance(grid, QGridLayout)
        grid.addWidget(problem, *self._places[name])
        return problem

    def show_entry(self, name: str, shown: bool) -> None:
        """Show the field ``name``, or leave it out."""
        entry = next(e for e in self.entries if e.name == name)
        entry.field.widget.setVisible(shown)
        self._labels[name].setVisible(shown)

    def _place(self, is_open: bool) -> None:
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.body.setVisible(is_open)

    def _fold(self, is_open: bool) -> None:
        self._place(is_open)
        self.refresh()
        self.folded.emit()

    def fill(self) -> Iterator[None]:
        """Put the fields into it, one a step: they are styled on the way."""
        grid = QGridLayout(self.body)
        grid.setContentsMargins(6, 0, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        line, at = 0, 0
        for entry in self.entries:
            entry.field.set(entry.default)
            self.fresh[entry.name] = entry.field.value()
            if entry.wide and at:
                line, at = line + 2, 0
            self._put(grid, entry, line, at)
            at = 0 if entry.wide or at else 2
            line += 2 if at == 0 else 0
            yield

    def _put(self, grid: QGridLayout, entry: Entry, line: int, at: int) -> None:
        widget = entry.field.widget
        title, tip = tr(entry.title), tr(entry.tip)
        widget.setAccessibleName(title)
        widget.setToolTip(tip)
        # both columns get the same width, whatever the texts in them
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        label = QLabel(title)
        label.setProperty("role", "muted")
        label.setToolTip(tip)
        label.setBuddy(widget)
        span = 3 if entry.wide else 1
        grid.addWidget(label, line, at)
        grid.addWidget(widget, line, at + 1, 1, span)
        self._labels[entry.name], self._places[entry.name] = label, (line + 1, at, 1, span + 1)
