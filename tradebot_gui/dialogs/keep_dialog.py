"""How many candles of chosen series are kept, whatever the settings say for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget

from shared_modules.core.market import Series
from tradebot_gui.language import phrase, tr
from tradebot_gui.panels.parts import muted
from tradebot_gui.view_models.stored import plural

from .data_dialogs import Ask

AS_OTHERS, ALL, SOME = range(3)


class KeepDialog(Ask):
    """``chosen`` gets a number, None for all, or 'default' for what the settings say.

    ``kept``: how many rows of each series are kept now, None for all; ``usual``: what the settings say.
    """

    def __init__(
        self,
        kept: dict[Series, int | None],
        usual: int | None,
        chosen: Callable[[int | str | None], object],
        parent: QWidget,
    ) -> None:
        super().__init__("Candles kept", "Keep", parent)
        self._chosen = chosen
        text = f"{plural(len(kept), 'series')}: {_named(list(kept))}. Kept now: {_now(list(kept.values()))}."
        said = QLabel(phrase(text))
        said.setWordWrap(True)
        self.form.addRow(said)
        self.how = QComboBox()
        words = "all" if usual is None else f"the newest {usual:,}"
        for text in (f"As the settings say ({words})", "All", "The newest"):
            self.how.addItem(phrase(text))
        self.rows = QSpinBox()
        self.rows.setRange(1, 100_000_000)
        self.rows.setGroupSeparatorShown(True)
        self.rows.setSuffix(" " + tr("candles"))
        first = next(iter(kept.values()), None)
        self.rows.setValue(first or 10_000)
        self.line("Keep", self.how)
        self.line("Number", self.rows)
        self.form.addRow(muted("Older candles than that are cut off when the file is next written.", wrap=True))
        self.how.currentIndexChanged.connect(lambda index: self.rows.setEnabled(index == SOME))
        self.how.setCurrentIndex(AS_OTHERS if set(kept.values()) == {usual} else ALL if first is None else SOME)
        self.rows.setEnabled(self.how.currentIndex() == SOME)

    def accept(self) -> None:
        wish: int | str | None = {AS_OTHERS: "default", ALL: None}.get(self.how.currentIndex(), self.rows.value())
        super().accept()
        self._chosen(wish)


def _named(series: Sequence[Series]) -> str:
    return ", ".join(map(str, series[:4])) + (" …" if len(series) > 4 else "")


def _now(kept: Sequence[int | None]) -> str:
    words = dict.fromkeys("all" if n is None else f"{n:,}" for n in kept)
    return " or ".join(list(words)[:3])
