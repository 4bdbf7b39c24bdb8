"""What a backtest is run on and by which rules: the form, simple things first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.settings import Settings
from tradebot_gui.forms.fields import Field

from .entries import OF_FILES, OF_TERMINAL, sections
from .files import dropped
from .sections import Section
from .symbols import SymbolsField
from .terms import FILLS, MARGINS, RANGES, SIZES, SLIPPAGES, SOURCES, problems


class SetupForm(QWidget):
    """Sections of fields; `values` by name are what is kept and what a run is made of."""

    changed = Signal()

    def __init__(self, find: Callable[[str], object], parent: QWidget | None = None) -> None:
        """``find`` raises for a symbol that is not listed. There is nothing in it before `build`."""
        super().__init__(parent)
        self._find = find
        self.symbols = SymbolsField()
        self.sections: tuple[Section, ...] = ()
        self.fields: dict[str, Field] = {}
        # one look at all fields after a burst of changes
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.timeout.connect(self._changed)

    def build(self, settings: Settings) -> Iterator[None]:
        """Make the fields, in steps of a field, or of a part of a section."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(2)
        layout.addStretch(1)
        for section in sections(settings, self.symbols, self.values):
            yield
            if section is None:
                continue
            layout.insertWidget(layout.count() - 1, section)
            self.sections = (*self.sections, section)
            yield
            yield from section.fill()
        yield
        self.fields = {e.name: e.field for s in self.sections for e in s.entries}
        self._defaults = {e.name: e.default for s in self.sections for e in s.entries}
        self._section_of = {e.name: s for s in self.sections for e in s.entries}
        for field in self.fields.values():
            field.changed.connect(lambda: self._look.start(0))
        self.fields["kind"].changed.connect(self._kind_changed)
        self.setAcceptDrops(True)
        yield
        self._changed()

    # -- what it says ---------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Every field by name, as plain values; nothing before the last of them is there."""
        return {name: field.value() for name, field in self.fields.items()}

    @property
    def filled(self) -> frozenset[str]:
        """The fields that differ from what a new form shows."""
        fresh = {name: value for section in self.sections for name, value in section.fresh.items()}
        return frozenset(name for name, field in self.fields.items() if field.value() != fresh[name])

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show those of ``values`` that the fields can take."""
        for name in ("kind", *self.fields):
            if name not in values:
                continue
            present, value = self.fields[name].value(), values[name]
            if isinstance(present, tuple) and isinstance(value, list | tuple):
                self.fields[name].set(tuple(str(v) for v in value))
            elif _same_kind(present, value, self._defaults[name] is None):
                self.fields[name].set(value)
        self._changed()

    def check(self) -> tuple[str, str] | None:
        """Say what is wrong at each field; the first as (field, sentence), None when all is well."""
        found = problems(self.values())
        if "symbols" not in found and not self.of_files:
            found |= self._unknown_symbol()
        for name, section in self._section_of.items():
            section.show_problem(name, found.get(name, ""))
        return next(iter(found.items())) if found else None

    def go_to(self, name: str) -> None:
        """Open the section of the field ``name`` and give it the keyboard."""
        self._section_of[name].set_open(True)
        self.fields[name].widget.setFocus()

    @property
    def of_files(self) -> bool:
        """Whether the candles are those of files."""
        return bool(self.fields["source"].value() == SOURCES[1])

    def take_files(self, paths: Sequence[Path]) -> None:
        """Test on the candles of ``paths``."""
        self.fields["source"].set(SOURCES[1])
        self.fields["files"].set([str(path) for path in paths])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.take_files(dropped(event.mimeData()))
        event.acceptProposedAction()

    def show_symbols(self, symbols: Sequence[str]) -> None:
        self.symbols.completer.show_names(symbols)
        self._look.start(0)

    def follow(self, symbol: str) -> None:
        """Test on ``symbol``, unless several are chosen."""
        if len(self.symbols.value()) < 2:
            self.symbols.set((symbol,))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _unknown_symbol(self) -> dict[str, str]:
        try:
            for symbol in self.symbols.value():
                self._find(symbol)
        except TradeBotError as error:
            text = str(error)
            return {"symbols": text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")}
        return {}

    def _shown(self, values: Mapping[str, Any]) -> dict[str, bool]:
        """Which of the fields that depend on others mean something now."""
        dated, model = values["range"] == RANGES[1], SLIPPAGES[values["slippage"]]
        borrowed = values["margin"] != MARGINS[0]
        return {
            **dict.fromkeys(OF_TERMINAL, not self.of_files),
            **dict.fromkeys(OF_FILES, self.of_files),
            "bars": values["range"] == RANGES[0],
            "start": dated,
            "end": dated,
            "slippage_value": model not in ("", "table"),
            "slippage_table": model == "table",
            "leverage": borrowed,
            "tiers": borrowed,
            "fill_share": FILLS[values["fill_rule"]] == "volume",
        }

    def _kind_changed(self) -> None:
        kind = self.fields["kind"].value()
        self.fields["size"].set(SIZES[kind][1])

    def _changed(self) -> None:
        for name, shown in self._shown(self.values()).items():
            self._section_of[name].show_entry(name, shown)
        self.check()
        for section in self.sections:
            section.refresh()
        self.changed.emit()


def _same_kind(present: Any, value: Any, optional: bool) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, float):
        return isinstance(value, int | float)
    if optional:  # a whole number or nothing
        return value is None or isinstance(value, int)
    return isinstance(value, type(present))
